//! Gains and lift by decile of a window, and conversions by decile of a day.
//!
//! Lift is the decile's conversion rate over that of all (Berry and Linoff, Data Mining Techniques, 2004); rows of equal
//! score that cross a border count by their share. NaN (null) without conversions. Scores are never missing.

use super::finding::{Finding, Tile};
use super::outcomes::{Outcomes, Window};
use super::performance::Expected;
use super::rows::{Row, row};
use super::status::{Status, Thresholds};
use crate::metrics::{Ranked, deciles, wilson_at};

/// Standard deviations of a normal distribution that 99 % are within.
const SURE: f64 = 2.575_829_303_548_901;

/// The rows of a window.
#[must_use]
pub fn rows(window: &Window, ranked: &Ranked) -> Vec<Row> {
    if ranked.is_empty() {
        return Vec::new();
    }
    let (all, _) = window.outcomes.counts();
    let base = ranked.rate();
    let rows = deciles(ranked).into_iter().enumerate().map(|(i, decile)| {
        let visitors = all / 10.0;
        row![
            window.outcomes.model_version.as_str(),
            window.from,
            window.to,
            i + 1,
            visitors.round() as u64,
            decile.positives,
            decile.positives / visitors,
            decile.lift,
            (i + 1) as f64 / 10.0,
            decile.gain,
            base,
        ]
    });
    rows.collect()
}

/// Whether the top decile holds as many conversions as in the test. Deciles that are out of order beyond chance are amber.
#[must_use]
pub fn finding(
    window: &Window,
    ranked: &Ranked,
    overlap: f64,
    expected: &Expected,
    thresholds: &Thresholds,
) -> Finding {
    let rule = format!("lift:{}", window.outcomes.target.as_str());
    let table = deciles(ranked);
    let lift = table.first().map_or(f64::NAN, |top| top.lift);
    let reference = expected.value("top_decile_lift").unwrap_or(f64::NAN);
    let drop = 1.0 - lift / reference;
    let conversions = window.outcomes.counts().1 / overlap;
    let [_, most] = wilson_at(SURE, (lift / 10.0).min(1.0), conversions);
    let mut status = Status::above(drop, thresholds.lift_drop);
    if conversions < thresholds.small_cell.conversions as f64 {
        status = Status::Grey;
    } else if status > Status::Green && most * 10.0 >= reference {
        status = Status::Green;
    }
    let mut cause = format!(
        "the top tenth of the scores converts {lift:.1} times as often as everybody; in the test it was {reference:.1}"
    );
    if let (Status::Green, Some(lower)) = (status, out_of_order(ranked, overlap)) {
        status = Status::Amber;
        cause = format!(
            "group {} of the scores converts more often than group {lower}, which has higher ones, and not by chance",
            lower + 1
        );
    }
    Finding {
        rule,
        tile: Tile::Lift,
        status,
        value: lift,
        threshold: reference * (1.0 - thresholds.lift_drop[1]),
        cause,
    }
}

/// The first tenth, counted from 1, that converts less often than the one after it beyond doubt: their intervals are apart.
fn out_of_order(ranked: &Ranked, overlap: f64) -> Option<usize> {
    let visitors = ranked.weight.iter().sum::<f64>() / 10.0 / overlap;
    let interval = |positives: f64| wilson_at(SURE, positives / overlap / visitors, visitors);
    let intervals: Vec<_> = deciles(ranked).iter().map(|decile| interval(decile.positives)).collect();
    let after = intervals.windows(2).position(|pair| pair[0][1] < pair[1][0])?;
    Some(after + 1)
}

/// Visitors and conversions of a day by the decile that was written with the score.
#[must_use]
pub fn by_day(outcomes: &Outcomes) -> Vec<Row> {
    let (mut visitors, mut conversions) = ([0.0; 10], [0.0; 10]);
    for ((decile, label), weight) in outcomes.decile.iter().zip(&outcomes.label).zip(&outcomes.weight) {
        let at = usize::from(decile.clamp(&1, &10) - 1);
        visitors[at] += weight;
        conversions[at] += if *label { *weight } else { 0.0 };
    }
    let rows = (0..10).map(|at| {
        row![
            outcomes.day,
            outcomes.model_version.as_str(),
            at + 1_usize,
            visitors[at].round() as u64,
            conversions[at].round() as u64,
        ]
    });
    rows.collect()
}
