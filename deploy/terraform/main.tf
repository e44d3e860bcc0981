provider "google" {
  project = var.project
  region  = var.region
}

locals {
  services = [
    "artifactregistry.googleapis.com",
    "bigquery.googleapis.com",
    "bigquerystorage.googleapis.com",
    "cloudresourcemanager.googleapis.com",
    "cloudscheduler.googleapis.com",
    "datamanager.googleapis.com",
    "iam.googleapis.com",
    "iamcredentials.googleapis.com",
    "logging.googleapis.com",
    "monitoring.googleapis.com",
    "run.googleapis.com",
    "secretmanager.googleapis.com",
    "serviceusage.googleapis.com",
    "storage.googleapis.com",
  ]
}

resource "google_project_service" "used" {
  for_each = toset(local.services)

  project = var.project
  service = each.value
  # Something else in the project may use it.
  disable_on_destroy = false
}

module "release" {
  source = "./modules/release"

  project       = var.project
  location      = var.location
  bucket        = var.store_bucket
  prefix        = var.store_prefix
  origins       = var.origins
  public        = var.public_release
  publishers    = var.publishers
  force_destroy = !var.protected

  depends_on = [google_project_service.used]
}

module "batch" {
  source = "./modules/batch"

  project           = var.project
  region            = var.region
  location          = var.location
  image             = var.image
  ga4_project       = coalesce(var.ga4_project, var.project)
  ga4_dataset       = var.ga4_dataset
  ga4_upload        = var.ga4_upload
  store_bucket      = module.release.bucket
  store_prefix      = var.store_prefix
  staging_bucket    = var.staging_bucket
  reporting_dataset = module.reporting.dataset
  profile           = var.profile
  profile_secret    = var.profile_secret
  mail              = var.mail
  schedule          = var.schedule
  time_zone         = var.time_zone
  tasks             = var.tasks
  max_bytes_billed  = var.max_bytes_billed
  protected         = var.protected

  depends_on = [google_project_service.used]
}

module "alerts" {
  source = "./modules/alerts"

  project = var.project
  emails  = var.alert_emails
  runbook = var.runbook

  depends_on = [google_project_service.used]
}

module "reporting" {
  source = "./modules/reporting"

  project        = var.project
  location       = var.location
  source_dataset = module.batch.dataset
  viewers        = var.viewers
  protected      = var.protected

  depends_on = [google_project_service.used]
}
