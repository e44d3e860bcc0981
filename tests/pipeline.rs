//! The whole loop through the real program, in a folder: what it writes, what it refuses, and how it says so.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "test code")]

#[path = "pipeline/dashboard.rs"]
mod dashboard;
#[path = "pipeline/days.rs"]
mod days;
#[path = "pipeline/doctor.rs"]
mod doctor;
#[path = "pipeline/json.rs"]
mod json;
#[path = "pipeline/refusals.rs"]
mod refusals;
#[path = "pipeline/release.rs"]
mod release;
#[path = "pipeline/snapshots.rs"]
mod snapshots;
#[path = "pipeline/start.rs"]
mod start;
#[path = "pipeline/upload.rs"]
mod upload;
