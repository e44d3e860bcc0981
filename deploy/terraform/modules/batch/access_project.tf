# These two roles exist for projects only. They let an account start queries, not read tables.
resource "google_project_iam_member" "batch_queries" {
  project = var.project
  role    = "roles/bigquery.jobUser"
  member  = google_service_account.batch.member
}

resource "google_project_iam_member" "watch_queries" {
  project = var.project
  role    = "roles/bigquery.jobUser"
  member  = google_service_account.watch.member
}

resource "google_project_iam_member" "train_queries" {
  project = var.project
  role    = "roles/bigquery.jobUser"
  member  = google_service_account.train.member
}

resource "google_project_iam_member" "batch_read_sessions" {
  count = var.storage_read_api ? 1 : 0

  project = var.project
  role    = "roles/bigquery.readSessionUser"
  member  = google_service_account.batch.member
}

resource "google_project_iam_member" "train_read_sessions" {
  count = var.storage_read_api ? 1 : 0

  project = var.project
  role    = "roles/bigquery.readSessionUser"
  member  = google_service_account.train.member
}
