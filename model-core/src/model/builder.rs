//! The only way to make a model: everything that scoring relies on is checked here, once.

use super::forest::{Forest, Leaves};
use super::linear::{Linear, LinearTerm};
use super::tree::{Node, Tree};
use super::{Calibration, Model, Predictor, Target};
use crate::error::why;
use crate::{Error, Profile, Schema};
use alloc::string::String;
use alloc::vec::Vec;

/// Most features that a model reads, trees, and leaves in all. With them every table of a model stays small.
pub const MAX_FEATURES: usize = 128;
/// Most trees of a model.
pub(crate) const MAX_TREES: usize = 2000;
pub(crate) const MAX_ALL_LEAVES: usize = 65_536;
pub(crate) const MAX_THRESHOLDS: usize = 255;
/// Rows of the mask table of a forest: more would not fit its 16-bit row numbers, nor a browser's cache.
const MAX_MASKS: usize = 1 << 22;
/// No leaf, weight or base is larger; sums of them stay finite.
const MAX_MAGNITUDE: f64 = 1e9;

/// A tree as parallel arrays, all of the same length: one entry per node, the root first, children after their parent.
#[derive(Clone, Debug, Default)]
pub struct TreeNodes {
    /// Index into the builder's feature names; ignored at a leaf.
    pub feature: Vec<usize>,
    /// The left child is taken when the value is below it. Finite; ignored at a leaf.
    pub threshold: Vec<f32>,
    /// Whether a missing value goes left; ignored at a leaf.
    pub missing_left: Vec<bool>,
    /// Index of the left child; 0 marks a leaf.
    pub left: Vec<usize>,
    /// Index of the right child; 0 marks a leaf.
    pub right: Vec<usize>,
    /// Value of the leaf, in log-odds; ignored at a split.
    pub value: Vec<f64>,
    /// Training rows (or their weight) that reached the node; for reasons only.
    pub cover: Vec<f64>,
}

/// Collects the parts of a model; [`ModelBuilder::build`] checks them.
#[derive(Clone, Debug)]
pub struct ModelBuilder {
    target: Target,
    version: String,
    calibration: Calibration,
    bands: [f64; 2],
}

impl ModelBuilder {
    /// A model for a target, named by a version of 1 to 64 bytes. Uncalibrated, bands at 0.5 and 0.8.
    #[must_use]
    pub fn new(target: Target, version: &str) -> Self {
        Self { target, version: String::from(version), calibration: Calibration::None, bands: [0.5, 0.8] }
    }

    /// Sets the calibration.
    #[must_use]
    pub fn calibration(mut self, calibration: Calibration) -> Self {
        self.calibration = calibration;
        self
    }

    /// Sets the lowest scores of the bands medium and high.
    #[must_use]
    pub fn bands(mut self, medium: f64, high: f64) -> Self {
        self.bands = [medium, high];
        self
    }

    /// A logistic regression: one term per feature name.
    ///
    /// # Errors
    /// [`Error::ModelInvalid`] or [`Error::UnknownFeature`].
    pub fn linear(
        self,
        profile: &Profile,
        names: &[String],
        bias: f64,
        terms: Vec<LinearTerm>,
    ) -> Result<Model, Error> {
        if names.len() != terms.len() {
            return Err(Error::ModelInvalid(why!("one linear term per feature")));
        }
        let (features, order) = positions(profile, names)?;
        let terms = order.iter().map(|i| terms[*i]).collect();
        self.build(features, Predictor::Linear(Linear { bias, terms }))
    }

