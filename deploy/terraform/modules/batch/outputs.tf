output "run_job" {
  description = "Name of the daily job."
  value       = google_cloud_run_v2_job.job["inkling"].name
}

output "train_job" {
  description = "Name of the job that trains."
  value       = google_cloud_run_v2_job.job["inkling-train"].name
}

output "dataset" {
  description = "Dataset of the tables."
  value       = google_bigquery_dataset.inkling.dataset_id
}

output "accounts" {
  description = "Addresses of the accounts by what they do."
  value = {
    batch     = google_service_account.batch.email
    watch     = google_service_account.watch.email
    train     = google_service_account.train.email
    scheduler = google_service_account.scheduler.email
  }
}
