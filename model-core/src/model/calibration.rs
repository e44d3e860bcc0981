//! From a margin (log-odds) to a probability.

use super::masks::not_above;
use super::single;
use alloc::vec::Vec;

/// Most knots of an isotonic calibration.
pub(crate) const MAX_KNOTS: usize = 256;

/// How a margin becomes a probability.
#[derive(Clone, Debug, PartialEq)]
pub enum Calibration {
    /// The logistic function of the margin.
    None,
    /// Platt (1999): the logistic function of `a * margin + b`.
    Platt {
        /// Slope, over 0 so that the order of scores is kept.
        a: f64,
        /// Intercept.
        b: f64,
    },
    /// Isotonic (Zadrozny and Elkan, 2002): straight lines between knots, flat outside them.
    Isotonic {
        /// Margins, strictly ascending.
        margins: Vec<f64>,
        /// Probabilities in `[0, 1]`, not descending, one per margin.
        probabilities: Vec<f64>,
    },
    /// XGBoost's logistic function: the margin is rounded to single precision, which changes nothing after
    /// [`super::LeafPrecision::Single`], and the function is computed in it, with the `expf` of glibc 2.28 and later.
    SingleLogistic,
}

impl Calibration {
    /// The probability for a finite margin, in `[0, 1]`.
    #[must_use]
    pub fn apply(&self, margin: f64) -> f64 {
        match self {
            Self::None => sigmoid(margin),
            Self::Platt { a, b } => sigmoid(a * margin + b),
            Self::Isotonic { margins, probabilities } => interpolate(margins, probabilities, margin),
            Self::SingleLogistic => f64::from(single::sigmoid(margin as f32)),
        }
    }
}

/// The logistic function, by the pinned `libm` so that every platform gives the same bits.
#[must_use]
pub fn sigmoid(margin: f64) -> f64 {
    1.0 / (1.0 + libm::exp(-margin))
}

fn interpolate(xs: &[f64], ys: &[f64], x: f64) -> f64 {
    let above = not_above(xs, x);
    if above == 0 {
        return ys[0];
    }
    let (x0, y0) = (xs[above - 1], ys[above - 1]);
    if above == xs.len() {
        return y0;
    }
    let (x1, y1) = (xs[above], ys[above]);
    // Rounding must not leave the segment. Not `f64::clamp`, which has a panic, nor `min`, which asks for NaN.
    let y = y0 + (y1 - y0) * ((x - x0) / (x1 - x0));
    if y > y1 {
        y1
    } else if y < y0 {
        y0
    } else {
        y
    }
}
