//! Alerts by rule: opened when a check turns red, closed when it is red no more.

use super::finding::Finding;
use super::rows::{Cell, Row, row};
use super::status::Status;
use super::tables::ALERTS;
use crate::warehouse::Warehouse;
use anyhow::Result;
use jiff::civil::Date;
use std::collections::BTreeMap;

/// Positions in the table.
pub(super) const ID: usize = 0;
pub(super) const OPENED: usize = 1;
const CLOSED: usize = 2;
pub(super) const RULE: usize = 4;
const RUN: usize = 7;
const RECIPIENTS: usize = 8;
pub(super) const ACKNOWLEDGED: usize = 9;
pub(super) const CAUSE: usize = 10;

/// Whether nothing has closed the alert.
pub(super) fn is_open(row: &Row) -> bool {
    row.get(CLOSED) == Some(&Cell::Null)
}

/// The alerts that are open after a day, and those that it closes. A check that says nothing (grey) changes nothing, but the
/// alert of a rule that `is_over` is closed: another model serves than the one that it is about, or nothing is watched there.
/// When the day is looked at again, an alert was opened, and acknowledged, when it was before.
///
/// # Errors
/// When the table cannot be read.
pub fn rows(
    warehouse: &dyn Warehouse,
    day: Date,
    run_id: &str,
    at: &str,
    recipients: usize,
    findings: &[Finding],
    is_over: impl Fn(&str) -> bool,
) -> Result<Vec<Row>> {
    let before = warehouse.partitions(ALERTS.name)?.into_iter().rfind(|d| *d < day);
    let mut open: BTreeMap<String, Row> = BTreeMap::new();
    if let Some(before) = before {
        for row in ALERTS.read(warehouse, before)? {
            if is_open(&row) {
                open.insert(row.get(RULE).map(|c| c.text().to_owned()).unwrap_or_default(), row);
            }
        }
    }
    let close = |mut row: Row| {
        if let Some(closed) = row.get_mut(CLOSED) {
            *closed = Cell::from(at);
        }
        row
    };
    let (over, mut open): (BTreeMap<_, _>, BTreeMap<_, _>) = open.into_iter().partition(|(rule, _)| is_over(rule));
    let mut rows: Vec<Row> = over.into_values().map(close).collect();
    for finding in findings {
        match (finding.status, open.remove(&finding.rule)) {
            (Status::Red, Some(row)) | (Status::Grey, Some(row)) => rows.push(row),
            (Status::Red, None) => rows.push(row![
                format!("{}-{day}", finding.rule.replace(':', "-")),
                at,
                None::<String>,
                "red",
                finding.rule.as_str(),
                finding.value,
                finding.threshold,
                run_id,
                recipients,
                None::<String>,
                finding.cause.as_str(),
            ]),
            (_, Some(row)) => rows.push(close(row)),
            (_, None) => {}
        }
    }
    // Checks that are not made any more.
    rows.extend(open.into_values());
    for seen in ALERTS.read(warehouse, day)? {
        rows.iter_mut().for_each(|row| keep(row, &seen));
    }
    Ok(rows)
}

/// Keeps what an earlier look at the day has `seen`. Of another alert of the rule it is that somebody knows: an earlier day
/// may have turned red later, or be red no more.
fn keep(row: &mut Row, seen: &Row) {
    let is_same = row.get(ID) == seen.get(ID);
    let of_the_rule = row.get(RULE) == seen.get(RULE) && is_open(row) && is_open(seen);
    if !is_same && !of_the_rule {
        return;
    }
    if is_same {
        for column in [OPENED, RUN, RECIPIENTS] {
            if let (Some(cell), Some(was)) = (row.get_mut(column), seen.get(column)) {
                cell.clone_from(was);
            }
        }
    }
    if let (Some(cell @ Cell::Null), Some(was)) = (row.get_mut(ACKNOWLEDGED), seen.get(ACKNOWLEDGED)) {
        cell.clone_from(was);
    }
}
