//! What of the views a page can show: fewer rows and digits, so that a year of days stays light. docs/DASHBOARD.md says
//! what is left out; nothing is computed anew.

use super::View;
use crate::monitor::rows::{Cell, Row};
use jiff::civil::Date;
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

/// Features that have a history.
const FEATURES: usize = 20;
/// Significant digits of numbers that are no counts, of the daily views, and of their history.
const DIGITS: usize = 6;
const DAILY_DIGITS: usize = 4;
const PAST_DIGITS: usize = 3;
/// Views of models: only those that predict the same are shown together.
const OF_MODELS: [&str; 8] = [
    "v_calibration",
    "v_gains_deciles",
    "v_roc_pr_points",
    "v_performance_daily",
    "v_score_histogram",
    "v_drift_daily",
    "v_segment_performance",
    "v_conversions_by_decile_daily",
];

/// What is to be shown.
#[derive(Clone, Debug, Default)]
pub struct Shown {
    /// First day of the daily views; all by default.
    pub from: Option<Date>,
    /// Last day of the daily views; all by default.
    pub to: Option<Date>,
    /// Version of a model; that of `v_health_today` by default.
    pub model: Option<String>,
}

/// Older rows of a view with fewer columns: for each value of `by` and each column one cell a day.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct History {
    /// The column.
    pub by: &'static str,
    /// The days.
    pub days: Vec<Date>,
    /// Cells; null where the view has none.
    pub values: BTreeMap<String, BTreeMap<&'static str, Vec<Cell>>>,
}

impl Shown {
    /// The rows of a view that a page shows.
    #[must_use]
    pub fn rows(&self, view: &View, mut rows: Vec<Row>) -> (Vec<Row>, Option<History>) {
        let at = |name: &str| view.columns.iter().position(|c| c.name == name);
        if let (true, Some(model)) = (OF_MODELS.contains(&view.name), at("model_version")) {
            let akin = |row: &Row| self.target().is_none_or(|t| row.get(model).is_none_or(|c| target(c.text()) == t));
            rows.retain(akin);
        }
        let day = at("event_date").or_else(|| at("run_date"));
        let day_of = |row: &Row| day.and_then(|at| row.get(at)?.day());
        rows.retain(|row| {
            let of = day_of(row);
            let within = |of: Date| self.from.is_none_or(|from| of >= from) && self.to.is_none_or(|to| of <= to);
            of.is_none_or(within)
        });
        let newest = rows.iter().filter_map(day_of).max();
        let mut history = None;
        match view.name {
            "v_score_histogram" => rows.retain(|row| day_of(row) == newest),
            "v_drift_daily" => {
                let (last, before) = rows.into_iter().partition::<Vec<Row>, _>(|row| day_of(row) == newest);
                history = self.history(view, &last, &before);
                rows = last;
            }
            _ => {}
        }
        let digits = if day.is_some() { DAILY_DIGITS } else { DIGITS };
        rows.iter_mut().flatten().for_each(|cell| *cell = rounded(cell, digits));
        (rows, history)
    }

    /// What the shown model predicts.
    fn target(&self) -> Option<&str> {
        self.model.as_deref().map(target)
    }

    /// PSI and status of the features that drift most, on the days before the newest.
    fn history(&self, view: &View, last: &[Row], before: &[Row]) -> Option<History> {
        let at = |name: &str| view.columns.iter().position(|c| c.name == name);
        let (feature, model, rank) = (at("feature")?, at("model_version")?, at("drift_rank")?);
        let (psi, status, day) = (at("psi")?, at("status")?, at("event_date")?);
        let mut ranked: Vec<(f64, &str)> =
            last.iter().filter_map(|row| Some((row.get(rank)?.number()?, row.get(feature)?.text()))).collect();
        ranked.sort_by(|a, b| a.0.total_cmp(&b.0).then_with(|| a.1.cmp(b.1)));
        ranked.truncate(FEATURES);
        let names: BTreeSet<&str> = ranked.into_iter().map(|(_, name)| name).collect();
        let days: BTreeSet<Date> = before.iter().filter_map(|row| row.get(day)?.day()).collect();
        if days.is_empty() {
            return None;
        }
        let mut found: BTreeMap<(&str, Date), &Row> = BTreeMap::new();
        for row in before {
            let (Some(name), Some(of)) = (row.get(feature), row.get(day).and_then(Cell::day)) else { continue };
            let shown = self.model.as_deref() == row.get(model).map(Cell::text);
            // Of several models of a day the shown one, else the last.
            let known = found.get(&(name.text(), of)).and_then(|known| known.get(model));
            if shown || known.is_none_or(|known| self.model.as_deref() != Some(known.text())) {
                found.insert((name.text(), of), row);
            }
        }
        let cells = |name: &str, column: usize| -> Vec<Cell> {
            let cell = |of: &Date| {
                found.get(&(name, *of)).and_then(|row| row.get(column)).map_or(Cell::Null, |c| rounded(c, PAST_DIGITS))
            };
            days.iter().map(cell).collect()
        };
        let of = |name: &&str| {
            (name.to_string(), BTreeMap::from([("psi", cells(name, psi)), ("status", cells(name, status))]))
        };
        Some(History { by: "feature", values: names.iter().map(of).collect(), days: days.iter().copied().collect() })
    }
}

