//! Drift by day: whole rows would be too much for a page, so older days have one cell for each of a few features.

use super::digits::{FEW, rounded};
use super::rows::{Models, by_day, position, text};
use super::selection::Selection;
use super::shown::daily;
use crate::monitor::rows::{Cell, Row};
use crate::monitor::status::Status;
use crate::monitor::views::ViewRows;
use jiff::civil::Date;
use serde::Serialize;
use std::cmp::Reverse;
use std::collections::BTreeMap;

/// Features whose older days are shown: those that are red or amber on the newest day, and those farthest from the training.
const FEATURES: usize = 20;
/// Columns that older days have.
const COLUMNS: [&str; 2] = ["psi", "status"];

/// Older rows with fewer columns.
#[derive(Debug, Serialize)]
pub struct History {
    by: &'static str,
    #[serde(serialize_with = "texts")]
    days: Vec<Date>,
    values: BTreeMap<String, BTreeMap<&'static str, Vec<Cell>>>,
}

fn texts<S: serde::Serializer>(days: &[Date], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(days.iter().map(ToString::to_string))
}

/// Whole rows of the newest day, and the history of the features that are farthest.
pub fn drift<'a>(view: &'a ViewRows, asked: &Selection, models: &Models) -> (Vec<&'a Row>, Option<History>) {
    let rows = daily(view, "event_date", asked, models);
    let at = |name| position(view, name);
    let (Some(event), Some(version), Some(feature), Some(rank)) =
        (at("event_date"), at("model_version"), at("feature"), at("drift_rank"))
    else {
        return (rows, None);
    };
    let mut days = by_day(rows.into_iter(), event);
    let Some((last, newest)) = days.pop_last() else { return (Vec::new(), None) };
    let status = position(view, "status");
    let severe = |row: &Row| status.and_then(|at| text(row, at)).map(Status::parse).filter(|s| *s > Status::Green);
    let mut farthest: Vec<(Reverse<Option<Status>>, f64, &str)> = one_version(&newest, last, version, models)
        .filter_map(|row| Some((Reverse(severe(row)), row.get(rank)?.number()?, text(row, feature)?)))
        .collect();
    farthest.sort_by(|a, b| a.0.cmp(&b.0).then_with(|| a.1.total_cmp(&b.1)).then_with(|| a.2.cmp(b.2)));
    farthest.truncate(FEATURES);
    let mut history = History { by: "feature", days: Vec::new(), values: BTreeMap::new() };
    let columns: Vec<_> = COLUMNS.iter().filter_map(|name| Some((*name, position(view, name)?))).collect();
    for (day, rows) in days {
        let of_feature: BTreeMap<&str, &Row> =
            one_version(&rows, day, version, models).filter_map(|row| Some((text(row, feature)?, row))).collect();
        for (_, _, name) in &farthest {
            let values = history.values.entry((*name).to_owned()).or_default();
            for (column, at) in &columns {
                let cell = of_feature.get(name).and_then(|row| row.get(*at));
                values.entry(column).or_default().push(cell.map_or(Cell::Null, |cell| rounded(cell, FEW)));
            }
        }
        history.days.push(day);
    }
    (newest, Some(history).filter(|history| !history.days.is_empty()))
}

/// The rows of one version of a day.
fn one_version<'a, 'b>(
    rows: &'b [&'a Row],
    day: Date,
    version: usize,
    models: &Models,
) -> impl Iterator<Item = &'a Row> + use<'a, 'b> {
    let versions: Vec<&str> = rows.iter().filter_map(|row| text(row, version)).collect();
    let chosen = models.on(day, &versions).map(str::to_owned);
    rows.iter().copied().filter(move |row| text(row, version).map(str::to_owned) == chosen)
}
