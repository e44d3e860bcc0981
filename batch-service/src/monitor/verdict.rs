//! What the newest figures say of one version of a model: drift, calibration, AUC and lift, as the daily checks judge them.

use super::finding::{Finding, Tile, percent};
use super::outcomes::{self, WINDOW_DAYS, windows};
use super::performance::Expected;
use super::rows::{Cell, Row};
use super::status::{Status, Thresholds};
use super::tables::{DRIFT, HEALTH, MODELS};
use super::{calibration, gains, performance};
use crate::place::Place;
use anyhow::Result;
use jiff::ToSpan;
use jiff::civil::Date;
use model_core::Target;
use serde::Serialize;
use std::collections::BTreeMap;

/// Labels are known so much later where the export lacks days.
const LATE_DAYS: i32 = 7;

/// What is known of a version.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Verdict {
    /// The last day that the monitor has looked at it; `None` when it has never served.
    #[serde(serialize_with = "as_text")]
    pub day: Option<Date>,
    /// Drift of that day, and what the outcomes of the weeks before it say; grey ones are left out.
    pub findings: Vec<Finding>,
    /// The worst status of its features and scores by day, of the days that were looked at, oldest first.
    #[serde(skip)]
    pub drift: Vec<(Date, Status)>,
}

fn as_text<S: serde::Serializer>(day: &Option<Date>, serializer: S) -> Result<S::Ok, S::Error> {
    day.map(|day| day.to_string()).serialize(serializer)
}

impl Verdict {
    /// What is red.
    pub fn red(&self) -> impl Iterator<Item = &Finding> {
        self.findings.iter().filter(|finding| finding.status == Status::Red)
    }

    /// Without what says nothing.
    fn told(mut self) -> Self {
        self.findings.retain(|finding| finding.status != Status::Grey);
        self
    }
}

/// Looks at a version's last days of service, `drift_days` days with scores of them for the drift.
///
/// # Errors
/// When a table cannot be read.
pub fn verdict(
    place: &Place,
    target: Target,
    version: &str,
    drift_days: i32,
    thresholds: &Thresholds,
) -> Result<Verdict> {
    let Some(day) = last_day(place, version)? else { return Ok(Verdict::default()) };
    let mut verdict = Verdict { day: Some(day), ..Verdict::default() };
    drift(place, target, version, (day, drift_days), &mut verdict)?;
    verdict.findings.iter_mut().for_each(|finding| finding.threshold = thresholds.psi[1]);
    // Labels of the last scores become known after the version's last day.
    let horizon = place.site.profile.parts().horizon_days;
    let ahead = i32::from(horizon);
    let (from, to) = (day.checked_sub((WINDOW_DAYS + ahead).days())?, day.checked_add((ahead + LATE_DAYS).days())?);
    let all = outcomes::load(&*place.warehouse, from, to)?;
    let own = all.iter().filter(|o| o.target == target && o.model_version == version);
    let Some(last) = own.map(|o| o.day).max() else { return Ok(verdict.told()) };
    let expected = Expected::of(&*place.store, version)?;
    for window in windows(&all, target, last).iter().filter(|w| w.outcomes.model_version == version) {
        let (ranked, overlap) = (window.outcomes.ranked(), window.overlap(horizon));
        let ratio = calibration::ratio(&ranked, overlap, calibration::OF_ALL, thresholds);
        verdict.findings.extend([
            calibration::finding(window, &ranked, ratio, thresholds),
            performance::finding(window, &ranked, overlap, &expected, thresholds),
            gains::finding(window, &ranked, overlap, &expected, thresholds),
        ]);
    }
    Ok(verdict.told())
}

/// The last day that a version has served and was looked at.
fn last_day(place: &Place, version: &str) -> Result<Option<Date>> {
    let warehouse = &*place.warehouse;
    let Some(newest) = warehouse.partitions(HEALTH.name)?.last().copied() else { return Ok(None) };
    let at = |column: &str| MODELS.position(column);
    let (promoted, retired) = (at("promoted_at")?, at("retired_at")?);
    let models = MODELS.read(warehouse, newest)?;
    let Some(row) = models.iter().find(|row| row.first().is_some_and(|c| c.text() == version)) else {
        return Ok(None);
    };
    let day = |at: usize| row.get(at).and_then(Cell::day);
    Ok(match (day(promoted), day(retired)) {
        (None, _) => None,
        (Some(_), None) => Some(newest),
        (Some(_), Some(retired)) => Some(retired.yesterday()?),
    })
}

fn drift(place: &Place, target: Target, version: &str, (last, days): (Date, i32), verdict: &mut Verdict) -> Result<()> {
    let at = |column: &str| DRIFT.position(column);
    let (model, feature, psi, status) = (at("model_version")?, at("feature")?, at("psi")?, at("status")?);
    let text = |row: &Row, at: usize| row.get(at).map(|c| c.text().to_owned()).unwrap_or_default();
    let mut by_day: BTreeMap<Date, Vec<Row>> = BTreeMap::new();
    // A day that the export lacks has no scores, and is none of them.
    let looked_at = place.warehouse.partitions(DRIFT.name)?.into_iter().filter(|day| *day <= last);
    let from = looked_at.rev().take(days.max(1) as usize).last().unwrap_or(last);
    for (day, row) in DRIFT.read_days(&*place.warehouse, from, last)? {
        if text(&row, model) == version {
            by_day.entry(day).or_default().push(row);
        }
    }
    let of = |row: &Row| Status::parse(&text(row, status));
    verdict.drift = by_day.iter().map(|(day, rows)| (*day, rows.iter().map(of).max().unwrap_or_default())).collect();
    let Some((day, rows)) = by_day.last_key_value() else { return Ok(()) };
    // Rows stand in the order of PSI, the largest first.
    let worst = rows.iter().map(of).max().unwrap_or_default();
    let said: Vec<&Row> = rows.iter().filter(|row| of(row) == worst).collect();
    let value = |row: &Row| row.get(psi).and_then(Cell::number).unwrap_or(f64::NAN);
    let (null, usual) = (at("null_share")?, at("ref_null_share")?);
    let missing = |row: &Row| {
        let [now, usual] = [null, usual].map(|at| row.get(at).and_then(Cell::number).unwrap_or(0.0));
        let said = || format!(", missing for {} instead of {}", percent(now), percent(usual));
        if (now - usual).abs() < 0.01 { String::new() } else { said() }
    };
    let name = |row: &&Row| format!("{} (PSI {:.2}{})", text(row, feature), value(row), missing(row));
    let names: Vec<String> = said.iter().take(3).map(name).collect();
    verdict.findings.push(Finding {
        rule: format!("drift:{}", target.as_str()),
        tile: Tile::Drift,
        status: worst,
        value: said.first().map_or(f64::NAN, |row| value(row)),
        threshold: f64::NAN,
        cause: format!(
            "on {day}, {} of {} values that the model reads or gives: {}",
            said.len(),
            rows.len(),
            names.join(", ")
        ),
    });
    Ok(())
}
