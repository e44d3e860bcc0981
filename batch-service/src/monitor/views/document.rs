//! The document that the page is made of: the rows of all views, with what they are.

use super::declared::{VIEWS, View};
use super::lean::{History, Shown};
use super::reporting::ReportingViews;
use super::{local, sql};
use crate::bigquery::DatasetName;
use crate::monitor::rows::{Cell, Row};
use crate::monitor::status::{DashboardConfig, Thresholds};
use crate::place::Place;
use anyhow::Result;
use jiff::Timestamp;
use jiff::civil::Date;
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
    /// Values in the order of the columns, numbers that are no counts with six significant digits,
    /// four in daily views.
    pub rows: Vec<Row>,
    /// Older rows with fewer columns.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub history: Option<History>,
}

/// What was asked for, and what may be.
#[derive(Clone, Debug, Serialize)]
pub struct Selection {
    /// First day of the daily views.
    pub from: Option<Date>,
    /// Last day of the daily views.
    pub to: Option<Date>,
    /// Version of a model.
    pub model: Option<String>,
    /// Versions to choose from, the one last put into service first.
    pub models: Vec<String>,
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
    /// What was asked for; absent where nothing can be.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub selection: Option<Selection>,
}

/// The document of a page that stands alone: all days, the model of today.
///
/// # Errors
/// When a view or table cannot be read.
pub fn document(place: &Place, config: &DashboardConfig, now: Timestamp) -> Result<Document> {
    let mut document = selected(place, config, now, Shown::default())?;
    document.selection = None;
    Ok(document)
}

/// The document of what was asked for. Days without rows, and a version that no row is of, leave views empty.
///
/// # Errors
/// When a view or table cannot be read.
pub fn selected(place: &Place, config: &DashboardConfig, now: Timestamp, asked: Shown) -> Result<Document> {
    let parts = place.site.profile.parts();
    let reporting = ReportingViews::of(&*place.warehouse, &config.dataset)?;
    let mut all = BTreeMap::new();
    for view in VIEWS {
        let rows = match &reporting {
            Some(reporting) => reporting.rows(view)?,
            None => local::rows(view, &*place.warehouse, &config.thresholds, now)?,
        };
        all.insert(view.name, rows);
    }
    let health = all.get("v_health_today").and_then(|rows| rows.last());
    let of_health = |name: &str| health?.get(position("v_health_today", name)?);
    let as_of = of_health("as_of").and_then(Cell::day).map(|day| day.to_string());
    let serving = of_health("model_version").map(|c| c.text().to_owned()).filter(|version| !version.is_empty());
    let shown = Shown { model: asked.model.clone().or(serving), ..asked };
    let models = choice(all.get("v_model_versions").map_or(&[][..], Vec::as_slice), shown.model.as_deref());
    let mut views = BTreeMap::new();
    for view in VIEWS {
        let (rows, history) = shown.rows(view, all.remove(view.name).unwrap_or_default());
        views.insert(view.name, described(view, (rows, history), reporting.as_ref(), &config.thresholds)?);
    }
    Ok(Document {
        generated_at: now.strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
        site: parts.name.clone(),
        time_zone: parts.time_zone.clone(),
        as_of,
        dataset: reporting.map(|r| r.dataset().to_string()),
        thresholds: config.thresholds,
        views,
        selection: Some(Selection { from: shown.from, to: shown.to, model: asked.model, models }),
    })
}

fn position(view: &str, column: &str) -> Option<usize> {
    VIEWS.iter().find(|v| v.name == view)?.columns.iter().position(|c| c.name == column)
}

/// Versions that have served and predict what the shown one does, the latest first.
fn choice(rows: &[Row], shown: Option<&str>) -> Vec<String> {
    let at = |name: &str| position("v_model_versions", name);
    let (Some(version), Some(promoted)) = (at("model_version"), at("promoted_at")) else { return Vec::new() };
    let target = |version: &str| version.split('-').next().map(str::to_owned);
    let served = rows.iter().filter_map(|row| Some((row.get(promoted)?.day()?, row.get(version)?.text())));
    let mut served: Vec<(Date, &str)> =
        served.filter(|(_, version)| shown.is_none_or(|shown| target(shown) == target(version))).collect();
    served.sort_by(|a, b| b.cmp(a));
    served.into_iter().map(|(_, version)| version.to_owned()).collect()
}

fn described(
    view: &View,
    (rows, history): (Vec<Row>, Option<History>),
    reporting: Option<&ReportingViews<'_>>,
    thresholds: &Thresholds,
) -> Result<ViewRows> {
    let sql = match reporting {
        Some(reporting) => format!("SELECT * FROM `{}`", reporting.dataset().table(view.name)?),
        // As it would be, over the tables of a dataset of this name.
        None => sql::select(view, &DatasetName::new("project", "inkling")?, thresholds, sql::NOW)?,
    };
    let column = |c: &super::Column| ColumnText { name: c.name, kind: c.kind.name(), description: c.description };
    Ok(ViewRows {
        description: view.description,
        sql,
        columns: view.columns.iter().map(column).collect(),
        rows,
        history,
    })
}
