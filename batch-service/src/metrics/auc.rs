//! Area under the ROC curve.

use super::Ranked;

/// The share of (positive, negative) pairs that the score orders rightly, ties half; `roc_auc_score` of scikit-learn.
/// NaN when one of the outcomes is missing.
#[must_use]
pub fn auc(ranked: &Ranked, weight: &[f64]) -> f64 {
    let (mut above, mut negatives, mut right) = (0.0, 0.0, 0.0);
    for (positive, negative) in ranked.groups(weight) {
        right += negative * (above + positive / 2.0);
        above += positive;
        negatives += negative;
    }
    right / (above * negatives)
}
