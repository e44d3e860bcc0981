//! Why a score is what it is.

use super::forest::{Forest, PATH};
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

/// The expected margin of every node of a model's trees: worked out once where many rows are explained.
#[derive(Clone, Debug, Default)]
pub struct Expected(Vec<f64>);

/// Expected margins, tree after tree; within a tree the last node first, because children come after their parent.
pub(super) fn expected(forest: &Forest) -> Expected {
    let mut expected = Vec::new();
    for root in &forest.roots {
        let nodes = forest.tree(root);
        let first = expected.len();
        let last = first + nodes.len() - 1;
        for (i, node) in nodes.iter().enumerate().rev() {
            expected.push(if node.is_split {
                let left = node.share();
                left * expected[last - i - 1] + (1.0 - left) * expected[last - usize::from(node.next)]
            } else {
                forest.leaf_value(root.leaf + u32::from(node.next))
            });
        }
    }
    Expected(expected)
}

#[allow(clippy::same_item_push, reason = "`vec![0.0; n]` is 400 bytes more of WebAssembly")]
pub(super) fn of_forest(forest: &Forest, row: &[f32], expected: &Expected) -> Contributions {
    let mut baseline = forest.base;
    let mut by_feature = Vec::new();
    for _ in 0..forest.features() {
        by_feature.push(0.0);
    }
    let mut end = 0;
    for root in &forest.roots {
        let nodes = forest.tree(root);
        end += nodes.len();
        let margin_at = |node: u16| expected.0[end - 1 - usize::from(node)];
        let mut path = [0; PATH];
        let len = forest.walk(root, row, &mut path);
        let mut before = margin_at(0);
        baseline += before;
        for step in 0..len {
            let after = margin_at(path[step + 1]);
            by_feature[usize::from(nodes[usize::from(path[step])].feature)] += after - before;
            before = after;
        }
    }
    Contributions { baseline, by_feature }
}
