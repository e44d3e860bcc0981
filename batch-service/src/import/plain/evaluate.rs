//! Reference evaluation: slow, plain, in the order of the library's own arithmetic.

use super::{Among, Indicator, Link, Member, Plain, Predictor, Tree};
use model_core::{Calibration, sigmoid};

impl Indicator {
    /// The column for a value of the input.
    #[must_use]
    pub fn value(&self, x: f32) -> f32 {
        if x.is_nan() {
            return x;
        }
        // The conversion saturates, and what is below 0 becomes larger than any index.
        match self.codes.get(x as i32 as usize).unwrap_or(&self.others) {
            Among::No => 0.0,
            Among::Yes => 1.0,
            Among::Missing => f32::NAN,
        }
    }
}

impl Tree {
    /// Index of the leaf that a row of columns reaches. Of a valid tree.
    #[must_use]
    pub fn leaf(&self, columns: &[f32]) -> usize {
        let mut at = 0;
        while self.left[at] != 0 {
            let x = columns[self.feature[at]];
            let goes_left = if x.is_nan() { self.missing_left[at] } else { x < self.threshold[at] };
            at = if goes_left { self.left[at] } else { self.right[at] };
        }
        at
    }
}

impl Predictor {
    /// The leaf of each tree, as an index of its nodes, of a mean member after member.
    fn leaves(&self, columns: &[f32]) -> Vec<usize> {
        match self {
            Self::Linear(_) => Vec::new(),
            Self::Trees { trees, .. } => trees.iter().map(|tree| tree.leaf(columns)).collect(),
            Self::Mean(members) => members.iter().flat_map(|member| member.predictor.leaves(columns)).collect(),
        }
    }

    fn margin(&self, base: f64, columns: &[f32]) -> f64 {
        match self {
            Self::Linear(terms) => terms.iter().fold(base, |sum, term| {
                let x = columns[term.column];
                let x = if x.is_nan() { term.missing.unwrap_or(f64::NAN) } else { f64::from(x) };
                sum + term.weight * ((x - term.mean) / term.scale)
            }),
            Self::Trees { trees, single: false, .. } => {
                trees.iter().fold(base, |sum, tree| sum + tree.value[tree.leaf(columns)])
            }
            Self::Trees { trees, single: true, .. } => {
                f64::from(trees.iter().fold(base as f32, |sum, tree| sum + tree.value[tree.leaf(columns)] as f32))
            }
            Self::Mean(members) => {
                let probability = |Member { base, predictor, link }: &Member| link.of(predictor.margin(*base, columns));
                members.iter().map(probability).fold(0.0, |sum, p| sum + p) / members.len() as f64
            }
        }
    }
}

impl Link {
    /// The probability of a margin.
    fn of(&self, margin: f64) -> f64 {
        match self {
            Self::Logistic => sigmoid(margin),
            Self::SingleLogistic => Calibration::SingleLogistic.apply(margin),
            Self::Platt { a, b } => sigmoid(a * margin + b),
            Self::Isotonic { x, y } => between(x, y, margin),
            Self::Probability => margin.clamp(0.0, 1.0),
        }
    }
}

impl Plain {
    /// Inputs and indicators of a row of inputs.
    #[must_use]
    pub fn columns(&self, row: &[f32]) -> Vec<f32> {
        row.iter().copied().chain(self.indicators.iter().map(|i| i.value(row[i.input]))).collect()
    }

    /// The leaf of each tree, as an index of its nodes, of a mean member after member; none of weights.
    #[must_use]
    pub fn leaves(&self, row: &[f32]) -> Vec<usize> {
        self.predictor.leaves(&self.columns(row))
    }

    /// The margin of a row; NaN where a linear model has a missing value that the library refuses.
    #[must_use]
    pub fn margin(&self, row: &[f32]) -> f64 {
        self.predictor.margin(self.base, &self.columns(row))
    }

    /// The probability of the second class for a row of inputs, of a valid model.
    #[must_use]
    pub fn probability(&self, row: &[f32]) -> f64 {
        self.link.of(self.margin(row))
    }
}

/// Straight lines between knots, flat outside them.
fn between(xs: &[f64], ys: &[f64], x: f64) -> f64 {
    let above = xs.partition_point(|knot| *knot <= x);
    if above == 0 {
        return ys[0];
    }
    let (x0, y0) = (xs[above - 1], ys[above - 1]);
    match xs.get(above).zip(ys.get(above)) {
        Some((x1, y1)) => y0 + (y1 - y0) * ((x - x0) / (x1 - x0)),
        None => y0,
    }
}
