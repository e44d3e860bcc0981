//! A document of some days, with rows that are easy to tell apart.

use super::LAST;
use crate::monitor::Thresholds;
use crate::monitor::rows::{Cell, Row};
use crate::monitor::views::{Column, ColumnText, Document, Kind, VIEWS, View, ViewRows};
use jiff::ToSpan;
use jiff::civil::{Date, date};
use std::collections::BTreeMap;

/// Features of every day.
pub const FEATURES: usize = 25;
/// A day without anything.
pub const MISSING: Date = date(2026, 11, 15);
const OLD: &str = "visitor-20260901-aaa";
const NEW: &str = "visitor-20261101-bbb";
const OTHER: &str = "session-20261101-ccc";
const RELEASED: Date = date(2026, 11, 2);

#[derive(Clone)]
pub struct Made {
    pub document: Document,
}

type Named = BTreeMap<&'static str, Cell>;

impl Made {
    /// Leaves only rows of a view that are wanted, which gets them by column.
    pub fn keep(&mut self, view: &str, wanted: impl Fn(&serde_json::Value) -> bool) {
        let view = self.document.views.get_mut(view).unwrap();
        let names: Vec<&str> = view.columns.iter().map(|column| column.name).collect();
        view.rows.retain(|row| {
            let named = names.iter().zip(row).map(|(name, cell)| ((*name).to_owned(), serde_json::json!(cell)));
            wanted(&serde_json::Value::Object(named.collect()))
        });
    }
}

fn view(name: &str) -> &'static View {
    VIEWS.iter().find(|view| view.name == name).unwrap()
}

/// Position of a column.
pub fn at(name: &str, column: &str) -> usize {
    view(name).columns.iter().position(|c| c.name == column).unwrap()
}

fn row(view: &View, mut named: Named) -> Row {
    let row = view.columns.iter().map(|column| {
        named.remove(column.name).unwrap_or(match column.kind {
            Kind::Float64 => Cell::Float(0.812_345_678_9),
            Kind::Int64 => Cell::Int(12_345_678),
            _ => Cell::Null,
        })
    });
    let row = row.collect();
    assert!(named.is_empty(), "{}: no columns {named:?}", view.name);
    row
}

fn versions(day: Date) -> Vec<&'static str> {
    // On its first days the new version scored beside the old one.
    match day {
        day if day < RELEASED => vec![OLD, OTHER],
        day if day < date(2026, 11, 5) => vec![OLD, NEW, OTHER],
        _ => vec![NEW, OTHER],
    }
}

macro_rules! named {
    ($($name:ident: $value:expr),* $(,)?) => { Named::from([$((stringify!($name), Cell::from($value))),*]) };
}

fn of_day(name: &str, day: Date) -> Vec<Named> {
    let versions = versions(day);
    let each = |make: &dyn Fn(&'static str) -> Named| versions.iter().map(|version| make(version)).collect();
    match name {
        "v_run_history" => vec![named! { run_date: day, model_version: format!("{NEW},{OTHER}") }],
        "v_volume_daily" | "v_activation_daily" | "v_tag_daily" => vec![named! { event_date: day }],
        "v_parity_daily" => vec![named! { event_date: day, model_version: OTHER }],
        "v_drift_daily" => {
            let feature = |version: &'static str, i: usize| {
                let psi = if version == NEW { 0.012_345_678 } else { 0.087_654_321 };
                named! { event_date: day, model_version: version, feature: format!("feature.{i}"), drift_rank: i + 1,
                psi: psi, status: "green" }
            };
            let has = |version: &str, i: usize| version == NEW || i != 3;
            let all = versions.iter().flat_map(|version| (0..FEATURES).map(move |i| (*version, i)));
            all.filter(|(version, i)| has(version, *i)).map(|(version, i)| feature(version, i)).collect()
        }
        "v_performance_daily" | "v_score_histogram" | "v_conversions_by_decile_daily" => {
            each(&|version| named! { event_date: day, model_version: version })
        }
        _ => Vec::new(),
    }
}

fn rows(view: &View, days: &[Date]) -> Vec<Row> {
    let windows = |end: fn(&str) -> Date| {
        [OLD, NEW, OTHER].into_iter().map(|v| named! { model_version: v, window_end: end(v) }).collect::<Vec<_>>()
    };
    let found = match view.name {
        "v_health_today" => vec![named! { as_of: LAST, model_version: NEW, status: "green" }],
        "v_model_versions" => {
            let promoted = |version| if version == OLD { date(2026, 9, 2) } else { RELEASED };
            [OLD, OTHER, NEW].into_iter().map(|v| named! { model_version: v, promoted_at: promoted(v) }).collect()
        }
        "v_calibration" | "v_gains_deciles" | "v_roc_pr_points" | "v_segment_performance" => {
            windows(|version| if version == OLD { date(2026, 11, 4) } else { date(2026, 11, 17) })
        }
        _ => days.iter().flat_map(|day| of_day(view.name, *day)).collect(),
    };
    found.into_iter().map(|named| row(view, named)).collect()
}

/// The document of so many days, up to the last.
pub fn made(days: i32) -> Made {
    let days: Vec<Date> = (0..days).rev().map(|back| LAST - back.days()).filter(|day| *day != MISSING).collect();
    let of = |view: &'static View| {
        let columns = view.columns.iter();
        let column = |c: &Column| ColumnText { name: c.name, kind: c.kind.name(), description: c.description };
        let sql = format!("SELECT * FROM {}", view.table.name);
        let rows = ViewRows {
            description: view.description,
            sql,
            columns: columns.map(column).collect(),
            rows: rows(view, &days),
        };
        (view.name, rows)
    };
    Made {
        document: Document {
            generated_at: "2026-11-25T06:14:09Z".to_owned(),
            site: "northgate".to_owned(),
            time_zone: "Europe/London".to_owned(),
            as_of: Some(LAST.to_string()),
            dataset: None,
            thresholds: Thresholds::default(),
            views: VIEWS.iter().map(of).collect(),
        },
    }
}
