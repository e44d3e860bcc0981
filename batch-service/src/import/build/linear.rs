//! Weights of Python as terms of a served model, which limits standardised values to 8 and adds nothing for missing ones.

use super::{Error, Used};
use crate::import::plain::Term;
use model_core::{FAMILIES, LinearTerm, Profile, Schema, Transform};

/// The bias and a term per column: features first, then indicators.
pub(super) fn terms(
    base: f64,
    terms: &[Term],
    used: &Used,
    profile: &Profile,
) -> Result<(f64, Vec<LinearTerm>), Error> {
    let schema = Schema::new(profile);
    let mut bias = base;
    let mut by_column: Vec<Option<&Term>> = vec![None; used.names.len() + used.indicators.len()];
    for term in terms.iter().filter(|term| term.weight != 0.0) {
        let column = used.place.get(term.column).copied().flatten().and_then(|place| by_column.get_mut(place));
        if let Some(Some(_)) = column.map(|column| column.replace(term)) {
            let what = format!("a column that is read twice ({})", term.column);
            return Err(Error::unsupported(what, "give each column to one transformer"));
        }
    }
    let nothing = Term { column: 0, weight: 0.0, mean: 0.0, scale: 1.0, missing: None };
    let mut out = Vec::with_capacity(by_column.len());
    for (i, term) in by_column.iter().enumerate() {
        let term = term.unwrap_or(&nothing);
        let largest = match used.names.get(i) {
            Some(name) => {
                let unknown = |e| Error::unsupported(format!("feature {name}: {e}"), "see `inkling model features`");
                let at = schema.position(profile, name).map_err(unknown)?;
                let family = schema.feature(at).and_then(|f| FAMILIES.get(f.family as usize));
                family.map_or(f64::from(f32::MAX), |family| f64::from(family.cap))
            }
            None => 1.0,
        };
        // A missing value adds nothing to a served model, so the bias has what it adds in Python.
        let mean = term.missing.unwrap_or(term.mean);
        bias += term.weight * ((mean - term.mean) / term.scale);
        // A power of two, so that it changes no bit of the weight and of the value.
        let mut deviation = 1.0;
        while deviation * 8.0 < mean.abs() + largest && deviation < 1e300 {
            deviation *= 2.0;
        }
        let weight = term.weight / term.scale * deviation;
        out.push(LinearTerm { transform: Transform::Identity, mean, deviation, weight });
    }
    Ok((bias, out))
}
