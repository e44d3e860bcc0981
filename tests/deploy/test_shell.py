"""The commands of docs/GOOGLE_CLOUD.md, typed from the first to the last, with stand-ins for whatever talks to anybody."""

import json
import os
import re
import shutil
import subprocess
import tempfile
import unittest
from pathlib import Path

import yaml

from manifests import SECRETS, task
from repository import ROOT

TEXT = (ROOT / "docs/GOOGLE_CLOUD.md").read_text()
STAND_INS = ["gcloud", "bq", "docker", "git", "terraform", "cargo", "inkling", "curl"]
COMMIT = "c0ffee" + "0" * 34 + "-dirty"
# Each says what it was called with, and answers what the next command takes.
STAND_IN = f"""#!/bin/sh
printf '%s\\n' "${{0##*/}} $*" >> "$SAID"
case "${{0##*/}} $*" in
  "gcloud artifacts docker images describe "*) echo sha256:{"0" * 64} ;;
  "git describe "*) echo {COMMIT} ;;
  "gcloud projects describe "*) echo 123456789 ;;
  "gcloud beta monitoring channels create "*) echo projects/my-project/notificationChannels/1 ;;
  "gcloud secrets create "*-smtp-*) cat ;;
  "bq show "*) echo '{{"location": "EU", "access": []}}' ;;
esac
"""
MAIL = "export SMTP=mail.example.org:587 SMTP_USER=inkling "
OWN_PROFILE = "export PROFILE=/etc/inkling/profile.toml"


class Shell(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name, "repository")
        ignored = shutil.ignore_patterns(".terraform*", "*.tfstate*", "*.tfvars")
        shutil.copytree(ROOT / "deploy", self.folder / "deploy", ignore=ignored)
        (self.folder / "scripts").mkdir()
        stand_ins = Path(folder.name, "bin")
        stand_ins.mkdir()
        for path in [*(stand_ins / n for n in STAND_INS), *(self.folder / "scripts" / n for n in ("setup", "build-web"))]:
            path.write_text(STAND_IN)
            path.chmod(0o755)
        self.said = Path(folder.name, "said")
        self.environment = {"PATH": f"{stand_ins}:{os.environ['PATH']}", "SAID": str(self.said), "HOME": folder.name}

    def typed(self, text):
        """Every block of shell in one shell; what was called, line by line."""
        for tool in ("bash", "envsubst", "jq", "sed"):
            self.assertIsNotNone(shutil.which(tool), f"{tool} is missing: `scripts/setup check` installs it")
        script = "set -euo pipefail\n" + "\n".join(re.findall(r"```sh\n(.*?)```", text, re.DOTALL))
        done = subprocess.run(["bash", "-c", script], cwd=self.folder, env=self.environment, input="hunter2\n",
                              capture_output=True, text=True, timeout=60)
        self.assertEqual((done.returncode, done.stderr), (0, ""), done.stdout)
        said = self.said.read_text()
        self.assertNotIn("hunter2", said, "the password is no argument")
        return said.splitlines()

    def filled(self):
        """The variables of each manifest as it goes to Cloud Run, by its file."""
        found = {}
        for path in sorted(self.folder.glob("*.filled.yaml")):
            text = path.read_text()
            self.assertNotRegex(text, r"\$\{\w")
            (container,) = task(yaml.safe_load(text))["containers"]
            self.assertTrue(all(e.get("value", "x") for e in container["env"]), f"{path.name}: an empty value")
            found[path.name.partition(".")[0]] = {e["name"] for e in container["env"]}
        self.assertEqual(sorted(found), ["job", "mail-test", "retrain", "service", "train", "watch"])
        return found

    def replaced(self, old, new):
        self.assertEqual(TEXT.count(old), 1, old)
        return TEXT.replace(old, new)

    def test_everything(self):
        said = self.typed(TEXT)
        mail = {"INKLING__ALERTS__SMTP", "INKLING__ALERTS__USER", *SECRETS}
        for file, names in self.filled().items():
            self.assertEqual(mail & names, set() if file == "train" else mail, file)
        mounted = [line.split()[4] for line in said if "--update-secrets=/etc/inkling/profile.toml=" in line]
        self.assertEqual(mounted, ["inkling", "inkling-watch", "inkling-mail-test", "inkling-train", "inkling-retrain"])
        authorised = json.loads((self.folder / "authorised.json").read_text())["access"]
        self.assertEqual(authorised[0]["dataset"]["dataset"]["datasetId"], "inkling_reporting")
        self.assertFalse([line for line in said if re.search(r"--[\w-]+=( |$)", line)], "a variable that is empty")

    def test_the_image_is_told_its_commit(self):
        (build,) = [line for line in self.typed(TEXT) if line.startswith("docker build ")]
        name, _, commit = re.search(r"--build-arg (\S+)", build)[1].partition("=")
        self.assertEqual(commit, COMMIT)
        read = (ROOT / "batch-service/src/store/registry/lineage.rs").read_text()
        self.assertEqual(re.findall(r'option_env!\("(\w+)"\)', read), [name])
        # An argument is in the environment of the commands after it, until the stage ends.
        stage = (ROOT / "deploy/Dockerfile").read_text().split("\nFROM ")[1]
        self.assertIn(f"\nARG {name}\n", stage.partition("RUN cargo build ")[0])

    def test_a_profile_that_is_built_in(self):
        said = self.typed(self.replaced(OWN_PROFILE, ":"))
        self.assertFalse([line for line in said if "--update-secrets" in line])
        self.filled()

    def test_no_mail_server(self):
        self.typed(self.replaced(MAIL, "export SMTP= SMTP_USER= "))
        for file, names in self.filled().items():
            self.assertFalse([n for n in names if "ALERTS" in n or n in SECRETS], file)

    def test_a_mail_server_without_a_login(self):
        self.typed(self.replaced(MAIL, "export SMTP=mail.example.org:587 SMTP_USER= "))
        for file, names in self.filled().items():
            self.assertEqual("INKLING__ALERTS__SMTP" in names, file != "train")
            self.assertFalse(names & {"INKLING__ALERTS__USER", *SECRETS}, file)

    def test_what_is_left_out_is_said(self):
        tools = self.folder / "tools"
        tools.mkdir()
        for tool in ("bash", "dirname", "env"):
            (tools / tool).symlink_to(shutil.which(tool))
        command = [ROOT / "scripts/not-checked", "terraform"]

        def said():
            return subprocess.run(command, env={"PATH": str(tools)}, capture_output=True, text=True, check=True).stdout

        self.assertTrue(said().startswith("NOT CHECKED: Terraform's format, validate and plan"))
        (tools / "terraform").write_text(STAND_IN)
        (tools / "terraform").chmod(0o755)
        self.assertEqual(said(), "")


if __name__ == "__main__":
    unittest.main()
