//! The document as a page is given it: the days and the model that were asked for, and no more than charts can show.

use super::digits::{DAILY, MANY, rounded};
use super::drift::{History, drift};
use super::rows::{Models, by_day, day, position, text};
use super::selection::Selection;
use crate::monitor::rows::Row;
use crate::monitor::status::Thresholds;
use crate::monitor::views::{ColumnText, Document, ViewRows};
use jiff::ToSpan;
use serde::Serialize;
use std::collections::BTreeMap;

/// Days of runs; the strip has 90.
const RUN_DAYS: i32 = 120;

/// A view as a page is given it.
#[derive(Debug, Serialize)]
pub struct ShownView<'a> {
    description: &'a str,
    sql: &'a str,
    columns: &'a [ColumnText],
    rows: Vec<Row>,
    #[serde(skip_serializing_if = "Option::is_none")]
    history: Option<History>,
}

/// What was asked for, and what can be.
#[derive(Debug, Serialize)]
pub struct Choice<'a> {
    #[serde(flatten)]
    asked: &'a Selection,
    models: Vec<&'a str>,
}

/// The document of a page; its form is told in docs/DASHBOARD.md.
#[derive(Debug, Serialize)]
pub struct Shown<'a> {
    generated_at: &'a str,
    site: &'a str,
    time_zone: &'a str,
    as_of: Option<&'a str>,
    dataset: Option<&'a str>,
    thresholds: Thresholds,
    views: BTreeMap<&'static str, ShownView<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    selection: Option<Choice<'a>>,
}

/// Chooses what a page shows; without a selection the page has no form to choose by.
#[must_use]
pub fn shown<'a>(document: &'a Document, selection: Option<&'a Selection>) -> Shown<'a> {
    let all = Selection::default();
    let asked = selection.unwrap_or(&all);
    let models = Models::of(document, asked);
    let views = document.views.iter().map(|(name, view)| (*name, of_view(name, view, asked, &models)));
    Shown {
        generated_at: &document.generated_at,
        site: &document.site,
        time_zone: &document.time_zone,
        as_of: document.as_of.as_deref(),
        dataset: document.dataset.as_deref(),
        thresholds: document.thresholds,
        views: views.collect(),
        selection: selection.map(|asked| Choice { asked, models: versions(document) }),
    }
}

/// Versions of models to choose from, those put into service last first.
#[must_use]
pub fn versions(document: &Document) -> Vec<&str> {
    let Some(view) = document.views.get("v_model_versions") else { return Vec::new() };
    let (Some(version), Some(promoted)) = (position(view, "model_version"), position(view, "promoted_at")) else {
        return Vec::new();
    };
    let mut found: Vec<_> =
        view.rows.iter().filter_map(|row| Some((day(row, promoted), text(row, version)?))).collect();
    found.sort_by(|a, b| b.cmp(a));
    found.into_iter().map(|(_, version)| version).collect()
}

fn of_view<'a>(name: &str, view: &'a ViewRows, asked: &Selection, models: &Models) -> ShownView<'a> {
    let (rows, history) = match name {
        "v_drift_daily" => drift(view, asked, models),
        "v_score_histogram" => (newest(view, "event_date", daily(view, "event_date", asked, models)), None),
        "v_run_history" => (recent(view, daily(view, "run_date", asked, models)), None),
        // Scores of browsers are of other models than those of the day.
        "v_parity_daily" => (days(view, "event_date", asked), None),
        _ if position(view, "window_end").is_some() => (window(view, models), None),
        _ if position(view, "event_date").is_some() => (daily(view, "event_date", asked, models), None),
        _ => (view.rows.iter().collect(), None),
    };
    let daily = position(view, "event_date").or_else(|| position(view, "run_date")).is_some();
    let digits = if daily { DAILY } else { MANY };
    let rows = rows.into_iter().map(|row| row.iter().map(|cell| rounded(cell, digits)).collect()).collect();
    ShownView { description: view.description, sql: &view.sql, columns: &view.columns, rows, history }
}

/// Rows of the days that were asked for.
fn days<'a>(view: &'a ViewRows, column: &str, asked: &Selection) -> Vec<&'a Row> {
    let Some(at) = position(view, column) else { return view.rows.iter().collect() };
    view.rows.iter().filter(|row| day(row, at).is_some_and(|day| asked.holds(day))).collect()
}

/// Those of versions that predict what is shown. A run has several versions, so that it has none here.
pub(super) fn daily<'a>(view: &'a ViewRows, column: &str, asked: &Selection, models: &Models) -> Vec<&'a Row> {
    let mut rows = days(view, column, asked);
    if let (Some(at), "event_date") = (position(view, "model_version"), column) {
        rows.retain(|row| text(row, at).is_none_or(|version| models.akin(version)));
    }
    rows
}

/// Those of the newest day.
fn newest<'a>(view: &ViewRows, column: &str, rows: Vec<&'a Row>) -> Vec<&'a Row> {
    let Some(at) = position(view, column) else { return rows };
    by_day(rows.into_iter(), at).pop_last().map(|(_, rows)| rows).unwrap_or_default()
}

/// Runs of the last days.
fn recent<'a>(view: &ViewRows, mut rows: Vec<&'a Row>) -> Vec<&'a Row> {
    let Some(at) = position(view, "run_date") else { return rows };
    let last = rows.iter().filter_map(|row| day(row, at)).max();
    let first = last.and_then(|last| last.checked_sub(RUN_DAYS.days()).ok());
    rows.retain(|row| day(row, at) > first);
    rows
}

/// The window of the model that is shown; where it has none, the newest of those that predict the same.
fn window<'a>(view: &'a ViewRows, models: &Models) -> Vec<&'a Row> {
    let Some(at) = position(view, "model_version") else { return view.rows.iter().collect() };
    let of = |wanted: &dyn Fn(&str) -> bool| -> Vec<&Row> {
        view.rows.iter().filter(|row| text(row, at).is_some_and(wanted)).collect()
    };
    let own = of(&|version| Some(version) == models.shown.as_deref());
    if own.is_empty() { newest(view, "window_end", of(&|version| models.akin(version))) } else { own }
}
