resource "google_bigquery_dataset" "inkling" {
  project     = var.project
  dataset_id  = "inkling"
  location    = var.location
  description = "Inkling's tables; see docs/TABLES.md."

  delete_contents_on_destroy = !var.protected
}

locals {
  staging_lifecycle = jsondecode(file("${path.module}/../../../lifecycle-staging.json")).rule
}

# Parquet files on their way into BigQuery. A load job that is tried again finds them for three days.
resource "google_storage_bucket" "staging" {
  #checkov:skip=CKV_GCP_78:old versions of files that live three days would only keep visitor ids longer
  project  = var.project
  name     = var.staging_bucket
  location = var.location

  uniform_bucket_level_access = true
  public_access_prevention    = "enforced"
  force_destroy               = true

  # They hold visitor ids and can be made again: what is deleted should be gone.
  soft_delete_policy {
    retention_duration_seconds = 0
  }

  dynamic "lifecycle_rule" {
    for_each = local.staging_lifecycle

    content {
      action {
        type = lifecycle_rule.value.action.type
      }
      condition {
        age = lifecycle_rule.value.condition.age
      }
    }
  }
}