    /// An ensemble of trees over the named features. `quantise` rounds leaves to 16 bits of the largest one, which makes
    /// bundles small; without it they are kept exactly.
    ///
    /// # Errors
    /// [`Error::ModelInvalid`] or [`Error::UnknownFeature`].
    pub fn trees(
        self,
        profile: &Profile,
        names: &[String],
        base: f64,
        trees: &[TreeNodes],
        quantise: bool,
    ) -> Result<Model, Error> {
        for tree in trees {
            check_tree(tree, names.len())?;
        }
        let splits = |t: &TreeNodes, i: usize| t.left[i] != 0;
        let mut thresholds: Vec<Vec<f32>> = names.iter().map(|_| Vec::new()).collect();
        for tree in trees {
            for i in (0..tree.left.len()).filter(|i| splits(tree, *i)) {
                // -0.0 and 0.0 are one threshold.
                thresholds[tree.feature[i]].push(tree.threshold[i] + 0.0);
            }
        }
        // Features that no split reads are left out.
        let used: Vec<usize> = (0..names.len()).filter(|f| !thresholds[*f].is_empty()).collect();
        let kept: Vec<String> = used.iter().map(|f| names[*f].clone()).collect();
        let (features, order) = positions(profile, &kept)?;
        let mut place = alloc::vec![0u8; names.len()];
        for (at, i) in order.iter().enumerate() {
            place[used[*i]] = at as u8;
        }
        let mut sorted: Vec<Vec<f32>> = order.iter().map(|i| core::mem::take(&mut thresholds[used[*i]])).collect();
        for list in &mut sorted {
            list.sort_unstable_by(f32::total_cmp);
            list.dedup();
            if list.len() > MAX_THRESHOLDS {
                return Err(Error::ModelInvalid(why!("more than 255 thresholds of one feature")));
            }
        }
        let mut built = Vec::new();
        let mut values = Vec::new();
        for tree in trees {
            let mut nodes = Vec::new();
            preorder(tree, &place, &sorted, &mut nodes, &mut values);
            built.push(Tree::link(nodes).ok_or(Error::ModelInvalid(why!("tree depth over 64 or over 1,024 leaves")))?);
        }
        let leaves = if quantise { quantised(&values) } else { Leaves::Exact(values) };
        Self::check_forest_parts(&built, &sorted)?;
        self.build(features, Predictor::Trees(Forest::new(base, built, leaves, sorted)))
    }

    /// What a forest's tables are made from: limits, thresholds, and that every split names one of them.
    pub(crate) fn check_forest_parts(trees: &[Tree], thresholds: &[Vec<f32>]) -> Result<(), Error> {
        let bad = |what| Err(Error::ModelInvalid(what));
        if trees.is_empty() || trees.len() > MAX_TREES {
            return bad(why!("1 to 2,000 trees"));
        }
        if trees.iter().map(|t| t.leaves).sum::<usize>() > MAX_ALL_LEAVES {
            return bad(why!("more than 65,536 leaves"));
        }
        let rows: usize = thresholds.iter().map(|l| l.len() + 2).sum();
        if rows > usize::from(u16::MAX) || rows * trees.len().div_ceil(8) * 8 > MAX_MASKS {
            return bad(why!("trees times thresholds over 4 million"));
        }
        let list_ok = |l: &Vec<f32>| l.iter().all(|t| t.is_finite()) && l.windows(2).all(|w| w[0] < w[1]);
        if !thresholds.iter().all(list_ok) {
            return bad(why!("thresholds"));
        }
        let split_ok = |n: &Node| match n {
            Node::Leaf(_) => true,
            Node::Split { feature, bin, .. } => {
                thresholds.get(usize::from(*feature)).is_some_and(|l| usize::from(*bin) < l.len())
            }
        };
        if !trees.iter().all(|t| t.nodes.iter().all(split_ok)) {
            return bad(why!("a split on a threshold that is not there"));
        }
        Ok(())
    }

    /// The checks that hold for every model, also for one read from a bundle.
    pub(crate) fn build(self, features: Vec<u16>, predictor: Predictor) -> Result<Model, Error> {
        let bad = |what| Err(Error::ModelInvalid(what));
        if self.version.is_empty() || self.version.len() > 64 {
            return bad(why!("a version of 1 to 64 bytes"));
        }
        if features.len() > MAX_FEATURES || !features.windows(2).all(|w| w[0] < w[1]) {
            return bad(why!("at most 128 features, each once"));
        }
        if !self.calibration.is_valid() {
            return bad(why!("calibration"));
        }
        let [medium, high] = self.bands;
        if !(0.0 <= medium && medium <= high && high <= 1.0) {
            return bad(why!("bands out of order"));
        }
        let small = |v: &f64| v.is_finite() && (-MAX_MAGNITUDE..=MAX_MAGNITUDE).contains(v);
        match &predictor {
            Predictor::Linear(linear) => {
                let term_ok =
                    |t: &LinearTerm| small(&t.mean) && small(&t.weight) && small(&t.deviation) && t.deviation > 0.0;
                if linear.terms.len() != features.len() || !small(&linear.bias) || !linear.terms.iter().all(term_ok) {
                    return bad(why!("linear terms"));
                }
            }
            Predictor::Trees(forest) => {
                let values_ok = match &forest.leaves {
                    Leaves::Quantised { scale, .. } => *scale >= 0.0 && *scale <= MAX_MAGNITUDE,
                    Leaves::Exact(values) => values.iter().all(small),
                };
                if !values_ok || !small(&forest.base) {
                    return bad(why!("leaf values"));
                }
                if forest.thresholds.len() != features.len() {
                    return bad(why!("thresholds"));
                }
            }
        }
        let Self { target, version, calibration, bands } = self;
        Ok(Model { target, version, features, predictor, calibration, bands })
    }
}

