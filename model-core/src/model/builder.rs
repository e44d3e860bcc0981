//! How a model is made outside a bundle: from named features and trees or terms in any order.

use super::forest::{Forest, Leaves, Root};
use super::linear::{Linear, LinearTerm};
use super::tree::{Node, link};
use super::{Calibration, MAX_FEATURES, Model, Predictor, Target};
use crate::bundle::{read_model, write_model};
use crate::bytes::{Reader, Writer};
use crate::{Error, Profile, Schema};
use alloc::string::String;
use alloc::vec::Vec;

const MAX_THRESHOLDS: usize = 255;

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
            return Err(invalid("one linear term per feature"));
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
                return Err(invalid("more than 255 thresholds of one feature"));
            }
        }
        let (mut roots, mut nodes, mut values) = (Vec::new(), Vec::new(), Vec::new());
        for tree in trees {
            let (node, leaf) = (nodes.len(), values.len() as u32);
            preorder(tree, &place, &sorted, &mut nodes, &mut values);
            let leaves = link(&mut nodes[node..]);
            if leaves == 0 {
                return Err(invalid("tree depth over 64 or over 1,024 leaves"));
            }
            roots.push(Root { node: node as u32, leaf, leaves });
        }
        let leaves = if quantise { quantised(&values) } else { Leaves::Exact(values) };
        let mut forest = Forest::new(base);
        (forest.roots, forest.nodes, forest.leaves, forest.thresholds) = (roots, nodes, leaves, sorted.concat());
        let mut end = 0;
        forest.first_threshold.push(end);
        for list in &sorted {
            end += list.len() as u32;
            forest.first_threshold.push(end);
        }
        self.build(features, Predictor::Trees(forest))
    }

    /// The trees or weights of another model, with this version, calibration and bands. Margins are those of `model` to
    /// the last bit.
    ///
    /// # Errors
    /// [`Error::ModelInvalid`], also for a model of another target.
    pub fn with_margins_of(self, model: &Model) -> Result<Model, Error> {
        if model.target != self.target {
            return Err(invalid("margins of a model of another target"));
        }
        self.build(model.features.clone(), model.predictor.clone())
    }

    /// Reading a model checks it: one that is built is written and read back.
    fn build(self, features: Vec<u16>, predictor: Predictor) -> Result<Model, Error> {
        let Self { target, version, calibration, bands } = self;
        let model = Model { target, version: version.into_bytes(), features, predictor, calibration, bands };
        let mut w = Writer::default();
        write_model(&mut w, &model);
        let mut r = Reader::new(&w.out);
        let model = read_model(&mut r);
        r.end();
        r.invalid.or(Error::ModelInvalid)?;
        r.malformed.or(Error::ModelInvalid)?;
        Ok(model)
    }
}

fn invalid(what: &'static str) -> Error {
    Error::ModelInvalid(what)
}

/// Schema positions of the names, ascending, and for each the index of its name.
fn positions(profile: &Profile, names: &[String]) -> Result<(Vec<u16>, Vec<usize>), Error> {
    if names.len() > MAX_FEATURES {
        return Err(invalid("more than 128 features"));
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
    let bad = |what| Err(invalid(what));
    let n = t.left.len();
    let lengths =
        [t.feature.len(), t.threshold.len(), t.missing_left.len(), t.right.len(), t.value.len(), t.cover.len()];
    if n == 0 || lengths.iter().any(|len| *len != n) {
        return bad("tree arrays differ in length");
    }
    let mut parents = alloc::vec![0u8; n];
    for i in 0..n {
        let (left, right) = (t.left[i], t.right[i]);
        if left == 0 && right == 0 {
            if !t.value[i].is_finite() {
                return bad("a leaf value that is not finite");
            }
            continue;
        }
        if left <= i || right <= i || left >= n || right >= n || left == right {
            return bad("children come after their parent, once each");
        }
        if t.feature[i] >= features || !t.threshold[i].is_finite() {
            return bad("a split on an unknown feature or a threshold that is not finite");
        }
        if !(t.cover[left] >= 0.0 && t.cover[right] >= 0.0) {
            return bad("cover below zero");
        }
        parents[left] += 1;
        parents[right] += 1;
    }
    if parents.iter().enumerate().any(|(i, p)| usize::from(*p) != usize::from(i > 0)) {
        return bad("every node but the root has one parent");
    }
    Ok(())
}

fn preorder(t: &TreeNodes, place: &[u8], thresholds: &[Vec<f32>], nodes: &mut Vec<Node>, values: &mut Vec<f64>) {
    let mut todo = alloc::vec![0usize];
    while let Some(i) = todo.pop() {
        let (left, right) = (t.left[i], t.right[i]);
        if left == 0 {
            nodes.push(Node::default());
            values.push(t.value[i]);
            continue;
        }
        let feature = place[t.feature[i]];
        let bin = thresholds[usize::from(feature)].partition_point(|x| *x < t.threshold[i]) as u8;
        let total = t.cover[left] + t.cover[right];
        let left_share = if total > 0.0 { ((t.cover[left] / total * 16.0) as u8).min(15) } else { 7 };
        nodes.push(Node { is_split: true, feature, bin, missing_left: t.missing_left[i], left_share, next: 0 });
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
