//! The whole loop on Google Cloud, by the real program: export and warehouse in BigQuery, models, releases and leases in
//! Cloud Storage, mail by SMTP. BigQuery is local-bigquery, Cloud Storage is fake-gcs-server; nothing here has talked to
//! Google.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "test code")]

#[path = "google_cloud/alarms.rs"]
mod alarms;
#[path = "google_cloud/cloud.rs"]
mod cloud;
#[path = "google_cloud/export.rs"]
mod export;
#[path = "google_cloud/leases.rs"]
mod leases;
#[path = "google_cloud/lifecycle.rs"]
mod lifecycle;
#[path = "google_cloud/parts.rs"]
mod parts;
#[path = "google_cloud/stand_ins.rs"]
mod stand_ins;
#[path = "google_cloud/tables.rs"]
mod tables;
#[path = "google_cloud/written_anew.rs"]
mod written_anew;
