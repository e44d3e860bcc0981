variable "project" {
  description = "Project of the bucket."
  type        = string
}

variable "location" {
  description = "Location of the bucket."
  type        = string
}

variable "bucket" {
  description = "Name of the bucket."
  type        = string

  validation {
    condition     = can(regex("^[a-z0-9][a-z0-9._-]{1,61}[a-z0-9]$", var.bucket))
    error_message = "A bucket has 3 to 63 lower-case letters, digits, dots, hyphens and underscores."
  }
}

variable "prefix" {
  description = "Folder of the site in the bucket."
  type        = string
}

variable "origins" {
  description = "Origins whose pages may load the release."
  type        = list(string)
}

variable "public" {
  description = "Whether everyone may read the folder of the release."
  type        = bool
}

variable "publishers" {
  description = "Who may act as inkling-release."
  type        = list(string)
}

variable "force_destroy" {
  description = "Whether the bucket may be destroyed with what is in it."
  type        = bool
}
