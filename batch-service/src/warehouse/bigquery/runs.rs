//! The table `runs`: a row for every run, inserted when it ends.

use super::{BigQueryWarehouse, DAY, sql};
use crate::bigquery::{Layout, Param};
use crate::warehouse::RunRow;
use crate::warehouse::runs::{COLUMNS, TABLE};
use anyhow::{Context, Result, bail};
use jiff::civil::{Date, date};
use serde_json::json;
use std::collections::BTreeSet;

/// The columns are those of the local table. Not partitioned: it is small, and BigQuery takes no inserted rows into
/// partitions of more than five years ago.
pub(super) const LAYOUT: Layout<'static> = Layout { day: DAY, partitioned: false, columns: COLUMNS, cluster: None };

/// Adds a run.
pub(super) fn add(warehouse: &BigQueryWarehouse, run: &RunRow) -> Result<()> {
    let row = json!({
        DAY: run.run_date.to_string(),
        "run_id": run.run_id,
        "status": run.status,
        "started_at": run.started_at,
        "record": run.record,
    });
    let id = format!("{}-{}-{}", run.run_id, run.started_at, run.status);
    warehouse.bigquery.insert(&warehouse.dataset.table(TABLE)?, &id, &row)
}

/// The runs of a range of days.
pub(super) fn between(warehouse: &BigQueryWarehouse, from: Date, to: Date) -> Result<Vec<RunRow>> {
    // BigQuery's dates begin with the year 1.
    let (first, last) = (from.max(date(1, 1, 1)), to.min(date(9999, 12, 31)));
    let statement = sql::runs(&warehouse.dataset.table(TABLE)?);
    let params = [Param::date("first_day", first), Param::date("last_day", last)];
    let rows = warehouse.bigquery.select("reading the table runs", &statement.sql, &params)?;
    let (mut runs, mut seen) = (Vec::new(), BTreeSet::new());
    for row in rows {
        let [Some(day), Some(run_id), Some(status), Some(started_at), Some(record)] = row.as_slice() else {
            bail!("table {TABLE}: a row with a missing value");
        };
        // A repeated insertion may have made a second row.
        if seen.insert((run_id.clone(), status.clone(), started_at.clone())) {
            runs.push(RunRow {
                run_date: day.parse().with_context(|| format!("table {TABLE}: date {day}"))?,
                run_id: run_id.clone(),
                status: status.clone(),
                started_at: started_at.clone(),
                record: record.clone(),
            });
        }
    }
    Ok(runs)
}
