//! Scalers and imputers: a column stays one column.

use super::{Object, Seen};
use crate::import::Error;

/// `(y - mean) / scale` after what was done before.
fn then(seen: &Seen, mean: f64, scale: f64) -> Seen {
    if seen.is_plain() {
        return Seen { mean, scale, ..*seen };
    }
    Seen { mean: seen.mean + mean * seen.scale, scale: seen.scale * scale, ..*seen }
}

pub(super) fn standard(object: &Object<'_>, seen: &[Seen]) -> Result<Vec<Seen>, Error> {
    let list = |switch: &str, attribute: &str, other: f64| {
        let on = object.attribute(switch)?.number()? != 0.0;
        if on { object.attribute(attribute)?.numbers(&[seen.len()]) } else { Ok(vec![other; seen.len()]) }
    };
    let (mean, scale) = (list("with_mean", "mean_", 0.0)?, list("with_std", "scale_", 1.0)?);
    Ok(seen.iter().zip(mean.iter().zip(&scale)).map(|(s, (mean, scale))| then(s, *mean, *scale)).collect())
}

pub(super) fn min_max(object: &Object<'_>, seen: &[Seen]) -> Result<Vec<Seen>, Error> {
    if object.has("clip") && object.attribute("clip")?.number()? != 0.0 {
        return Err(Error::unsupported("MinMaxScaler with clip=True", "train with clip=False"));
    }
    let scale = object.attribute("scale_")?.numbers(&[seen.len()])?;
    let min = object.attribute("min_")?.numbers(&[seen.len()])?;
    if let Some(i) = scale.iter().position(|s| !(*s > 0.0 && s.is_finite())) {
        return Err(object.bad(&format!("scale_ of column {i} is not over 0")));
    }
    // It is `x * scale + min`.
    Ok(seen.iter().zip(scale.iter().zip(&min)).map(|(s, (scale, min))| then(s, -min / scale, 1.0 / scale)).collect())
}

pub(super) fn imputer(object: &Object<'_>, seen: &[Seen]) -> Result<Vec<Seen>, Error> {
    let is_nan = object.attribute("missing_values")?.number().is_ok_and(f64::is_nan);
    if !is_nan {
        return Err(Error::unsupported(
            "SimpleImputer with missing_values other than nan",
            "write missing values as nan",
        ));
    }
    if object.attribute("add_indicator")?.number()? != 0.0 {
        return Err(Error::unsupported("SimpleImputer with add_indicator=True", "train with add_indicator=False"));
    }
    let statistics = object.attribute("statistics_")?.numbers(&[seen.len()])?;
    let mut out = Vec::with_capacity(seen.len());
    for (i, (s, statistic)) in seen.iter().zip(&statistics).enumerate() {
        if statistic.is_nan() {
            let what = format!("SimpleImputer on column {i}, which has no value at all,");
            return Err(Error::unsupported(what, "leave the column out"));
        }
        // What was filled in before is not missing any more.
        let missing = s.missing.unwrap_or(if s.is_plain() { *statistic } else { statistic * s.scale + s.mean });
        out.push(Seen { missing: Some(missing), ..*s });
    }
    Ok(out)
}
