//! An ensemble of trees, scored without branches.
//!
//! After QuickScorer (Lucchese et al., SIGIR 2015): each split that goes right rules out the leaves of its left subtree,
//! and the first leaf left over is the tree's answer. Values are put into bins by the thresholds of their feature, and
//! for every (feature, bin) the masks of all trees are combined beforehand, so that a row costs one AND of a block of
//! trees per feature. Leaves are the same as those of the plain walk; trees with more than 32 leaves walk.

use super::tree::{MAX_DEPTH, Node};
use super::{MAX_FEATURES, Scratch};
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

/// The nodes that a row visits in a tree.
pub(super) struct Path {
    pub(super) nodes: [u16; MAX_DEPTH + 1],
    pub(super) len: usize,
}

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
        self.first_threshold.len().saturating_sub(1)
    }

    /// Thresholds of a feature.
    #[inline]
    pub(crate) fn thresholds(&self, feature: usize) -> &[f32] {
        match self.first_threshold.get(feature..feature + 2) {
            Some([first, end]) => self.thresholds.get(*first as usize..*end as usize).unwrap_or_default(),
            _ => &[],
        }
    }

    /// Nodes of a tree.
    #[inline]
    pub(crate) fn tree(&self, root: &Root) -> &[Node] {
        let nodes = self.nodes.get(root.node as usize..).unwrap_or_default();
        nodes.get(..(2 * root.leaves - 1) as usize).unwrap_or_default()
    }

    /// Row of the masks of a feature's first bin.
    fn first_row(&self, feature: usize) -> usize {
        self.first_threshold.get(feature).map_or(0, |first| *first as usize) + 2 * feature
    }

    pub(super) fn margin(&self, row: &[f32], scratch: &mut Scratch) -> f64 {
        if self.masks.is_empty() {
            return self.margin_by_walk(row);
        }
        let mut rows = [0u32; MAX_FEATURES];
        let mut n = 0;
        for (at, x) in rows.iter_mut().zip(row) {
            let thresholds = self.thresholds(n);
            let bin = if x.is_nan() { thresholds.len() + 1 } else { not_above(thresholds, *x) };
            *at = ((self.first_row(n) + bin) * self.width) as u32;
            n += 1;
        }
        let rows = rows.get(..n).unwrap_or_default();
        let left = &mut scratch.masks;
        left.resize(self.width, 0);
        for (block, out) in left.as_chunks_mut::<WORDS>().0.iter_mut().enumerate() {
            let masks = self.masks.get(block * WORDS..).unwrap_or_default();
            *out = [u64::MAX; WORDS];
            for at in rows {
                if let Some(mask) = masks.get(*at as usize..).and_then(|m| m.first_chunk::<WORDS>()) {
                    for (out, mask) in out.iter_mut().zip(mask) {
                        *out &= mask;
                    }
                }
            }
        }
        let leaf = |root: &Root, tree: usize| {
            let mask = left.get(tree / 2).map_or(0, |word| (*word >> (32 * (tree % 2))) as u32);
            (root.leaf + mask.trailing_zeros()) as usize
        };
        self.sum(leaf)
    }

    /// The definition: the sum over the trees of the leaf that the plain walk reaches.
    pub(super) fn margin_by_walk(&self, row: &[f32]) -> f64 {
        self.sum(|root, _| root.leaf as usize + usize::from(self.walk(root, row).0))
    }

    /// Sums the values of a leaf of each tree.
    #[inline]
    fn sum(&self, leaf: impl Fn(&Root, usize) -> usize) -> f64 {
        match &self.leaves {
            Leaves::Quantised { scale, values } => {
                let mut sum = 0i32;
                for (i, root) in self.roots.iter().enumerate() {
                    sum += values.get(leaf(root, i)).map_or(0, |v| i32::from(*v));
                }
                self.base + scale * f64::from(sum)
            }
            Leaves::Exact(values) => {
                let mut sum = self.base;
                for (i, root) in self.roots.iter().enumerate() {
                    sum += values.get(leaf(root, i)).map_or(0.0, |v| *v);
                }
                sum
            }
        }
    }

    /// From the root to a leaf: the leaf's number, and the nodes on the way.
    #[inline(never)]
    pub(super) fn walk(&self, root: &Root, row: &[f32]) -> (u16, Path) {
        let mut path = Path { nodes: [0; MAX_DEPTH + 1], len: 0 };
        let nodes = self.tree(root);
        let mut at = 0;
        while let (Some(node), Some(place)) = (nodes.get(usize::from(at)), path.nodes.get_mut(path.len)) {
            *place = at;
            path.len += 1;
            if !node.is_split {
                return (node.next, path);
            }
            let feature = usize::from(node.feature);
            let x = row.get(feature).map_or(f32::NAN, |x| *x);
            let left = match self.thresholds(feature).get(usize::from(node.bin)) {
                Some(threshold) if !x.is_nan() => x < *threshold,
                _ => node.missing_left,
            };
            at = if left { at + 1 } else { node.next };
        }
        (0, path)
    }

    /// Value of leaf `leaf` of a tree.
    pub(super) fn leaf_value(&self, root: &Root, leaf: u16) -> f64 {
        let at = root.leaf as usize + usize::from(leaf);
        match &self.leaves {
            Leaves::Quantised { scale, values } => scale * values.get(at).map_or(0.0, |v| f64::from(*v)),
            Leaves::Exact(values) => values.get(at).map_or(0.0, |v| *v),
        }
    }

    /// Combines the masks, if no tree has more than 32 leaves.
    pub(crate) fn finish(&mut self) {
        if self.roots.iter().any(|root| root.leaves > 32) {
            return;
        }
        self.width = self.roots.len().div_ceil(2 * WORDS) * WORDS;
        let rows = self.first_row(self.features());
        let mut masks = Vec::new();
        masks.resize(rows * self.width, u64::MAX);
        for (t, root) in self.roots.iter().enumerate() {
            let nodes = self.tree(root);
            for (i, node) in nodes.iter().enumerate().filter(|(_, node)| node.is_split) {
                // The leaves of the left subtree, which lies between the split and its right child.
                let mut ruled_out = 0u64;
                for leaf in nodes.get(i + 1..usize::from(node.next)).unwrap_or_default() {
                    ruled_out |= u64::from(!leaf.is_split) << (leaf.next & 31);
                }
                let keep = !(ruled_out << (32 * (t % 2)));
                let feature = usize::from(node.feature);
                let first = self.first_row(feature);
                let missing = first + self.thresholds(feature).len() + 1;
                // The split goes right in every bin above its threshold.
                for row in first + usize::from(node.bin) + 1..missing + usize::from(!node.missing_left) {
                    if let Some(word) = masks.get_mut(row * self.width + t / 2) {
                        *word &= keep;
                    }
                }
            }
        }
        self.masks = masks;
    }
}

/// Number of the ascending values that are not above `x`. Without a branch that depends on them.
#[inline]
pub(super) fn not_above<T: PartialOrd + Copy>(ascending: &[T], x: T) -> usize {
    let (mut at, mut size) = (0, ascending.len());
    while size > 0 {
        let half = size.div_ceil(2);
        let below = ascending.get(at + half - 1).is_some_and(|v| *v <= x);
        at += if below { half } else { 0 };
        size -= half;
    }
    at
}
