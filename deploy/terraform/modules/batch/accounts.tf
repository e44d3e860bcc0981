# One account for each thing that runs, so that each may do no more than it does. None of them has a key.
resource "google_service_account" "batch" {
  project      = var.project
  account_id   = "inkling-batch"
  display_name = "Inkling: the daily job"
}

resource "google_service_account" "watch" {
  project      = var.project
  account_id   = "inkling-watch"
  display_name = "Inkling: the watch"
}

resource "google_service_account" "train" {
  project      = var.project
  account_id   = "inkling-train"
  display_name = "Inkling: training"
}

resource "google_service_account" "scheduler" {
  project      = var.project
  account_id   = "inkling-scheduler"
  display_name = "Inkling: starts the jobs"
}
