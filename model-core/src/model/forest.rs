//! An ensemble of trees, scored without branches.
//!
//! After QuickScorer (Lucchese et al., SIGIR 2015): each split that goes right rules out the leaves of its left subtree,
//! and the first leaf left over is the tree's answer. Values are put into bins by the thresholds of their feature, and
//! for every (feature, bin) the masks of all trees are combined beforehand, so that a row costs one AND of a block of
//! trees per feature. Leaves are the same as those of the plain walk; trees with more than 32 leaves walk.

use super::Scratch;
use super::tree::{MAX_DEPTH, Node};
use crate::bytes::push;
use alloc::vec::Vec;

/// Words of a block: two trees a word.
const WORDS: usize = 4;

/// Values of the leaves, tree after tree.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Leaves {
    /// `value = scale * q`: sums are exact integers, and a leaf costs two bytes.
    Quantised { scale: f64, values: Vec<i16> },
    /// As they are; summed in the order of the trees.
    Exact(Vec<f64>),
}

/// Where a tree begins.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Root {
    pub(crate) node: u32,
    /// In the leaves of all trees.
    pub(crate) leaf: u32,
    /// Number of leaves; there are one fewer splits.
    pub(crate) leaves: u32,
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Forest {
    pub(crate) base: f64,
    pub(crate) roots: Vec<Root>,
    /// Nodes of all trees.
    pub(crate) nodes: Vec<Node>,
    pub(crate) leaves: Leaves,
    /// Thresholds of all features of the row, ascending in each.
    pub(crate) thresholds: Vec<f32>,
    /// First threshold of each feature, and the end of the last.
    pub(crate) first_threshold: Vec<u32>,
    /// The combined masks. Rows: for each feature one per bin, then one for a missing value. Columns: the trees, two a
    /// word. Empty when a tree has more than 32 leaves.
    masks: Vec<u64>,
    /// Words of a row, a multiple of [`WORDS`].
    width: usize,
}

/// Room for the nodes that a row visits in a tree.
pub(super) const PATH: usize = MAX_DEPTH + 1;

impl Forest {
    /// A forest without trees; [`Forest::finish`] makes the tables once it is complete and has been checked.
    pub(crate) fn new(base: f64) -> Self {
        Self {
            base,
            roots: Vec::new(),
            nodes: Vec::new(),
            leaves: Leaves::Exact(Vec::new()),
            thresholds: Vec::new(),
            first_threshold: Vec::new(),
            masks: Vec::new(),
            width: 0,
        }
    }

    /// Number of features of the row.
    pub(super) fn features(&self) -> usize {
        self.first_threshold.len() - 1
    }

    /// Thresholds of a feature.
    #[cfg_attr(target_arch = "wasm32", inline(never))]
    pub(crate) fn thresholds(&self, feature: usize) -> &[f32] {
        match self.first_threshold.get(feature + 1) {
            Some(end) => &self.thresholds[self.first_threshold[feature] as usize..*end as usize],
            None => &[],
        }
    }

    /// Nodes of a tree.
    #[cfg_attr(target_arch = "wasm32", inline(never))]
    pub(crate) fn tree(&self, root: &Root) -> &[Node] {
        &self.nodes[root.node as usize..][..(2 * root.leaves - 1) as usize]
    }

    pub(super) fn margin(&self, row: &[f32], scratch: &mut Scratch) -> f64 {
        if self.masks.is_empty() {
            return self.margin_by_walk(row, scratch);
        }
        // The row of the masks that each feature's value picks.
        let mut first = 0;
        for (i, (x, picked)) in row.iter().zip(&mut scratch.picked).enumerate() {
            let end = self.first_threshold[i + 1] as usize;
            let missing = end - first + 1;
            let bin = if x.is_nan() { missing } else { not_above(&self.thresholds[first..end], *x) };
            // Two more rows than thresholds for each feature before.
            *picked = (first + 2 * i + bin) * self.width;
            first = end;
        }
        let picked = &scratch.picked[..row.len()];
        let left = &mut scratch.left;
        while left.len() < self.width {
            push(left, 0);
        }
        for block in 0..self.width / WORDS {
            let masks = &self.masks[block * WORDS..];
            let mut words = [u64::MAX; WORDS];
            for at in picked {
                if let Some(mask) = masks[*at..].first_chunk::<WORDS>() {
                    // Written out: where the compiler saves code it would keep a loop.
                    words = [words[0] & mask[0], words[1] & mask[1], words[2] & mask[2], words[3] & mask[3]];
                }
            }
            left[block * WORDS..][..WORDS].copy_from_slice(&words);
        }
        scratch.leaves.clear();
        for word in left.iter() {
            // The first leaf that is left of each of a word's two trees.
            scratch.leaves.push((*word as u32).trailing_zeros());
            scratch.leaves.push(((*word >> 32) as u32).trailing_zeros());
        }
        self.sum(&scratch.leaves)
    }

