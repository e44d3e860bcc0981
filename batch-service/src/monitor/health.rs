//! The day's figures together, and the status of each tile.

use super::finding::{Finding, Tile, of_tile};
use super::rows::{Row, row};
use super::status::Status;
use crate::jobs::RunRecord;
use crate::jobs::run::NO_MODEL;
use anyhow::Result;
use jiff::Timestamp;
use jiff::civil::Date;

/// Figures of the day of the target that counts: that of visitors, where a model of it serves.
#[derive(Clone, Debug, Default)]
pub struct Figures {
    /// Version of the model.
    pub model_version: Option<String>,
    /// The last day that it was trained on.
    pub trained_to: Option<Date>,
    /// Predicted over observed of the window.
    pub calibration_ratio: Option<f64>,
    /// AUC of the window.
    pub auc_realised: Option<f64>,
    /// AUC that the scores of the day promise.
    pub auc_estimated: Option<f64>,
    /// The feature that has drifted most.
    pub worst: Option<(String, f64)>,
    /// Share of compared scores that are equal.
    pub parity_share: Option<f64>,
    /// Share of sent scores that was accepted.
    pub activation_accepted_share: Option<f64>,
    /// Median of scored visitors of the same weekdays.
    pub visitors_median_28d: Option<f64>,
}

/// The row of the day.
///
/// # Errors
/// When the run's time does not parse, or the time zone is unknown.
pub fn row_of(run: &RunRecord, day: Date, zone: &str, figures: &Figures, findings: &[Finding]) -> Result<Row> {
    let started: Timestamp = run.started_at.parse()?;
    let seconds = jiff::SignedDuration::try_from_secs_f64(run.seconds).unwrap_or_default();
    let ended = started.checked_add(seconds).unwrap_or(started).strftime("%Y-%m-%dT%H:%M:%SZ").to_string();
    let scored = run.visitors_scored > 0 || run.scored > 0;
    let shown = figures.model_version.as_deref().and_then(|version| version.split_once('-')).map(|(target, _)| target);
    let tile = |tile: Tile| of_tile(findings, tile);
    // Of a check that is made for both targets the worst counts; of the model that the figures are not of, the sentence says so.
    let other = |finding: &Finding| {
        let target = finding.rule.split_once(':').map(|(_, target)| target);
        target.filter(|target| shown.is_some_and(|shown| shown != *target)).map(str::to_owned)
    };
    // Of several of the same status the one that comes first says most of the cause.
    let worst = findings.iter().filter(|f| f.status > Status::Green);
    let worst = worst.reduce(|a, b| if b.status > a.status { b } else { a });
    // That data came says nothing of scores whose outcomes nobody knows, and the other model's outcomes say as little.
    let outcomes = |f: &&Finding| matches!(f.tile, Tile::Calibration | Tile::Auc) && other(f).is_none();
    let judged = findings.iter().filter(outcomes).any(|f| f.status > Status::Grey);
    let status = match worst {
        _ if !scored => Status::Red,
        Some(worst) => worst.status,
        None if judged => Status::Green,
        None => Status::Grey,
    };
    let reason = match (scored, worst) {
        (false, _) if run.models.is_empty() => NO_MODEL.to_owned(),
        (false, _) => {
            "nobody was there to be scored: did no visitor consent, or is an event no longer sent?".to_owned()
        }
        (true, Some(worst)) => match other(worst) {
            Some(target) => format!("the {target} model: {}", worst.cause),
            None => worst.cause.clone(),
        },
        (true, None) if status == Status::Grey => "too few outcomes of the scores are known yet".to_owned(),
        (true, None) => "all checks are within their limits".to_owned(),
    };
    // Whoever reads of today thinks of yesterday's scores.
    let reason = match scored && day < started.in_tz(zone)?.date().yesterday()? {
        true if reason.ends_with('?') => format!("{reason} The scores are of {day}"),
        true => format!("{reason}; the scores are of {day}"),
        false => reason,
    };
    let age = figures.trained_to.map(|to| i64::from((day - to).get_days()));
    Ok(row![
        day,
        run.run_id.as_str(),
        run.status.as_str(),
        if scored { Some(day) } else { None },
        ended,
        run.visitors_scored,
        figures.visitors_median_28d,
        figures.model_version.clone(),
        age.map(|days| days.max(0).unsigned_abs()),
        figures.calibration_ratio,
        figures.auc_realised,
        figures.auc_estimated,
        figures.worst.as_ref().map(|w| w.0.clone()),
        figures.worst.as_ref().map(|w| w.1),
        figures.parity_share,
        figures.activation_accepted_share,
        tile(Tile::Volume),
        tile(Tile::Calibration),
        tile(Tile::Auc),
        tile(Tile::Lift),
        tile(Tile::Drift),
        tile(Tile::Segments),
        tile(Tile::Tag),
        tile(Tile::Parity),
        tile(Tile::Activation),
        status,
        reason,
    ])
}
