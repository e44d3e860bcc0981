# What each account may read and write. docs/GOOGLE_CLOUD.md has the same as a table, and scripts/check-deploy compares.

# Roles on datasets are given by google_bigquery_dataset_access: google_bigquery_dataset_iam_member would take away the
# authorised views of the dataset, those of the reports and any that the GA4 export's owner has made.
resource "google_bigquery_dataset_access" "batch_reads_ga4" {
  project       = var.ga4_project
  dataset_id    = var.ga4_dataset
  role          = "roles/bigquery.dataViewer"
  user_by_email = google_service_account.batch.email
}

resource "google_bigquery_dataset_access" "batch_writes_inkling" {
  project       = var.project
  dataset_id    = google_bigquery_dataset.inkling.dataset_id
  role          = "roles/bigquery.dataEditor"
  user_by_email = google_service_account.batch.email
}

# The views are made by the daily job; on this dataset roles are given as in the module `reporting`.
resource "google_bigquery_dataset_iam_member" "batch_writes_reporting" {
  project    = var.project
  dataset_id = var.reporting_dataset
  role       = "roles/bigquery.dataEditor"
  member     = google_service_account.batch.member
}

resource "google_bigquery_dataset_access" "watch_reads_inkling" {
  project       = var.project
  dataset_id    = google_bigquery_dataset.inkling.dataset_id
  role          = "roles/bigquery.dataViewer"
  user_by_email = google_service_account.watch.email
}

resource "google_bigquery_dataset_access" "train_writes_inkling" {
  project       = var.project
  dataset_id    = google_bigquery_dataset.inkling.dataset_id
  role          = "roles/bigquery.dataEditor"
  user_by_email = google_service_account.train.email
}

resource "google_storage_bucket_iam_member" "batch_stages" {
  bucket = google_storage_bucket.staging.name
  role   = "roles/storage.objectUser"
  member = google_service_account.batch.member
}

resource "google_storage_bucket_iam_member" "train_stages" {
  bucket = google_storage_bucket.staging.name
  role   = "roles/storage.objectUser"
  member = google_service_account.train.member
}

# Reading the store is not limited to a folder: without the right to list, Cloud Storage says "forbidden" of what is not
# there, and the first run would fail for want of a model.
resource "google_storage_bucket_iam_member" "batch_reads_store" {
  bucket = var.store_bucket
  role   = "roles/storage.objectViewer"
  member = google_service_account.batch.member
}

resource "google_storage_bucket_iam_member" "watch_reads_store" {
  bucket = var.store_bucket
  role   = "roles/storage.objectViewer"
  member = google_service_account.watch.member
}

resource "google_storage_bucket_iam_member" "train_reads_store" {
  bucket = var.store_bucket
  role   = "roles/storage.objectViewer"
  member = google_service_account.train.member
}

# What has been mailed is remembered in the store.
resource "google_storage_bucket_iam_member" "batch_writes_alerts" {
  bucket = var.store_bucket
  role   = "roles/storage.objectUser"
  member = google_service_account.batch.member

  condition {
    title      = "alerts folder"
    expression = "resource.name.startsWith(\"projects/_/buckets/${var.store_bucket}/objects/${var.store_prefix}/alerts/\")"
  }
}

resource "google_storage_bucket_iam_member" "watch_writes_alerts" {
  bucket = var.store_bucket
  role   = "roles/storage.objectUser"
  member = google_service_account.watch.member

  condition {
    title      = "alerts folder"
    expression = "resource.name.startsWith(\"projects/_/buckets/${var.store_bucket}/objects/${var.store_prefix}/alerts/\")"
  }
}

# Of two runs at once one waits, by an object that both replace.
resource "google_storage_bucket_iam_member" "batch_writes_leases" {
  bucket = var.store_bucket
  role   = "roles/storage.objectUser"
  member = google_service_account.batch.member

  condition {
    title      = "leases folder"
    expression = "resource.name.startsWith(\"projects/_/buckets/${var.store_bucket}/objects/${var.store_prefix}/leases/\")"
  }
}

# Tasks that share a day hand in their parts here.
resource "google_storage_bucket_iam_member" "batch_writes_parts" {
  bucket = var.store_bucket
  role   = "roles/storage.objectUser"
  member = google_service_account.batch.member

  condition {
    title      = "parts folder"
    expression = "resource.name.startsWith(\"projects/_/buckets/${var.store_bucket}/objects/${var.store_prefix}/parts/\")"
  }
}

# Which views were made is remembered there.
resource "google_storage_bucket_iam_member" "batch_writes_dashboard" {
  bucket = var.store_bucket
  role   = "roles/storage.objectUser"
  member = google_service_account.batch.member

  condition {
    title      = "dashboard folder"
    expression = "resource.name.startsWith(\"projects/_/buckets/${var.store_bucket}/objects/${var.store_prefix}/dashboard/\")"
  }
}

# `inkling doctor` leaves a line there, to see whether writing works.
resource "google_storage_bucket_iam_member" "batch_writes_doctor" {
  bucket = var.store_bucket
  role   = "roles/storage.objectUser"
  member = google_service_account.batch.member

  condition {
    title      = "doctor folder"
    expression = "resource.name.startsWith(\"projects/_/buckets/${var.store_bucket}/objects/${var.store_prefix}/doctor/\")"
  }
}

# The first run leaves the profile there; later ones compare it with theirs.
resource "google_storage_bucket_iam_member" "batch_writes_profile" {
  bucket = var.store_bucket
  role   = "roles/storage.objectUser"
  member = google_service_account.batch.member

  condition {
    title      = "site profile"
    expression = "resource.name == \"projects/_/buckets/${var.store_bucket}/objects/${var.store_prefix}/profile.toml\""
  }
}

resource "google_storage_bucket_iam_member" "train_writes_models" {
  bucket = var.store_bucket
  role   = "roles/storage.objectUser"
  member = google_service_account.train.member

  condition {
    title      = "models folder"
    expression = "resource.name.startsWith(\"projects/_/buckets/${var.store_bucket}/objects/${var.store_prefix}/models/\")"
  }
}
