"""Terraform's own view: format, `validate` and `plan`, with a stand-in for the provider. Where terraform is installed."""

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

from repository import ROOT

TERRAFORM = shutil.which("terraform")
STATE_HERE = 'terraform {\n  backend "local" {}\n}\n'


@unittest.skipUnless(TERRAFORM, "terraform is not installed: its format, validate and plan are not checked")
class Terraform(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        command = [sys.executable, str(Path(__file__).parent / "provider/stand_in.py")]
        cls.provider = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        cls.environment = {
            "PATH": os.environ["PATH"],
            "TF_REATTACH_PROVIDERS": cls.provider.stdout.readline(),
            # It must ask nobody for anything.
            "TF_CLI_CONFIG_FILE": os.devnull,
            "CHECKPOINT_DISABLE": "1",
        }

    @classmethod
    def tearDownClass(cls):
        cls.provider.stdin.close()
        cls.provider.wait(timeout=30)
        cls.provider.stdout.close()

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        copy = Path(folder.name, "deploy")
        shutil.copytree(ROOT / "deploy", copy, ignore=shutil.ignore_patterns(".terraform*", "*.tfstate*", "*.tfvars"))
        self.folder = copy / "terraform"
        (self.folder / "backend_override.tf").write_text(STATE_HERE)
        self.values = (self.folder / "terraform.tfvars.example").read_text()

    def terraform(self, *arguments):
        command = [TERRAFORM, f"-chdir={self.folder}", *arguments, "-no-color"]
        return subprocess.run(command, env=self.environment, capture_output=True, text=True, timeout=300)

    def plan(self, **values):
        """Plans with the example's values, some of them replaced."""
        (self.folder / "terraform.tfvars").write_text(self.values)
        (self.folder / "changed.auto.tfvars.json").write_text(json.dumps(values))
        started = self.terraform("init", "-input=false")
        self.assertEqual(started.returncode, 0, started.stderr)
        return self.terraform("plan", "-input=false", "-refresh=false", "-lock=false")

    def test_format(self):
        done = self.terraform("fmt", "-check", "-recursive", "-diff")
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    def test_validate(self):
        self.terraform("init", "-input=false")
        done = self.terraform("validate")
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    def test_validate_knows_the_provider(self):
        jobs = self.folder / "modules/batch/jobs.tf"
        jobs.write_text(jobs.read_text().replace("max_retries ", "max_retry "))
        self.terraform("init", "-input=false")
        self.assertIn('An argument named "max_retry" is not expected here', self.terraform("validate").stderr)

    def test_the_example_can_be_planned(self):
        done = self.plan()
        self.assertEqual(done.returncode, 0, done.stderr)
        for text in (
            '"https://run.googleapis.com/v2/projects/my-project/locations/europe-west1/jobs/inkling-watch:run"',
            'value = "bigquery://my-project.analytics_123456789"',
            'value = "gs://my-project-inkling-store/site"',
            'value = "gs://my-project-inkling-staging"',
            r"projects/_/buckets/my-project-inkling-store/objects/site/alerts/",
            '+ "https://www.example.org",',
            'increase(run_googleapis_com:job_completed_execution_count{monitored_resource=\\"cloud_run_job\\"',
        ):
            self.assertIn(text, " ".join(done.stdout.split()))
        self.assertNotIn('"*"', done.stdout)

    def test_the_least_can_be_planned(self):
        done = self.plan(mail=None, public_release=False, viewers=[], publishers=[])
        self.assertEqual(done.returncode, 0, done.stderr)
        for text in ("allUsers", "secretAccessor", "INKLING_SMTP_PASSWORD", "mail-test:run"):
            self.assertNotIn(text, done.stdout)

    def test_a_mail_server_without_a_login(self):
        mail = {"smtp": "mail.example.org:25", "from": "f@example.org", "to": ["t@example.org"]}
        done = self.plan(mail=mail)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("INKLING__ALERTS__SMTP", done.stdout)
        for text in ("secretAccessor", "INKLING_SMTP_PASSWORD", "INKLING__ALERTS__USER"):
            self.assertNotIn(text, done.stdout)

    def test_what_destroy_may_take(self):
        for protected in (True, False):
            done = self.plan(protected=protected)
            self.assertEqual(done.returncode, 0, done.stderr)
            said = re.findall(r"(deletion_protection|force_destroy|delete_contents_on_destroy) += (true|false)", done.stdout)
            # The staging bucket goes in any case.
            self.assertEqual(said.count(("force_destroy", "true")), 1 if protected else 3)
            self.assertEqual(said.count(("delete_contents_on_destroy", "false" if protected else "true")), 2)
            self.assertEqual(said.count(("deletion_protection", "true" if protected else "false")), 5)

    def test_a_profile_can_be_mounted(self):
        done = self.plan(profile_secret="inkling-profile", ga4_project="other-project", store_prefix="shop")
        self.assertEqual(done.returncode, 0, done.stderr)
        text = " ".join(done.stdout.split())
        self.assertIn('value = "/etc/inkling/profile.toml"', text)
        self.assertIn('mount_path = "/etc/inkling"', text)
        self.assertIn('value = "bigquery://other-project.analytics_123456789"', text)
        self.assertIn('matches_prefix = [ + "shop/parts/", + "shop/staging/", ]', text)

    def test_wrong_values_are_refused(self):
        digest = "0" * 64
        for name, value in [
            ("project", "My Project"),
            ("image", "europe-west1-docker.pkg.dev/p/inkling/inkling:latest"),
            ("ga4_dataset", "inkling"),
            ("origins", ["*"]),
            ("alert_emails", []),
            ("viewers", ["allUsers"]),
            ("publishers", ["allAuthenticatedUsers"]),
            ("schedule", "daily"),
            ("store_prefix", "site/"),
            ("profile", ""),
            ("profile_secret", ""),
            ("tasks", 65),
            ("max_bytes_billed", 1),
            ("mail", {"smtp": "mail.example.org", "user": "u", "from": "f@example.org", "to": ["t@example.org"]}),
            ("mail", {"smtp": "m.org:25", "user": "", "from": "f@example.org", "to": ["t@example.org"]}),
            ("mail", {"smtp": "m.org:25", "user": "u", "from": "f@example.org", "to": ["t@example.org"], "password_secret": ""}),
        ]:
            with self.subTest(name, value=value):
                done = self.plan(**{"image": f"x@sha256:{digest}", name: value})
                self.assertEqual(done.returncode, 1, done.stdout)
                self.assertIn("Invalid value for variable", done.stderr)
                self.assertIn(f"var.{name}", done.stderr)
