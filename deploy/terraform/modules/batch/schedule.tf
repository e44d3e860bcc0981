# The scheduler may start the four jobs that it starts, as they are configured, and nothing else.
resource "google_cloud_run_v2_job_iam_member" "scheduler_starts_run" {
  project  = var.project
  location = var.region
  name     = google_cloud_run_v2_job.job["inkling"].name
  role     = "roles/run.invoker"
  member   = google_service_account.scheduler.member
}

resource "google_cloud_run_v2_job_iam_member" "scheduler_starts_watch" {
  project  = var.project
  location = var.region
  name     = google_cloud_run_v2_job.job["inkling-watch"].name
  role     = "roles/run.invoker"
  member   = google_service_account.scheduler.member
}

resource "google_cloud_run_v2_job_iam_member" "scheduler_starts_mail_test" {
  project  = var.project
  location = var.region
  name     = google_cloud_run_v2_job.job["inkling-mail-test"].name
  role     = "roles/run.invoker"
  member   = google_service_account.scheduler.member
}

resource "google_cloud_run_v2_job_iam_member" "scheduler_starts_retrain" {
  project  = var.project
  location = var.region
  name     = google_cloud_run_v2_job.job["inkling-retrain"].name
  role     = "roles/run.invoker"
  member   = google_service_account.scheduler.member
}

locals {
  mail_schedules = {
    # Not at the full hour, when everybody else's jobs start.
    inkling-watch     = "17 * * * *"
    inkling-mail-test = "47 9 * * 1"
  }
  # Without a mail server the watch still runs, for Cloud Monitoring listens to it; a test mail would only fail.
  schedules = merge(
    {
      inkling       = var.schedule
      inkling-watch = local.mail_schedules.inkling-watch
      # After the day's last start: the week's figures are there.
      inkling-retrain = "31 20 * * 0"
    },
    var.mail == null ? {} : local.mail_schedules,
  )
}

resource "google_cloud_scheduler_job" "start" {
  for_each = local.schedules

  project   = var.project
  region    = var.region
  name      = each.key
  schedule  = each.value
  time_zone = var.time_zone

  # Until the execution is accepted, not until it is done.
  attempt_deadline = "180s"

  retry_config {
    retry_count          = 3
    min_backoff_duration = "30s"
  }

  http_target {
    http_method = "POST"
    uri         = "https://run.googleapis.com/v2/projects/${var.project}/locations/${var.region}/jobs/${google_cloud_run_v2_job.job[each.key].name}:run"

    # An access token, for this is one of Google's own APIs; an OIDC token is for services of one's own.
    oauth_token {
      service_account_email = google_service_account.scheduler.email
      scope                 = "https://www.googleapis.com/auth/cloud-platform"
    }
  }

  depends_on = [
    google_cloud_run_v2_job_iam_member.scheduler_starts_run,
    google_cloud_run_v2_job_iam_member.scheduler_starts_watch,
    google_cloud_run_v2_job_iam_member.scheduler_starts_mail_test,
    google_cloud_run_v2_job_iam_member.scheduler_starts_retrain,
  ]
}
