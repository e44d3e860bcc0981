//! Who may start the daily job, what the server says of it, and how it holds out: the real program, a scheduler's
//! requests, and clients that mean no good.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "test code")]

#[path = "trigger/canaries.rs"]
mod canaries;
#[path = "trigger/dashboard.rs"]
mod dashboard;
#[path = "trigger/jobs.rs"]
mod jobs;
#[path = "trigger/limits.rs"]
mod limits;
#[path = "trigger/logs.rs"]
mod logs;
#[path = "trigger/oidc.rs"]
mod oidc;
#[path = "trigger/schedule.rs"]
mod schedule;
#[path = "trigger/start.rs"]
mod start;
