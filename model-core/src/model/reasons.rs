//! Why a score is what it is.

use super::forest::{Forest, PATH};
use crate::bytes::push;
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

pub(super) fn of_forest(forest: &Forest, row: &[f32]) -> Contributions {
    let mut baseline = forest.base;
    let mut by_feature = Vec::new();
    while by_feature.len() < forest.features() {
        push(&mut by_feature, 0.0);
    }
    // Expected margin of each node of a tree, the last node first: children come after their parent.
    let mut expected = Vec::new();
    for root in &forest.roots {
        let nodes = forest.tree(root);
        let last = nodes.len() - 1;
        expected.clear();
        for (i, node) in nodes.iter().enumerate().rev() {
            let value = if node.is_split {
                let left = node.share();
                left * expected[last - i - 1] + (1.0 - left) * expected[last - usize::from(node.next)]
            } else {
                forest.leaf_value(root.leaf + u32::from(node.next))
            };
            push(&mut expected, value);
        }
        let mut path = [0; PATH];
        let len = forest.walk(root, row, &mut path);
        let mut before = expected[last];
        baseline += before;
        for step in 0..len {
            let after = expected[last - usize::from(path[step + 1])];
            by_feature[usize::from(nodes[usize::from(path[step])].feature)] += after - before;
            before = after;
        }
    }
    Contributions { baseline, by_feature }
}
