"""How long silence may last before an alert: longer than the schedule and the runs themselves take."""

import re
from pathlib import Path

import yaml

from manifests import load, task
from terraform import files, plain

# Between two successes lie a day, an hour more when clocks are put back, and what one run takes longer than the other.
LEAST_HOURS = 24 + 1 + 1


def window(root, policy):
    """Hours that a policy looks back."""
    text = Path(root, "deploy/monitoring", policy).read_text()
    (condition,) = yaml.safe_load(text)["conditions"]
    (hours,) = re.findall(r"\[(\d+)h\]", condition["conditionPrometheusQueryLanguage"]["query"])
    return int(hours)


def schedules(root):
    """The five fields of each schedule."""
    content = dict(files(root))
    (local,) = content["deploy/terraform/modules/batch/schedule.tf"]["locals"]
    variables = {plain(name): body for entry in content["deploy/terraform/variables.tf"]["variable"] for name, body in entry.items()}
    return plain(variables["schedule"]["default"]), plain(local["mail_schedules"]["inkling-watch"])


def problems(root):
    """Alerts that would come while all is well, and places that name another time than the program's."""
    wrong = []
    # The first limit of the scores' age, which `inkling watch` takes.
    source = Path(root, "batch-service/src/monitor/status.rs").read_text()
    hours = int(re.search(r"fresh_hours: \[(\d+)\.0, ", source)[1])
    run, watch = schedules(root)
    if not re.fullmatch(r"\d+ [\d,]+ \* \* \*", run):
        wrong.append(f"the daily job does not start every day by default: {run}")
    if not re.fullmatch(r"\d+ \* \* \* \*", watch):
        wrong.append(f"the watch does not start every hour: {watch}")
    if hours < LEAST_HOURS:
        wrong.append(f"inkling watch: {hours} hours is less than a day, clocks put back and a slow run: {LEAST_HOURS}")
    policy = window(root, "no-success.yaml")
    if policy != hours:
        wrong.append(f"deploy/monitoring/no-success.yaml looks back {policy} hours, inkling watch {hours}")
    spec = {name: task(manifest) for name, manifest in load(root)}["watch.yaml"]
    longest = spec["timeoutSeconds"] * (1 + spec["maxRetries"]) / 3600
    if window(root, "watch-silent.yaml") < 2 + longest:
        wrong.append("deploy/monitoring/watch-silent.yaml: one start that is lost and one slow watch would be silence")
    for name in ("docs/RUNBOOK.md", "docs/GOOGLE_CLOUD.md", "docs/SERVER.md"):
        text = Path(root, name).read_text()
        for other in re.findall(r"(?:succeeded|success)[^.|]*?\b(?:for|in|within) (\d+) hours", text):
            if int(other) != hours:
                wrong.append(f"{name}: {other} hours, inkling watch says {hours}")
    return wrong
