//! The table `runs`: what each run did, when, and how long its steps took.

use crate::warehouse::{RunRow, Warehouse};
use anyhow::{Context, Result};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

/// A run of the daily job.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct RunRecord {
    /// Named by the date, the input and the models: the same work has the same id.
    pub run_id: String,
    /// The day that was worked on.
    pub run_date: String,
    /// `done` or `failed`.
    pub status: String,
    /// UTC.
    pub started_at: String,
    /// Wall clock.
    pub seconds: f64,
    /// Steps in order.
    pub steps: Vec<StepTime>,
    /// SHA-256 of the input files.
    pub input_fingerprint: String,
    /// Names everything that the day's states depend on: this day's input and that of every day before it.
    pub state_fingerprint: String,
    /// Events after cleansing.
    pub events: u64,
    /// Visitors with an event on the day.
    pub visitors: u64,
    /// Rows of the table `scores`.
    pub scored: u64,
    /// Visitors with a score of the visitor target.
    pub visitors_scored: u64,
    /// Dropped rows by reason.
    pub dropped: Vec<DroppedRows>,
    /// Versions of the models.
    pub models: Vec<String>,
    /// The failure, if it failed.
    pub error: Option<String>,
    /// The step that failed.
    #[serde(default)]
    pub failed_step: Option<String>,
    /// What kind of failure it was: a section of the runbook.
    #[serde(default)]
    pub error_id: Option<String>,
    /// Rows of the export.
    #[serde(default)]
    pub rows_read: u64,
    /// Conversion events.
    #[serde(default)]
    pub conversions: u64,
    /// What started it: `cloud_run_job`, `server` or `command`.
    #[serde(default)]
    pub trigger: String,
    /// Version of the program.
    #[serde(default)]
    pub code_version: String,
    /// Bytes that queries in BigQuery were billed for from the beginning of the day's work until the run was recorded, by the
    /// process that did so; `None` without BigQuery.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bytes_billed: Option<u64>,
}

/// Rows that cleansing dropped for one reason.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct DroppedRows {
    /// The reason.
    pub reason: String,
    /// How many.
    pub rows: u64,
    /// Whether they speak against the export; rows without consent and repeated ones do not.
    pub fault: bool,
}

/// How long a step took.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct StepTime {
    /// Its name.
    pub step: String,
    /// Wall clock.
    pub seconds: f64,
}

impl RunRecord {
    /// Rows that were rejected as faulty.
    #[must_use]
    pub fn rejected(&self) -> u64 {
        self.dropped.iter().filter(|d| d.fault).map(|d| d.rows).sum()
    }
}

/// What started this process, by the variables that Cloud Run sets.
pub(super) fn trigger() -> &'static str {
    let set = |name: &str| std::env::var_os(name).is_some();
    match (set("CLOUD_RUN_JOB"), set("K_SERVICE")) {
        (true, _) => "cloud_run_job",
        (_, true) => "server",
        _ => "command",
    }
}

/// Adds a run to its date.
pub(super) fn add(warehouse: &dyn Warehouse, record: &RunRecord) -> Result<()> {
    warehouse.add_run(&RunRow {
        run_date: record.run_date.parse().context("the date of a run")?,
        run_id: record.run_id.clone(),
        status: record.status.clone(),
        started_at: record.started_at.clone(),
        record: serde_json::to_string(record)?,
    })
}

/// The runs of a date, oldest first.
pub(super) fn of_day(warehouse: &dyn Warehouse, day: Date) -> Result<Vec<RunRecord>> {
    between(warehouse, day, day)
}

/// All runs, by date.
///
/// # Errors
/// When the table cannot be read.
pub fn read_runs(warehouse: &dyn Warehouse) -> Result<Vec<RunRecord>> {
    between(warehouse, Date::MIN, Date::MAX)
}

/// The runs of a range of days, by date.
///
/// # Errors
/// When the table cannot be read.
pub fn between(warehouse: &dyn Warehouse, from: Date, to: Date) -> Result<Vec<RunRecord>> {
    let record = |row: RunRow| serde_json::from_str(&row.record).with_context(|| format!("run {}", row.run_id));
    warehouse.runs(from, to)?.into_iter().map(record).collect()
}
