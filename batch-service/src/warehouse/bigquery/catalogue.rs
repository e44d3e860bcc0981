//! The table `published`: which partitions there are, and which content each of them has. A row changes in the
//! transaction that changes the partition.

use super::{BigQueryWarehouse, DAY, sql};
use crate::bigquery::Layout;
use crate::warehouse::table::{Column, Type};
use anyhow::{Context, Result};
use jiff::civil::Date;
use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Name of the table.
pub(super) const TABLE: &str = "published";
/// How long an answer is good: others work on other days.
const FRESH: Duration = Duration::from_secs(10);

/// A row is a partition of a table.
pub(super) const LAYOUT: Layout<'static> = Layout {
    day: DAY,
    partitioned: true,
    columns: &[
        Column::required("table_name", Type::Text),
        Column::required("version", Type::Text),
        Column::required("row_count", Type::I64),
        Column::required("fence", Type::I64),
    ],
    cluster: None,
};

/// A partition's content.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Content {
    /// Names the rows.
    pub version: String,
    /// Their number.
    pub rows: u64,
}

type Partitions = BTreeMap<(String, Date), Content>;

/// What was read of the table, for a while.
#[derive(Debug, Default)]
pub(super) struct Catalogue(Mutex<Option<(Instant, Partitions)>>);

impl Catalogue {
    /// The days of a table.
    pub(super) fn days(&self, warehouse: &BigQueryWarehouse, table: &str) -> Result<Vec<Date>> {
        self.with(warehouse, |all| all.keys().filter(|(name, _)| name == table).map(|(_, day)| *day).collect())
    }

    /// The content of a partition; `None` when there is no such partition.
    pub(super) fn content(&self, warehouse: &BigQueryWarehouse, table: &str, day: Date) -> Result<Option<Content>> {
        self.with(warehouse, |all| all.get(&(table.to_owned(), day)).cloned())
    }

    /// What was read is no longer true.
    pub(super) fn forget(&self) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }

    fn with<T>(&self, warehouse: &BigQueryWarehouse, look: impl FnOnce(&Partitions) -> T) -> Result<T> {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((at, all)) = &*known
            && at.elapsed() < FRESH
        {
            return Ok(look(all));
        }
        let all = if warehouse.has(TABLE)? { read(warehouse)? } else { Partitions::new() };
        let found = look(&all);
        *known = Some((Instant::now(), all));
        Ok(found)
    }
}

fn read(warehouse: &BigQueryWarehouse) -> Result<Partitions> {
    let statement = sql::catalogue(&warehouse.dataset.table(TABLE)?);
    let rows = warehouse.bigquery.select("reading which partitions there are", &statement.sql, &[])?;
    let mut all = Partitions::new();
    for row in rows {
        let [Some(table), Some(day), Some(version), Some(rows)] = row.as_slice() else {
            anyhow::bail!("table {TABLE}: a row with a missing value");
        };
        let day = day.parse().with_context(|| format!("table {TABLE}: date {day}"))?;
        let content = Content { version: version.clone(), rows: rows.parse().context("table published: row_count")? };
        all.insert((table.clone(), day), content);
    }
    Ok(all)
}
