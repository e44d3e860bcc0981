//! Why a score is what it is.

use super::forest::{Forest, Root};
use super::{Member, Reached};
use alloc::vec::Vec;

/// What each feature adds to the margin: `baseline + sum(by_feature) = margin` up to rounding (1e-9; with leaves in single
/// precision up to that). What an indicator adds is its feature's.
///
/// For trees, after Saabas (2014): walking down a tree, the change of the expected margin at each split is credited to
/// the split's feature; the expected margin of a node is the mean of its children by their share of training rows.
///
/// For a mean, whose margin is a probability: what a member's features change of its probability is shared among them as
/// they share the change of its margin. Where they cancel each other out, nobody can say, and the baseline has it.
#[derive(Clone, Debug, PartialEq)]
pub struct Contributions {
    /// Expected margin before anything is known, in the unit of [`super::Model::margin`].
    pub baseline: f64,
    /// By feature of the model's row, in that unit.
    pub by_feature: Vec<f64>,
}

impl Contributions {
    /// Nothing by so many columns.
    #[allow(clippy::same_item_push, reason = "`vec![0.0; n]` is 400 bytes more of WebAssembly")]
    pub(super) fn none(columns: usize) -> Self {
        let mut by_feature = Vec::new();
        for _ in 0..columns {
            by_feature.push(0.0);
        }
        Self { baseline: 0.0, by_feature }
    }

    /// From one per column to one per feature; `indicators` are their features.
    pub(super) fn credit(&mut self, indicators: &[u8]) {
        for feature in indicators.iter().rev() {
            let last = self.by_feature.pop().unwrap_or_default();
            self.by_feature[usize::from(*feature)] += last;
        }
    }
}

/// What each leaf of a forest credits to features, worked out once where many rows are explained.
#[derive(Clone, Debug, Default)]
pub struct Explainer {
    baseline: f64,
    /// First step of each leaf of each tree, and the end of the last.
    first: Vec<u32>,
    /// Column and change of the expected margin, from the root down.
    steps: Vec<(u8, f64)>,
    /// Of a mean, one for each member.
    pub(super) members: Vec<Explainer>,
}

pub(super) fn explainer(forest: &Forest) -> Explainer {
    let mut all = Explainer { baseline: forest.base, first: alloc::vec![0], ..Explainer::default() };
    for root in &forest.roots {
        let expected = expected(forest, root);
        all.baseline += expected.last().map_or(0.0, |root| *root);
        for leaf in 0..root.leaves {
            descend(forest, root, &expected, leaf, |feature, change| all.steps.push((feature, change)));
            all.first.push(all.steps.len() as u32);
        }
    }
    all
}

impl Explainer {
    pub(super) fn of_mean(members: Vec<Self>) -> Self {
        Self { members, ..Self::default() }
    }

    /// `leaves` are those of the row; the same bits as [`of_forest`] gives, one for each column.
    pub(super) fn of_leaves(&self, forest: &Forest, leaves: &[u32]) -> Contributions {
        let mut by_feature = alloc::vec![0.0; forest.columns()];
        for (root, leaf) in forest.roots.iter().zip(leaves) {
            let at = (root.leaf + leaf) as usize;
            for (feature, change) in &self.steps[self.first[at] as usize..self.first[at + 1] as usize] {
                by_feature[usize::from(*feature)] += change;
            }
        }
        Contributions { baseline: self.baseline, by_feature }
    }
}

/// Of a row's leaves, one of each tree; gives one for each column.
pub(super) fn of_forest(forest: &Forest, leaves: &[u32]) -> Contributions {
    let Contributions { mut baseline, mut by_feature } = Contributions::none(forest.columns());
    baseline += forest.base;
    for (root, leaf) in forest.roots.iter().zip(leaves) {
        let expected = expected(forest, root);
        baseline += expected.last().map_or(0.0, |root| *root);
        descend(forest, root, &expected, *leaf, |feature, change| by_feature[usize::from(feature)] += change);
    }
    Contributions { baseline, by_feature }
}

/// Of a mean; `of` gives what the columns add to the margin of the member that was scored last.
pub(super) fn of_mean(
    members: &[Member],
    columns: &[f32],
    of: impl Fn(usize, &Reached) -> Contributions,
) -> Contributions {
    let share = 1.0 / members.len() as f64;
    let mut all = Contributions::none(columns.len());
    let mut reached = Reached::default();
    for (i, member) in members.iter().enumerate() {
        let probability = member.probability(columns, &mut reached);
        let found = of(i, &reached);
        let (mut sum, mut size) = (0.0, 0.0);
        for added in &found.by_feature {
            sum += added;
            size += added.abs();
        }
        let mut before = member.calibration.apply(found.baseline);
        let mut slope = share * (probability - before) / sum;
        if sum.abs() <= 1e-6 * size + 1e-12 {
            (before, slope) = (probability, 0.0);
        }
        all.baseline += share * before;
        for (all, added) in all.by_feature.iter_mut().zip(&found.by_feature) {
            *all += slope * added;
        }
    }
    all
}

/// Expected margins of a tree's nodes, the last node first, because children come after their parent.
fn expected(forest: &Forest, root: &Root) -> Vec<f64> {
    let nodes = forest.tree(root);
    let last = nodes.len() - 1;
    let mut expected = Vec::new();
    for (i, node) in nodes.iter().enumerate().rev() {
        expected.push(if node.is_split {
            let left = node.share();
            left * expected[last - i - 1] + (1.0 - left) * expected[last - usize::from(node.next)]
        } else {
            forest.leaf_value(root.leaf + u32::from(node.next))
        });
    }
    expected
}

/// From the root to a leaf: calls `step` with each split's column and the change of the expected margin.
fn descend(forest: &Forest, root: &Root, expected: &[f64], leaf: u32, mut step: impl FnMut(u8, f64)) {
    let nodes = forest.tree(root);
    let margin_at = |node: usize| expected[nodes.len() - 1 - node];
    // The node, and the first leaf below it.
    let (mut at, mut first) = (0, 0);
    while nodes[at].is_split {
        let before = margin_at(at);
        let node = nodes[at];
        let right = first + node.leaves_on_the_left(at as u32);
        (at, first) = if leaf < right { (at + 1, first) } else { (usize::from(node.next), right) };
        step(node.feature, margin_at(at) - before);
    }
}
