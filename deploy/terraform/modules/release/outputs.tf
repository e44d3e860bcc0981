output "bucket" {
  description = "Name of the bucket."
  value       = google_storage_bucket.store.name
}

output "store" {
  description = "What --store takes."
  value       = "gs://${google_storage_bucket.store.name}/${var.prefix}"
}

output "url" {
  description = "Where pages find the release, when it is public."
  value       = "https://storage.googleapis.com/${google_storage_bucket.store.name}/${var.prefix}/release/release.json"
}

output "account" {
  description = "The account that publishers act as."
  value       = google_service_account.release.email
}
