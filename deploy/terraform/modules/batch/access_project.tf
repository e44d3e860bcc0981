# These two roles exist for projects only. They let an account start queries and ask for rows, of tables that it may read.
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
  project = var.project
  role    = "roles/bigquery.readSessionUser"
  member  = google_service_account.batch.member
}

resource "google_project_iam_member" "train_read_sessions" {
  project = var.project
  role    = "roles/bigquery.readSessionUser"
  member  = google_service_account.train.member
}
