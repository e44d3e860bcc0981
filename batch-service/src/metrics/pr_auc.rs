//! Average precision.

use super::Ranked;

/// Precision at each distinct score, weighted by the gain in recall; `average_precision_score` of scikit-learn.
/// NaN without positives.
#[must_use]
pub fn pr_auc(ranked: &Ranked, weight: &[f64]) -> f64 {
    let (mut positives, mut all, mut sum) = (0.0, 0.0, 0.0);
    for (positive, negative) in ranked.groups(weight) {
        positives += positive;
        all += positive + negative;
        if positive > 0.0 {
            sum += positive * (positives / all);
        }
    }
    sum / positives
}
