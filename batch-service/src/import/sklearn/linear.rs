//! Logistic regression.

use super::{Object, Scored, Seen, two_classes};
use crate::import::Error;
use crate::import::plain::{Link, Predictor, Term};

pub(super) fn read(object: &Object<'_>, seen: &[Seen]) -> Result<Scored, Error> {
    two_classes(object, "classes_")?;
    // Up to scikit-learn 1.7 this setting made the probability a softmax of both signs of the margin.
    if object.has("multi_class") && object.attribute("multi_class")?.text() == Ok("multinomial") {
        return Err(Error::unsupported(
            "LogisticRegression with multi_class=\"multinomial\"",
            "train with its default",
        ));
    }
    let weights = object.attribute("coef_")?.numbers(&[1, seen.len()])?;
    let base = object.attribute("intercept_")?.numbers(&[1])?.iter().sum();
    let term =
        |(weight, s): (f64, &Seen)| Term { column: s.column, weight, mean: s.mean, scale: s.scale, missing: s.missing };
    let terms = weights.into_iter().zip(seen).map(term).collect();
    Ok(Scored { base, predictor: Predictor::Linear(terms), link: Link::Logistic })
}
