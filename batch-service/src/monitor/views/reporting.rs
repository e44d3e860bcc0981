//! The views in BigQuery: made when they are not there or say something else, and read for the page.

use super::declared::{Kind, RUNS, VIEWS, View};
use super::{local, sql};
use crate::bigquery::{BigQuery, DatasetName, JobWork, Layout, Query};
use crate::fingerprint;
use crate::monitor::rows::{Cell, Row};
use crate::monitor::status::Thresholds;
use crate::monitor::tables::TABLES;
use crate::store::ObjectStore;
use crate::warehouse::Warehouse;
use crate::warehouse::bigquery::DAY;
use anyhow::{Context, Result, bail};
use serde_json::{Map, Value};

/// Where it is remembered which views were made.
const MADE: &str = "dashboard/views.sha256";

/// The views of a warehouse in BigQuery.
#[derive(Debug)]
pub struct ReportingViews<'a> {
    bigquery: &'a BigQuery,
    tables: &'a DatasetName,
    dataset: DatasetName,
}

/// Makes the views of a warehouse in BigQuery, unless they are there as they should be. Gives how many were made; `None`
/// with a warehouse in a folder, which has none.
///
/// # Errors
/// Exit code 2 for a name that is none; when a call fails.
pub fn ensure(
    warehouse: &dyn Warehouse,
    store: &dyn ObjectStore,
    dataset: &str,
    thresholds: &Thresholds,
    force: bool,
) -> Result<Option<usize>> {
    let Some(reporting) = ReportingViews::of(warehouse, dataset)? else { return Ok(None) };
    let texts = VIEWS
        .iter()
        .map(|view| sql::create(view, &reporting.dataset, reporting.tables, thresholds))
        .collect::<Result<Vec<_>>>()?;
    let version = fingerprint::sha256(texts.join("\n").as_bytes());
    let names = reporting.bigquery.table_names(&reporting.dataset)?.unwrap_or_default();
    let there = VIEWS.iter().all(|view| names.iter().any(|name| name == view.name));
    if !force && there && store.get(MADE)?.is_some_and(|made| made == version.as_bytes()) {
        return Ok(Some(0));
    }
    reporting.make(&texts)?;
    store.put(MADE, version.as_bytes())?;
    Ok(Some(texts.len()))
}

impl<'a> ReportingViews<'a> {
    /// Those of a warehouse; `None` when it is a folder.
    ///
    /// # Errors
    /// Exit code 2 when the dataset's name is none.
    pub fn of(warehouse: &'a dyn Warehouse, dataset: &str) -> Result<Option<Self>> {
        let Some((bigquery, tables)) = warehouse.dataset() else { return Ok(None) };
        let dataset = DatasetName::parse(dataset, &tables.project)?;
        Ok(Some(Self { bigquery, tables, dataset }))
    }

    /// The dataset of the views.
    #[must_use]
    pub fn dataset(&self) -> &DatasetName {
        &self.dataset
    }

    fn make(&self, texts: &[String]) -> Result<()> {
        // A view of a table that is not there cannot be made.
        self.bigquery.ensure_dataset(self.tables)?;
        for table in TABLES.iter().chain([&RUNS]) {
            let partitioned = table.name != RUNS.name;
            let layout = Layout { day: DAY, partitioned, columns: table.columns, cluster: None };
            self.bigquery.ensure_table(&self.tables.table(table.name)?, &layout)?;
        }
        self.bigquery.ensure_dataset(&self.dataset)?;
        for (view, text) in VIEWS.iter().zip(texts) {
            let id = format!("inkling_view_{}_{:016x}", view.name, getrandom::u64()?);
            let work = JobWork::Query(Query { sql: text.clone(), params: Vec::new() });
            self.bigquery.run(&id, &work).with_context(|| format!("making the view {}", view.name))?;
        }
        Ok(())
    }

    /// The rows of a view, in its order.
    ///
    /// # Errors
    /// When it is not there, or its columns are others.
    pub fn rows(&self, view: &View) -> Result<Vec<Row>> {
        let name = self.dataset.table(view.name)?;
        let found = self.bigquery.select(&format!("reading {}", view.name), &sql::rows(&name), &[])?;
        let mut rows = found
            .into_iter()
            .map(|row| {
                let text = row.into_iter().next().flatten().with_context(|| format!("{name}: a row of nothing"))?;
                let row: Map<String, Value> = serde_json::from_str(&text).with_context(|| name.to_string())?;
                view.columns
                    .iter()
                    .map(|c| cell(row.get(c.name), c.kind).with_context(|| format!("{name}.{}", c.name)))
                    .collect()
            })
            .collect::<Result<Vec<Row>>>()?;
        // The order of a view is not that of a query over it.
        local::sort(view, &mut rows);
        Ok(rows)
    }
}

/// A value as `TO_JSON_STRING` writes it.
fn cell(value: Option<&Value>, kind: Kind) -> Result<Cell> {
    Ok(match (value.context("no such column")?, kind) {
        (Value::Null, _) => Cell::Null,
        (Value::Bool(truth), Kind::Bool) => Cell::Bool(*truth),
        (Value::Number(number), Kind::Int64) => Cell::Int(number.as_i64().context("not a whole number")?),
        // Beyond 53 bits.
        (Value::String(text), Kind::Int64) => Cell::Int(text.parse()?),
        (Value::Number(number), Kind::Float64) => Cell::Float(number.as_f64().context("not a number")?),
        (Value::String(text), Kind::Date) => Cell::Date(text.parse()?),
        (Value::String(text), Kind::String | Kind::Timestamp) => Cell::Text(text.clone()),
        (other, _) => bail!("{other} is no {}", kind.name()),
    })
}
