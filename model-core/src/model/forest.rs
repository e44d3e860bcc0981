//! An ensemble of trees: where its parts lie, the plain walk that defines a leaf, and the sum.

use super::Scratch;
use super::masks::Masks;
use super::tree::Node;
use crate::bytes::push;
use alloc::vec::Vec;

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
    /// Reaches the same leaves faster; empty when a tree has more than 32 leaves.
    masks: Masks,
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
            masks: Masks::default(),
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

    /// Leaves the leaf of each tree in `scratch`.
    pub(super) fn margin(&self, row: &[f32], scratch: &mut Scratch) -> f64 {
        if self.masks.is_empty() {
            return self.margin_by_walk(row, scratch);
        }
        let picked = self.masks.pick(self, row, &mut scratch.picked);
        self.masks.leaves(picked, &mut scratch.leaves);
        self.sum(&scratch.leaves)
    }

    /// The definition: the sum over the trees of the leaf that the plain walk reaches.
    #[cfg_attr(target_arch = "wasm32", inline(never))]
    pub(super) fn margin_by_walk(&self, row: &[f32], scratch: &mut Scratch) -> f64 {
        scratch.leaves.clear();
        for root in &self.roots {
            push(&mut scratch.leaves, self.walk(root, row));
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

    /// From the root to a leaf; gives its number in the tree.
    #[cfg_attr(target_arch = "wasm32", inline(never))]
    fn walk(&self, root: &Root, row: &[f32]) -> u32 {
        let nodes = self.tree(root);
        let mut at = 0;
        loop {
            let node = nodes[usize::from(at)];
            if !node.is_split {
                return u32::from(node.next);
            }
            let feature = usize::from(node.feature);
            let x = row[feature];
            let threshold = self.thresholds(feature)[usize::from(node.bin)];
            let left = if x.is_nan() { node.missing_left } else { x < threshold };
            at = if left { at + 1 } else { node.next };
        }
    }

    /// Value of a leaf, by its number in all trees.
    pub(super) fn leaf_value(&self, leaf: u32) -> f64 {
        match &self.leaves {
            Leaves::Quantised { scale, values } => scale * f64::from(values[leaf as usize]),
            Leaves::Exact(values) => values[leaf as usize],
        }
    }

    /// Makes the masks of a complete forest.
    pub(crate) fn finish(&mut self) {
        if self.roots.iter().all(|root| root.leaves <= 32) {
            self.masks = Masks::of(self);
        }
    }
}
