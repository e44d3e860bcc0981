//! The table `runs`: what each run did, when, and how long its steps took.

use crate::warehouse::local::LocalWarehouse;
use crate::warehouse::read::TableReader;
use crate::warehouse::table::{Cells, Column, TableWriter, Type};
use anyhow::{Context, Result};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

const TABLE: &str = "runs";
/// Runs of one date that are remembered.
const KEPT: usize = 20;
const COLUMNS: &[Column] = &[
    Column::required("run_id", Type::Text),
    Column::required("status", Type::Text),
    Column::required("started_at", Type::Text),
    Column::required("record", Type::Text),
];

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

/// Adds a run to its date.
pub(super) fn add(warehouse: &LocalWarehouse, day: Date, record: &RunRecord) -> Result<()> {
    let mut runs = of_day(warehouse, day)?;
    runs.push(record.clone());
    let runs = &runs[runs.len().saturating_sub(KEPT)..];
    let texts: Vec<String> = runs.iter().map(serde_json::to_string).collect::<Result<_, _>>()?;
    let mut replacement = warehouse.replace(TABLE, day)?;
    let mut writer = TableWriter::new(replacement.part()?, TABLE, COLUMNS)?;
    let mut group = writer.group()?;
    group.put(Cells::texts(runs.iter().map(|r| Some(r.run_id.as_str()))))?;
    group.put(Cells::texts(runs.iter().map(|r| Some(r.status.as_str()))))?;
    group.put(Cells::texts(runs.iter().map(|r| Some(r.started_at.as_str()))))?;
    group.put(Cells::texts(texts.iter().map(|t| Some(t.as_str()))))?;
    group.finish()?;
    writer.finish()?;
    replacement.commit()
}

/// The runs of a date, oldest first.
pub(super) fn of_day(warehouse: &LocalWarehouse, day: Date) -> Result<Vec<RunRecord>> {
    let mut runs = Vec::new();
    for path in warehouse.files(TABLE, day)? {
        let file = TableReader::open(&path)?;
        for group in 0..file.groups() {
            for text in file.column(group, "record")?.texts()?.into_iter().flatten() {
                runs.push(serde_json::from_str(text).with_context(|| path.display().to_string())?);
            }
        }
    }
    Ok(runs)
}

/// All runs, by date.
///
/// # Errors
/// When the table cannot be read.
pub fn read_runs(warehouse: &LocalWarehouse) -> Result<Vec<RunRecord>> {
    let mut runs = Vec::new();
    for day in warehouse.partitions(TABLE)? {
        runs.extend(of_day(warehouse, day)?);
    }
    Ok(runs)
}
