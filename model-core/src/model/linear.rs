//! Logistic regression on standardised features.

use super::Contributions;
use crate::bytes::push;
use alloc::vec::Vec;

/// What is done to a feature before it is standardised.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Transform {
    /// Nothing.
    Identity = 0,
    /// The square root, for counts and times with a long tail. Exact in IEEE 754 on every platform.
    Sqrt = 1,
}

/// One term: `weight * clamp((transform(x) - mean) / deviation, -8, 8)`; a missing `x` adds nothing.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LinearTerm {
    /// Transform of the feature.
    pub transform: Transform,
    /// Mean of the transformed feature in training.
    pub mean: f64,
    /// Standard deviation of the transformed feature in training; over 0.
    pub deviation: f64,
    /// Weight in log-odds.
    pub weight: f64,
}

impl LinearTerm {
    /// The standardised feature; 0 when it is missing.
    #[must_use]
    #[allow(clippy::manual_clamp)]
    pub fn standardise(&self, x: f32) -> f64 {
        if x.is_nan() {
            return 0.0;
        }
        let x = f64::from(x);
        let x = match self.transform {
            Transform::Identity => x,
            Transform::Sqrt => libm::sqrt(if x > 0.0 { x } else { 0.0 }),
        };
        let z = (x - self.mean) / self.deviation;
        // `f64::clamp` would carry float formatting into the browser for a panic that cannot happen.
        if z > 8.0 {
            8.0
        } else if z < -8.0 {
            -8.0
        } else {
            z
        }
    }
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Linear {
    pub(crate) bias: f64,
    /// One per column of the row.
    pub(crate) terms: Vec<LinearTerm>,
}

impl Linear {
    /// Sums in the order of the columns.
    pub(super) fn margin(&self, row: &[f32]) -> f64 {
        let mut sum = self.bias;
        for (term, x) in self.terms.iter().zip(row) {
            sum += term.weight * term.standardise(*x);
        }
        sum
    }

    /// One for each column.
    pub(super) fn contributions(&self, row: &[f32]) -> Contributions {
        let mut by_column = Vec::new();
        for (term, x) in self.terms.iter().zip(row) {
            push(&mut by_column, term.weight * term.standardise(*x));
        }
        Contributions { baseline: self.bias, by_feature: by_column }
    }
}
