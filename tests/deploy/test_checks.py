"""The checks pass on the repository, and each fails on what it is there for."""

import unittest

import access
import arguments
import commands
import environment
import flags
import keeping
import manifests
import objects
import windows
from repository import ROOT, changed

MAIN = "deploy/terraform/main.tf"
DATA = "deploy/terraform/modules/batch/access_data.tf"
PROJECT = "deploy/terraform/modules/batch/access_project.tf"
STORAGE = "deploy/terraform/modules/batch/storage.tf"
JOBS = "deploy/terraform/modules/batch/jobs.tf"
RELEASE = "deploy/terraform/modules/release/access.tf"
BUCKET = "deploy/terraform/modules/release/main.tf"
REPORTING = "deploy/terraform/modules/reporting/main.tf"
METRIC = "deploy/monitoring/in-time.yaml"
DOCUMENT = "docs/GOOGLE_CLOUD.md"
JOB = "deploy/cloudrun/job.yaml"
TRAIN = "deploy/cloudrun/train.yaml"
WATCH = "deploy/cloudrun/watch.yaml"
RUNBOOK = "docs/RUNBOOK.md"
SERVICE = "deploy/cloudrun/service.yaml"

EVERYONE_STAGES = """
resource "google_storage_bucket_iam_member" "open" {
  bucket = google_storage_bucket.staging.name
  role   = "roles/storage.objectViewer"
  member = "allUsers"
}
"""
KEY = """
resource "google_service_account_key" "batch" {
  service_account_id = google_service_account.batch.name
}
"""
BINDING = """
resource "google_project_iam_binding" "batch" {
  project = var.project
  role    = "roles/bigquery.jobUser"
  members = [google_service_account.batch.member]
}
"""
LOOP = """
resource "google_project_iam_member" "many" {
  for_each = toset(["roles/bigquery.jobUser"])
  project  = var.project
  role     = each.value
  member   = google_service_account.batch.member
}
"""
SPECIAL_GROUP = """
resource "google_bigquery_dataset_access" "all" {
  dataset_id    = google_bigquery_dataset.inkling.dataset_id
  special_group = "allAuthenticatedUsers"
}
"""
ROW = "| `inkling-watch` | `bigquery.dataViewer` | dataset `inkling` |"
DELETES = '{"action": {"type": "Delete"}, "condition": {"age": 30}}'


