"""The checks pass on the repository, and each fails on what it is there for."""

import unittest

import access
import arguments
import commands
import environment
import manifests
import objects
from repository import ROOT, changed

MAIN = "deploy/terraform/main.tf"
DATA = "deploy/terraform/modules/batch/access_data.tf"
PROJECT = "deploy/terraform/modules/batch/access_project.tf"
STORAGE = "deploy/terraform/modules/batch/storage.tf"
JOBS = "deploy/terraform/modules/batch/jobs.tf"
RELEASE = "deploy/terraform/modules/release/access.tf"
METRIC = "deploy/monitoring/in-time.yaml"
DOCUMENT = "docs/GOOGLE_CLOUD.md"
JOB = "deploy/cloudrun/job.yaml"
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
        self.fails(arguments, JOBS, "max_retries = 3", "max_retry = 3", "no argument max_retry")
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

    def test_objects(self):
        self.passes(objects)
        lease = "store bucket, `leases/` |"
        self.fails(objects, DOCUMENT, lease, "store bucket, `locks/` |", "nobody may write leases/ to the store")
        self.fails(objects, "deploy/lifecycle.json", '{\n  "rule": [', '{\n  "rule": [' + DELETES + ",", "may still name")
        self.fails(objects, "deploy/lifecycle.json", "site/parts/", "site/release/", "may still name")
        self.fails(objects, "deploy/lifecycle-staging.json", '"age": 3', '"daysSinceNoncurrentTime": 3', "would stay")
        self.fails(objects, "deploy/cors.json", '"HEAD"', '"PUT"', "browsers only read")
        self.fails(objects, METRIC, "a run succeeded last at", "the last run was at", "never says 'the last run was at'")


if __name__ == "__main__":
    unittest.main()
