"""What gcloud does not know by itself: places, the number of tasks, and services that must be on."""

import re
from pathlib import Path

import terraform

# Commands that ask, or fail, without a place; the flag that gives it.
PLACED = {
    r"run (?:jobs|services) (?:executions )?[a-z-]+|run deploy": "--region",
    r"scheduler jobs (?:create http|[a-z]+)": "--location",
    r"artifacts repositories [a-z]+": "--location",
}
EXECUTES = re.compile(r"gcloud run jobs execute inkling ")
# What every task of the daily job may do: its part of a day.
SHARED = re.compile(r"--args=run(,--date,[\w-]+)?(?=\s|$)")
# Terraform cannot turn on what it needs to turn anything on.
BEFORE_TERRAFORM = {"cloudresourcemanager.googleapis.com", "serviceusage.googleapis.com"}


def written(root):
    """(file, command) of each command: in blocks of shell, and in backticks anywhere."""
    for path in [*Path(root, "docs").glob("*.md"), *Path(root, "deploy").rglob("*")]:
        if not path.is_file() or ".terraform" in path.parts or path.suffix not in (".md", ".yaml", ".tf"):
            continue
        text, name = path.read_text().replace("\\\n", " "), str(path.relative_to(root))
        for block in re.findall(r"```sh\n(.*?)```", text, re.DOTALL):
            for line in block.splitlines():
                yield from ((name, found.strip()) for found in re.findall(r"(?:^|[ (;])(gcloud .*)", line))
        for inline in re.findall(r"`([^`]+)`", re.sub(r"```.*?```", "", text, flags=re.DOTALL)):
            command = " ".join(inline.replace("# ", "").split())
            if command.startswith("gcloud "):
                yield name, command


def commands(root):
    """What is wrong with single commands."""
    for name, command in written(root):
        for pattern, flag in PLACED.items():
            # Only the name of a command is no command.
            if re.match(rf"gcloud (?:(?:alpha|beta) )?(?:{pattern}) \S", command) and f"{flag}=" not in command:
                yield f"{name}: without {flag}: {command}"
        if EXECUTES.match(command) and "--args=" in command:
            if not SHARED.search(command) and "--tasks=1" not in command:
                yield f"{name}: with several tasks each would do the same, so --tasks=1: {command}"


def services(root):
    """What is wrong with the services that are turned on."""
    text = Path(root, "docs/GOOGLE_CLOUD.md").read_text().replace("\\\n", " ")
    by_hand, before = set(), text.partition("terraform -chdir")[0]
    for line in re.findall(r"^gcloud services enable (.*)$", text, re.MULTILINE):
        by_hand.update(line.partition("#")[0].split())
    content = dict(terraform.files(root))["deploy/terraform/main.tf"]
    theirs = {terraform.plain(s) for local in content["locals"] for s in local.get("services", [])}
    assert theirs, "the services are found"
    yield from (f"Terraform turns on {s}, no command does" for s in sorted(theirs - by_hand))
    yield from (f"a command turns on {s}, Terraform does not" for s in sorted(by_hand - theirs))
    for service in sorted(BEFORE_TERRAFORM):
        if not re.search(rf"^gcloud services enable .*{re.escape(service)}", before, re.MULTILINE):
            yield f"docs/GOOGLE_CLOUD.md: {service} must be on before Terraform is called"


def problems(root):
    """Commands that would ask or fail, and services that would be off."""
    assert sum(1 for _ in written(root)) > 30, "the commands are found"
    return [*commands(root), *services(root)]
