variable "project" {
  description = "Project of the jobs and tables."
  type        = string
}

variable "region" {
  description = "Region of the jobs and of their schedule."
  type        = string
}

variable "location" {
  description = "Location of the dataset and of the staging bucket; that of the GA4 export."
  type        = string
}

variable "image" {
  description = "The image, by digest."
  type        = string
}

variable "ga4_project" {
  description = "Project of the GA4 export."
  type        = string
}

variable "ga4_dataset" {
  description = "Dataset of the GA4 export."
  type        = string
}

variable "ga4_upload" {
  description = "Property and stream of Google Analytics that the daily job sends scores to, see docs/GA4.md; null for none. The account inkling-batch needs the role Editor on the property."
  type = object({
    property       = string
    measurement_id = string
  })
}

variable "reporting_dataset" {
  description = "Dataset of the views, which the daily job makes."
  type        = string
}

variable "store_bucket" {
  description = "Bucket of models and releases."
  type        = string
}

variable "store_prefix" {
  description = "Folder of the site in that bucket."
  type        = string
}

variable "staging_bucket" {
  description = "Name of the bucket in which tables wait to be loaded."
  type        = string

  validation {
    condition     = can(regex("^[a-z0-9][a-z0-9._-]{1,61}[a-z0-9]$", var.staging_bucket))
    error_message = "A bucket has 3 to 63 lower-case letters, digits, dots, hyphens and underscores."
  }
}

variable "profile" {
  description = "Name of a built-in site profile."
  type        = string
}

variable "profile_secret" {
  description = "Name of a secret with the site profile, or null."
  type        = string
}

variable "mail" {
  description = "How Inkling mails the admins, or null."
  type = object({
    smtp            = string
    tls             = string
    user            = optional(string)
    from            = string
    to              = list(string)
    password_secret = string
  })
}

variable "schedule" {
  description = "When the daily job starts."
  type        = string
}

variable "time_zone" {
  description = "Time zone of the schedule."
  type        = string
}

variable "tasks" {
  description = "Tasks of the daily job."
  type        = number
}

variable "max_bytes_billed" {
  description = "Bytes above which BigQuery refuses a query of Inkling."
  type        = number
}

variable "protected" {
  description = "Whether Terraform refuses to destroy jobs and tables."
  type        = bool
}
