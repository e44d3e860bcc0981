//! Whether a plain model is sound.

use super::{
    Indicator, Link, MAX_CODES, MAX_COLUMNS, MAX_INPUTS, MAX_KNOTS, MAX_MEMBERS, MAX_NODES, MAX_TREES, Plain,
    Predictor, Term, Tree,
};
use crate::import::Error;
use std::collections::HashSet;

type Checked = Result<(), (String, String)>;

fn ensure(holds: bool, at: impl Fn() -> String, why: &str) -> Checked {
    if holds { Ok(()) } else { Err((at(), why.to_owned())) }
}

impl Plain {
    /// The model if every number is finite, every index in range, every tree a tree, and all within the limits.
    pub fn checked(self) -> Result<Self, Error> {
        self.check().map_err(|(at, why)| Error::malformed(&self.source, at, why))?;
        Ok(self)
    }

    fn check(&self) -> Checked {
        let n = self.inputs.len();
        ensure((1..=MAX_INPUTS).contains(&n), || "inputs".into(), "none, or too many")?;
        let names: HashSet<&String> = self.inputs.iter().collect();
        ensure(
            names.len() == n && !names.iter().any(|name| name.is_empty()),
            || "inputs".into(),
            "a name twice or empty",
        )?;
        let columns = n + self.indicators.len();
        ensure(columns <= MAX_COLUMNS, || "indicators".into(), "too many")?;
        let mut named = HashSet::new();
        for c in &self.categories {
            ensure(c.input < n && named.insert(c.input), || "categories".into(), "an unknown input, or one twice")?;
        }
        for (i, Indicator { input, codes, .. }) in self.indicators.iter().enumerate() {
            ensure(
                *input < n && codes.len() <= MAX_CODES,
                || format!("indicator {i}"),
                "an unknown input, or too many codes",
            )?;
        }
        let Predictor::Mean(members) = &self.predictor else {
            return check_one(self.base, &self.predictor, &self.link, columns);
        };
        ensure(self.base == 0.0, || "base".into(), "of a mean is not 0")?;
        ensure((2..=MAX_MEMBERS).contains(&members.len()), || "mean".into(), "fewer than 2 members, or too many")?;
        for (i, member) in members.iter().enumerate() {
            let inside = |(at, why)| (format!("member {i}: {at}"), why);
            check_one(member.base, &member.predictor, &member.link, columns).map_err(inside)?;
        }
        check_link(&self.link)
    }
}

/// What has one margin.
fn check_one(base: f64, predictor: &Predictor, link: &Link, columns: usize) -> Checked {
    ensure(base.is_finite(), || "base".into(), "not finite")?;
    match predictor {
        Predictor::Linear(terms) => {
            ensure(terms.len() <= columns, || "terms".into(), "more than columns")?;
            terms.iter().enumerate().try_for_each(|(i, term)| check_term(i, term, columns))?;
        }
        Predictor::Trees { trees, .. } => {
            let nodes: usize = trees.iter().map(|tree| tree.left.len()).sum();
            ensure(
                !trees.is_empty() && trees.len() <= MAX_TREES && nodes <= MAX_NODES,
                || "trees".into(),
                "none, or too many",
            )?;
            trees.iter().enumerate().try_for_each(|(i, tree)| check_tree(i, tree, columns))?;
        }
        Predictor::Mean(_) => return Err(("predictor".into(), "a mean in a mean".into())),
    }
    check_link(link)
}

fn check_term(i: usize, term: &Term, columns: usize) -> Checked {
    let at = || format!("term {i}");
    ensure(term.column < columns, at, "an unknown column")?;
    let numbers = [term.weight, term.mean, term.scale, term.missing.unwrap_or(0.0)];
    ensure(
        numbers.iter().all(|x| x.is_finite()) && term.scale > 0.0,
        at,
        "a number that is not finite, or a scale not over 0",
    )
}

fn check_tree(t: usize, tree: &Tree, columns: usize) -> Checked {
    let n = tree.left.len();
    let lengths = [
        tree.feature.len(),
        tree.threshold.len(),
        tree.missing_left.len(),
        tree.right.len(),
        tree.value.len(),
        tree.cover.len(),
    ];
    ensure(
        n > 0 && lengths.iter().all(|len| *len == n),
        || format!("tree {t}"),
        "empty, or arrays of several lengths",
    )?;
    let mut has_parent = vec![false; n];
    for i in 0..n {
        let at = || format!("tree {t}, node {i}");
        let (left, right) = (tree.left[i], tree.right[i]);
        ensure(tree.cover[i].is_finite() && tree.cover[i] >= 0.0, at, "a cover that is not finite or below 0")?;
        if left == 0 && right == 0 {
            ensure(tree.value[i].is_finite(), at, "a value that is not finite")?;
            continue;
        }
        ensure(left > i && right > i && left < n && right < n, at, "a child before its parent or out of range")?;
        for child in [left, right] {
            ensure(!std::mem::replace(&mut has_parent[child], true), at, "a child that has two parents")?;
        }
        ensure(tree.feature[i] < columns, at, "a split of an unknown column")?;
        ensure(tree.threshold[i].is_finite(), at, "a threshold that is not finite")?;
    }
    ensure(has_parent.iter().skip(1).all(|p| *p), || format!("tree {t}"), "a node that no other leads to")
}

fn check_link(link: &Link) -> Checked {
    let at = || "link".to_owned();
    match link {
        Link::Logistic | Link::SingleLogistic | Link::Probability => Ok(()),
        Link::Platt { a, b } => {
            ensure(a.is_finite() && b.is_finite() && *a > 0.0, at, "a slope not over 0, or not finite")
        }
        Link::Isotonic { x, y } => {
            ensure(
                !x.is_empty() && x.len() == y.len() && x.len() <= MAX_KNOTS,
                at,
                "no knots, too many, or of two lengths",
            )?;
            ensure(
                x.iter().all(|x| x.is_finite()) && x.is_sorted_by(|a, b| a < b),
                at,
                "margins are not strictly ascending",
            )?;
            ensure(
                y.iter().all(|y| (0.0..=1.0).contains(y)) && y.is_sorted(),
                at,
                "probabilities out of 0 to 1, or descending",
            )
        }
    }
}
