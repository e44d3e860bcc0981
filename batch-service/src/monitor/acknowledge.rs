//! Open alerts, and who has seen them.

use super::alerts::{ACKNOWLEDGED, CAUSE, ID, OPENED, RULE, is_open};
use super::rows::{Cell, Row};
use super::tables::ALERTS;
use crate::jobs::{ExitKind, exit};
use crate::warehouse::{Fence, Warehouse};
use anyhow::Result;
use jiff::civil::Date;
use serde::Serialize;
use std::fmt;

/// An alert that is open after the last day that was looked at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Alert {
    /// Its rule and the day of the data that it is about.
    pub alert_id: String,
    /// UTC.
    pub opened_at: String,
    /// The check, and what it is about.
    pub rule: String,
    /// A sentence.
    pub cause: String,
    /// UTC; `None` while nobody has said so.
    pub acknowledged_at: Option<String>,
}

/// The alerts that are open, by id.
///
/// # Errors
/// When the table cannot be read.
pub fn open(warehouse: &dyn Warehouse) -> Result<Vec<Alert>> {
    let Some((_, rows)) = newest(warehouse)? else { return Ok(Vec::new()) };
    let mut open: Vec<Alert> = rows.iter().filter(|row| is_open(row)).map(alert).collect();
    open.sort_by(|a, b| a.alert_id.cmp(&b.alert_id));
    Ok(open)
}

/// Notes that somebody has seen an open alert and is at work on it. One that was acknowledged before stays as it is.
///
/// # Errors
/// Exit code 2 when no alert of this id is open; when the table cannot be read or written.
pub fn acknowledge(warehouse: &dyn Warehouse, alert_id: &str, at: &str, fence: &Fence) -> Result<Alert> {
    let (day, mut rows) = newest(warehouse)?.unwrap_or_default();
    let found = rows.iter_mut().find(|row| is_open(row) && text(row, ID) == alert_id);
    let Some(row) = found else {
        let open = open(warehouse)?.into_iter().map(|alert| alert.alert_id).collect::<Vec<_>>();
        let open = if open.is_empty() { "none is".to_owned() } else { format!("open are {}", open.join(", ")) };
        return Err(exit(ExitKind::Usage, format!("no alert {alert_id} is open; {open}")));
    };
    if text(row, ACKNOWLEDGED).is_empty() {
        if let Some(cell) = row.get_mut(ACKNOWLEDGED) {
            *cell = at.into();
        }
        let acknowledged = alert(row);
        warehouse.publish(vec![ALERTS.stage(warehouse, day, &rows)?], fence)?;
        return Ok(acknowledged);
    }
    Ok(alert(row))
}

fn newest(warehouse: &dyn Warehouse) -> Result<Option<(Date, Vec<Row>)>> {
    let last = warehouse.partitions(ALERTS.name)?.pop();
    last.map(|day| Ok((day, ALERTS.read(warehouse, day)?))).transpose()
}

fn text(row: &Row, at: usize) -> &str {
    row.get(at).map_or("", Cell::text)
}

fn alert(row: &Row) -> Alert {
    let of = |at: usize| text(row, at).to_owned();
    Alert {
        alert_id: of(ID),
        opened_at: of(OPENED),
        rule: of(RULE),
        cause: of(CAUSE),
        acknowledged_at: Some(of(ACKNOWLEDGED)).filter(|at| !at.is_empty()),
    }
}

impl fmt::Display for Alert {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}; open since {}", self.alert_id, self.cause, self.opened_at)?;
        match &self.acknowledged_at {
            Some(at) => write!(f, ", acknowledged at {at}"),
            None => write!(f, ", not acknowledged"),
        }
    }
}
