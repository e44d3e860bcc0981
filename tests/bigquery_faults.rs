//! What BigQuery's faults come to: every fault of every call, jobs that end badly, streams of rows that break off.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "test code")]

#[path = "bigquery_faults/all.rs"]
mod all;
#[path = "bigquery/mod.rs"]
mod bigquery;
#[path = "bigquery_faults/calls.rs"]
mod calls;
#[path = "bigquery_faults/export.rs"]
mod export;
#[path = "bigquery_faults/jobs.rs"]
mod jobs;
#[path = "bigquery_faults/lasting.rs"]
mod lasting;
#[path = "bigquery_faults/passing.rs"]
mod passing;
#[path = "bigquery_faults/queries.rs"]
mod queries;
#[path = "bigquery_faults/rows.rs"]
mod rows;
#[path = "cloud_storage/server/mod.rs"]
#[allow(dead_code, reason = "it is there for more")]
mod storage;
#[path = "bigquery_faults/tables.rs"]
mod tables;
#[path = "bigquery_faults/warehouse.rs"]
mod warehouse;
