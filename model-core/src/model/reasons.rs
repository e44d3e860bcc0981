//! Why a score is what it is.

use super::forest::Forest;
use super::tree::{Node, share};
use alloc::vec;
use alloc::vec::Vec;

/// What each feature adds to the margin: `baseline + sum(by_feature) = margin` up to rounding (1e-9).
///
/// For trees, after Saabas (2014): walking down a tree, the change of the expected margin at each split is credited to
/// the split's feature; the expected margin of a node is the mean of its children by their share of training rows.
#[derive(Clone, Debug, PartialEq)]
pub struct Contributions {
    /// Expected margin before anything is known, in log-odds.
    pub baseline: f64,
    /// Log-odds by feature of the model's row.
    pub by_feature: Vec<f64>,
}

/// The expected margin of every node of every tree, for explaining many rows; see [`Model::expected`](super::Model::expected).
#[derive(Clone, Debug, Default)]
pub struct Expected(Vec<Vec<f64>>);

pub(super) fn expected(forest: &Forest) -> Expected {
    Expected((0..forest.trees.len()).map(|i| expected_values(forest, i)).collect())
}

pub(super) fn of_forest(forest: &Forest, row: &[f32], expected: &Expected) -> Contributions {
    let mut baseline = forest.base;
    let mut by_feature = vec![0.0; forest.thresholds.len()];
    let mut path = Vec::new();
    for (i, expected) in expected.0.iter().enumerate() {
        path.clear();
        forest.leaf(i, row, |node| path.push(node));
        baseline += expected[0];
        for step in path.windows(2) {
            if let Node::Split { feature, .. } = forest.trees[i].nodes[step[0]] {
                by_feature[usize::from(feature)] += expected[step[1]] - expected[step[0]];
            }
        }
    }
    Contributions { baseline, by_feature }
}

/// Expected margin of each node of tree `i`: children come after their parent, so one pass from the end suffices.
fn expected_values(forest: &Forest, i: usize) -> Vec<f64> {
    let nodes = &forest.trees[i].nodes;
    let mut expected = vec![0.0; nodes.len()];
    for (at, node) in nodes.iter().enumerate().rev() {
        expected[at] = match *node {
            Node::Leaf(leaf) => forest.leaf_value(i, leaf),
            Node::Split { left_share, right, .. } => {
                let left = share(left_share);
                left * expected[at + 1] + (1.0 - left) * expected[usize::from(right)]
            }
        };
    }
    expected
}
