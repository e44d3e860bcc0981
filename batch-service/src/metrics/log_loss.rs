//! Logarithmic loss.

use super::Ranked;

/// Mean of `-ln` of the probability given to what came true, clipped to `f64::EPSILON` from 0 and 1; `log_loss` of
/// scikit-learn.
#[must_use]
pub fn log_loss(ranked: &Ranked, weight: &[f64]) -> f64 {
    ranked.mean(weight, |i| row_loss(ranked.score[i], ranked.label[i]))
}

/// Loss of one row.
pub(super) fn row_loss(score: f64, label: bool) -> f64 {
    let p = score.clamp(f64::EPSILON, 1.0 - f64::EPSILON);
    if label { -p.ln() } else { -(1.0 - p).ln() }
}
