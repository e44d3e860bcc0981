//! What documents have: how much together; predictor and link each from an object of its fields, never from a list in their order, which what
//! is derived for the variants of an enum would take, too.

use super::bounded::{self, Part};
use super::{
    Categories, Indicator, MAX_CODES, MAX_COLUMNS, MAX_KNOTS, MAX_MEMBERS, MAX_NAMES, MAX_NODES, MAX_TREES, Term, Tree,
};
use crate::object::Object;
use serde::Deserialize;

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Predictor {
    Linear(#[serde(deserialize_with = "bounded::objects::<MAX_COLUMNS, _, _>")] Vec<Term>),
    Trees(Object<Trees>),
    Mean(#[serde(deserialize_with = "bounded::objects::<MAX_MEMBERS, _, _>")] Vec<Member>),
}

/// A member is no mean of others.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Member {
    base: f64,
    predictor: One,
    link: super::Link,
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum One {
    Linear(#[serde(deserialize_with = "bounded::objects::<MAX_COLUMNS, _, _>")] Vec<Term>),
    Trees(Object<Trees>),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Trees {
    #[serde(deserialize_with = "bounded::objects::<MAX_TREES, _, _>")]
    trees: Vec<Tree>,
    single: bool,
    missing: bool,
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Link {
    Logistic,
    SingleLogistic,
    Platt(Object<Platt>),
    Isotonic(Object<Isotonic>),
    Probability,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Platt {
    a: f64,
    b: f64,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Isotonic {
    #[serde(deserialize_with = "bounded::list::<MAX_KNOTS, _, _>")]
    x: Vec<f64>,
    #[serde(deserialize_with = "bounded::list::<MAX_KNOTS, _, _>")]
    y: Vec<f64>,
}

impl From<Predictor> for super::Predictor {
    fn from(read: Predictor) -> Self {
        match read {
            Predictor::Linear(terms) => One::Linear(terms).into(),
            Predictor::Trees(trees) => One::Trees(trees).into(),
            Predictor::Mean(members) => Self::Mean(members.into_iter().map(Into::into).collect()),
        }
    }
}

impl From<One> for super::Predictor {
    fn from(read: One) -> Self {
        match read {
            One::Linear(terms) => Self::Linear(terms),
            One::Trees(Object(Trees { trees, single, missing })) => Self::Trees { trees, single, missing },
        }
    }
}

impl From<Member> for super::Member {
    fn from(Member { base, predictor, link }: Member) -> Self {
        Self { base, predictor: predictor.into(), link }
    }
}

impl From<Link> for super::Link {
    fn from(read: Link) -> Self {
        match read {
            Link::Logistic => Self::Logistic,
            Link::SingleLogistic => Self::SingleLogistic,
            Link::Platt(Object(Platt { a, b })) => Self::Platt { a, b },
            Link::Isotonic(Object(Isotonic { x, y })) => Self::Isotonic { x, y },
            Link::Probability => Self::Probability,
        }
    }
}

impl Part for Categories {
    const TOGETHER: usize = MAX_NAMES;

    fn size(&self) -> usize {
        self.names.len()
    }
}

impl Part for Indicator {
    const TOGETHER: usize = MAX_COLUMNS * MAX_CODES;

    fn size(&self) -> usize {
        self.codes.len()
    }
}

impl Part for Tree {
    const TOGETHER: usize = MAX_NODES;

    fn size(&self) -> usize {
        self.left.len()
    }
}

impl Part for Member {
    const TOGETHER: usize = MAX_NODES;

    /// Nodes, and knots.
    fn size(&self) -> usize {
        let nodes = match &self.predictor {
            One::Linear(_) => 0,
            One::Trees(Object(Trees { trees, .. })) => trees.iter().map(Part::size).sum(),
        };
        nodes + if let super::Link::Isotonic { x, .. } = &self.link { x.len() } else { 0 }
    }
}

impl Part for Term {
    const TOGETHER: usize = 0;

    fn size(&self) -> usize {
        0
    }
}
