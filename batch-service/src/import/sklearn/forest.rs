//! Random forests, extra trees and single trees: the probability is the mean of the leaves' shares of the second class.

use super::{Object, Scored, Seen, tree, two_classes};
use crate::import::Error;
use crate::import::plain::{Link, Predictor};

/// The share of the second class; since scikit-learn 1.3 the values of a node are shares.
fn share(values: &[f64]) -> Result<f64, String> {
    match values {
        [a, b] if (a + b - 1.0).abs() <= 1e-9 && (0.0..=1.0).contains(b) => Ok(*b),
        _ => {
            Err(format!("{values:?} are not the shares of two classes; write the file with scikit-learn 1.3 or later"))
        }
    }
}

fn scored(object: &Object<'_>, estimators: &[Object<'_>], seen: &[Seen]) -> Result<Scored, Error> {
    if object.has("n_outputs_") && object.attribute("n_outputs_")?.whole()? != 1 {
        return Err(Error::unsupported(format!("{} with several outputs", object.class()?), "train with one"));
    }
    two_classes(object, "classes_")?;
    let count = estimators.len() as f64;
    let worth = |values: &[f64]| Ok(share(values)? / count);
    let trees = estimators.iter().map(|e| tree::read(e, seen, 2, &worth)).collect::<Result<Vec<_>, _>>()?;
    Ok(Scored {
        base: 0.0,
        predictor: Predictor::Trees { trees, single: false, missing: true },
        link: Link::Probability,
    })
}

pub(super) fn read(object: &Object<'_>, seen: &[Seen]) -> Result<Scored, Error> {
    scored(object, &object.attribute("estimators_")?.list()?, seen)
}

pub(super) fn read_one(object: &Object<'_>, seen: &[Seen]) -> Result<Scored, Error> {
    scored(object, std::slice::from_ref(object), seen)
}
