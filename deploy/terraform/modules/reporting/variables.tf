variable "project" {
  description = "Project of the dataset."
  type        = string
}

variable "location" {
  description = "Location of the dataset; that of Inkling's tables."
  type        = string
}

variable "source_dataset" {
  description = "Dataset of Inkling's tables."
  type        = string
}

variable "viewers" {
  description = "Who may read the views."
  type        = list(string)
}

variable "protected" {
  description = "Whether Terraform refuses to destroy the dataset while it holds views."
  type        = bool
}
