//! A tree as a trainer gives it: checked, then brought into the order of a model.

use super::builder::invalid;
use super::tree::Node;
use crate::Error;
use alloc::vec::Vec;

/// A tree as parallel arrays, all of the same length: one entry per node, the root first, children after their parent.
#[derive(Clone, Debug, Default)]
pub struct TreeNodes {
    /// The column that is split: an index into the builder's feature names, or the number of names plus an index into
    /// its indicators; ignored at a leaf.
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

impl TreeNodes {
    /// Nodes that are splits.
    pub(super) fn splits(&self) -> impl Iterator<Item = usize> {
        (0..self.left.len()).filter(|i| self.left[*i] != 0)
    }

    /// Shapes, indices, one parent for every node but the root, finite numbers.
    pub(super) fn check(&self, columns: usize) -> Result<(), Error> {
        let t = self;
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
            if t.feature[i] >= columns || !t.threshold[i].is_finite() {
                return bad("a split on an unknown feature or a threshold that is not finite");
            }
            if !(t.cover[left] >= 0.0 && t.cover[right] >= 0.0) {
                return bad("cover below zero");
            }
            parents[left] = parents[left].saturating_add(1);
            parents[right] = parents[right].saturating_add(1);
        }
        if parents.iter().enumerate().any(|(i, p)| usize::from(*p) != usize::from(i > 0)) {
            return bad("every node but the root has one parent");
        }
        Ok(())
    }

    /// Appends nodes and leaves in preorder. `place` and `thresholds` are by column of the builder.
    pub(super) fn preorder(&self, place: &[u8], thresholds: &[Vec<f32>], nodes: &mut Vec<Node>, values: &mut Vec<f64>) {
        let t = self;
        let mut todo = alloc::vec![0usize];
        while let Some(i) = todo.pop() {
            let (left, right) = (t.left[i], t.right[i]);
            if left == 0 {
                nodes.push(Node::default());
                values.push(t.value[i]);
                continue;
            }
            let (feature, list) = (place[t.feature[i]], &thresholds[t.feature[i]]);
            let bin = list.partition_point(|x| *x < t.threshold[i]) as u16;
            let total = t.cover[left] + t.cover[right];
            let left_share = if total > 0.0 { ((t.cover[left] / total * 16.0) as u8).min(15) } else { 7 };
            nodes.push(Node { is_split: true, feature, bin, missing_left: t.missing_left[i], left_share, next: 0 });
            todo.push(right);
            todo.push(left);
        }
    }
}