/// Schema positions of the names, ascending, and for each the index of its name.
fn positions(profile: &Profile, names: &[String]) -> Result<(Vec<u16>, Vec<usize>), Error> {
    if names.len() > MAX_FEATURES {
        return Err(Error::ModelInvalid(why!("more than 128 features")));
    }
    let schema = Schema::new(profile);
    let mut at = Vec::new();
    for (i, name) in names.iter().enumerate() {
        at.push((schema.position(profile, name)? as u16, i));
    }
    at.sort_unstable();
    Ok(at.into_iter().unzip())
}

/// Shapes, indices, one parent for every node but the root, finite numbers.
fn check_tree(t: &TreeNodes, features: usize) -> Result<(), Error> {
    let bad = |what| Err(Error::ModelInvalid(what));
    let n = t.left.len();
    let lengths =
        [t.feature.len(), t.threshold.len(), t.missing_left.len(), t.right.len(), t.value.len(), t.cover.len()];
    if n == 0 || lengths.iter().any(|len| *len != n) {
        return bad(why!("tree arrays differ in length"));
    }
    let mut parents = alloc::vec![0u8; n];
    for i in 0..n {
        let (left, right) = (t.left[i], t.right[i]);
        if left == 0 && right == 0 {
            if !t.value[i].is_finite() {
                return bad(why!("a leaf value that is not finite"));
            }
            continue;
        }
        if left <= i || right <= i || left >= n || right >= n || left == right {
            return bad(why!("children come after their parent, once each"));
        }
        if t.feature[i] >= features || !t.threshold[i].is_finite() {
            return bad(why!("a split on an unknown feature or a threshold that is not finite"));
        }
        if !(t.cover[left] >= 0.0 && t.cover[right] >= 0.0) {
            return bad(why!("cover below zero"));
        }
        parents[left] += 1;
        parents[right] += 1;
    }
    if parents.iter().enumerate().any(|(i, p)| usize::from(*p) != usize::from(i > 0)) {
        return bad(why!("every node but the root has one parent"));
    }
    Ok(())
}

fn preorder(t: &TreeNodes, place: &[u8], thresholds: &[Vec<f32>], nodes: &mut Vec<Node>, values: &mut Vec<f64>) {
    let mut todo = alloc::vec![0usize];
    while let Some(i) = todo.pop() {
        let (left, right) = (t.left[i], t.right[i]);
        if left == 0 {
            nodes.push(Node::Leaf(0));
            values.push(t.value[i]);
            continue;
        }
        let feature = place[t.feature[i]];
        let bin = thresholds[usize::from(feature)].partition_point(|x| *x < t.threshold[i]) as u8;
        let total = t.cover[left] + t.cover[right];
        let left_share = if total > 0.0 { ((t.cover[left] / total * 16.0) as u8).min(15) } else { 7 };
        nodes.push(Node::Split { feature, bin, missing_left: t.missing_left[i], left_share, right: 0 });
        todo.push(right);
        todo.push(left);
    }
}

fn quantised(values: &[f64]) -> Leaves {
    let largest = values.iter().fold(0.0f64, |m, v| m.max(v.abs()));
    let scale = if largest > 0.0 { largest / 32_767.0 } else { 0.0 };
    let round = |v: f64| if scale == 0.0 { 0 } else { libm::round(v / scale) as i16 };
    Leaves::Quantised { scale, values: values.iter().map(|v| round(*v)).collect() }
}
