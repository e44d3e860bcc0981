output "dataset" {
  description = "Dataset of the views."
  value       = google_bigquery_dataset.reporting.dataset_id
}
