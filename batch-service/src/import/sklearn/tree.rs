//! `sklearn.tree._tree.Tree`: a record per node, values per node and class. Decides `x <= threshold`, `x` in single
//! precision and the threshold in double.

use super::{Object, Seen};
use crate::import::Error;
use crate::import::plain::{Node, Tree, arrange, below};

/// What a leaf is worth, by the values of its node.
pub(super) type Worth<'a> = &'a dyn Fn(&[f64]) -> Result<f64, String>;

/// The tree of an estimator, whose nodes have `width` values each.
pub(super) fn read(estimator: &Object<'_>, seen: &[Seen], width: usize, worth: Worth<'_>) -> Result<Tree, Error> {
    let tree = estimator.attribute("tree_")?;
    let nodes = tree.attribute("nodes")?;
    let (left, right) = (nodes.field("left_child")?, nodes.field("right_child")?);
    let (feature, threshold) = (nodes.field("feature")?, nodes.field("threshold")?);
    let cover = nodes.field("weighted_n_node_samples")?;
    let missing_left =
        if nodes.has_field("missing_go_to_left") { nodes.field("missing_go_to_left")? } else { vec![0.0; left.len()] };
    let values = tree.attribute("values")?.numbers(&[left.len(), 1, width])?;
    let mut out = Vec::with_capacity(left.len());
    for (i, value) in values.chunks(width).enumerate() {
        let bad = |why: &str| tree.bad(&format!("node {i}: {why}"));
        if left[i] < 0.0 && right[i] < 0.0 {
            out.push(Node::Leaf { value: worth(value).map_err(|why| bad(&why))?, cover: cover[i] });
            continue;
        }
        let Some(s) = index(feature[i]).and_then(|f| seen.get(f)) else { return Err(bad("splits an unknown feature")) };
        let missing_left = match plain(s, &tree)? {
            // The forest sees what is taken for a missing value, in single precision.
            Some(x) => f64::from(x as f32) <= threshold[i],
            None => missing_left[i] != 0.0,
        };
        let bound = below(threshold[i]).ok_or_else(|| bad("the threshold is not a number"))?;
        let child = |c: f64| index(c).unwrap_or(usize::MAX);
        let (left, right) = (child(left[i]), child(right[i]));
        out.push(Node::Split { column: s.column, threshold: bound, missing_left, left, right, cover: cover[i] });
    }
    arrange(&out).map_err(|why| tree.bad(&why))
}

/// A whole number from 0.
pub(super) fn index(x: f64) -> Option<usize> {
    ((0.0..9e15).contains(&x) && x.fract() == 0.0).then_some(x as usize)
}

/// What trees take for a missing value of a column; refuses columns that are computed.
pub(super) fn plain(seen: &Seen, at: &Object<'_>) -> Result<Option<f64>, Error> {
    if seen.is_plain() {
        return Ok(seen.missing);
    }
    let what = format!("trees on a scaled column ({})", at.path());
    Err(Error::unsupported(what, "train them on the columns themselves: scaling changes no split"))
}
