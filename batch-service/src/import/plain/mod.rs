//! The plain model: numbers only, what every format is converted to.

mod arrange;
mod bounded;
mod check;
mod columns;
mod evaluate;
mod read;
mod single;
#[cfg(test)]
mod tests;
mod threshold;

pub use arrange::{Node, arrange};
pub use columns::Columns;
pub use threshold::below;

use serde::{Deserialize, Serialize};

/// Most inputs.
pub const MAX_INPUTS: usize = 4_096;
/// Most columns: inputs and indicators.
pub const MAX_COLUMNS: usize = 16_384;
/// Most codes that an indicator tells apart.
pub const MAX_CODES: usize = 256;
/// Most names of categories of all inputs together.
pub const MAX_NAMES: usize = 65_536;
/// Most trees.
pub const MAX_TREES: usize = 20_000;
/// Most nodes of all trees together.
pub const MAX_NODES: usize = 2_000_000;
/// Most knots of an isotonic calibration.
pub const MAX_KNOTS: usize = 100_000;
/// Most members of a mean.
pub const MAX_MEMBERS: usize = 32;

/// Name and version of the format, which documents begin with.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Schema {
    /// The only one.
    #[default]
    #[serde(rename = "inkling.model/1")]
    One,
}

/// A binary classifier as numbers. Inputs are single precision; a missing value is NaN.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Plain {
    /// Of this format.
    pub schema: Schema,
    /// Names of the inputs, in the order of the columns in Python; `f0`, `f1`, ... where it has none.
    #[serde(deserialize_with = "bounded::list::<MAX_INPUTS, _, _>")]
    pub inputs: Vec<String>,
    /// Inputs that are codes of categories which have names.
    #[serde(default, deserialize_with = "bounded::objects::<MAX_INPUTS, _, _>")]
    pub categories: Vec<Categories>,
    /// Columns after the inputs.
    #[serde(default, deserialize_with = "bounded::objects::<MAX_COLUMNS, _, _>")]
    pub indicators: Vec<Indicator>,
    /// Added to the margin; 0 for a mean.
    pub base: f64,
    /// What the margin is made of.
    pub predictor: Predictor,
    /// From margin to probability.
    pub link: Link,
    /// Class and version that the model comes from, such as `sklearn.linear_model.LogisticRegression 1.9.1`.
    pub source: String,
}

/// Names of the categories of an input, by code.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Categories {
    /// Index of the input.
    pub input: usize,
    /// Name of the category with code 0, 1, ...
    #[serde(deserialize_with = "bounded::list::<MAX_NAMES, _, _>")]
    pub names: Vec<String>,
}

/// A column that says whether the code of an input is among a set: 1 for yes, 0 for no, missing where the input is missing.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Indicator {
    /// Index of the input.
    pub input: usize,
    /// For the codes 0, 1, ...; the code of a value is its whole part.
    #[serde(deserialize_with = "bounded::list::<MAX_CODES, _, _>")]
    pub codes: Vec<Among>,
    /// For every other code, also those below 0.
    pub others: Among,
}

/// What an indicator says of a code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Among {
    /// The column is 0.
    No,
    /// The column is 1.
    Yes,
    /// The column is missing.
    Missing,
}

/// What the margin is made of.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", from = "read::Predictor")]
pub enum Predictor {
    /// A weighted sum.
    Linear(Vec<Term>),
    /// A sum of trees, in their order.
    Trees {
        /// The trees.
        trees: Vec<Tree>,
        /// The leaves are summed in single precision, base first.
        single: bool,
        /// The library scores rows with missing inputs; if not, it refuses them.
        missing: bool,
    },
    /// The mean of probabilities: added in their order, then divided by their number.
    Mean(Vec<Member>),
}

/// One of several classifiers whose probabilities are averaged, over the columns of all.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Member {
    /// Added to its margin.
    pub base: f64,
    /// What its margin is made of; no mean.
    pub predictor: Predictor,
    /// From its margin to its probability.
    pub link: Link,
}

/// `weight * (x - mean) / scale`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Term {
    /// An input, or the number of inputs plus an indicator.
    pub column: usize,
    /// Log-odds per unit.
    pub weight: f64,
    /// Subtracted first.
    pub mean: f64,
    /// Divided by then; over 0.
    pub scale: f64,
    /// Taken for a missing value; without it the library refuses missing values.
    pub missing: Option<f64>,
}

/// A tree: arrays of one length, the root first, children after their parent. Goes left when the value is below the threshold.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tree {
    /// Column that is split: an input, or the number of inputs plus an indicator.
    #[serde(deserialize_with = "bounded::list::<MAX_NODES, _, _>")]
    pub feature: Vec<usize>,
    /// Finite, and exactly a single-precision number.
    #[serde(with = "single")]
    pub threshold: Vec<f32>,
    /// Whether a missing value goes left.
    #[serde(deserialize_with = "bounded::list::<MAX_NODES, _, _>")]
    pub missing_left: Vec<bool>,
    /// Index of the left child, 0 for a leaf.
    #[serde(deserialize_with = "bounded::list::<MAX_NODES, _, _>")]
    pub left: Vec<usize>,
    /// Index of the right child, 0 for a leaf.
    #[serde(deserialize_with = "bounded::list::<MAX_NODES, _, _>")]
    pub right: Vec<usize>,
    /// Of leaves: what they add to the margin.
    #[serde(deserialize_with = "bounded::list::<MAX_NODES, _, _>")]
    pub value: Vec<f64>,
    /// Training rows or their weight that reached the node; 0 where the library does not say.
    #[serde(deserialize_with = "bounded::list::<MAX_NODES, _, _>")]
    pub cover: Vec<f64>,
}

/// From margin to probability.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", from = "read::Link")]
pub enum Link {
    /// `1 / (1 + exp(-margin))`.
    Logistic,
    /// The same in single precision, as XGBoost computes it.
    SingleLogistic,
    /// `1 / (1 + exp(-(a * margin + b)))`.
    Platt {
        /// Slope, over 0.
        a: f64,
        /// Intercept.
        b: f64,
    },
    /// Straight lines between knots, flat outside them.
    Isotonic {
        /// Margins, strictly ascending.
        x: Vec<f64>,
        /// Probabilities, not descending.
        y: Vec<f64>,
    },
    /// The margin is the probability; rounding does not take it out of 0 to 1.
    Probability,
}
