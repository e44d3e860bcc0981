//! From a row of features to a calibrated probability.

mod builder;
mod calibration;
mod forest;
mod indicator;
mod linear;
mod masks;
mod mean;
mod predictor;
mod reasons;
mod single;
mod tree;
mod tree_nodes;

#[cfg(test)]
mod tests;

use crate::{Error, FeatureRef, Profile, Schema, Visitor};
use alloc::string::String;
use alloc::vec::Vec;

pub use builder::ModelBuilder;
pub(crate) use calibration::MAX_KNOTS;
pub use calibration::{Calibration, sigmoid};
pub use forest::LeafPrecision;
pub(crate) use forest::{Forest, Leaves, Root};
pub use indicator::{Among, Indicator};
pub(crate) use indicator::{Indicators, MAX_CODES};
pub(crate) use linear::Linear;
pub use linear::{LinearTerm, Transform};
pub(crate) use predictor::{MAX_MEMBERS, Member, Predictor};
pub use reasons::{Contributions, Explainer};
pub(crate) use tree::{MAX_ALL_LEAVES, MAX_LEAVES, Node, link};
pub use tree_nodes::TreeNodes;

/// Most features that a model reads. With this and the next limits every table of a model stays small.
pub const MAX_FEATURES: usize = 128;
/// Most columns of a model: features and indicators.
pub const MAX_COLUMNS: usize = 255;
/// Most trees of a model.
pub(crate) const MAX_TREES: u32 = 2000;

/// What a model predicts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub enum Target {
    /// A conversion later in this session; asked at every page view.
    Session = 0,
    /// A conversion in the next `horizon_days` of the profile; asked at the end of each day.
    Visitor = 1,
}

impl Target {
    /// Both targets, in the order of their codes.
    pub const ALL: [Self; 2] = [Self::Session, Self::Visitor];

    /// The word that tables and commands use.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Session => "session",
            Self::Visitor => "visitor",
        }
    }
}

/// A coarse reading of a score.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
#[allow(missing_docs)]
pub enum Band {
    Low = 0,
    Medium = 1,
    High = 2,
}

impl Band {
    /// The word that tables and the `dataLayer` use.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
        }
    }
}

/// A model that passed [`ModelBuilder`]'s checks: names its features, predicts, calibrates, bands.
#[derive(Clone, Debug, PartialEq)]
pub struct Model {
    pub(crate) target: Target,
    /// UTF-8, as it is when it was checked.
    pub(crate) version: Vec<u8>,
    /// Positions in the schema, ascending; the row that the model reads has these features in this order.
    pub(crate) features: Vec<u16>,
    /// Columns that are made of the row and come after it.
    pub(crate) indicators: Indicators,
    pub(crate) predictor: Predictor,
    pub(crate) calibration: Calibration,
    /// Lowest scores of the bands medium and high.
    pub(crate) bands: [f64; 2],
}

/// Working memory of [`Model::margin`]; one per thread, reused.
#[derive(Clone, Debug)]
pub struct Scratch {
    /// The columns of the last visitor, and of the last row that a model with indicators scored.
    columns: [f32; MAX_COLUMNS],
    reached: Reached,
}

/// What a forest finds on its way.
#[derive(Clone, Debug)]
pub(crate) struct Reached {
    /// Rows of a forest's masks.
    picked: [u32; MAX_COLUMNS],
    /// The leaf of each tree.
    leaves: Vec<u32>,
}

impl Default for Scratch {
    fn default() -> Self {
        Self { columns: [0.0; MAX_COLUMNS], reached: Reached::default() }
    }
}

impl Default for Reached {
    fn default() -> Self {
        Self { picked: [0; MAX_COLUMNS], leaves: Vec::new() }
    }
}

impl Scratch {
    /// The row of the last visitor that was scored by a model of `features` features.
    pub(crate) fn row(&self, features: usize) -> &[f32] {
        &self.columns[..features]
    }
}

impl Model {
    /// What the model predicts.
    #[must_use]
    pub fn target(&self) -> Target {
        self.target
    }

    /// Version of the model, for example `session-20201231-1a2b3c4d`.
    #[must_use]
    pub fn version(&self) -> &str {
        core::str::from_utf8(&self.version).unwrap_or_default()
    }

    /// The version as UTF-8 bytes.
    #[must_use]
    pub fn version_bytes(&self) -> &[u8] {
        &self.version
    }

    /// Lowest scores of the bands medium and high.
    #[must_use]
    pub fn bands(&self) -> [f64; 2] {
        self.bands
    }

    /// How margins become probabilities.
    #[must_use]
    pub fn calibration(&self) -> &Calibration {
        &self.calibration
    }

    /// Positions in the schema of the features that the model reads, ascending.
    #[must_use]
    pub fn feature_positions(&self) -> &[u16] {
        &self.features
    }

    /// Columns that the model makes of its row, each naming the place of its feature there; most models have none. Codes
    /// at the end of a list of which the same is said as of all others are not listed.
    #[must_use]
    pub fn indicators(&self) -> Vec<Indicator> {
        self.indicators.list()
    }

