//! Rows of a view by the names of its columns, and which of them a page is about.

use super::selection::Selection;
use crate::monitor::rows::{Cell, Row};
use crate::monitor::views::{Document, ViewRows};
use jiff::civil::Date;
use std::collections::BTreeMap;

/// Position of a column.
pub fn position(view: &ViewRows, name: &str) -> Option<usize> {
    view.columns.iter().position(|column| column.name == name)
}

/// The day in a column.
pub fn day(row: &Row, at: usize) -> Option<Date> {
    row.get(at).and_then(Cell::day)
}

/// The text in a column; none where it is missing.
pub fn text(row: &Row, at: usize) -> Option<&str> {
    row.get(at).map(Cell::text).filter(|text| !text.is_empty())
}

/// The model that a page shows, and those that predict the same.
#[derive(Debug)]
pub struct Models {
    /// Its version; `None` before there is any.
    pub shown: Option<String>,
    /// First days in service of versions that predict what it predicts, oldest first.
    serving: Vec<(Date, String)>,
}

impl Models {
    /// That of the selection, or else of the day's health.
    pub fn of(document: &Document, selection: &Selection) -> Self {
        let health = document.views.get("v_health_today");
        let today = health.and_then(|view| text(view.rows.last()?, position(view, "model_version")?));
        let shown = selection.model.clone().or_else(|| today.map(str::to_owned));
        let mut models = Self { shown, serving: Vec::new() };
        if let Some((view, version, promoted)) = document
            .views
            .get("v_model_versions")
            .and_then(|view| Some((view, position(view, "model_version")?, position(view, "promoted_at")?)))
        {
            let found = view.rows.iter().filter_map(|row| Some((day(row, promoted)?, text(row, version)?.to_owned())));
            let found: Vec<_> = found.filter(|(_, version)| models.akin(version)).collect();
            models.serving = found;
            models.serving.sort();
        }
        models
    }

    /// Whether a version predicts what the shown one does, by the word that its name begins with.
    pub fn akin(&self, version: &str) -> bool {
        self.shown.as_deref().is_none_or(|shown| target(shown) == target(version))
    }

    /// Of several versions on a day the one whose rows count: the one that is shown, else the one that was in service
    /// then, else the first.
    pub fn on<'a>(&self, day: Date, versions: &[&'a str]) -> Option<&'a str> {
        let served = self.serving.iter().rfind(|(from, _)| *from <= day).map(|(_, version)| version.as_str());
        let found = |wanted: Option<&str>| versions.iter().copied().find(|version| Some(*version) == wanted);
        found(self.shown.as_deref()).or_else(|| found(served)).or_else(|| versions.first().copied())
    }
}

fn target(version: &str) -> &str {
    version.split_once('-').map_or("", |(word, _)| word)
}

/// Rows by day, oldest first.
pub fn by_day<'a>(rows: impl Iterator<Item = &'a Row>, event: usize) -> BTreeMap<Date, Vec<&'a Row>> {
    let mut days: BTreeMap<Date, Vec<&Row>> = BTreeMap::new();
    for row in rows {
        if let Some(day) = day(row, event) {
            days.entry(day).or_default().push(row);
        }
    }
    days
}
