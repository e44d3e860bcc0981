# Views for reports. They may read Inkling's tables; those who read the views may not.
resource "google_bigquery_dataset" "reporting" {
  project     = var.project
  dataset_id  = "inkling_reporting"
  location    = var.location
  description = "Views over Inkling's tables for dashboards; no visitor ids."

  # Views hold nothing, but somebody has written them.
  delete_contents_on_destroy = !var.protected
}

# The whole dataset is authorised, so that a new view needs no new permission.
resource "google_bigquery_dataset_access" "views_read_tables" {
  project    = var.project
  dataset_id = var.source_dataset

  dataset {
    dataset {
      project_id = var.project
      dataset_id = google_bigquery_dataset.reporting.dataset_id
    }
    target_types = ["VIEWS"]
  }
}

resource "google_bigquery_dataset_iam_member" "viewers" {
  for_each = toset(var.viewers)

  project    = var.project
  dataset_id = google_bigquery_dataset.reporting.dataset_id
  role       = "roles/bigquery.dataViewer"
  member     = each.value
}

# Whoever asks a question pays for it here, and may ask only of what else they may read.
resource "google_project_iam_member" "viewers_query" {
  for_each = toset(var.viewers)

  project = var.project
  role    = "roles/bigquery.jobUser"
  member  = each.value
}
