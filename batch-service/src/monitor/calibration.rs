//! Calibration of the scores of a window: ten bins of equal mass with Wilson intervals, and all together.
//!
//! Bins are those of scikit-learn's `calibration_curve(strategy="quantile")`, intervals Wilson's of 1927. Rows that share
//! an outcome are no independent ones: a visitor is scored on every day of the horizon, a session at every page view. So
//! intervals are those of as many rows as there are, divided by how often an outcome is counted (`overlap`). A window
//! without both outcomes has no rows. Scores and labels are never missing.

use super::finding::{Finding, Tile, percent};
use super::outcomes::Window;
use super::rows::{Row, row};
use super::status::{Status, Thresholds};
use crate::metrics::{EqualMassBins, Ranked, wilson, wilson_at};

/// Bins of a window.
pub const BINS: u8 = 10;
/// Standard deviations that chance stays within before a ratio is amber, and before it is red: 95 % and 99.9 % of a normal
/// distribution.
pub const OF_ALL: [f64; 2] = [1.959_963_984_540_054, 3.290_526_731_491_926];
/// The same of one of many groups: 99.9 % and 99.99 %.
pub const OF_A_GROUP: [f64; 2] = [3.290_526_731_491_926, 3.890_591_886_413_094];

/// Predicted over observed.
#[derive(Clone, Copy, Debug)]
pub struct Ratio {
    /// Mean score over the share that came true.
    pub value: f64,
    /// What it says.
    pub status: Status,
}

/// Predicted over observed of some rows, when outcomes count `overlap` times and chance stays within `sure` standard
/// deviations. Grey below the least cell.
#[must_use]
pub fn ratio(ranked: &Ranked, overlap: f64, sure: [f64; 2], thresholds: &Thresholds) -> Ratio {
    let rows: f64 = ranked.weight.iter().sum();
    let observed = ranked.rate();
    let predicted = ranked.mean(&ranked.weight, |i| ranked.score[i]);
    let value = predicted / observed;
    let least = thresholds.small_cell;
    let conversions = observed * rows / overlap;
    if conversions.is_nan() || conversions < least.conversions as f64 || rows < least.visitors as f64 {
        return Ratio { value, status: Status::Grey };
    }
    let between = |z: f64| {
        let [low, high] = wilson_at(z, observed, rows / overlap);
        thresholds.calibration(value, predicted / high, predicted / low)
    };
    let status = between(sure[0]);
    Ratio {
        value,
        status: if status == Status::Red && between(sure[1]) != Status::Red { Status::Amber } else { status },
    }
}

/// The rows of a window.
#[must_use]
pub fn rows(window: &Window, ranked: &Ranked, overlap: f64, thresholds: &Thresholds) -> Vec<Row> {
    if !ranked.has_both() {
        return Vec::new();
    }
    let bins = EqualMassBins::new(ranked, BINS);
    let table = bins.table(ranked);
    let rows = table.iter().enumerate().map(|(number, bin)| {
        let [low, high] = wilson(bin.observed, bin.weight / overlap);
        let enough = bin.observed * bin.weight / overlap >= thresholds.small_cell.conversions as f64;
        let ratio = bin.score / bin.observed;
        let status =
            if enough { thresholds.calibration(ratio, bin.score / high, bin.score / low) } else { Status::Grey };
        row![
            window.outcomes.model_version.as_str(),
            window.from,
            window.to,
            number + 1,
            bin.score_low,
            bin.score_high,
            bin.weight.round() as u64,
            (bin.observed * bin.weight).round() as u64,
            bin.score,
            bin.observed,
            low,
            high,
            true,
            status,
        ]
    });
    rows.collect()
}

/// What all of a window say together.
#[must_use]
pub fn finding(window: &Window, ranked: &Ranked, ratio: Ratio, thresholds: &Thresholds) -> Finding {
    let (low, high) = (thresholds.calibration_ratio[1][0], thresholds.calibration_ratio[1][1]);
    let predicted = ranked.mean(&ranked.weight, |i| ranked.score[i]);
    let cause = format!(
        "the scores of {} to {} averaged {}, and {} converted: {:.2} times as many as came",
        window.from,
        window.to,
        percent(predicted),
        percent(ranked.rate()),
        ratio.value
    );
    Finding {
        rule: format!("calibration:{}", window.outcomes.target.as_str()),
        tile: Tile::Calibration,
        status: ratio.status,
        value: ratio.value,
        threshold: if ratio.value < 1.0 { low } else { high },
        cause,
    }
}
