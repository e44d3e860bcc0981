# The account that signs and uploads. People act as it; it has no key.
resource "google_service_account" "release" {
  project      = var.project
  account_id   = "inkling-release"
  display_name = "Inkling: publishes releases"
}

resource "google_service_account_iam_member" "publishers" {
  for_each = toset(var.publishers)

  service_account_id = google_service_account.release.name
  role               = "roles/iam.serviceAccountTokenCreator"
  member             = each.value
}

# Reading is not limited to a folder: without the right to list, Cloud Storage says "forbidden" of what is not there.
resource "google_storage_bucket_iam_member" "release_reads_store" {
  bucket = google_storage_bucket.store.name
  role   = "roles/storage.objectViewer"
  member = google_service_account.release.member
}

resource "google_storage_bucket_iam_member" "release_writes_release" {
  bucket = google_storage_bucket.store.name
  role   = "roles/storage.objectUser"
  member = google_service_account.release.member

  condition {
    title      = "release folder"
    expression = "resource.name.startsWith(\"projects/_/buckets/${google_storage_bucket.store.name}/objects/${var.prefix}/release/\")"
  }
}

resource "google_storage_managed_folder_iam_member" "public" {
  count = var.public ? 1 : 0

  bucket         = google_storage_managed_folder.release.bucket
  managed_folder = google_storage_managed_folder.release.name
  role           = "roles/storage.objectViewer"
  member         = "allUsers"
}
