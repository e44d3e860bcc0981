//! Calibration: does 10 % come true one time in ten?

use super::Ranked;
use serde::Serialize;

/// A bin of the reliability diagram.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct CalibrationBin {
    /// Rows of the bin.
    pub rows: usize,
    /// Rows that came true.
    pub positives: usize,
    /// How many rows they stand for.
    #[serde(skip)]
    pub weight: f64,
    /// Lowest score.
    pub score_low: f64,
    /// Highest score.
    pub score_high: f64,
    /// Mean score.
    pub score: f64,
    /// Share that came true.
    pub observed: f64,
    /// 95 % Wilson interval of that share, rows taken as independent.
    pub interval: [f64; 2],
}

/// Bins of equal mass: edges are the percentiles of the scores as numpy interpolates them (of weighted rows, numpy's
/// `inverted_cdf`), and a score on an edge belongs to the bin below, as in `calibration_curve(strategy="quantile")` of
/// scikit-learn.
#[derive(Clone, Debug)]
pub struct EqualMassBins {
    /// Bin of each row of the ranked sample.
    bin: Vec<u8>,
    bins: usize,
}

impl EqualMassBins {
    /// Splits a sample into at most `bins` (1 to 255) bins.
    #[must_use]
    pub fn new(ranked: &Ranked, bins: u8) -> Self {
        let edges: Vec<f64> = (1..bins).map(|i| quantile(ranked, f64::from(i) / f64::from(bins))).collect();
        let bin = ranked.score.iter().map(|s| edges.partition_point(|e| e < s) as u8).collect();
        Self { bin, bins: usize::from(bins) }
    }

    /// Expected calibration error: mean over the rows of how far their bin's mean score is from its share of positives.
    #[must_use]
    pub fn error(&self, ranked: &Ranked, weight: &[f64]) -> f64 {
        let mut sums = vec![(0.0, 0.0); self.bins];
        let mut total = 0.0;
        for (i, w) in weight.iter().enumerate() {
            let (score, positive) = &mut sums[usize::from(self.bin[i])];
            *score += w * ranked.score[i];
            *positive += if ranked.label[i] { *w } else { 0.0 };
            total += w;
        }
        sums.iter().map(|(score, positive)| f64::abs(score - positive)).sum::<f64>() / total
    }

    /// What [`Self::error`] would be, about, if every score were exactly right: of few rows chance alone leaves some.
    ///
    /// A bin's gap is then near normal with the variance of its outcomes, and a normal's mean distance from 0 is
    /// `sqrt(2 / pi)` of its standard deviation. Rows are taken as independent.
    #[must_use]
    pub fn error_by_chance(&self, ranked: &Ranked, weight: &[f64]) -> f64 {
        let mut variances = vec![0.0; self.bins];
        let mut total = 0.0;
        for (i, w) in weight.iter().enumerate() {
            let p = ranked.score[i];
            variances[usize::from(self.bin[i])] += w * w * p * (1.0 - p);
            total += w;
        }
        std::f64::consts::FRAC_2_PI.sqrt() * variances.iter().map(|v| v.sqrt()).sum::<f64>() / total
    }

    /// The bins that hold rows, lowest scores first.
    #[must_use]
    pub fn table(&self, ranked: &Ranked) -> Vec<CalibrationBin> {
        let mut table = Vec::new();
        for bin in 0..self.bins {
            let rows: Vec<usize> = (0..ranked.len()).filter(|i| usize::from(self.bin[*i]) == bin).collect();
            if rows.is_empty() {
                continue;
            }
            let sum = |value: &dyn Fn(usize) -> f64| rows.iter().map(|i| value(*i)).sum::<f64>();
            let weight = sum(&|i| ranked.weight[i]);
            let observed = sum(&|i| if ranked.label[i] { ranked.weight[i] } else { 0.0 }) / weight;
            table.push(CalibrationBin {
                rows: rows.len(),
                weight,
                // Rows are ranked, highest score first.
                score_low: ranked.score[rows[rows.len() - 1]],
                score_high: ranked.score[rows[0]],
                positives: rows.iter().filter(|i| ranked.label[**i]).count(),
                score: sum(&|i| ranked.weight[i] * ranked.score[i]) / weight,
                observed,
                // Kish's effective number of rows.
                interval: wilson(observed, weight * weight / sum(&|i| ranked.weight[i] * ranked.weight[i])),
            });
        }
        table
    }
}

/// 95 % Wilson score interval of a share of `rows` rows.
#[must_use]
pub fn wilson(share: f64, rows: f64) -> [f64; 2] {
    wilson_at(1.959_963_984_540_054, share, rows)
}

/// The same for another quantile `z` of the normal distribution.
#[must_use]
pub fn wilson_at(z: f64, share: f64, rows: f64) -> [f64; 2] {
    if !(share.is_finite() && rows.is_finite() && rows > 0.0) {
        return [0.0, 1.0];
    }
    let share = share.clamp(0.0, 1.0);
    let shrink = 1.0 + z * z / rows;
    let centre = (share + z * z / (2.0 * rows)) / shrink;
    let half = z * (share * (1.0 - share) / rows + z * z / (4.0 * rows * rows)).sqrt() / shrink;
    // At 0 and at 1 the formula is exact but rounding may leave a crumb.
    let low = if share == 0.0 { 0.0 } else { (centre - half).clamp(0.0, share) };
    let high = if share == 1.0 { 1.0 } else { (centre + half).clamp(share, 1.0) };
    [low, high]
}

/// Quantile of the scores.
fn quantile(ranked: &Ranked, q: f64) -> f64 {
    let ascending = || (0..ranked.len()).rev();
    if ranked.weight.windows(2).all(|w| w[0] == w[1]) {
        let scores: Vec<f64> = ascending().map(|i| ranked.score[i]).collect();
        return percentile(&scores, q);
    }
    let mut left = q * ranked.weight.iter().sum::<f64>();
    for i in ascending() {
        left -= ranked.weight[i];
        if left <= 0.0 {
            return ranked.score[i];
        }
    }
    ranked.score.first().copied().unwrap_or(f64::NAN)
}

/// `numpy.quantile` (linear) of ascending values.
pub(super) fn percentile(ascending: &[f64], q: f64) -> f64 {
    let Some(last) = ascending.len().checked_sub(1) else { return f64::NAN };
    let at = q * last as f64;
    let below = (at.floor() as usize).min(last);
    let above = (below + 1).min(last);
    ascending[below] + (ascending[above] - ascending[below]) * (at - below as f64)
}
