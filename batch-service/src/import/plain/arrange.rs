//! Nodes in any order to a tree whose children follow their parent.

use super::{MAX_NODES, Tree};

/// A node as a library stores it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Node {
    /// An end.
    Leaf {
        /// What it adds to the margin.
        value: f64,
        /// Training rows or their weight.
        cover: f64,
    },
    /// A decision; children by their place among the nodes.
    Split {
        /// Column that is split.
        column: usize,
        /// Goes left below it.
        threshold: f32,
        /// Whether a missing value goes left.
        missing_left: bool,
        /// The left child.
        left: usize,
        /// The right child.
        right: usize,
        /// Training rows or their weight.
        cover: f64,
    },
}

/// The nodes that are reached from the first, in preorder. Refuses, in words, what is not a tree.
pub fn arrange(nodes: &[Node]) -> Result<Tree, String> {
    if nodes.len() > MAX_NODES {
        return Err(format!("more than {MAX_NODES} nodes"));
    }
    let (mut tree, mut seen) = (Tree::default(), vec![false; nodes.len()]);
    // The node, and where its place is to be written: the parent's place and whether it is the left child.
    let mut todo = vec![(0usize, None)];
    while let Some((at, parent)) = todo.pop() {
        let Some((node, seen)) = nodes.get(at).zip(seen.get_mut(at)) else {
            return Err(format!("node {at} is none of its {} nodes", nodes.len()));
        };
        if std::mem::replace(seen, true) {
            return Err(format!("node {at} has two parents"));
        }
        let place = tree.left.len();
        if let Some((parent, is_left)) = parent {
            let children = if is_left { &mut tree.left } else { &mut tree.right };
            if let Some(child) = children.get_mut(parent) {
                *child = place;
            }
        }
        let mut push = |column, threshold, missing_left, value, cover: f64| {
            tree.feature.push(column);
            tree.threshold.push(threshold);
            tree.missing_left.push(missing_left);
            tree.left.push(0);
            tree.right.push(0);
            tree.value.push(value);
            tree.cover.push(cover);
        };
        match *node {
            Node::Leaf { value, cover } => push(0, 0.0, false, value, cover),
            Node::Split { column, threshold, missing_left, left, right, cover } => {
                push(column, threshold, missing_left, 0.0, cover);
                todo.push((right, Some((place, false))));
                todo.push((left, Some((place, true))));
            }
        }
    }
    Ok(tree)
}

#[cfg(test)]
mod tests {
    use super::{Node, arrange};

    fn split(left: usize, right: usize) -> Node {
        Node::Split { column: 0, threshold: 1.0, missing_left: true, left, right, cover: 1.0 }
    }

    #[test]
    fn children_follow_their_parent() {
        let leaf = |value| Node::Leaf { value, cover: 1.0 };
        let tree = arrange(&[split(3, 1), leaf(1.0), leaf(9.0), split(5, 4), leaf(2.0), leaf(3.0)]).unwrap();
        assert_eq!(tree.left, [1, 2, 0, 0, 0]);
        assert_eq!(tree.right, [4, 3, 0, 0, 0]);
        assert_eq!(tree.value, [0.0, 0.0, 3.0, 2.0, 1.0]);
    }

    #[test]
    fn what_is_no_tree_is_refused() {
        assert!(arrange(&[]).unwrap_err().contains("none of its 0"));
        assert!(arrange(&[split(0, 1)]).unwrap_err().contains("two parents"));
        assert!(arrange(&[split(1, 1), Node::Leaf { value: 0.0, cover: 0.0 }]).unwrap_err().contains("two parents"));
    }
}
