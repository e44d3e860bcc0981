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

/// Bins of equal mass: edges are the percentiles of the scores as numpy interpolates them, and a score on an edge
/// belongs to the bin below, as in `calibration_curve(strategy="quantile")` of scikit-learn.
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
        let ascending: Vec<f64> = ranked.score.iter().rev().copied().collect();
        let edges: Vec<f64> = (1..bins).map(|i| percentile(&ascending, f64::from(i) / f64::from(bins))).collect();
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

    /// The bins that hold rows, lowest scores first.
    #[must_use]
    pub fn table(&self, ranked: &Ranked) -> Vec<CalibrationBin> {
        let mut table = Vec::new();
        for bin in 0..self.bins {
            let rows: Vec<usize> = (0..ranked.len()).filter(|i| usize::from(self.bin[*i]) == bin).collect();
            if rows.is_empty() {
                continue;
            }
            let positives = rows.iter().filter(|i| ranked.label[**i]).count();
            let n = rows.len() as f64;
            table.push(CalibrationBin {
                rows: rows.len(),
                positives,
                // Rows are ranked, highest score first.
                score_low: ranked.score[rows[rows.len() - 1]],
                score_high: ranked.score[rows[0]],
                score: rows.iter().map(|i| ranked.score[*i]).sum::<f64>() / n,
                observed: positives as f64 / n,
                interval: wilson(positives, rows.len()),
            });
        }
        table
    }
}

/// 95 % Wilson score interval of a proportion.
#[must_use]
pub fn wilson(positives: usize, rows: usize) -> [f64; 2] {
    if rows == 0 {
        return [0.0, 1.0];
    }
    const Z: f64 = 1.959_963_984_540_054;
    let (n, p) = (rows as f64, positives as f64 / rows as f64);
    let shrink = 1.0 + Z * Z / n;
    let centre = (p + Z * Z / (2.0 * n)) / shrink;
    let half = Z * (p * (1.0 - p) / n + Z * Z / (4.0 * n * n)).sqrt() / shrink;
    [(centre - half).max(0.0), (centre + half).min(1.0)]
}

/// `numpy.quantile` (linear) of ascending values.
pub(super) fn percentile(ascending: &[f64], q: f64) -> f64 {
    let Some(last) = ascending.len().checked_sub(1) else { return f64::NAN };
    let at = q * last as f64;
    let below = (at.floor() as usize).min(last);
    let above = (below + 1).min(last);
    ascending[below] + (ascending[above] - ascending[below]) * (at - below as f64)
}
