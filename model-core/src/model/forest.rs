//! An ensemble of trees, scored without branches.
//!
//! After QuickScorer (Lucchese et al., SIGIR 2015): each split that goes right rules out the leaves of its left subtree,
//! and the first leaf left over is the tree's answer. Values are put into bins by the thresholds of their feature, and
//! for every (feature, bin) the masks of all trees are combined beforehand, so that a row costs one AND of a block of
//! trees per feature. Leaves are the same as those of the plain walk in `tree.rs`; trees with more than 32 leaves walk.

use super::tree::{Node, Tree};
use alloc::vec;
use alloc::vec::Vec;

const LANES: usize = 8;
type Block = [u32; LANES];

/// Values of the leaves, tree after tree.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Leaves {
    /// `value = scale * q`: sums are exact integers, and a leaf costs two bytes.
    Quantised { scale: f64, values: Vec<i16> },
    /// As they are; summed in the order of the trees.
    Exact(Vec<f64>),
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Forest {
    pub(crate) base: f64,
    pub(crate) trees: Vec<Tree>,
    pub(crate) leaves: Leaves,
    /// Thresholds by feature of the row, ascending.
    pub(crate) thresholds: Vec<Vec<f32>>,
    table: Option<MaskTable>,
    /// Index of each tree's first leaf in `leaves`.
    first_leaf: Vec<u32>,
}

/// The combined masks.
#[derive(Clone, Debug, PartialEq)]
struct MaskTable {
    blocks: usize,
    /// For each feature with a split: (feature, first row). Its rows: one per bin, then one for a missing value.
    used: Vec<(u16, u32)>,
    masks: Vec<Block>,
}

impl Forest {
    pub(crate) fn new(base: f64, trees: Vec<Tree>, leaves: Leaves, thresholds: Vec<Vec<f32>>) -> Self {
        let mut first_leaf = Vec::with_capacity(trees.len());
        let mut at = 0;
        for tree in &trees {
            first_leaf.push(at);
            at += tree.leaves as u32;
        }
        let table = trees.iter().all(|t| t.leaves <= 32).then(|| MaskTable::new(&trees, &thresholds));
        Self { base, trees, leaves, thresholds, table, first_leaf }
    }

    pub(super) fn margin(&self, row: &[f32], masks: &mut Vec<u32>, bins: &mut Vec<u16>) -> f64 {
        let Some(table) = &self.table else {
            return self.margin_by_walk(row);
        };
        bins.clear();
        for (feature, first) in &table.used {
            let thresholds = &self.thresholds[usize::from(*feature)];
            bins.push((*first as usize + bin_or_missing(thresholds, row[usize::from(*feature)])) as u16);
        }
        masks.resize(table.blocks * LANES, 0);
        for (block, out) in masks.chunks_exact_mut(LANES).enumerate() {
            let mut left: Block = [u32::MAX; LANES];
            for bin in bins.iter() {
                let mask = &table.masks[usize::from(*bin) * table.blocks + block];
                for lane in 0..LANES {
                    left[lane] &= mask[lane];
                }
            }
            out.copy_from_slice(&left);
        }
        match &self.leaves {
            Leaves::Quantised { scale, values } => {
                let mut sum = 0i32;
                for (first, mask) in self.first_leaf.iter().zip(masks.iter()) {
                    sum += i32::from(values[(*first + mask.trailing_zeros()) as usize]);
                }
                self.base + scale * f64::from(sum)
            }
            Leaves::Exact(values) => {
                let mut sum = self.base;
                for (first, mask) in self.first_leaf.iter().zip(masks.iter()) {
                    sum += values[(*first + mask.trailing_zeros()) as usize];
                }
                sum
            }
        }
    }

    /// The definition: the sum over the trees of the leaf that the plain walk reaches.
    pub(super) fn margin_by_walk(&self, row: &[f32]) -> f64 {
        let leaf = |i: usize| self.first_leaf[i] as usize + usize::from(self.leaf(i, row, |_| ()));
        match &self.leaves {
            Leaves::Quantised { scale, values } => {
                let sum: i32 = (0..self.trees.len()).map(|i| i32::from(values[leaf(i)])).sum();
                self.base + scale * f64::from(sum)
            }
            Leaves::Exact(values) => (0..self.trees.len()).fold(self.base, |sum, i| sum + values[leaf(i)]),
        }
    }

    /// Leaf number of tree `i` for a row; `visit` sees the nodes on the way.
    pub(super) fn leaf(&self, i: usize, row: &[f32], visit: impl FnMut(usize)) -> u16 {
        let goes_left = |feature: u8, bin: u8, missing_left: bool| {
            let x = row[usize::from(feature)];
            if x.is_nan() { missing_left } else { x < self.thresholds[usize::from(feature)][usize::from(bin)] }
        };
        self.trees[i].walk(goes_left, visit)
    }

    /// Value of leaf `leaf` of tree `i`.
    pub(super) fn leaf_value(&self, i: usize, leaf: u16) -> f64 {
        let at = self.first_leaf[i] as usize + usize::from(leaf);
        match &self.leaves {
            Leaves::Quantised { scale, values } => scale * f64::from(values[at]),
            Leaves::Exact(values) => values[at],
        }
    }
}

/// Number of thresholds not above the value; one past the last bin for a missing value.
fn bin_or_missing(thresholds: &[f32], x: f32) -> usize {
    if x.is_nan() {
        return thresholds.len() + 1;
    }
    if thresholds.len() <= 32 {
        // Short lists: counting has no branch to mispredict.
        return thresholds.iter().map(|t| usize::from(*t <= x)).sum();
    }
    thresholds.partition_point(|t| *t <= x)
}

impl MaskTable {
    fn new(trees: &[Tree], thresholds: &[Vec<f32>]) -> Self {
        let blocks = trees.len().div_ceil(LANES);
        let mut first_row = vec![u32::MAX; thresholds.len()];
        let (mut used, mut rows) = (Vec::new(), 0u32);
        for (feature, list) in thresholds.iter().enumerate().filter(|(_, list)| !list.is_empty()) {
            used.push((feature as u16, rows));
            first_row[feature] = rows;
            rows += list.len() as u32 + 2;
        }
        let mut table = Self { blocks, used, masks: vec![[u32::MAX; LANES]; rows as usize * blocks] };
        for (t, tree) in trees.iter().enumerate() {
            for (i, node) in tree.nodes.iter().enumerate() {
                let Node::Split { feature, bin, missing_left, right, .. } = *node else { continue };
                let keep = !left_leaves(tree, i, usize::from(right));
                let first = first_row[usize::from(feature)] as usize;
                let bins = thresholds[usize::from(feature)].len();
                // The split goes right in every bin above its threshold.
                for row in first + usize::from(bin) + 1..=first + bins {
                    table.keep_only(row, t, keep);
                }
                if !missing_left {
                    table.keep_only(first + bins + 1, t, keep);
                }
            }
        }
        table
    }

    fn keep_only(&mut self, row: usize, tree: usize, mask: u32) {
        self.masks[row * self.blocks + tree / LANES][tree % LANES] &= mask;
    }
}

/// Bits of the leaves in the left subtree of the split at `i`, whose right child is at `right`.
fn left_leaves(tree: &Tree, i: usize, right: usize) -> u32 {
    tree.nodes[i + 1..right].iter().fold(0, |bits, n| match n {
        Node::Leaf(leaf) => bits | 1u32 << leaf,
        Node::Split { .. } => bits,
    })
}
