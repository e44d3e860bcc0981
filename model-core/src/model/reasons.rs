//! Why a score is what it is.

use super::forest::Forest;
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
    by_feature.resize(forest.features(), 0.0);
    // Expected margin of each node of a tree.
    let mut expected = Vec::new();
    for root in &forest.roots {
        let nodes = forest.tree(root);
        expected.clear();
        expected.resize(nodes.len(), 0.0);
        let at = |expected: &[f64], i: usize| expected.get(i).map_or(0.0, |v| *v);
        // Children come after their parent, so one pass from the end suffices.
        for (i, node) in nodes.iter().enumerate().rev() {
            let value = if node.is_split {
                let left = node.share();
                left * at(&expected, i + 1) + (1.0 - left) * at(&expected, usize::from(node.next))
            } else {
                forest.leaf_value(root, node.next)
            };
            if let Some(place) = expected.get_mut(i) {
                *place = value;
            }
        }
        baseline += at(&expected, 0);
        let (_, path) = forest.walk(root, row);
        let mut before = 0;
        for after in path.nodes.iter().take(path.len).skip(1) {
            let after = usize::from(*after);
            let feature = nodes.get(before).map_or(0, |node| usize::from(node.feature));
            if let Some(sum) = by_feature.get_mut(feature) {
                *sum += at(&expected, after) - at(&expected, before);
            }
            before = after;
        }
    }
    Contributions { baseline, by_feature }
}
