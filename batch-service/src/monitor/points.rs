//! Points of the ROC and precision-recall curves of a window; the formulas are in `metrics/curve.rs`.

use super::outcomes::Window;
use super::rows::{Row, row};
use crate::metrics::{Ranked, curve};

/// Points that are kept of a curve.
const POINTS: usize = 101;

/// The rows of a window; none without both outcomes.
#[must_use]
pub fn rows(window: &Window, ranked: &Ranked) -> Vec<Row> {
    if !ranked.has_both() {
        return Vec::new();
    }
    let rows = curve(ranked, POINTS).into_iter().map(|point| {
        row![
            window.outcomes.model_version.as_str(),
            window.from,
            window.to,
            point.threshold,
            point.tp,
            point.fp,
            point.tn,
            point.fn_,
            point.tpr(),
            point.fpr(),
            point.precision(),
            point.tpr(),
            point.flagged_share(),
        ]
    });
    rows.collect()
}
