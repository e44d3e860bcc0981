//! The document that the page is made of: the rows of all views, with what they are.

use super::declared::{VIEWS, View};
use super::reporting::ReportingViews;
use super::{local, sql};
use crate::bigquery::DatasetName;
use crate::monitor::rows::Row;
use crate::monitor::status::{DashboardConfig, Thresholds};
use crate::place::Place;
use anyhow::Result;
use jiff::Timestamp;
use serde::Serialize;
use std::collections::BTreeMap;

/// A column.
#[derive(Clone, Debug, Serialize)]
pub struct ColumnText {
    /// Its name.
    pub name: &'static str,
    /// Its type in BigQuery.
    #[serde(rename = "type")]
    pub kind: &'static str,
    /// What it means.
    pub description: &'static str,
}

/// A view with its rows.
#[derive(Clone, Debug, Serialize)]
pub struct ViewRows {
    /// What a row is.
    pub description: &'static str,
    /// How to get the rows again, in BigQuery.
    pub sql: String,
    /// Its columns.
    pub columns: Vec<ColumnText>,
    /// Values in the order of the columns.
    pub rows: Vec<Row>,
}

/// Everything that the page shows.
#[derive(Clone, Debug, Serialize)]
pub struct Document {
    /// When it was made, UTC.
    pub generated_at: String,
    /// The site.
    pub site: String,
    /// Its time zone.
    pub time_zone: String,
    /// The last day that a run has worked on; absent before the first.
    pub as_of: Option<String>,
    /// The dataset of the views; absent with a warehouse in a folder.
    pub dataset: Option<String>,
    /// The limits.
    pub thresholds: Thresholds,
    /// The views by name.
    pub views: BTreeMap<&'static str, ViewRows>,
}

/// Reads all views.
///
/// # Errors
/// When a view or table cannot be read.
pub fn document(place: &Place, config: &DashboardConfig, now: Timestamp) -> Result<Document> {
    let parts = place.site.profile.parts();
    let reporting = ReportingViews::of(&*place.warehouse, &config.dataset)?;
    let mut views = BTreeMap::new();
    for view in VIEWS {
        let rows = match &reporting {
            Some(reporting) => reporting.rows(view)?,
            None => local::rows(view, &*place.warehouse, &config.thresholds, now)?,
        };
        views.insert(view.name, shown(view, rows, reporting.as_ref(), &config.thresholds)?);
    }
    let as_of = views.get("v_health_today").and_then(|v| v.rows.last()?.first()?.day()).map(|day| day.to_string());
    Ok(Document {
        generated_at: now.strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
        site: parts.name.clone(),
        time_zone: parts.time_zone.clone(),
        as_of,
        dataset: reporting.map(|r| r.dataset().to_string()),
        thresholds: config.thresholds,
        views,
    })
}

fn shown(
    view: &View,
    rows: Vec<Row>,
    reporting: Option<&ReportingViews<'_>>,
    thresholds: &Thresholds,
) -> Result<ViewRows> {
    let sql = match reporting {
        Some(reporting) => sql::whole(&reporting.dataset().table(view.name)?),
        // As it would be, over the tables of a dataset of this name.
        None => sql::select(view, &DatasetName::new("project", "inkling")?, thresholds, sql::NOW)?,
    };
    let column = |c: &super::Column| ColumnText { name: c.name, kind: c.kind.name(), description: c.description };
    Ok(ViewRows { description: view.description, sql, columns: view.columns.iter().map(column).collect(), rows })
}
