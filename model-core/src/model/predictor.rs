//! What a margin is made of: weights, trees, or the mean of several models' probabilities.

use super::forest::{Forest, LeafPrecision, Leaves};
use super::linear::Linear;
use super::reasons::{self, Contributions, Explainer};
use super::{Calibration, Reached};
use alloc::vec::Vec;

/// Most members of a mean.
pub(crate) const MAX_MEMBERS: u32 = 32;

#[derive(Clone, Debug, PartialEq)]
#[allow(clippy::large_enum_variant, reason = "a bundle has one or two")]
pub(crate) enum Predictor {
    Linear(Linear),
    Trees(Forest),
    /// The margin is the mean of the members' probabilities: added in their order, then divided by their number, as
    /// scikit-learn's `CalibratedClassifierCV` does. No member is a mean.
    Mean(Vec<Member>),
}

/// One of several models that are averaged; all read the same columns.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Member {
    pub(crate) predictor: Predictor,
    pub(crate) calibration: Calibration,
}

impl Member {
    pub(super) fn probability(&self, columns: &[f32], reached: &mut Reached) -> f64 {
        self.calibration.apply(self.predictor.margin(columns, reached))
    }
}

impl Predictor {
    /// The margin of a row of columns. Leaves the leaves of its trees in `reached`, of a mean those of the last member.
    pub(super) fn margin(&self, columns: &[f32], reached: &mut Reached) -> f64 {
        match self {
            Self::Linear(linear) => linear.margin(columns),
            Self::Trees(forest) => forest.margin(columns, reached),
            Self::Mean(members) => {
                let mut sum = 0.0;
                for member in members {
                    sum += member.probability(columns, reached);
                }
                sum / members.len() as f64
            }
        }
    }

    /// What each column adds to the margin of the row that was scored last, whose leaves are in `reached`.
    pub(super) fn contributions(&self, columns: &[f32], reached: &Reached) -> Contributions {
        match self {
            Self::Linear(linear) => linear.contributions(columns),
            Self::Trees(forest) => reasons::of_forest(forest, &reached.leaves),
            // 330 bytes of WebAssembly that every visitor would load; pages show reasons for debugging only.
            Self::Mean(_) if !cfg!(feature = "text") => Contributions::none(columns.len()),
            Self::Mean(members) => reasons::of_mean(members, columns, |member, reached| {
                members[member].predictor.contributions(columns, reached)
            }),
        }
    }

    /// As [`Predictor::contributions`], the same bits, with what [`Predictor::explainer`] has worked out.
    pub(super) fn contributions_by(&self, explainer: &Explainer, columns: &[f32], reached: &Reached) -> Contributions {
        match self {
            Self::Linear(linear) => linear.contributions(columns),
            Self::Trees(forest) => explainer.of_leaves(forest, &reached.leaves),
            Self::Mean(members) => reasons::of_mean(members, columns, |member, reached| {
                members[member].predictor.contributions_by(&explainer.members[member], columns, reached)
            }),
        }
    }

    pub(super) fn explainer(&self) -> Explainer {
        match self {
            Self::Linear(_) => Explainer::default(),
            Self::Trees(forest) => reasons::explainer(forest),
            Self::Mean(members) => {
                Explainer::of_mean(members.iter().map(|member| member.predictor.explainer()).collect())
            }
        }
    }

    pub(super) fn tree_count(&self) -> usize {
        match self {
            Self::Linear(_) => 0,
            Self::Trees(forest) => forest.roots.len(),
            Self::Mean(members) => members.iter().map(|member| member.predictor.tree_count()).sum(),
        }
    }

    pub(super) fn leaf_precision(&self) -> Option<LeafPrecision> {
        let Self::Trees(forest) = self else { return None };
        Some(match forest.leaves {
            Leaves::Quantised { .. } => LeafPrecision::Quantised,
            Leaves::Exact { is_single: false, .. } => LeafPrecision::Exact,
            Leaves::Exact { is_single: true, .. } => LeafPrecision::Single,
        })
    }
}
