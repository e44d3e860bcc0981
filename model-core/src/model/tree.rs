//! A decision tree. This file is the definition of a decision; `forest.rs` computes the same leaves faster.

use alloc::vec::Vec;

/// Deepest leaf of a tree.
pub(crate) const MAX_DEPTH: usize = 64;
/// Most leaves of a tree.
pub(crate) const MAX_LEAVES: usize = 1024;

/// Nodes in preorder: the left child of node `i` is `i + 1`. Leaves are numbered from left to right.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Tree {
    pub(crate) nodes: Vec<Node>,
    pub(crate) leaves: usize,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Node {
    /// Left when the value is below threshold number `bin` of the feature, or is missing and `missing_left`.
    Split { feature: u8, bin: u8, missing_left: bool, left_share: u8, right: u16 },
    /// Number of the leaf.
    Leaf(u16),
}

/// The share of a split's training rows that went left, stored in sixteenths.
pub(crate) fn share(left_share: u8) -> f64 {
    (f64::from(left_share) + 0.5) / 16.0
}

impl Tree {
    /// Calls `visit(node index)` from the root to the leaf and gives the leaf's number.
    ///
    /// `goes_left` answers for (feature, bin, missing_left).
    pub(crate) fn walk(&self, goes_left: impl Fn(u8, u8, bool) -> bool, mut visit: impl FnMut(usize)) -> u16 {
        let mut at = 0;
        loop {
            visit(at);
            match self.nodes[at] {
                Node::Leaf(leaf) => return leaf,
                Node::Split { feature, bin, missing_left, right, .. } => {
                    at = if goes_left(feature, bin, missing_left) { at + 1 } else { usize::from(right) };
                }
            }
        }
    }

    /// Rebuilds right children, leaf numbers and the leaf count from the order of splits and leaves alone.
    ///
    /// `None` unless the nodes are one tree in preorder within the limits.
    pub(crate) fn link(mut nodes: Vec<Node>) -> Option<Self> {
        let mut leaves = 0usize;
        // Splits whose right subtree has not begun.
        let mut open: Vec<usize> = Vec::new();
        let last = nodes.len().checked_sub(1)?;
        for i in 0..nodes.len() {
            match &mut nodes[i] {
                Node::Split { .. } => {
                    open.push(i);
                    if open.len() > MAX_DEPTH {
                        return None;
                    }
                }
                Node::Leaf(number) => {
                    *number = leaves as u16;
                    leaves += 1;
                    if leaves > MAX_LEAVES {
                        return None;
                    }
                    match open.pop() {
                        Some(parent) => {
                            if let Node::Split { right, .. } = &mut nodes[parent] {
                                *right = (i + 1) as u16;
                            }
                            if i == last {
                                return None;
                            }
                        }
                        None if i == last => return Some(Self { nodes, leaves }),
                        None => return None,
                    }
                }
            }
        }
        None
    }
}
