"""The rules of the buckets, and what deploy/ and the program must both say."""

import json
import re
from pathlib import Path

import table

# Where the program says what it writes to the store.
STORED = {
    "batch-service/src/alerts/book.rs": r'const NAME: &str = "(\w+/)',
    "batch-service/src/doctor/places.rs": r'"(doctor/)probe.txt"',
    "batch-service/src/jobs/daily.rs": r'format!\("(leases/)',
    "batch-service/src/jobs/parts.rs": r'format!\("(parts/)',
    "batch-service/src/place.rs": r'const PROFILE: &str = "([\w.]+)"',
    "batch-service/src/release/repository.rs": r'const FOLDER: &str = "(\w+)"',
    "batch-service/src/store/registry.rs": r'const FOLDER: &str = "(\w+)"',
}
# What may be deleted while nothing has replaced it: parts of a day that is published.
PASSING = {"site/parts/", "site/staging/"}
CORS = {"origin", "method", "responseHeader", "maxAgeSeconds"}


def rules(root, name):
    return json.loads(Path(root, "deploy", name).read_text())["rule"]


def stored(root):
    """What the program writes to the store: folders, and single objects."""
    for file, pattern in STORED.items():
        name = re.search(pattern, Path(root, file).read_text())[1]
        yield name if "." in name else name.rstrip("/") + "/"


def problems(root):
    """What is wrong with the rules, with who may write what, and with what alerts look for."""
    places = {place for _, role, place in table.grants(root) if role == "storage.objectUser"}
    wrong = [f"nobody may write {n} to the store" for n in stored(root) if f"store bucket, {n}" not in places]
    for entry in json.loads(Path(root, "deploy/cors.json").read_text()):
        if set(entry) != CORS or set(entry["method"]) != {"GET", "HEAD"}:
            wrong.append(f"deploy/cors.json: browsers only read: {entry}")
    for rule in rules(root, "lifecycle.json"):
        old = {"numNewerVersions", "daysSinceNoncurrentTime", "noncurrentTimeBefore"} & set(rule["condition"])
        passing = set(rule["condition"].get("matchesPrefix", [""])) <= PASSING
        if rule["action"]["type"] == "Delete" and not old and not passing:
            wrong.append(f"deploy/lifecycle.json: deletes what a release may still name: {rule}")
    if not any(r["action"]["type"] == "Delete" and "age" in r["condition"] for r in rules(root, "lifecycle-staging.json")):
        wrong.append("deploy/lifecycle-staging.json: files with visitor ids would stay")
    said = Path(root, "batch-service/src/jobs/text.rs").read_text()
    heard = re.findall(r'textPayload:"([^"]+)"', Path(root, "deploy/monitoring/in-time.yaml").read_text())
    if len(heard) != 2:
        wrong.append("deploy/monitoring/in-time.yaml: the metric looks for two phrases of inkling watch")
    wrong += [f"deploy/monitoring/in-time.yaml: inkling watch never says {text!r}" for text in heard if text not in said]
    return wrong
