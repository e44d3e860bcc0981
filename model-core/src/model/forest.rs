//! An ensemble of trees: where its parts lie, the plain walk that defines a leaf, and the sum.

use super::Reached;
use super::masks::Masks;
use super::tree::Node;
use crate::bytes::push;
use alloc::vec::Vec;

/// Cells of the masks of a forest: more would not fit a browser's cache.
const MAX_MASKS: usize = 1 << 22;

/// How the leaves of trees are kept, and with it how they are summed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LeafPrecision {
    /// Rounded to 16 bits of the largest one, which makes bundles small; sums are exact.
    Quantised,
    /// As they are, in double precision; added to the base in the order of the trees.
    Exact,
    /// Rounded to single precision; added in single precision to the base, which is rounded too, in the order of the
    /// trees. This is XGBoost's margin.
    Single,
}

/// Values of the leaves, tree after tree; see [`LeafPrecision`].
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Leaves {
    /// `value = scale * q`: sums are exact integers, and a leaf costs two bytes, which are those of an `i16`.
    Quantised { scale: f64, values: Vec<u16> },
    /// Summed one after the other; where they are in single precision, so is every sum.
    Exact { is_single: bool, values: Vec<f64> },
}

impl Leaves {
    pub(super) fn of(values: &[f64], precision: LeafPrecision) -> Self {
        match precision {
            LeafPrecision::Quantised => quantised(values),
            LeafPrecision::Exact => Self::Exact { is_single: false, values: values.to_vec() },
            LeafPrecision::Single => {
                Self::Exact { is_single: true, values: values.iter().map(|v| f64::from(*v as f32)).collect() }
            }
        }
    }
}

fn quantised(values: &[f64]) -> Leaves {
    let largest = values.iter().fold(0.0f64, |m, v| m.max(v.abs()));
    let scale = if largest > 0.0 { largest / 32_767.0 } else { 0.0 };
    let round = |v: f64| if scale == 0.0 { 0 } else { libm::round(v / scale) as i16 as u16 };
    Leaves::Quantised { scale, values: values.iter().map(|v| round(*v)).collect() }
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
    /// Thresholds of all columns of the row (features, then indicators), ascending in each.
    pub(crate) thresholds: Vec<f32>,
    /// First threshold of each column, and the end of the last.
    pub(crate) first_threshold: Vec<u32>,
    /// Reaches the same leaves faster; empty when a tree has more than 32 leaves, or the table would be too large.
    masks: Masks,
}

impl Forest {
    /// A forest without trees; [`Forest::finish`] makes the tables once it is complete and has been checked.
    pub(crate) fn new(base: f64) -> Self {
        Self {
            base,
            roots: Vec::new(),
            nodes: Vec::new(),
            leaves: Leaves::Exact { is_single: false, values: Vec::new() },
            thresholds: Vec::new(),
            first_threshold: Vec::new(),
            masks: Masks::default(),
        }
    }

    /// Number of columns of the row.
    pub(super) fn columns(&self) -> usize {
        self.first_threshold.len() - 1
    }

    /// Thresholds of a column.
    #[cfg_attr(target_arch = "wasm32", inline(never))]
    pub(crate) fn thresholds(&self, column: usize) -> &[f32] {
        match self.first_threshold.get(column + 1) {
            Some(end) => &self.thresholds[self.first_threshold[column] as usize..*end as usize],
            None => &[],
        }
    }

    /// Nodes of a tree.
    #[cfg_attr(target_arch = "wasm32", inline(never))]
    pub(crate) fn tree(&self, root: &Root) -> &[Node] {
        &self.nodes[root.node as usize..][..(2 * root.leaves - 1) as usize]
    }

    /// Leaves the leaf of each tree in `reached`.
    pub(super) fn margin(&self, row: &[f32], reached: &mut Reached) -> f64 {
        if self.masks.is_empty() {
            return self.margin_by_walk(row, reached);
        }
        let picked = self.masks.pick(self, row, &mut reached.picked);
        self.masks.leaves(picked, &mut reached.leaves);
        self.sum(&reached.leaves)
    }

    /// The definition: the sum over the trees of the leaf that the plain walk reaches.
    #[cfg_attr(target_arch = "wasm32", inline(never))]
    pub(super) fn margin_by_walk(&self, row: &[f32], reached: &mut Reached) -> f64 {
        reached.leaves.clear();
        for root in &self.roots {
            push(&mut reached.leaves, self.walk(root, row));
        }
        self.sum(&reached.leaves)
    }

    /// Sums the values of a leaf of each tree.
    #[cfg_attr(target_arch = "wasm32", inline(never))]
    fn sum(&self, leaves: &[u32]) -> f64 {
        match &self.leaves {
            Leaves::Quantised { scale, values } => {
                let mut sum = 0;
                for (root, leaf) in self.roots.iter().zip(leaves) {
                    sum += i32::from(values[(root.leaf + leaf) as usize] as i16);
                }
                self.base + scale * f64::from(sum)
            }
            Leaves::Exact { is_single, values } => {
                // A sum of two numbers in single precision, rounded to double and then to single, is as if rounded once.
                let round = |sum: f64| if *is_single { f64::from(sum as f32) } else { sum };
                let mut sum = round(self.base);
                for (root, leaf) in self.roots.iter().zip(leaves) {
                    sum = round(sum + values[(root.leaf + leaf) as usize]);
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
            Leaves::Quantised { scale, values } => scale * f64::from(values[leaf as usize] as i16),
            Leaves::Exact { values, .. } => values[leaf as usize],
        }
    }

    /// Makes the masks of a complete forest, where they are worth it; one of so many.
    pub(crate) fn finish(&mut self, forests: usize) {
        let cells = (self.thresholds.len() + 2 * self.columns()) * self.roots.len() * forests;
        if cells <= MAX_MASKS && self.roots.iter().all(|root| root.leaves <= 32) {
            self.masks = Masks::of(self);
        }
    }
}
