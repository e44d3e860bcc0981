//! Bins of equal mass of a number's values in the training, which PSI and Jensen-Shannon distance are taken over.

use crate::metrics::Weighted;
use serde::{Deserialize, Serialize};

/// Bins of equal mass of the reference.
const BINS: usize = 10;

/// Where a number's values lie.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Bins {
    /// Upper edges of all but the last, ascending; a value on an edge belongs to the bin below.
    pub edges: Vec<f64>,
    /// Rows in each, by weight.
    pub rows: Vec<f64>,
    /// Median, as numpy's `inverted_cdf`; NaN without values.
    pub median: f64,
}

impl Bins {
    /// Of values with their weights, ascending; fewer than ten where many are equal.
    #[must_use]
    pub fn of(sample: &[Weighted]) -> Self {
        let mut edges: Vec<f64> = (1..BINS).map(|i| quantile(sample, i as f64 / BINS as f64)).collect();
        edges.retain(|edge| edge.is_finite());
        edges.dedup();
        let mut bins = Self { edges, rows: Vec::new(), median: quantile(sample, 0.5) };
        bins.rows = bins.count(sample);
        bins
    }

    /// Weight of the values of a sample in each.
    #[must_use]
    pub fn count(&self, sample: &[Weighted]) -> Vec<f64> {
        let mut rows = vec![0.0; self.edges.len() + 1];
        for (value, weight) in sample {
            rows[self.edges.partition_point(|edge| edge < value)] += weight;
        }
        rows
    }
}

/// The value below or at which a share of the weight of an ascending sample is: numpy's `inverted_cdf`; NaN without
/// values.
#[must_use]
pub fn quantile(sample: &[Weighted], share: f64) -> f64 {
    let all: f64 = sample.iter().map(|(_, weight)| weight).sum();
    let mut below = 0.0;
    for (value, weight) in sample {
        below += weight;
        if below >= share * all * (1.0 - 1e-12) {
            return *value;
        }
    }
    f64::NAN
}
