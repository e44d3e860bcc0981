//! Pipelines: transformers one after the other, a classifier at the end.

use super::{Object, Reading, Seen, columns, encode, scale};
use crate::import::Error;

/// What the last step sees, and the last step.
pub(super) fn steps<'a>(
    object: &Object<'a>,
    seen: &[Seen],
    reading: &mut Reading,
    depth: usize,
) -> Result<(Vec<Seen>, Object<'a>), Error> {
    let mut estimators = Vec::new();
    for step in object.attribute("steps")?.list()? {
        let estimator = step.list()?.into_iter().nth(1);
        estimators.push(estimator.ok_or_else(|| step.bad("not a name and an estimator"))?);
    }
    let last = estimators.pop().ok_or_else(|| object.bad("has no steps"))?;
    let mut seen = seen.to_vec();
    for estimator in &estimators {
        seen = transform(estimator, &seen, reading, depth + 1)?;
    }
    Ok((seen, last))
}

/// The columns after a transformer.
pub(super) fn transform(
    object: &Object<'_>,
    seen: &[Seen],
    reading: &mut Reading,
    depth: usize,
) -> Result<Vec<Seen>, Error> {
    if depth > super::MAX_DEPTH {
        return Err(object.bad("estimators too deep in one another"));
    }
    reading.look(object, 1 + seen.len())?;
    if object.is_none() || object.text() == Ok("passthrough") {
        return Ok(seen.to_vec());
    }
    let class = object.class()?;
    match class.rsplit('.').next().unwrap_or(class) {
        "StandardScaler" => scale::standard(object, seen),
        "MinMaxScaler" => scale::min_max(object, seen),
        "SimpleImputer" => scale::imputer(object, seen),
        "OneHotEncoder" => encode::one_hot(object, seen, reading),
        "OrdinalEncoder" => encode::ordinal(object, seen, reading),
        "ColumnTransformer" => columns::transform(object, seen, reading, depth),
        "FunctionTransformer" if object.attribute("func")?.is_none() => Ok(seen.to_vec()),
        "Pipeline" => {
            let (seen, last) = steps(object, seen, reading, depth)?;
            transform(&last, &seen, reading, depth + 1)
        }
        name => Err(Error::unsupported(
            format!("transformer {name}"),
            "use StandardScaler, MinMaxScaler, SimpleImputer, OneHotEncoder, OrdinalEncoder or ColumnTransformer",
        )),
    }
}
