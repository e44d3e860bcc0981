variable "project" {
  description = "Id of the Google Cloud project in which everything is made."
  type        = string

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{4,28}[a-z0-9]$", var.project))
    error_message = "A project id has 6 to 30 lower-case letters, digits and hyphens."
  }
}

variable "region" {
  description = "Region of the Cloud Run jobs and of their schedule."
  type        = string
  default     = "europe-west1"

  validation {
    condition     = can(regex("^[a-z]+-[a-z]+[0-9]+$", var.region))
    error_message = "A region is written like europe-west1."
  }
}

variable "location" {
  description = "Location of datasets and buckets. It must be that of the GA4 export: BigQuery joins and loads nothing across locations."
  type        = string
  default     = "EU"
}

variable "image" {
  description = "The image of deploy/Dockerfile, by digest: a tag can be moved to another image."
  type        = string

  validation {
    condition     = can(regex("@sha256:[0-9a-f]{64}$", var.image))
    error_message = "Name the image by digest: HOST/PROJECT/REPOSITORY/inkling@sha256:..."
  }
}

variable "ga4_project" {
  description = "Project of the GA4 export; null for the same project."
  type        = string
  default     = null
}

variable "ga4_dataset" {
  description = "Dataset of the GA4 export."
  type        = string

  validation {
    condition     = can(regex("^analytics_[0-9]+$", var.ga4_dataset))
    error_message = "GA4 exports to datasets named analytics_ and the property's number."
  }
}

variable "ga4_upload" {
  description = "Property and stream of Google Analytics that the daily job sends scores to, see docs/GA4.md; null for none. The account inkling-batch needs the role Editor on the property."
  type = object({
    property       = string
    measurement_id = string
  })
  default = null

  validation {
    condition     = var.ga4_upload == null ? true : can(regex("^[0-9]+$", var.ga4_upload.property)) && can(regex("^G-[A-Z0-9]+$", var.ga4_upload.measurement_id))
    error_message = "ga4_upload.property is digits, ga4_upload.measurement_id G- and what follows."
  }
}

variable "store_bucket" {
  description = "Name of the bucket of models and releases."
  type        = string
}

variable "store_prefix" {
  description = "Folder in that bucket, one for each site."
  type        = string
  default     = "site"

  validation {
    condition     = can(regex("^[a-z0-9][a-z0-9-]*$", var.store_prefix))
    error_message = "The prefix is one name of lower-case letters, digits and hyphens."
  }
}

variable "staging_bucket" {
  description = "Name of the bucket in which tables wait to be loaded into BigQuery."
  type        = string
}

variable "origins" {
  description = "Origins of the site whose pages load the release, such as https://www.example.org."
  type        = list(string)

  validation {
    condition     = length(var.origins) > 0 && alltrue([for o in var.origins : can(regex("^https://[a-z0-9.-]+(:[0-9]+)?$", o))])
    error_message = "Origins are https://HOST, without a path, without a slash at the end and without *."
  }
}

variable "public_release" {
  description = "Whether everyone may read the folder of the release. Without it a load balancer or another origin must serve it."
  type        = bool
  default     = false
}

variable "publishers" {
  description = "Who may act as inkling-release to publish, such as user:ann@example.org."
  type        = list(string)
  default     = []

  validation {
    condition     = alltrue([for m in var.publishers : can(regex("^(user|group|serviceAccount):[^@]+@[^@]+$", m))])
    error_message = "Publishers are user:ADDRESS, group:ADDRESS or serviceAccount:ADDRESS."
  }
}

variable "viewers" {
  description = "Who may read the views of the reports, such as group:marketing@example.org."
  type        = list(string)
  default     = []

  validation {
    condition     = alltrue([for m in var.viewers : can(regex("^(user|group|serviceAccount):[^@]+@[^@]+$", m))])
    error_message = "Viewers are user:ADDRESS, group:ADDRESS or serviceAccount:ADDRESS."
  }
}

variable "profile" {
  description = "Name of a built-in site profile; not looked at when profile_secret holds one."
  type        = string
  default     = "ga4-default"
  nullable    = false

  validation {
    condition     = can(regex("^[a-z0-9-]+$", var.profile))
    error_message = "The profile is the name of a built-in one; one of your own is a secret, see profile_secret."
  }
}

variable "profile_secret" {
  description = "Name of a secret whose latest version is the site profile (TOML); null for a built-in one. It is no secret, but jobs can mount it."
  type        = string
  default     = null

  validation {
    condition     = var.profile_secret == null ? true : can(regex("^[A-Za-z0-9_-]+$", var.profile_secret))
    error_message = "profile_secret is the name of a secret that exists already, or null."
  }
}

variable "mail" {
  description = "How Inkling itself mails the admins; null for not at all. Without a user there is no login; with one, password_secret is the name of a secret that exists already."
  type = object({
    smtp            = string
    tls             = optional(string, "starttls")
    user            = optional(string)
    from            = string
    to              = list(string)
    password_secret = optional(string, "inkling-smtp-password")
  })
  default = null

  validation {
    condition     = var.mail == null ? true : can(regex("^[^:]+:[0-9]+$", var.mail.smtp))
    error_message = "mail.smtp is HOST:PORT."
  }
  validation {
    condition     = var.mail == null ? true : contains(["starttls", "implicit"], var.mail.tls)
    error_message = "mail.tls is starttls or implicit: the mail server is never on this machine."
  }
  validation {
    condition     = var.mail == null ? true : length(var.mail.to) > 0
    error_message = "mail.to needs an address."
  }
  validation {
    condition     = try(var.mail.user, null) == null ? true : var.mail.user != "" && can(regex("^[A-Za-z0-9_-]+$", var.mail.password_secret))
    error_message = "mail.user is a name, or left out; with one, mail.password_secret is the name of a secret."
  }
}

variable "alert_emails" {
  description = "Addresses that Cloud Monitoring mails: the channel that works when Inkling itself does not."
  type        = list(string)

  validation {
    condition     = length(var.alert_emails) > 0 && alltrue([for a in var.alert_emails : can(regex("^[^@ ]+@[^@ ]+$", a))])
    error_message = "Name at least one address."
  }
}

variable "runbook" {
  description = "Where docs/RUNBOOK.md can be read, for the links in mails."
  type        = string
  default     = "docs/RUNBOOK.md"
}

variable "schedule" {
  description = "When the daily job starts. GA4 promises no time for a day's export: several times a day cost little, for a run that finds nothing new writes nothing."
  type        = string
  default     = "0 8,11,14,17 * * *"

  validation {
    condition     = length(split(" ", var.schedule)) == 5
    error_message = "A schedule has the five fields of cron."
  }
}

variable "time_zone" {
  description = "Time zone of the schedule; best that of the GA4 property."
  type        = string
  default     = "Etc/UTC"
}

variable "tasks" {
  description = "Tasks of the daily job that share the visitors of a day."
  type        = number
  default     = 1

  validation {
    condition     = var.tasks >= 1 && var.tasks <= 64 && floor(var.tasks) == var.tasks
    error_message = "There are 64 shards: 1 to 64 tasks."
  }
}

variable "max_bytes_billed" {
  description = "Bytes above which BigQuery refuses a query of Inkling instead of billing it."
  type        = number
  default     = 107374182400

  validation {
    condition     = var.max_bytes_billed >= 10485760
    error_message = "BigQuery bills at least 10 MiB a table; less would refuse every query."
  }
}

variable "protected" {
  description = "Whether Terraform refuses to destroy jobs, and datasets and buckets that hold something. Apply false first, then destroy."
  type        = bool
  default     = true
}
