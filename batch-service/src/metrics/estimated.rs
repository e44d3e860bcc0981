//! Performance that scores promise by themselves, before any label is known: confidence-based performance estimation
//! (CBPE) as NannyML 0.13 defines it. A calibrated score `p` counts as `p` of a positive and `1 - p` of a negative.
//!
//! It is right as long as the scores are calibrated; that they are is shown by matured labels only. NannyML rounds its
//! sums to 5 decimals; these are not rounded. Scores are never missing; NaN without rows.

use super::Ranked;

/// Weights of expected positives and negatives of each group of equal scores, highest first.
fn groups<'a>(ranked: &'a Ranked, weight: &'a [f64]) -> impl Iterator<Item = (f64, f64)> + 'a {
    let mut from = 0;
    ranked.group_ends.iter().map(move |end| {
        let (mut positive, mut negative) = (0.0, 0.0);
        for (score, w) in ranked.score[from..*end].iter().zip(&weight[from..*end]) {
            positive += w * score;
            negative += w * (1.0 - score);
        }
        from = *end;
        (positive, negative)
    })
}

/// Expected area under the ROC curve (`estimate_roc_auc`).
#[must_use]
pub fn estimated_auc(ranked: &Ranked) -> f64 {
    let (mut above, mut negatives, mut right) = (0.0, 0.0, 0.0);
    for (positive, negative) in groups(ranked, &ranked.weight) {
        right += negative * (above + positive / 2.0);
        above += positive;
        negatives += negative;
    }
    right / (above * negatives)
}

/// Expected average precision (`estimate_ap`; rows of equal score are taken together, as scikit-learn does).
#[must_use]
pub fn estimated_pr_auc(ranked: &Ranked) -> f64 {
    let (mut positives, mut all, mut sum) = (0.0, 0.0, 0.0);
    for (positive, negative) in groups(ranked, &ranked.weight) {
        positives += positive;
        all += positive + negative;
        if positive > 0.0 {
            sum += positive * (positives / all);
        }
    }
    sum / positives
}

/// Expected logarithmic loss: the mean entropy of the scores in nats.
#[must_use]
pub fn estimated_log_loss(ranked: &Ranked) -> f64 {
    ranked.mean(&ranked.weight, |i| {
        let p = ranked.score[i].clamp(f64::EPSILON, 1.0 - f64::EPSILON);
        -(p * p.ln() + (1.0 - p) * (1.0 - p).ln())
    })
}

/// Expected Brier score: the mean of `p (1 - p)`.
#[must_use]
pub fn estimated_brier(ranked: &Ranked) -> f64 {
    ranked.mean(&ranked.weight, |i| ranked.score[i] * (1.0 - ranked.score[i]))
}

/// Expected lift of the highest-scored `share` of the rows: their mean score over that of all rows.
#[must_use]
pub fn estimated_lift(ranked: &Ranked, share: f64) -> f64 {
    let total: f64 = ranked.weight.iter().sum();
    let (mut all, mut positives, mut top, cut) = (0.0, 0.0, None, share * total);
    for (positive, negative) in groups(ranked, &ranked.weight) {
        let size = positive + negative;
        if top.is_none() && cut <= all + size && size > 0.0 {
            top = Some(positives + positive * (cut - all) / size);
        }
        all += size;
        positives += positive;
    }
    top.unwrap_or(positives) / positives / share
}
