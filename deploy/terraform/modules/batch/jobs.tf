locals {
  profile_file = "/etc/inkling/profile.toml"

  env = {
    INKLING__EVENTS                  = "bigquery://${var.ga4_project}.${var.ga4_dataset}"
    INKLING__WAREHOUSE               = "bigquery"
    INKLING__STORE                   = "gs://${var.store_bucket}/${var.store_prefix}"
    INKLING__PROFILE                 = var.profile_secret == null ? var.profile : local.profile_file
    INKLING__CLOUD__PROJECT          = var.project
    INKLING__CLOUD__DATASET          = google_bigquery_dataset.inkling.dataset_id
    INKLING__CLOUD__LOCATION         = var.location
    INKLING__CLOUD__BUCKET           = "gs://${google_storage_bucket.staging.name}"
    INKLING__CLOUD__MAX_BYTES_BILLED = tostring(var.max_bytes_billed)
  }
  mail_env = var.mail == null ? {} : {
    INKLING__ALERTS__SMTP = var.mail.smtp
    INKLING__ALERTS__TLS  = var.mail.tls
    INKLING__ALERTS__FROM = var.mail.from
    INKLING__ALERTS__TO   = join(",", var.mail.to)
  }
  # A mail server that asks for no login has neither a name nor a password: an empty name would be one.
  login     = try(var.mail.user, null) != null
  login_env = local.login ? { INKLING__ALERTS__USER = var.mail.user } : {}
  # Of the daily job alone: the others send no scores.
  upload_env = var.ga4_upload == null ? {} : {
    INKLING__GA4__PROPERTY       = var.ga4_upload.property
    INKLING__GA4__MEASUREMENT_ID = var.ga4_upload.measurement_id
  }

  # The test mail is a job of its own: a scheduler that passes arguments to a job may pass any, and needs a wider role.
  # Memory is also the disk, on which what is read of BigQuery and written to it lies for a while.
  # A run and a watch can be repeated, and Cloud Run advises 3: it sometimes counts a task as retried that has succeeded. A
  # model that is refused would be refused again, hours later; a test mail would come again to all who have got it.
  jobs = {
    inkling           = { args = ["run"], account = google_service_account.batch.email, timeout = "10800s", tasks = var.tasks, retries = 3, mails = true, cpu = "2", memory = "4Gi" }
    inkling-watch     = { args = ["watch"], account = google_service_account.watch.email, timeout = "600s", tasks = 1, retries = 3, mails = true, cpu = "1", memory = "512Mi" }
    inkling-mail-test = { args = ["watch", "--test"], account = google_service_account.watch.email, timeout = "600s", tasks = 1, retries = 0, mails = true, cpu = "1", memory = "512Mi" }
    inkling-train     = { args = ["train"], account = google_service_account.train.email, timeout = "10800s", tasks = 1, retries = 0, mails = false, cpu = "4", memory = "8Gi" }
    inkling-retrain   = { args = ["train", "--if-needed"], account = google_service_account.train.email, timeout = "10800s", tasks = 1, retries = 0, mails = true, cpu = "4", memory = "8Gi" }
  }
}

resource "google_cloud_run_v2_job" "job" {
  for_each = local.jobs

  project             = var.project
  location            = var.region
  name                = each.key
  deletion_protection = var.protected

  template {
    task_count  = each.value.tasks
    parallelism = each.value.tasks

    template {
      service_account = each.value.account
      timeout         = each.value.timeout
      max_retries     = each.value.retries

      containers {
        image = var.image
        args  = each.value.args

        resources {
          limits = {
            cpu    = each.value.cpu
            memory = each.value.memory
          }
        }

        dynamic "env" {
          for_each = merge(local.env, each.value.mails ? merge(local.mail_env, local.login_env) : {}, each.key == "inkling" ? local.upload_env : {})

          content {
            name  = env.key
            value = env.value
          }
        }

        dynamic "env" {
          for_each = each.value.mails && local.login ? [var.mail.password_secret] : []

          content {
            name = "INKLING_SMTP_PASSWORD"

            value_source {
              secret_key_ref {
                secret  = env.value
                version = "latest"
              }
            }
          }
        }

        dynamic "volume_mounts" {
          for_each = var.profile_secret == null ? [] : [var.profile_secret]

          content {
            name       = "profile"
            mount_path = dirname(local.profile_file)
          }
        }
      }

      dynamic "volumes" {
        for_each = var.profile_secret == null ? [] : [var.profile_secret]

        content {
          name = "profile"

          secret {
            secret = volumes.value

            items {
              path    = basename(local.profile_file)
              version = "latest"
            }
          }
        }
      }
    }
  }

  # Cloud Run refuses a job whose secrets its account may not read yet.
  depends_on = [
    google_secret_manager_secret_iam_member.batch_mails,
    google_secret_manager_secret_iam_member.watch_mails,
    google_secret_manager_secret_iam_member.train_mails,
    google_secret_manager_secret_iam_member.batch_reads_profile,
    google_secret_manager_secret_iam_member.watch_reads_profile,
    google_secret_manager_secret_iam_member.train_reads_profile,
  ]
}