    /// The definition: the sum over the trees of the leaf that the plain walk reaches.
    #[cfg_attr(target_arch = "wasm32", inline(never))]
    pub(super) fn margin_by_walk(&self, row: &[f32], scratch: &mut Scratch) -> f64 {
        scratch.leaves.clear();
        for root in &self.roots {
            let mut path = [0; PATH];
            let len = self.walk(root, row, &mut path);
            push(&mut scratch.leaves, u32::from(self.tree(root)[usize::from(path[len])].next));
        }
        self.sum(&scratch.leaves)
    }

    /// Sums the values of a leaf of each tree.
    #[cfg_attr(target_arch = "wasm32", inline(never))]
    fn sum(&self, leaves: &[u32]) -> f64 {
        match &self.leaves {
            Leaves::Quantised { scale, values } => {
                let mut sum = 0;
                for (root, leaf) in self.roots.iter().zip(leaves) {
                    sum += i32::from(values[(root.leaf + leaf) as usize]);
                }
                self.base + scale * f64::from(sum)
            }
            Leaves::Exact(values) => {
                let mut sum = self.base;
                for (root, leaf) in self.roots.iter().zip(leaves) {
                    sum += values[(root.leaf + leaf) as usize];
                }
                sum
            }
        }
    }

    /// From the root to a leaf: the nodes on the way. Gives the place of the leaf among them.
    #[cfg_attr(target_arch = "wasm32", inline(never))]
    pub(super) fn walk(&self, root: &Root, row: &[f32], path: &mut [u16; PATH]) -> usize {
        let nodes = self.tree(root);
        let mut len = 0;
        let mut at = 0;
        loop {
            path[len] = at;
            let node = nodes[usize::from(at)];
            if !node.is_split {
                return len;
            }
            let feature = usize::from(node.feature);
            let x = row[feature];
            let threshold = self.thresholds(feature)[usize::from(node.bin)];
            let left = if x.is_nan() { node.missing_left } else { x < threshold };
            at = if left { at + 1 } else { node.next };
            len += 1;
        }
    }

    /// Value of a leaf, by its number in all trees.
    pub(super) fn leaf_value(&self, leaf: u32) -> f64 {
        match &self.leaves {
            Leaves::Quantised { scale, values } => scale * f64::from(values[leaf as usize]),
            Leaves::Exact(values) => values[leaf as usize],
        }
    }

    /// Combines the masks, if no tree has more than 32 leaves.
    #[cfg_attr(target_arch = "wasm32", inline(never))]
    pub(crate) fn finish(&mut self) {
        if self.roots.iter().any(|root| root.leaves > 32) {
            return;
        }
        self.width = self.roots.len().div_ceil(2 * WORDS) * WORDS;
        for _ in 0..(self.thresholds.len() + 2 * self.features()) * self.width {
            push(&mut self.masks, u64::MAX);
        }
        let mut node = self.nodes.iter();
        for (tree, root) in self.roots.iter().enumerate() {
            // Leaves before the node.
            let mut leaf = 0;
            for i in 1..2 * root.leaves {
                let Some(node) = node.next() else { return };
                if !node.is_split {
                    leaf += 1;
                    continue;
                }
                // The left subtree lies between the split and its right child, and has one leaf more than splits.
                let leaves = (u32::from(node.next) - i).div_ceil(2);
                let ruled_out = ((1 << leaves) - 1) << (leaf + 32 * (tree as u32 & 1));
                let feature = usize::from(node.feature);
                let first = self.first_threshold[feature] as usize + 2 * feature;
                let missing = first + self.thresholds(feature).len() + 1;
                // The split goes right in every bin above its threshold.
                for row in first + usize::from(node.bin) + 1..missing + usize::from(!node.missing_left) {
                    self.masks[row * self.width + tree / 2] &= !ruled_out;
                }
            }
        }
    }
}

/// Number of the ascending values that are not above `x`. Without a branch that depends on them.
#[inline]
pub(super) fn not_above<T: PartialOrd + Copy>(ascending: &[T], x: T) -> usize {
    if cfg!(not(target_arch = "wasm32")) && ascending.len() <= 64 {
        // Counting is the same, and vector instructions do it at once.
        return ascending.iter().map(|v| usize::from(*v <= x)).sum();
    }
    let (mut at, mut size) = (0, ascending.len());
    while size > 0 {
        let half = size.div_ceil(2);
        at += core::hint::select_unpredictable(ascending[at + half - 1] <= x, half, 0);
        size -= half;
    }
    at
}
