//! Points of the ROC and the precision-recall curve.

use super::Ranked;

/// What a threshold does: rows with at least that score are flagged.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CurvePoint {
    /// The score, 0 to 1.
    pub threshold: f64,
    /// Weight of the flagged rows that came true.
    pub tp: f64,
    /// Weight of the flagged rows that did not.
    pub fp: f64,
    /// Weight of the rows that are not flagged and did not come true.
    pub tn: f64,
    /// Weight of the rows that are not flagged and came true.
    pub fn_: f64,
}

impl CurvePoint {
    /// True positive rate, which is recall; NaN without positives.
    #[must_use]
    pub fn tpr(&self) -> f64 {
        self.tp / (self.tp + self.fn_)
    }

    /// False positive rate; NaN without negatives.
    #[must_use]
    pub fn fpr(&self) -> f64 {
        self.fp / (self.fp + self.tn)
    }

    /// Share of the flagged rows that came true.
    #[must_use]
    pub fn precision(&self) -> f64 {
        self.tp / (self.tp + self.fp)
    }

    /// Share of all rows that is flagged.
    #[must_use]
    pub fn flagged_share(&self) -> f64 {
        (self.tp + self.fp) / (self.tp + self.fp + self.tn + self.fn_)
    }
}

/// A point at each distinct score, highest first: `roc_curve(drop_intermediate=False)` and `precision_recall_curve` of
/// scikit-learn, without their end points at which nothing is flagged. Of more than `most` points those are kept that are
/// the first beyond each of equal steps of the flagged share; first and last always are. Scores are never missing.
#[must_use]
pub fn curve(ranked: &Ranked, most: usize) -> Vec<CurvePoint> {
    let (positives, negatives) =
        ranked.groups(&ranked.weight).fold((0.0, 0.0), |(positives, negatives), (p, n)| (positives + p, negatives + n));
    let (mut tp, mut fp) = (0.0, 0.0);
    let points: Vec<CurvePoint> = ranked
        .groups(&ranked.weight)
        .zip(&ranked.group_ends)
        .map(|((positive, negative), end)| {
            tp += positive;
            fp += negative;
            let (tn, fn_) = ((negatives - fp).max(0.0), (positives - tp).max(0.0));
            CurvePoint { threshold: ranked.score[end - 1], tp, fp, tn, fn_ }
        })
        .collect();
    thinned(points, most.max(2))
}

fn thinned(points: Vec<CurvePoint>, most: usize) -> Vec<CurvePoint> {
    if points.len() <= most {
        return points;
    }
    let last = points.len() - 1;
    let steps = (most - 1) as f64;
    let mut kept = Vec::with_capacity(most);
    let mut next = 0.0;
    for (i, point) in points.into_iter().enumerate() {
        let step = point.flagged_share() * steps;
        if i == last || (kept.len() < most - 1 && step >= next) {
            // A large group of equal scores passes several steps at once.
            next = step.floor() + 1.0;
            kept.push(point);
        }
    }
    kept
}