class Checks(unittest.TestCase):
    def passes(self, check):
        self.assertEqual(check.problems(ROOT), [])

    def fails(self, check, file, old, new, says):
        with self.subTest(new.strip()), changed(file, old, new) as root:
            found = check.problems(root)
            self.assertTrue(any(says in problem for problem in found), found)

    def test_access(self):
        self.passes(access)
        user = 'resource "google_project_iam_member" "batch_queries" {\n  project = var.project\n  role    = "roles/'
        for role in ("editor", "owner", "viewer", "bigquery.admin", "storage.admin", "bigquery.dataOwner"):
            self.fails(access, PROJECT, f"{user}bigquery.jobUser", f"{user}{role}", "basic or administrator's role")
        for role in ("bigquery.dataEditor", "bigquery.dataViewer", "storage.objectViewer", "secretmanager.secretAccessor"):
            self.fails(access, PROJECT, f"{user}bigquery.jobUser", f"{user}{role}", "must not hold for the whole project")
        self.fails(access, STORAGE, None, EVERYONE_STAGES, "everyone may read the folder of the release, and nothing else")
        self.fails(access, STORAGE, None, KEY, "a key that could be stolen")
        self.fails(access, PROJECT, None, BINDING, "roles are given one by one")
        self.fails(access, PROJECT, None, LOOP, "the role must stand here in full")
        self.fails(access, STORAGE, None, SPECIAL_GROUP, "neither a role nor an authorised dataset")
        self.fails(access, STORAGE, None, SPECIAL_GROUP, "everyone is named outside")
        self.fails(access, JOBS, "service_account = each.value.account", "", "the project's default one")
        provider = 'provider "google" {\n'
        self.fails(access, MAIN, provider, f'{provider}  credentials = "key.json"\n', "their own credentials")
        self.fails(access, STORAGE, None, 'locals {\n  x = "roles/editor"\n}\n', "a role outside of the argument")

    def test_everyone_reads_the_release_only(self):
        public = 'managed_folder = google_storage_managed_folder.release.name\n  role           = "roles/storage.object'
        self.fails(access, RELEASE, f"{public}Viewer", f"{public}User", "everyone may read the folder")
        self.fails(access, RELEASE, 'member         = "allUsers"', 'member         = "domain:x.org"', "cannot tell to whom")
        wide = '/objects/${var.prefix}/release/'
        self.fails(access, RELEASE, wide, "/objects/${var.prefix}/", "cannot tell where roles/storage.objectUser holds")

    def test_access_and_document_agree(self):
        self.fails(access, DATA, '"roles/storage.objectViewer"\n  member = google_service_account.watch.member',
                   '"roles/storage.objectUser"\n  member = google_service_account.watch.member',
                   "Terraform, but not docs/GOOGLE_CLOUD.md: inkling-watch has storage.objectUser on store bucket")
        self.fails(access, DOCUMENT, ROW, ROW.replace("dataViewer", "dataEditor"), "docs/GOOGLE_CLOUD.md, but not Terraform")
        self.passes(commands)
        given = "on_dataset bigquery.dataViewer $WATCH"
        self.fails(commands, DOCUMENT, given, "on_dataset bigquery.dataEditor $WATCH", "a command, but not the table")
        self.fails(commands, DOCUMENT, given, "# ", "the table, but no command: inkling-watch has bigquery.dataViewer")

    def test_arguments(self):
        self.passes(arguments)
        self.fails(arguments, JOBS, "max_retries ", "max_retry ", "no argument max_retry")
        self.fails(arguments, JOBS, "image = var.image", "", "image is missing")
        self.fails(arguments, JOBS, "mount_path = ", "path = ", "mount_path is missing")
        self.fails(arguments, STORAGE, None, KEY, "not in provider.json")

    def test_environment(self):
        self.passes(environment)
        self.fails(environment, JOB, "INKLING__EVENTS", "INKLING__EVENT", "does not know INKLING__EVENT")
        self.fails(environment, JOBS, "INKLING__CLOUD__BUCKET ", "INKLING__CLOUD__BUCKETS ", "INKLING__CLOUD__BUCKETS")

    def test_manifests(self):
        self.passes(manifests)
        self.fails(manifests, JOB, "@sha256:${DIGEST}", ":latest", "not named by digest")
        self.fails(manifests, JOB, "inkling-batch@", "default@", "no account of its own")
        self.fails(manifests, JOB, "- run", "- runs", "no command runs")
        self.fails(manifests, JOB, '"107374182400"', "107374182400", "must be a text")
        self.fails(manifests, JOB, "INKLING__ALERTS__TLS", "INKLING__ALERTS__TO", "INKLING__ALERTS__TO is there twice")
        self.fails(manifests, JOB, "timeoutSeconds: 10800", "timeoutSeconds: 600", "timeout is 600s in its manifest")
        self.fails(manifests, SERVICE, "containerPort: 8080", "containerPort: 9090", "listens on 0.0.0.0:8080")
        live = "path: /health/live\n              port: 8080\n            periodSeconds: 1\n"
        self.fails(manifests, SERVICE, live, live.replace("/health/live", "/healthz"), "paths that end in z")
        self.fails(manifests, SERVICE, live, live.replace("/health/live", "/health/alive"), "has no /health/alive")
        secret = "valueFrom:\n                secretKeyRef:\n                  name: inkling-smtp-password\n"
        secret += "                  key: latest\n"
        self.fails(manifests, SERVICE, secret, "value: hunter2\n", "must come from Secret Manager")

    def test_what_fails_for_good_is_not_tried_again(self):
        self.fails(manifests, TRAIN, "maxRetries: 0", "maxRetries: 3", "must not be tried again")
        self.fails(manifests, JOB, "maxRetries: 3", "maxRetries: 0", "at least 3 retries")
        again = 'tasks = 1, retries = 0, mails = false'
        self.fails(manifests, JOBS, again, again.replace("0", "3"), "job inkling-train: retries is 0 in its manifest and 3")

    def test_a_job_comes_up_without_mail(self):
        for file in (JOB, SERVICE):
            self.fails(manifests, file, "# Mail: ", "# ", "are missing")
            self.fails(manifests, file, "# Login: ", "# ", "are missing")
        self.fails(manifests, JOB, "name: INKLING__ALERTS__FROM\n", "name: INKLING__LOG__FORMAT\n", "without a mail server")
        user, sender = "- name: INKLING__ALERTS__USER\n", "- name: INKLING__ALERTS__FROM\n"
        with changed(JOB, user, "- name: X\n") as root:
            file = root / JOB
            file.write_text(file.read_text().replace(sender, user).replace("- name: X\n", sender))
            self.assertTrue(any("without a login" in p for p in manifests.problems(root)))

    def test_keeping(self):
        self.passes(keeping)
        self.fails(keeping, BUCKET, "  force_destroy = var.force_destroy\n}", "}", "release: force_destroy is None")
        self.fails(keeping, BUCKET, "force_destroy            = var.force_destroy", "force_destroy = true", "is True")
        self.fails(keeping, REPORTING, "delete_contents_on_destroy = !var.protected", "", "delete_contents_on_destroy is None")
        self.fails(keeping, JOBS, "deletion_protection = var.protected", "deletion_protection = false", "is False")

    def test_flags(self):
        self.passes(flags)
        self.fails(flags, RUNBOOK, "gcloud scheduler jobs describe inkling --location=$REGION",
                   "gcloud scheduler jobs describe inkling", "without --location")
        self.fails(flags, "deploy/monitoring/errors.yaml", " --region=REGION", "", "without --region")
        self.fails(flags, DOCUMENT, "--tasks=1 --args=backfill", "--args=backfill", "each would do the same")
        self.fails(flags, RUNBOOK, "--tasks=1 --args=run,--date,DAY,--force", "--args=run,--date,DAY,--force", "so --tasks=1")
        self.fails(flags, MAIN, '    "run.googleapis.com",\n', "", "turns on run.googleapis.com, Terraform does not")
        self.fails(flags, DOCUMENT, "services enable cloudresourcemanager.googleapis.com", "services enable",
                   "cloudresourcemanager.googleapis.com must be on before")

    def test_windows(self):
        self.passes(windows)
        silences = "deploy/monitoring/no-success.yaml"
        self.fails(windows, silences, "[26h]", "[20h]", "looks back 20 hours, inkling watch 26")
        self.fails(windows, "batch-service/src/monitor/status.rs", "fresh_hours: [26.0, ", "fresh_hours: [24.0, ", "is less than a day")
        self.fails(windows, "deploy/monitoring/watch-silent.yaml", "[3h]", "[2h]", "would be silence")
        self.fails(windows, WATCH, "timeoutSeconds: 600", "timeoutSeconds: 3600", "would be silence")
        self.fails(windows, RUNBOOK, "had succeeded for 26 hours", "had succeeded for 30 hours", "30 hours, inkling watch says 26")
        self.fails(windows, "deploy/terraform/variables.tf", '"0 8,11,14,17 * * *"', '"0 8 * * 1"', "not start every day")

    def test_objects(self):
        self.passes(objects)
        lease = "store bucket, `leases/` |"
        self.fails(objects, DOCUMENT, lease, "store bucket, `locks/` |", "nobody may write leases/ to the store")
        doctor = "store bucket, `doctor/` |"
        self.fails(objects, DOCUMENT, doctor, "store bucket, `nurse/` |", "nobody may write doctor/ to the store")
        self.fails(objects, "deploy/lifecycle.json", '{\n  "rule": [', '{\n  "rule": [' + DELETES + ",", "may still name")
        self.fails(objects, "deploy/lifecycle.json", "site/parts/", "site/release/", "may still name")
        self.fails(objects, "deploy/lifecycle-staging.json", '"age": 3', '"daysSinceNoncurrentTime": 3', "would stay")
        self.fails(objects, "deploy/cors.json", '"HEAD"', '"PUT"', "browsers only read")
        self.fails(objects, METRIC, "a run succeeded last at", "the last run was at", "never says 'the last run was at'")


if __name__ == "__main__":
    unittest.main()
