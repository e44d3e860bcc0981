terraform {
  required_version = ">= 1.9"

  required_providers {
    google = {
      source  = "hashicorp/google"
      version = "~> 6.50"
    }
  }

  # The state names everything that is here, but holds no secret. Keep it in a bucket that only those who apply can read:
  # terraform init -backend-config="bucket=STATE_BUCKET"
  backend "gcs" {
    prefix = "inkling"
  }
}
