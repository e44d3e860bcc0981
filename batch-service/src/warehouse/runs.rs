//! The table `runs` in a folder: what each run did, when, and how long its steps took.

use super::local::LocalWarehouse;
use super::read::TableReader;
use super::table::{Cells, Column, TableWriter, Type};
use crate::failpoint;
use anyhow::{Context, Result};
use jiff::civil::Date;

/// Name of the table.
pub const TABLE: &str = "runs";
/// Runs of one date that are remembered.
const KEPT: usize = 20;
/// The columns; the partition is the date that the run worked on.
pub const COLUMNS: &[Column] = &[
    Column::required("run_id", Type::Text),
    Column::required("status", Type::Text),
    Column::required("started_at", Type::Text),
    Column::required("record", Type::Text),
];

/// A row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RunRow {
    /// The day that was worked on.
    pub run_date: Date,
    /// Named by the date, the input and the models.
    pub run_id: String,
    /// `done` or `failed`.
    pub status: String,
    /// UTC.
    pub started_at: String,
    /// JSON.
    pub record: String,
}

/// Adds a run to its date.
pub(super) fn add(warehouse: &LocalWarehouse, run: &RunRow) -> Result<()> {
    // Two may add at the same time, and each of them adds to what is there.
    let turn = warehouse.turn()?;
    let mut runs = of_day(warehouse, run.run_date)?;
    runs.push(run.clone());
    let runs = &runs[runs.len().saturating_sub(KEPT)..];
    let mut replacement = warehouse.begin(TABLE, run.run_date)?;
    let mut writer = TableWriter::new(replacement.part()?, TABLE, COLUMNS)?;
    let mut group = writer.group()?;
    let mut put = |text: fn(&RunRow) -> &str| group.put(Cells::texts(runs.iter().map(|run| Some(text(run)))));
    put(|run| &run.run_id)?;
    failpoint::at("record.middle");
    put(|run| &run.status)?;
    put(|run| &run.started_at)?;
    put(|run| &run.record)?;
    group.finish()?;
    writer.finish()?;
    replacement.sync()?;
    replacement.swap(&turn)
}

/// The runs of a date, oldest first.
pub(super) fn of_day(warehouse: &LocalWarehouse, day: Date) -> Result<Vec<RunRow>> {
    let mut runs = Vec::new();
    for path in warehouse.partition_files(TABLE, day)? {
        let file = TableReader::open(&path)?;
        for group in 0..file.groups() {
            let columns = COLUMNS.iter().map(|c| file.column(group, c.name)).collect::<Result<Vec<_>>>()?;
            let texts = columns.iter().map(|c| c.texts()).collect::<Result<Vec<_>>>()?;
            for row in 0..file.rows(group)? {
                let text = |column: usize| -> Result<String> {
                    let cell = texts.get(column).and_then(|c| c.get(row)).copied().flatten();
                    Ok(cell.with_context(|| format!("{}: row {}", path.display(), row + 1))?.to_owned())
                };
                runs.push(RunRow {
                    run_date: day,
                    run_id: text(0)?,
                    status: text(1)?,
                    started_at: text(2)?,
                    record: text(3)?,
                });
            }
        }
    }
    // A run that was asleep may have been added after its successor.
    runs.sort_by(|one, other| one.started_at.cmp(&other.started_at));
    Ok(runs)
}
