//! Gradient-boosted trees.

use super::{Snapshots, stop};
use anyhow::{Context, Result, ensure};
use forust_ml::Matrix;
use forust_ml::gradientbooster::{GradientBooster, GrowPolicy};
use forust_ml::objective::ObjectiveType;
use forust_ml::sampler::SampleMethod;
use forust_ml::tree::Tree;
use model_core::TreeNodes;
use serde::Serialize;

/// How trees are grown.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct TreeSettings {
    /// Most trees; fewer when more do not help on the days after the fit.
    pub trees: usize,
    /// Most leaves of a tree; up to 31 score on the fast path.
    pub leaves: usize,
    /// Deepest leaf.
    pub depth: usize,
    /// Shrinkage of each tree.
    pub learning_rate: f32,
    /// Least sum of hessians in a leaf.
    pub min_leaf_weight: f32,
    /// Ridge penalty on leaf values.
    pub l2: f32,
    /// Least gain of a split.
    pub gamma: f32,
    /// Share of rows that each tree sees.
    pub subsample: f32,
    /// Share of features that each tree sees.
    pub colsample: f64,
    /// Quantile bins of a feature: distinct thresholds cost bytes in the bundle.
    pub bins: u16,
    /// Seed of the sampling.
    pub seed: u64,
}

impl Default for TreeSettings {
    fn default() -> Self {
        Self {
            trees: 100,
            leaves: 31,
            depth: 8,
            learning_rate: 0.1,
            min_leaf_weight: 5.0,
            l2: 1.0,
            gamma: 0.0,
            subsample: 1.0,
            colsample: 1.0,
            bins: 32,
            seed: 1,
        }
    }
}

/// Trees over some features of the snapshots.
#[derive(Clone, Debug)]
pub struct Trees {
    /// Margin before the first tree.
    pub base: f64,
    /// The trees; their features index the list that they were grown on.
    pub trees: Vec<TreeNodes>,
    /// Total gain by feature of that list.
    pub gain: Vec<f64>,
}

/// Rows to learn from.
#[derive(Clone, Copy, Debug)]
pub struct Rows<'a> {
    /// Positions in the snapshots.
    pub rows: &'a [usize],
    /// A weight for each of them.
    pub weight: &'a [f64],
}

/// Grows trees; with `stop`, keeps as many as are best on those rows.
pub(super) fn grow(
    snapshots: &Snapshots,
    features: &[usize],
    fit: Rows<'_>,
    stop: Option<&[usize]>,
    settings: &TreeSettings,
) -> Result<Trees> {
    let labels = snapshots.targets(fit.rows);
    let values = coarse(snapshots, features, fit.rows);
    let matrix = Matrix::new(&values, fit.rows.len(), features.len());
    let mut booster = booster(settings);
    booster.fit(&matrix, &labels, fit.weight, None).context("growing trees")?;
    let mut gain = vec![0.0; features.len()];
    let mut trees = booster.trees.iter().map(|t| nodes(t, &mut gain)).collect::<Result<Vec<_>>>()?;
    round_leaves(&mut trees);
    let mut grown = Trees { base: booster.base_score, trees, gain };
    if let Some(rows) = stop {
        let count = stop::best_count(&grown, snapshots, features, rows);
        grown.trees.truncate(count);
    }
    Ok(grown)
}

fn booster(settings: &TreeSettings) -> GradientBooster {
    let mut b = GradientBooster::default();
    b.objective_type = ObjectiveType::LogLoss;
    b.iterations = settings.trees;
    b.learning_rate = settings.learning_rate;
    b.max_depth = settings.depth;
    b.max_leaves = settings.leaves;
    b.l2 = settings.l2;
    b.gamma = settings.gamma;
    b.min_leaf_weight = settings.min_leaf_weight;
    b.nbins = settings.bins;
    // Sums are per column and ties go to the earlier feature: threads change no bit.
    b.parallel = true;
    b.allow_missing_splits = true;
    b.create_missing_branch = false;
    b.subsample = settings.subsample;
    b.sample_method = if settings.subsample < 1.0 { SampleMethod::Random } else { SampleMethod::None };
    b.colsample_bytree = settings.colsample;
    b.grow_policy = GrowPolicy::LossGuide;
    b.initialize_base_score = true;
    b.seed = settings.seed;
    b
}

/// Bits of a threshold's fraction that may be set.
const FRACTION_BITS: u32 = 6;

/// Values feature after feature, rounded down to six significant bits of their fraction.
///
/// A threshold among such values parts the values as they are in the same way, `x < t` exactly when `floor(x) < t`, and
/// costs one or two bytes of the bundle instead of four.
fn coarse(snapshots: &Snapshots, features: &[usize], rows: &[usize]) -> Vec<f64> {
    let mut out = Vec::with_capacity(features.len() * rows.len());
    for f in features {
        let column = &snapshots.columns[*f];
        out.extend(rows.iter().map(|r| f64::from(round_down(column[*r]))));
    }
    out
}

pub(super) fn round_down(x: f32) -> f32 {
    const DROPPED: u32 = (1 << (23 - FRACTION_BITS)) - 1;
    if !x.is_finite() {
        return x;
    }
    let bits = if x < 0.0 { x.to_bits().saturating_add(DROPPED) } else { x.to_bits() };
    f32::from_bits(bits & !DROPPED)
}

/// Rounds leaves to 12 bits of the largest: more would not change an order, and costs bytes of the bundle.
fn round_leaves(trees: &mut [TreeNodes]) {
    let largest = trees.iter().flat_map(|t| &t.value).fold(0.0f64, |m, v| m.max(v.abs()));
    // The builder stores multiples of a 32,767th; multiples of 16 of them leave four bits of the low byte empty.
    let step = largest / 32_767.0 * 16.0;
    if step > 0.0 {
        trees
            .iter_mut()
            .flat_map(|t| &mut t.value)
            .for_each(|v| *v = ((*v / step).round() * step).clamp(-largest, largest));
    }
}

/// The arrays of a tree; adds the gain of its splits.
fn nodes(tree: &Tree, gain: &mut [f64]) -> Result<TreeNodes> {
    let mut out = TreeNodes::default();
    for node in &tree.nodes {
        let leaf = node.is_leaf;
        out.feature.push(if leaf { 0 } else { node.split_feature });
        out.threshold.push(if leaf { 0.0 } else { threshold(node.split_value)? });
        out.missing_left.push(!leaf && node.missing_node == node.left_child);
        out.left.push(if leaf { 0 } else { node.left_child });
        out.right.push(if leaf { 0 } else { node.right_child });
        out.value.push(if leaf { f64::from(node.weight_value) } else { 0.0 });
        out.cover.push(f64::from(node.hessian_sum));
        if !leaf {
            gain[node.split_feature] += f64::from(node.split_gain);
        }
    }
    Ok(out)
}

/// Thresholds are values of the data, which are `f32`; the largest `f64` parts present values from missing ones.
fn threshold(value: f64) -> Result<f32> {
    if value == f64::MAX {
        return Ok(f32::MAX);
    }
    let narrow = value as f32;
    ensure!(f64::from(narrow) == value, "a threshold of {value} is not a value of the data");
    Ok(narrow)
}
