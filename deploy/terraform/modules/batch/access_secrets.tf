# The secrets themselves are made by hand, so that no password is ever in Terraform's state.
resource "google_secret_manager_secret_iam_member" "batch_mails" {
  count = local.login ? 1 : 0

  project   = var.project
  secret_id = var.mail.password_secret
  role      = "roles/secretmanager.secretAccessor"
  member    = google_service_account.batch.member
}

resource "google_secret_manager_secret_iam_member" "watch_mails" {
  count = local.login ? 1 : 0

  project   = var.project
  secret_id = var.mail.password_secret
  role      = "roles/secretmanager.secretAccessor"
  member    = google_service_account.watch.member
}

resource "google_secret_manager_secret_iam_member" "train_mails" {
  count = local.login ? 1 : 0

  project   = var.project
  secret_id = var.mail.password_secret
  role      = "roles/secretmanager.secretAccessor"
  member    = google_service_account.train.member
}

resource "google_secret_manager_secret_iam_member" "batch_reads_profile" {
  count = var.profile_secret == null ? 0 : 1

  project   = var.project
  secret_id = var.profile_secret
  role      = "roles/secretmanager.secretAccessor"
  member    = google_service_account.batch.member
}

resource "google_secret_manager_secret_iam_member" "watch_reads_profile" {
  count = var.profile_secret == null ? 0 : 1

  project   = var.project
  secret_id = var.profile_secret
  role      = "roles/secretmanager.secretAccessor"
  member    = google_service_account.watch.member
}

resource "google_secret_manager_secret_iam_member" "train_reads_profile" {
  count = var.profile_secret == null ? 0 : 1

  project   = var.project
  secret_id = var.profile_secret
  role      = "roles/secretmanager.secretAccessor"
  member    = google_service_account.train.member
}
