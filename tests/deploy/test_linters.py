"""Linters that others have written: they pass on deploy/, and do look at it."""

import os
import subprocess
import sys
import unittest
from pathlib import Path

from repository import ROOT, changed

HERE = Path(__file__).parent
BIN = Path(sys.executable).parent
DOCKERFILE = "deploy/Dockerfile"
STORE = "deploy/terraform/modules/release/main.tf"


class Linters(unittest.TestCase):
    def lint(self, root, *command):
        environment = {**os.environ, "PYTHONWARNINGS": "ignore"}
        done = subprocess.run(command, cwd=root, env=environment, capture_output=True, text=True, timeout=300)
        return done.returncode, done.stdout + done.stderr

    def passes(self, command):
        code, output = self.lint(ROOT, *command)
        self.assertEqual(code, 0, output)

    def fails(self, command, file, old, new, says):
        with self.subTest(new), changed(file, old, new) as root:
            code, output = self.lint(root, *command)
            self.assertEqual(code, 1, output)
            self.assertIn(says, output)

    def test_hadolint(self):
        command = [BIN / "hadolint", "--no-color", DOCKERFILE]
        self.passes(command)
        build = "FROM docker.io/library/rust:1.95.0-slim-bookworm@sha256:"
        digest = (ROOT / DOCKERFILE).read_text().partition(build)[2].partition(" ")[0]
        self.fails(command, DOCKERFILE, build + digest, "FROM rust:latest", "DL3007")
        self.fails(command, DOCKERFILE, "USER 65532:65532", "USER root", "DL3002")

    def test_yamllint(self):
        command = [BIN / "yamllint", "--strict", "-c", HERE / "yamllint.yaml", "deploy"]
        self.passes(command)
        self.fails(command, "deploy/cloudrun/job.yaml", "kind: Job", "kind: Job\nkind: Job", "duplication of key")

    def test_checkov(self):
        command = [os.environ["CHECKOV"], "--config-file", HERE / "checkov.yaml", "--directory", "deploy"]
        self.passes(command)
        level = "uniform_bucket_level_access = "
        self.fails(command, STORE, f"{level}true", f"{level}false", "CKV_GCP_29")
        self.fails(command, DOCKERFILE, "USER 65532:65532", "USER root", "CKV_DOCKER_8")
