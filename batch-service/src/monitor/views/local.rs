//! The rows of the views of a warehouse in a folder: what the SQL says, over the same tables.

use super::DAYS;
use super::declared::{Form, Kind, Rows, View};
use crate::jobs::RunRecord;
use crate::monitor::rows::{Cell, Row, Table, row};
use crate::monitor::status::{Status, Thresholds};
use crate::monitor::tables;
use crate::warehouse::Warehouse;
use crate::warehouse::runs::RunRow;
use anyhow::{Context, Result};
use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp, ToSpan};
use std::cmp::Ordering;
use std::collections::BTreeMap;

/// The rows of a view, in its order.
///
/// # Errors
/// When a table cannot be read.
pub fn rows(view: &View, warehouse: &dyn Warehouse, thresholds: &Thresholds, now: Timestamp) -> Result<Vec<Row>> {
    let mut rows = match view.rows {
        Rows::Health => health(view, warehouse, thresholds, now)?,
        Rows::Runs => runs(warehouse)?,
        _ => plain(view, warehouse, thresholds)?,
    };
    sort(view, &mut rows);
    Ok(rows)
}

/// Puts the rows of a view in its order.
pub(super) fn sort(view: &View, rows: &mut [Row]) {
    let order = view.order.iter().filter_map(|name| view.columns.iter().position(|c| c.name == *name));
    let order: Vec<usize> = order.collect();
    rows.sort_by(|a, b| {
        order.iter().map(|at| compare(a.get(*at), b.get(*at))).find(|o| o.is_ne()).unwrap_or(Ordering::Equal)
    });
}

/// As ORDER BY does: nulls first.
fn compare(a: Option<&Cell>, b: Option<&Cell>) -> Ordering {
    match (a, b) {
        (Some(Cell::Text(a)), Some(Cell::Text(b))) => a.cmp(b),
        (Some(Cell::Date(a)), Some(Cell::Date(b))) => a.cmp(b),
        (a, b) => {
            let rank = |cell: Option<&Cell>| cell.is_some_and(|c| *c != Cell::Null);
            let number = |cell: Option<&Cell>| cell.and_then(Cell::number).unwrap_or(f64::NEG_INFINITY);
            rank(a).cmp(&rank(b)).then_with(|| number(a).total_cmp(&number(b)))
        }
    }
}

/// The rows of a table of the last days, each with the day of its partition.
fn recent(table: &Table, warehouse: &dyn Warehouse) -> Result<Vec<(Date, Row)>> {
    let Some(last) = warehouse.partitions(table.name)?.pop() else { return Ok(Vec::new()) };
    table.read_days(warehouse, last.checked_sub(i64::from(DAYS - 1).days())?, last)
}

/// Those of each key that were written last.
fn last_of(table: &Table, rows: Vec<(Date, Row)>, keys: &[&str]) -> Result<Vec<Row>> {
    let positions = keys.iter().map(|key| table.position(key)).collect::<Result<Vec<_>>>()?;
    let key = |row: &Row| positions.iter().map(|at| format!("{:?}", row.get(*at))).collect::<Vec<_>>().join("\u{0}");
    let mut newest: BTreeMap<String, Date> = BTreeMap::new();
    for (day, row) in &rows {
        let last = newest.entry(key(row)).or_insert(*day);
        *last = (*last).max(*day);
    }
    Ok(rows.into_iter().filter(|(day, row)| newest.get(&key(row)) == Some(day)).map(|(_, row)| row).collect())
}

fn plain(view: &View, warehouse: &dyn Warehouse, thresholds: &Thresholds) -> Result<Vec<Row>> {
    let table = view.table;
    let rows = recent(&table, warehouse)?;
    let rows = match view.rows {
        Rows::LastOf(keys) => last_of(&table, rows, keys)?,
        _ => rows.into_iter().map(|(_, row)| row).collect(),
    };
    let number = |row: &Row, name: &str| table.position(name).ok().and_then(|at| row.get(at)?.number());
    let least = thresholds.small_cell;
    let shown = |row: Row| -> Result<Row> {
        let few = |name: &str, least: u64| number(&row, name).is_some_and(|n| n < least as f64);
        let small = few("people", least.visitors) || few("converted", least.conversions);
        view.columns
            .iter()
            .map(|column| match column.form {
                Form::Suppressed => Ok(Cell::Bool(small)),
                Form::Hidden if small => Ok(Cell::Null),
                _ => Ok(row.get(table.position(column.name)?).cloned().unwrap_or(Cell::Null)),
            })
            .collect()
    };
    rows.into_iter().map(shown).collect()
}

