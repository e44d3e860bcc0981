variable "project" {
  description = "Project whose logs and metrics are watched."
  type        = string
}

variable "emails" {
  description = "Addresses that are mailed."
  type        = list(string)
}

variable "runbook" {
  description = "Where docs/RUNBOOK.md can be read."
  type        = string
}
