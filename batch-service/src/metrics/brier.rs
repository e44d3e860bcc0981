//! Brier score.

use super::Ranked;

/// Mean squared distance of the score from what came true; `brier_score_loss` of scikit-learn.
#[must_use]
pub fn brier(ranked: &Ranked, weight: &[f64]) -> f64 {
    ranked.mean(weight, |i| {
        let miss = ranked.score[i] - f64::from(u8::from(ranked.label[i]));
        miss * miss
    })
}
