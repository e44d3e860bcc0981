//! Everything that scoring relies on, checked once, for models that are built and models that are read.

use super::forest::{Forest, Leaves};
use super::linear::Linear;
use super::{MAX_KNOTS, Model, Predictor};
use crate::error::{Verdict, why};
use crate::{Calibration, Error};

/// Most features that a model reads. With this and the next limits every table of a model stays small.
pub const MAX_FEATURES: usize = 128;
/// Most trees of a model.
pub(crate) const MAX_TREES: usize = 2000;
const MAX_ALL_LEAVES: u32 = 65_536;
pub(super) const MAX_THRESHOLDS: usize = 255;
/// Cells of the mask table of a forest: more would not fit a browser's cache.
const MAX_MASKS: usize = 1 << 22;
/// No leaf, weight or base is larger; sums of them stay finite.
const MAX_MAGNITUDE: f64 = 1e9;

impl Model {
    /// Checks the parts and makes the tables that scoring reads.
    ///
    /// # Errors
    /// [`Error::ModelInvalid`].
    pub(crate) fn finish(mut self) -> Result<Self, Error> {
        let v = &mut Verdict::default();
        v.require((1..=64).contains(&self.version.len()), why!("a version of 1 to 64 bytes"));
        v.require(self.features.len() <= MAX_FEATURES, why!("more than 128 features"));
        v.require(ascending(&self.features, |a, b| a < b), why!("features in order, each once"));
        let [medium, high] = self.bands;
        v.require(0.0 <= medium && medium <= high && high <= 1.0, why!("bands out of order"));
        v.require(calibration_holds(&self.calibration), why!("calibration"));
        match &self.predictor {
            Predictor::Linear(linear) => {
                v.require(linear_holds(linear, self.features.len()), why!("linear terms"));
            }
            Predictor::Trees(forest) => check_forest(forest, self.features.len(), v),
        }
        v.or(Error::ModelInvalid)?;
        if let Predictor::Trees(forest) = &mut self.predictor {
            forest.finish();
        }
        Ok(self)
    }
}

fn linear_holds(linear: &Linear, features: usize) -> bool {
    let term_ok = |t: &super::LinearTerm| within(t.mean) && within(t.weight) && within(t.deviation) && t.deviation > 0.0;
    linear.terms.len() == features && within(linear.bias) && linear.terms.iter().all(term_ok)
}

fn calibration_holds(calibration: &Calibration) -> bool {
    match calibration {
        Calibration::None => true,
        Calibration::Platt { a, b } => *a > 0.0 && *a <= 1e3 && *b >= -1e3 && *b <= 1e3,
        Calibration::Isotonic { margins, probabilities } => {
            let ends = probabilities.first().zip(probabilities.last());
            margins.len() == probabilities.len()
                && margins.len() <= MAX_KNOTS
                && margins.iter().all(|m| within(*m))
                && ascending(margins, |a, b| a < b)
                && ascending(probabilities, |a, b| a <= b)
                // Also not NaN, which compares with nothing.
                && ends.is_some_and(|(low, high)| *low >= 0.0 && *high <= 1.0)
        }
    }
}

/// Limits, thresholds, that every split names one of them, and leaves.
fn check_forest(forest: &Forest, features: usize, v: &mut Verdict) {
    v.require((1..=MAX_TREES).contains(&forest.roots.len()), why!("1 to 2,000 trees"));
    let leaves = forest.roots.last().map_or(0, |last| last.leaf + last.leaves);
    v.require(leaves <= MAX_ALL_LEAVES, why!("more than 65,536 leaves"));
    let rows = forest.thresholds.len() + 2 * features;
    let cells = rows * forest.roots.len().div_ceil(8) * 8;
    v.require(rows <= usize::from(u16::MAX) && cells <= MAX_MASKS, why!("trees times thresholds over 4 million"));
    v.require(forest.features() == features, why!("one list of thresholds per feature"));
    for feature in 0..features {
        let list = forest.thresholds(feature);
        v.require(list.len() <= MAX_THRESHOLDS, why!("more than 255 thresholds of one feature"));
        v.require(ascending(list, |a, b| a < b) && list.iter().all(|t| t.is_finite()), why!("thresholds"));
    }
    for node in &forest.nodes {
        let there = usize::from(node.bin) < forest.thresholds(usize::from(node.feature)).len();
        v.require(!node.is_split || there, why!("a split on a threshold that is not there"));
    }
    let values_hold = match &forest.leaves {
        Leaves::Quantised { scale, .. } => *scale >= 0.0 && *scale <= MAX_MAGNITUDE,
        Leaves::Exact(values) => values.iter().all(|v| within(*v)),
    };
    v.require(values_hold && within(forest.base), why!("leaf values"));
}

/// Finite and not too large.
fn within(v: f64) -> bool {
    v.abs() <= MAX_MAGNITUDE
}

fn ascending<T: Copy>(list: &[T], in_order: fn(T, T) -> bool) -> bool {
    list.iter().zip(list.iter().skip(1)).all(|(a, b)| in_order(*a, *b))
}
