# The bucket of models and releases. What it allows browsers, and what it forgets, stands in files that gcloud takes too.
locals {
  cors      = jsondecode(file("${path.module}/../../../cors.json"))
  lifecycle = jsondecode(file("${path.module}/../../../lifecycle.json")).rule
}

resource "google_storage_bucket" "store" {
  project  = var.project
  name     = var.bucket
  location = var.location

  uniform_bucket_level_access = true
  # Only the folder of the release is ever opened, and only if asked for.
  public_access_prevention = var.public ? "inherited" : "enforced"
  force_destroy            = var.force_destroy

  versioning {
    enabled = true
  }

  dynamic "cors" {
    for_each = local.cors

    content {
      # The file's origin is for trying things out; here it is the site's.
      origin          = var.origins
      method          = cors.value.method
      response_header = cors.value.responseHeader
      max_age_seconds = cors.value.maxAgeSeconds
    }
  }

  dynamic "lifecycle_rule" {
    for_each = local.lifecycle

    content {
      action {
        type = lifecycle_rule.value.action.type
      }
      condition {
        age                        = try(lifecycle_rule.value.condition.age, null)
        days_since_noncurrent_time = try(lifecycle_rule.value.condition.daysSinceNoncurrentTime, null)
        num_newer_versions         = try(lifecycle_rule.value.condition.numNewerVersions, null)
        # The file's site is called "site".
        matches_prefix = try([for p in lifecycle_rule.value.condition.matchesPrefix : "${var.prefix}/${trimprefix(p, "site/")}"], null)
      }
    }
  }
}

# A managed folder can be opened without the models beside it.
resource "google_storage_managed_folder" "release" {
  bucket = google_storage_bucket.store.name
  name   = "${var.prefix}/release/"

  # The folder goes, its objects stay in the bucket, which has the last word.
  force_destroy = var.force_destroy
}
