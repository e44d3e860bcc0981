"""The manifests for those without Terraform: each by itself, and beside the jobs that Terraform makes."""

import re
from pathlib import Path

import yaml

import terraform

IMAGE = re.compile(r"^[\w.${}/-]+@sha256:(\$\{DIGEST\}|[0-9a-f]{64})$")
SECRETS = {"INKLING_SMTP_PASSWORD"}
LOGIN = {"INKLING__ALERTS__USER"} | SECRETS
# What fails for good when it fails: a model that is refused, a mail that somebody did not get.
NOT_AGAIN = (["train"], ["train", "--if-needed"], ["watch", "--test"])
# From where on a manifest says nothing, without a mail server and without a login to it.
MAIL_MARK, LOGIN_MARK = "# Mail:", "# Login:"


def load(root):
    """File name and content of each manifest."""
    for path in sorted(Path(root, "deploy/cloudrun").glob("*.yaml")):
        yield path.name, yaml.safe_load(path.read_text())


def task(manifest):
    """The part of a manifest that says how its container runs."""
    spec = manifest["spec"]["template"]["spec"]
    return spec["template"]["spec"] if manifest["kind"] == "Job" else spec


def probes(root, name, container):
    """What is wrong with the port and the probes of a service."""
    wrong, routes = [], Path(root, "batch-service/src/serve/mod.rs").read_text()
    port = container["ports"][0]["containerPort"]
    env = {e["name"]: e.get("value") for e in container["env"]}
    if env.get("INKLING__SERVE__ADDRESS") != f"0.0.0.0:{port}":
        wrong.append(f"{name}: the program listens on {env.get('INKLING__SERVE__ADDRESS')}, Cloud Run asks port {port}")
    for probe in ("startupProbe", "livenessProbe"):
        asked = container[probe]["httpGet"]
        if asked["port"] != port:
            wrong.append(f"{name}: {probe} asks port {asked['port']}, not {port}")
        if asked["path"].endswith("z"):
            wrong.append(f"{name}: {probe}: Cloud Run keeps paths that end in z for itself: {asked['path']}")
        if f'"{asked["path"]}"' not in routes:
            wrong.append(f"{name}: {probe}: the program has no {asked['path']}")
    return wrong


def without(root, name):
    """What is wrong with a manifest that is cut off at its marks, as docs/GOOGLE_CLOUD.md does."""
    text = Path(root, "deploy/cloudrun", name).read_text()
    if "INKLING__ALERTS__" not in text:
        return []
    if text.count(MAIL_MARK) != 1 or text.count(LOGIN_MARK) != 1:
        return [f"{name}: a line with {MAIL_MARK} and one with {LOGIN_MARK} are missing"]

    def left(mark):
        (container,) = task(yaml.safe_load(text.partition(mark)[0]))["containers"]
        return {e["name"] for e in container["env"]}

    (container,) = task(yaml.safe_load(text))["containers"]
    everything = {e["name"] for e in container["env"]}
    mail = {n for n in everything if n.startswith("INKLING__ALERTS__")} | SECRETS
    wrong = []
    if left(MAIL_MARK) != everything - mail:
        wrong.append(f"{name}: without a mail server: {sorted(left(MAIL_MARK) ^ (everything - mail))}")
    if left(LOGIN_MARK) != everything - LOGIN:
        wrong.append(f"{name}: without a login: {sorted(left(LOGIN_MARK) ^ (everything - LOGIN))}")
    return wrong


def one(root, name, manifest):
    """What is wrong with a manifest."""
    wrong, spec = without(root, name), task(manifest)
    (container,) = spec["containers"]
    if not IMAGE.match(container["image"]):
        wrong.append(f"{name}: the image is not named by digest: {container['image']}")
    if not str(spec.get("serviceAccountName", "")).startswith("inkling-"):
        wrong.append(f"{name}: no account of its own, so it would have the default one, which may do far too much")
    commands = Path(root, "batch-service/src/cli/commands.rs").read_text()
    if not re.search(rf"^    {container['args'][0].capitalize()}\(", commands, re.MULTILINE):
        wrong.append(f"{name}: the program has no command {container['args'][0]}")
    names = [e["name"] for e in container["env"]]
    wrong += [f"{name}: {n} is there twice" for n in sorted({n for n in names if names.count(n) > 1})]
    for entry in container["env"]:
        if entry["name"] in SECRETS and set(entry) != {"name", "valueFrom"}:
            wrong.append(f"{name}: {entry['name']} must come from Secret Manager")
        if "value" in entry and not isinstance(entry["value"], str):
            wrong.append(f"{name}: {entry['name']} must be a text: put quotes around it")
    if manifest["kind"] == "Service":
        wrong += probes(root, name, container)
    elif container["args"] in NOT_AGAIN:
        if spec.get("maxRetries") != 0:
            wrong.append(f"{name}: what fails here fails for good, and must not be tried again")
    elif spec.get("maxRetries") != 3:
        wrong.append(f"{name}: Cloud Run advises at least 3 retries, and a run can be repeated")
    return wrong


def summary(manifest):
    """Of a job what both ways of deploying it must agree on."""
    spec = task(manifest)
    (container,) = spec["containers"]
    return {
        "args": container["args"],
        "account": spec["serviceAccountName"].partition("@")[0],
        "timeout": f"{spec['timeoutSeconds']}s",
        "retries": spec["maxRetries"],
        **container["resources"]["limits"],
        "env": sorted(e["name"] for e in container["env"]),
    }


def terraform_jobs(root):
    """The same of the jobs that Terraform makes."""
    ids = {b.name: terraform.plain(b.body["account_id"]) for b in terraform.blocks(root) if b.type == "google_service_account"}
    content = dict(terraform.files(root))["deploy/terraform/modules/batch/jobs.tf"]
    (local,) = content["locals"]
    mail = sorted({*re.findall(r"INKLING__ALERTS__[A-Z_]+", local["mail_env"] + local["login_env"]), *SECRETS})
    (made,) = [b for b in terraform.blocks(root) if b.type == "google_cloud_run_v2_job"]
    tries = [inner.get("max_retries") for outer in made.body["template"] for inner in outer["template"]]
    assert tries == ["${each.value.retries}"], f"retries are those of local.jobs: {tries}"
    for name, job in local["jobs"].items():
        account = re.fullmatch(r"\$\{google_service_account\.(\w+)\.email\}", job["account"])
        yield terraform.plain(name), {
            "args": [terraform.plain(a) for a in job["args"]],
            "account": ids[account[1]],
            "timeout": terraform.plain(job["timeout"]),
            "retries": job["retries"],
            "cpu": terraform.plain(job["cpu"]),
            "memory": terraform.plain(job["memory"]),
            "env": sorted([*(k for k in local["env"] if k.startswith("INKLING")), *(mail if job["mails"] else [])]),
        }


def problems(root):
    """What is wrong with the manifests."""
    wrong, jobs = [], {}
    for name, manifest in load(root):
        wrong += one(root, name, manifest)
        if manifest["kind"] == "Job":
            jobs[manifest["metadata"]["name"]] = summary(manifest)
    theirs = dict(terraform_jobs(root))
    for name in sorted(set(jobs) | set(theirs)):
        mine, other = jobs.get(name, {}), theirs.get(name, {})
        for key in sorted(set(mine) | set(other)):
            if mine.get(key) != other.get(key):
                wrong.append(f"job {name}: {key} is {mine.get(key)} in its manifest and {other.get(key)} in Terraform")
    return wrong