    /// The features that the model reads, in the order of its row.
    ///
    /// # Errors
    /// [`Error::SchemaMismatch`] when the schema does not have them.
    pub fn feature_refs(&self, schema: &Schema) -> Result<Vec<FeatureRef>, Error> {
        let mut refs = Vec::new();
        for position in &self.features {
            refs.push(schema.feature(usize::from(*position)).ok_or(Error::SchemaMismatch)?);
        }
        Ok(refs)
    }

    /// Name of the feature at place `i` of the model's row; empty past the last.
    #[must_use]
    pub fn feature_name(&self, profile: &Profile, i: usize) -> String {
        let position = self.features.get(i).map(|p| usize::from(*p));
        position.and_then(|p| Schema::new(profile).name(profile, p)).unwrap_or_default()
    }

    /// Names of those features.
    #[must_use]
    pub fn feature_names(&self, profile: &Profile) -> Vec<String> {
        (0..self.features.len()).map(|i| self.feature_name(profile, i)).collect()
    }

    /// The uncalibrated score for a row of the model's features (NaN = missing): log-odds, of a mean the mean of its
    /// members' probabilities. Always finite.
    #[must_use]
    pub fn margin(&self, row: &[f32], scratch: &mut Scratch) -> f64 {
        if self.indicators.features.is_empty() {
            return self.predictor.margin(row, &mut scratch.reached);
        }
        scratch.columns[..row.len()].copy_from_slice(row);
        self.margin_of_last(scratch)
    }

    /// Of the features that lie in `scratch`; adds the indicators to them.
    fn margin_of_last(&self, scratch: &mut Scratch) -> f64 {
        let columns = self.indicators.fill(&mut scratch.columns, self.features.len());
        self.predictor.margin(&scratch.columns[..columns], &mut scratch.reached)
    }

    fn columns(&self) -> usize {
        self.features.len() + self.indicators.features.len()
    }

    /// The calibrated probability, in `[0, 1]`.
    #[must_use]
    pub fn score(&self, row: &[f32], scratch: &mut Scratch) -> f64 {
        self.calibration.apply(self.margin(row, scratch))
    }

    /// The calibrated probability of a visitor at a moment. `refs` is what [`Model::feature_refs`] gave.
    #[must_use]
    pub fn score_visitor(
        &self,
        visitor: &mut Visitor,
        refs: &[FeatureRef],
        now_us: i64,
        utc_offset_s: i32,
        scratch: &mut Scratch,
    ) -> f64 {
        visitor.features(refs, now_us, utc_offset_s, &mut scratch.columns[..refs.len()]);
        self.calibration.apply(self.margin_of_last(scratch))
    }

    /// The band of a score.
    #[must_use]
    pub fn band(&self, score: f64) -> Band {
        let [medium, high] = self.bands;
        if score >= high {
            Band::High
        } else if score >= medium {
            Band::Medium
        } else {
            Band::Low
        }
    }

    /// What each feature of a row adds to the margin; see [`Contributions`].
    #[must_use]
    pub fn contributions(&self, row: &[f32], scratch: &mut Scratch) -> Contributions {
        scratch.columns[..row.len()].copy_from_slice(row);
        let _margin = self.margin_of_last(scratch);
        self.contributions_of_last(scratch)
    }

    /// Of the visitor who was scored last.
    pub(crate) fn contributions_of_last(&self, scratch: &Scratch) -> Contributions {
        let mut found = self.predictor.contributions(&scratch.columns[..self.columns()], &scratch.reached);
        found.credit(&self.indicators.features);
        found
    }

    /// What [`Model::contributions_by`] needs of the model; empty for a linear one.
    #[must_use]
    pub fn explainer(&self) -> Explainer {
        self.predictor.explainer()
    }

    /// [`Model::contributions`] of the row that was scored last with `scratch`, where many rows are explained:
    /// `explainer` is what [`Model::explainer`] of this model gave.
    #[must_use]
    pub fn contributions_by(&self, explainer: &Explainer, row: &[f32], scratch: &Scratch) -> Contributions {
        let columns = if self.indicators.features.is_empty() { row } else { &scratch.columns[..self.columns()] };
        let mut found = self.predictor.contributions_by(explainer, columns, &scratch.reached);
        found.credit(&self.indicators.features);
        found
    }

    /// Bias and terms of a linear model: one per feature of the row, then one per indicator.
    #[must_use]
    pub fn linear_form(&self) -> Option<(f64, &[LinearTerm])> {
        match &self.predictor {
            Predictor::Linear(linear) => Some((linear.bias, &linear.terms)),
            Predictor::Trees(_) | Predictor::Mean(_) => None,
        }
    }

    /// What the model is, in a word: `linear`, `trees` or `mean`.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match &self.predictor {
            Predictor::Linear(_) => "linear",
            Predictor::Trees(_) => "trees",
            Predictor::Mean(_) => "mean",
        }
    }

    /// Number of trees, of a mean those of all its members; 0 without trees.
    #[must_use]
    pub fn tree_count(&self) -> usize {
        self.predictor.tree_count()
    }

    /// How the leaves of trees are kept; `None` for any other model.
    #[must_use]
    pub fn leaf_precision(&self) -> Option<LeafPrecision> {
        self.predictor.leaf_precision()
    }
}
