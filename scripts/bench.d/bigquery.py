"""The daily job on stand-ins for BigQuery and Cloud Storage, by 1, 2 and 4 processes: from the export's table to stored
scores. What the job itself takes is measured; the stand-ins run beside it on the same cores, and are most of the time."""
import json
import os
import shutil
import subprocess
import sys
import time
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from commands import measured, note, run
from day_job import iso
from server import free_port

ROOT = Path(__file__).resolve().parents[2]
CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "inkling-tests"
PROJECT, BUCKET = "bench", "inkling-bench"
SHARDS = (1, 2, 4)


def call(method, url, body=None, content_type="application/json"):
    data = body if isinstance(body, (bytes, type(None))) else json.dumps(body).encode()
    request = urllib.request.Request(url, data=data, method=method, headers={"Content-Type": content_type})
    with urllib.request.urlopen(request, timeout=120) as answer:
        return json.loads(answer.read() or b"{}")


class StandIns:
    """fake-gcs-server and local-bigquery, until the end of a `with`."""

    def __init__(self, folder):
        self.folder = folder

    def __enter__(self):
        found = sorted((CACHE / "venv").glob("**/fake-gcs-server*"))
        program = next(p for p in found if p.is_file() and os.access(p, os.X_OK) and p.suffix != ".py")
        port = free_port()
        self.buckets = f"http://127.0.0.1:{port}"
        self.gcs = subprocess.Popen([program, "-scheme", "http", "-backend", "memory", "-host", "127.0.0.1", "-port", str(port),
                                     "-public-host", f"127.0.0.1:{port}"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        for _ in range(200):
            try:
                call("POST", f"{self.buckets}/storage/v1/b?project={PROJECT}", {"name": BUCKET})
                break
            except OSError:
                time.sleep(0.05)
        data = self.folder / "bigquery"
        data.mkdir()
        self.bigquery = subprocess.Popen(
            [CACHE / "local-bigquery" / "python", "-B", ROOT / "tests/local_bigquery/serve.py", "--project", PROJECT, "--data-dir", data,
             "--bucket-server", self.buckets, "--until-stdin-ends"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=(self.folder / "bigquery.log").open("wb"), text=True)
        addresses = json.loads(self.bigquery.stdout.readline())
        self.rest, self.grpc = (f"http://{addresses[key]}" for key in ("rest", "grpc"))
        self.api = f"{self.rest}/bigquery/v2/projects/{PROJECT}"
        for _ in range(600):
            try:
                call("GET", f"{self.api}/datasets")
                break
            except OSError:
                time.sleep(0.1)
        return self

    def __exit__(self, *_):
        self.bigquery.stdin.close()
        self.gcs.terminate()
        self.bigquery.wait()
        self.gcs.wait()

    def load(self, path):
        """A day's Parquet file as a table of the export."""
        call("POST", f"{self.buckets}/upload/storage/v1/b/{BUCKET}/o?uploadType=media&name={path.name}", path.read_bytes(),
             "application/octet-stream")
        reference = {"projectId": PROJECT, "datasetId": "analytics_1", "tableId": path.stem}
        job = call("POST", f"{self.api}/jobs", {"configuration": {"load": {
            "sourceUris": [f"gs://{BUCKET}/{path.name}"], "sourceFormat": "PARQUET", "destinationTable": reference}}})
        while job["status"]["state"] != "DONE":
            time.sleep(0.1)
            job = call("GET", f"{self.api}/jobs/{job['jobReference']['jobId']}")
        if "errorResult" in job["status"]:
            sys.exit(f"bench: loading {path}: {job['status']['errorResult']}")

    def configuration(self, dataset, store):
        return (f'events = ["bigquery://{PROJECT}.analytics_1"]\nwarehouse = "bigquery"\nstore = "{store}"\n'
                f'[cloud]\nproject = "{PROJECT}"\ndataset = "{dataset}"\nlocation = "US"\nbucket = "gs://{BUCKET}/{dataset}"\n'
                f'scratch = "{self.folder / dataset}"\nstorage_endpoint = "{self.buckets}"\nbigquery_endpoint = "{self.rest}"\n'
                f'bigquery_storage_endpoint = "{self.grpc}"\n')


def measure(inkling, place, folder):
    note("daily job on stand-ins for BigQuery")
    folder = folder / "cloud"
    folder.mkdir()
    before, day = place["days"][-2:]
    found = []
    with StandIns(folder) as stand_ins:
        call("POST", f"{stand_ins.api}/datasets", {"datasetReference": {"projectId": PROJECT, "datasetId": "analytics_1"}})
        for name in (before, day):
            stand_ins.load(place["files"][name])
        for shards in SHARDS:
            found.append(one(inkling, place, folder, stand_ins, (before, day), shards))
    return found


def one(inkling, place, folder, stand_ins, days, shards):
    """A warehouse of its own, filled up to the day before; then the day, by so many processes."""
    before, day = map(iso, days)
    dataset = f"shards_{shards}"
    store = folder / f"store_{shards}"
    shutil.copytree(place["warehouse"] / "store", store)
    shutil.copy(place["warehouse"] / "profile.toml", store)
    config = folder / f"{dataset}.toml"
    config.write_text(stand_ins.configuration(dataset, store))
    run(inkling, "backfill", "--config", config, "--from", before, "--to", before, "--output", "json")
    start = time.perf_counter()
    with ThreadPoolExecutor(shards) as pool:
        parts = [() if shards == 1 else ("--shard", f"{index}/{shards}") for index in range(shards)]
        done = list(pool.map(lambda part: measured(inkling, "run", "--config", config, "--date", day, *part, "--output", "json"), parts))
    wall = time.perf_counter() - start
    ran = max((d["printed"]["run"] for d in done if d["printed"].get("run")), key=lambda r: r["events"])
    cpu = sum(d["cpu_s"] for d in done)
    steps = {step["step"]: round(step["seconds"], 3) for step in ran["steps"]}
    return {"shards": shards, "events": ran["events"], "scored": ran["scored"], "wall_s": wall, "cpu_s": cpu,
            "events_per_s": ran["events"] / wall, "events_per_cpu_s": ran["events"] / cpu,
            "peak_mb": max(d["peak_mb"] for d in done), "steps": steps}