fn health(view: &View, warehouse: &dyn Warehouse, thresholds: &Thresholds, now: Timestamp) -> Result<Vec<Row>> {
    let table = tables::HEALTH;
    let Some(last) = warehouse.partitions(table.name)?.pop() else { return Ok(Vec::new()) };
    let mut rows = Vec::new();
    let newest = warehouse.runs(Date::MIN, Date::MAX)?.into_iter().max_by(|a, b| {
        let of = |run: &RunRow| (run.started_at.parse::<Timestamp>().ok(), run.run_id.clone());
        of(a).cmp(&of(b))
    });
    for stored in table.read(warehouse, last)? {
        let value = |name: &str| table.position(name).map(|at| stored.get(at).cloned().unwrap_or(Cell::Null));
        let hours = match value("score_date")? {
            Cell::Null => None,
            _ => {
                let at: Timestamp = value("scored_at")?.text().parse().context("when the scores were written")?;
                Some(now.duration_since(at).as_secs() as f64 / 3_600.0)
            }
        };
        let fresh = hours.map_or(Status::Grey, |hours| Status::above(hours, thresholds.fresh_hours));
        let failed = if newest.as_ref().is_some_and(|run| run.status != "done") { Status::Amber } else { Status::Grey };
        let ran = |of: fn(&RunRow) -> &str, known: &str| match &newest {
            Some(run) => Ok(Cell::from(of(run))),
            None => value(known),
        };
        let status = Status::parse(value("status")?.text());
        let old = fresh > Status::Green && fresh > status;
        // What is good so far never lifts what cannot be judged.
        let worse = [fresh, failed].into_iter().filter(|s| *s > Status::Green).fold(status, Status::max);
        let row = view.columns.iter().map(|column| {
            Ok(match (column.form, column.name) {
                (Form::Special, "last_run_id") => ran(|run| &run.run_id, "run_id")?,
                (Form::Special, "last_run_status") => ran(|run| &run.status, "run_status")?,
                (Form::Special, "last_score_date") => value("score_date")?,
                (Form::Special, "hours_since_score") => hours.into(),
                (Form::Special, "status_freshness") => fresh.into(),
                (Form::Special, "status") => worse.into(),
                (Form::Special, "status_reason") if old => {
                    format!("the last scores are {} hours old", hours.unwrap_or_default().floor()).into()
                }
                (Form::Special, "status_reason") if failed > status => "the last run has failed".into(),
                (_, name) => value(name)?,
            })
        });
        rows.push(row.collect::<Result<Row>>()?);
    }
    Ok(rows)
}

fn runs(warehouse: &dyn Warehouse) -> Result<Vec<Row>> {
    let all = warehouse.runs(Date::MIN, Date::MAX)?;
    let Some(last) = all.iter().map(|run| run.run_date).max() else { return Ok(Vec::new()) };
    let first = last.checked_sub(i64::from(DAYS - 1).days())?;
    let activation =
        last_of(&tables::ACTIVATION, recent(&tables::ACTIVATION, warehouse)?, &["event_date", "destination"])?;
    let mut activated: BTreeMap<Date, f64> = BTreeMap::new();
    let (event, accepted) = (tables::ACTIVATION.position("event_date")?, tables::ACTIVATION.position("accepted")?);
    for row in &activation {
        if let (Some(day), Some(count)) = (row.get(event).and_then(Cell::day), row.get(accepted).and_then(Cell::number))
        {
            *activated.entry(day).or_default() += count;
        }
    }
    let mut alerted: BTreeMap<String, String> = BTreeMap::new();
    let (run_id, opened) = (tables::ALERTS.position("run_id")?, tables::ALERTS.position("opened_at")?);
    for (_, row) in tables::ALERTS.read_days(warehouse, Date::MIN, Date::MAX)? {
        let text = |at: usize| row.get(at).map(|c| c.text().to_owned()).unwrap_or_default();
        let at = text(opened);
        let first = alerted.entry(text(run_id)).or_insert_with(|| at.clone());
        *first = first.clone().min(at);
    }
    let mut rows = Vec::new();
    for run in all.into_iter().filter(|run| run.run_date >= first) {
        let record: RunRecord = serde_json::from_str(&run.record).with_context(|| format!("run {}", run.run_id))?;
        let started: Timestamp = run.started_at.parse().with_context(|| format!("run {}: started_at", run.run_id))?;
        let finished = started.checked_add(SignedDuration::from_secs(record.seconds.floor() as i64))?;
        let filled = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
        let done = run.status == "done";
        rows.push(row![
            run.run_id.as_str(),
            run.run_date,
            filled(&record.trigger),
            stamp(started),
            stamp(finished),
            record.seconds,
            run.status.as_str(),
            record.failed_step.clone(),
            record.error_id.clone(),
            record.rows_read,
            record.events,
            record.rejected(),
            record.scored,
            activated.get(&run.run_date).filter(|_| done).map(|count| *count as u64),
            record.bytes_billed,
            filled(&record.models.join(",")),
            filled(&record.code_version),
            alerted.get(&run.run_id).cloned(),
        ]);
    }
    Ok(rows)
}

fn stamp(at: Timestamp) -> String {
    at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

/// Whether a cell is of a column's type, or missing.
#[must_use]
pub fn fits(cell: &Cell, kind: Kind) -> bool {
    match cell {
        Cell::Null => true,
        Cell::Bool(_) => kind == Kind::Bool,
        Cell::Int(_) => matches!(kind, Kind::Int64 | Kind::Float64),
        Cell::Float(_) => kind == Kind::Float64,
        Cell::Text(text) => match kind {
            Kind::Timestamp => text.parse::<Timestamp>().is_ok(),
            _ => kind == Kind::String,
        },
        Cell::Date(_) => kind == Kind::Date,
    }
}
