//! The tests of `google_cloud.rs` in a real project, a dry run of every statement, and what only Google has. Started only by
//! `scripts/check-real-project`: it costs money and needs credentials.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "test code")]

#[path = "google_cloud/alarms.rs"]
mod alarms;
#[path = "google_cloud/cloud.rs"]
mod cloud;
#[path = "real_project/dry_runs.rs"]
mod dry_runs;
#[path = "google_cloud/export.rs"]
mod export;
#[path = "google_cloud/leases.rs"]
mod leases;
#[path = "google_cloud/lifecycle.rs"]
mod lifecycle;
#[path = "real_project/only_there.rs"]
mod only_there;
#[path = "google_cloud/parts.rs"]
mod parts;
#[path = "real_project/project.rs"]
mod stand_ins;
#[path = "google_cloud/tables.rs"]
mod tables;
#[path = "google_cloud/written_anew.rs"]
mod written_anew;