/// What a version predicts: its name begins with it.
fn target(version: &str) -> &str {
    version.split('-').next().unwrap_or_default()
}

/// A number with so many significant digits, all those before the point at least; anything else as it is.
fn rounded(cell: &Cell, digits: usize) -> Cell {
    match cell {
        Cell::Float(number) if number.abs() >= 10_f64.powi(digits as i32 - 1) => Cell::Float(number.round()),
        Cell::Float(number) => {
            Cell::Float(format!("{number:.*e}", digits.saturating_sub(1)).parse().unwrap_or(*number))
        }
        other => other.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::super::VIEWS;
    use super::*;
    use crate::monitor::rows::row;
    use jiff::civil::date;

    fn view(name: &str) -> &'static View {
        VIEWS.iter().find(|view| view.name == name).unwrap()
    }

    fn drift(day: Date, model: &str, feature: &str, psi: f64, rank: usize) -> Row {
        let mut row = row![day, model, feature, "number", psi];
        row.extend(row![0.1, 0.2, 0.0, 0.0, 500_u64, rank, "green"]);
        row
    }

    #[test]
    fn numbers_are_short_and_whole_ones_exact() {
        for (number, digits, is) in [
            (0.123_456_789, 6, 0.123_457),
            (-0.000_012_345_678, 6, -0.000_012_345_7),
            (1_234_567.0, 6, 1_234_567.0),
            (1_234.567_89, 6, 1_234.57),
            (0.0, 6, 0.0),
            (0.021_349, 3, 0.0213),
            (1_234.5, 3, 1_235.0),
        ] {
            assert_eq!(rounded(&Cell::Float(number), digits), Cell::Float(is));
        }
        assert_eq!(rounded(&Cell::Int(1_234_567), 3), Cell::Int(1_234_567));
    }

    #[test]
    fn older_days_of_drift_are_a_history_of_twenty_features() {
        let day = |d: i8| date(2026, 11, d);
        let mut rows = Vec::new();
        for d in 20..=22 {
            rows.extend(
                (1..=25).map(|i| drift(day(d), "visitor-a", &format!("f{i:02}"), f64::from(d) / 1_000.0, i as usize)),
            );
        }
        // On 21 another model served beside it, and one feature was not there.
        rows.retain(|row| !(row[0] == Cell::Date(day(21)) && row[2].text() == "f02"));
        rows.push(drift(day(21), "visitor-b", "f01", 9.0, 1));
        rows.push(drift(day(21), "session-a", "f01", 8.0, 1));
        let shown = Shown { model: Some("visitor-a".into()), ..Shown::default() };
        let (last, history) = shown.rows(view("v_drift_daily"), rows);
        assert_eq!(last.len(), 25);
        let history = history.unwrap();
        assert_eq!((history.by, history.days.as_slice()), ("feature", [day(20), day(21)].as_slice()));
        assert_eq!(history.values.len(), 20);
        assert!(history.values.contains_key("f20") && !history.values.contains_key("f21"));
        assert_eq!(history.values["f01"]["psi"], [Cell::Float(0.02), Cell::Float(0.021)]);
        assert_eq!(history.values["f02"]["status"], [Cell::from("green"), Cell::Null]);
    }

    #[test]
    fn days_and_what_is_predicted_bound_the_views() {
        let bar = |d: i8, model: &str| row![date(2026, 11, d), model, "all", 0.0, 0.5, 10_u64, 1.0, 1.0];
        let rows = vec![bar(20, "visitor-a"), bar(21, "visitor-a"), bar(22, "visitor-a"), bar(21, "session-a")];
        let shown = Shown { to: Some(date(2026, 11, 21)), model: Some("visitor-a".into()), ..Shown::default() };
        assert_eq!(shown.rows(view("v_score_histogram"), rows.clone()).0, [bar(21, "visitor-a")]);
        let (all, history) = Shown::default().rows(view("v_score_histogram"), rows);
        assert_eq!((all, history), (vec![bar(22, "visitor-a")], None));
    }
}
