//! What documents have: how much together; predictor and link each from an object of its fields, never from a list in their order, which what
//! is derived for the variants of an enum would take, too.

use super::bounded::{self, Part};
use super::{Categories, Indicator, MAX_CODES, MAX_COLUMNS, MAX_KNOTS, MAX_NAMES, MAX_NODES, MAX_TREES, Term, Tree};
use crate::object::Object;
use serde::Deserialize;

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Predictor {
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
            Predictor::Linear(terms) => Self::Linear(terms),
            Predictor::Trees(Object(Trees { trees, single, missing })) => Self::Trees { trees, single, missing },
        }
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

impl Part for Term {
    const TOGETHER: usize = 0;

    fn size(&self) -> usize {
        0
    }
}
