output "run_job" {
  description = "The daily job: gcloud run jobs execute NAME --region=REGION."
  value       = module.batch.run_job
}

output "train_job" {
  description = "The job that trains; it has no schedule."
  value       = module.batch.train_job
}

output "store" {
  description = "What --store and INKLING__STORE take."
  value       = module.release.store
}

output "release_url" {
  description = "Where pages find the release, when it is public."
  value       = module.release.url
}

output "release_account" {
  description = "The account that publishers act as."
  value       = module.release.account
}

output "dataset" {
  description = "Dataset of Inkling's tables."
  value       = module.batch.dataset
}

output "reporting_dataset" {
  description = "Dataset of the views."
  value       = module.reporting.dataset
}
