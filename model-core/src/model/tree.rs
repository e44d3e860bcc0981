//! A decision tree. This file is the definition of a decision; `forest.rs` computes the same leaves faster.

/// Deepest leaf of a tree.
pub(crate) const MAX_DEPTH: usize = 64;
/// Most leaves of a tree.
pub(crate) const MAX_LEAVES: u32 = 1024;
/// Most leaves of all trees of a model.
pub(crate) const MAX_ALL_LEAVES: u32 = 65_536;

/// A node of a tree whose nodes lie in preorder: the left child of node `i` is `i + 1`.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Node {
    /// A split: left when the value is below threshold number `bin` of the column `feature`, or is missing and `missing_left`.
    pub(crate) is_split: bool,
    pub(crate) feature: u8,
    pub(crate) missing_left: bool,
    /// The share of the split's training rows that went left, in sixteenths.
    pub(crate) left_share: u8,
    pub(crate) bin: u16,
    /// The number of a leaf, from left to right. At a split, the node of the right child.
    pub(crate) next: u16,
}

impl Node {
    /// The share of a split's training rows that went left.
    pub(crate) fn share(&self) -> f64 {
        (f64::from(self.left_share) + 0.5) / 16.0
    }

    /// Leaves of the left subtree of a split that is node `at`: it lies between the split and its right child, and has
    /// one leaf more than splits.
    pub(super) fn leaves_on_the_left(&self, at: u32) -> u32 {
        (u32::from(self.next) - at) / 2
    }
}

/// Sets right children and leaf numbers from the order of splits and leaves alone, and gives the number of leaves.
///
/// 0 unless the nodes are one tree in preorder within the limits.
pub(crate) fn link(nodes: &mut [Node]) -> u32 {
    let mut leaves = 0;
    // Splits whose right subtree has not begun.
    let mut open = [0; MAX_DEPTH];
    let mut depth = 0;
    for i in 0..nodes.len() {
        if nodes[i].is_split {
            if depth == MAX_DEPTH {
                return 0;
            }
            open[depth] = i;
            depth += 1;
            continue;
        }
        nodes[i].next = leaves as u16;
        leaves += 1;
        // The last leaf, and only that, leaves no split open.
        if (depth == 0) != (i + 1 == nodes.len()) || leaves > MAX_LEAVES {
            return 0;
        }
        if depth == 0 {
            return leaves;
        }
        depth -= 1;
        nodes[open[depth]].next = (i + 1) as u16;
    }
    0
}
