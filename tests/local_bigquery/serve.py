"""Runs local-bigquery with corrections of what it gets wrong and the tests depend on.

    python serve.py --project PROJECT --data-dir FOLDER [--bucket-server URL] [--port PORT] [--grpc-port PORT]
                    [--until-stdin-ends]

Prints one line of JSON with the addresses of its REST and gRPC interfaces, {"rest": "127.0.0.1:PORT", "grpc": …}.
Each correction is a module beside this file, whose first lines say what BigQuery does. They are written for the version
that tests/local_bigquery/requirements.txt pins, and the server does not start with another.
"""

import argparse
import importlib.metadata
import json
import os
import pathlib
import socket
import sys
import threading

import uvicorn
from local_bigquery import app
from local_bigquery.grpc import server
from local_bigquery.settings import settings

import billing
import catalogue
import fingerprint
import loading
import read_api
import submitting
import table_facts

VERSION = "0.3.2"
HOST = "127.0.0.1"


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--project", required=True)
    parser.add_argument("--data-dir", type=pathlib.Path, required=True)
    parser.add_argument("--bucket-server", help="where gs:// is: a server that speaks Cloud Storage")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--grpc-port", type=int, default=0)
    parser.add_argument("--until-stdin-ends", action="store_true")
    options = parser.parse_args()

    found = importlib.metadata.version("local-bigquery")
    if found != VERSION:
        raise SystemExit(f"the corrections are for local-bigquery {VERSION}, not {found}")
    for correction in (billing, catalogue, fingerprint, loading, read_api, submitting, table_facts):
        correction.apply()

    settings.data_dir = options.data_dir
    settings.default_project_id, settings.default_dataset_id = options.project, "unused"
    settings.storage_emulator_host, settings.gcs_local_root = options.bucket_server, None

    if options.until_stdin_ends:
        threading.Thread(target=leave_with_stdin, daemon=True).start()
    _, grpc_port = server.start(HOST, options.grpc_port)
    listener = socket.create_server((HOST, options.port))
    print(json.dumps({"rest": f"{HOST}:{listener.getsockname()[1]}", "grpc": f"{HOST}:{grpc_port}"}), flush=True)
    uvicorn.Server(uvicorn.Config(app, log_level="warning")).run(sockets=[listener])


def leave_with_stdin() -> None:
    """Whoever holds the other end is gone when it ends, however that came."""
    sys.stdin.read()
    os._exit(0)


if __name__ == "__main__":
    main()
