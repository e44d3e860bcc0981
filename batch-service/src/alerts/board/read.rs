//! The figures, from the view of the day's health.

use super::{Board, Tile};
use crate::alerts::mail::clean;
use crate::monitor::rows::{Cell, Row};
use crate::monitor::views::{ReportingViews, VIEWS, View, local_rows};
use crate::monitor::{DashboardConfig, Status};
use crate::place::Place;
use anyhow::{Context, Result};
use jiff::Timestamp;

const HEALTH: &str = "v_health_today";
const MISSING: &str = "–";
/// Characters of a reason.
const REASON: usize = 240;
const SITE: usize = 60;

/// What the view says now; `None` before the first day that was looked at.
///
/// # Errors
/// When the view cannot be read.
pub fn board(place: &Place, config: &DashboardConfig, now: Timestamp) -> Result<Option<Board>> {
    let view = VIEWS.iter().find(|view| view.name == HEALTH).with_context(|| format!("no view {HEALTH}"))?;
    let rows = match ReportingViews::of(&*place.warehouse, &config.dataset)? {
        Some(reporting) => reporting.rows(view)?,
        None => local_rows(view, &*place.warehouse, &config.thresholds, now)?,
    };
    Ok(rows.last().map(|row| of(&Health { view, row }, &place.site.profile.parts().name)))
}

struct Health<'a> {
    view: &'a View,
    row: &'a Row,
}

impl Health<'_> {
    fn cell(&self, name: &str) -> Option<&Cell> {
        self.row.get(self.view.columns.iter().position(|column| column.name == name)?)
    }

    fn number(&self, name: &str) -> Option<f64> {
        self.cell(name).and_then(Cell::number)
    }

    fn status(&self, name: &str) -> Status {
        Status::parse(self.cell(name).map_or("", Cell::text))
    }

    fn tile(&self, label: &str, value: Option<String>, status: Status) -> Tile {
        Tile { label: label.to_owned(), value: value.unwrap_or_else(|| MISSING.to_owned()), status }
    }
}

fn of(health: &Health<'_>, site: &str) -> Board {
    let number = |name| health.number(name);
    let fixed = |name, digits: usize| number(name).map(|n| format!("{n:.digits$}").replace('-', "\u{2212}"));
    // Where browsers are not compared, that GA4 has taken scores does not make the delivery good.
    let parity = health.status("status_parity");
    let delivery = parity.max(health.status("status_activation")).max(health.status("status_tag"));
    let delivery = if delivery == Status::Green && parity == Status::Grey { parity } else { delivery };
    // As on the page: a failed run is worth a look, and what is good without a figure is so of another model.
    let failed = health.cell("last_run_status").is_some_and(|cell| cell.text() == "failed");
    let fresh = health.status("status_freshness").max(if failed { Status::Amber } else { Status::Grey });
    let known = |check: &str, figure: &str| match health.status(check) {
        Status::Green if health.number(figure).is_none() => Status::Grey,
        status => status,
    };
    let auc = if number("auc_realised").is_some() { "auc_realised" } else { "auc_estimated" };
    Board {
        site: clean(site, SITE),
        day: health.cell("as_of").and_then(Cell::day).map_or_else(|| MISSING.to_owned(), |day| day.to_string()),
        status: health.status("status"),
        reason: clean(health.cell("status_reason").map_or("", Cell::text).trim().trim_end_matches('.'), REASON),
        tiles: vec![
            health.tile("Last score", number("hours_since_score").map(age), fresh),
            health.tile("Visitors scored", number("visitors_scored").map(count), health.status("status_volume")),
            health.tile("Calibration", fixed("calibration_ratio", 2), known("status_calibration", "calibration_ratio")),
            health.tile("Ranking (AUC)", fixed(auc, 3), known("status_auc", "auc_realised")),
            health.tile("Drift (PSI)", number("worst_psi").map(index), health.status("status_drift")),
            health.tile("Delivery", number("parity_share").map(percent), delivery),
        ],
        failed: None,
    }
}

fn age(hours: f64) -> String {
    match hours {
        h if h < 1.0 => format!("{:.0} min ago", (h * 60.0).max(0.0)),
        h if h < 72.0 => format!("{h:.0} h ago"),
        h => format!("{:.0} days ago", (h / 24.0).floor()),
    }
}

fn count(number: f64) -> String {
    let digits = format!("{number:.0}");
    let mut out = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

fn index(psi: f64) -> String {
    if psi > 0.0 && psi < 0.005 { "<0.01".to_owned() } else { format!("{psi:.2}") }
}

/// Never 100 % where it is not.
fn percent(share: f64) -> String {
    let percent = share * 100.0;
    match percent {
        p if p > 99.99 && p < 100.0 => ">99.99%".to_owned(),
        p if p > 99.9 && p < 100.0 => format!("{:.2}%", (p * 100.0).floor() / 100.0),
        p if p.fract() == 0.0 => format!("{p:.0}%"),
        p => format!("{p:.1}%"),
    }
}

#[cfg(test)]
#[path = "tests/read.rs"]
mod tests;
