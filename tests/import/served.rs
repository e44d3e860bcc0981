//! A converted model as it is served, against the plain model.

use super::compare::Rows;
use batch_service::import::build::{Served, build};
use batch_service::import::plain::{Plain, Predictor};
use model_core::{FAMILIES, Profile, ProfileParts, Schema, Scratch, Target};

fn profile() -> Profile {
    let (name, time_zone) = ("test".into(), "UTC".into());
    let parts = ProfileParts { name, time_zone, session_timeout_s: 1800, horizon_days: 7, ..ProfileParts::default() };
    Profile::new(parts).unwrap()
}

/// Names of features, those that may be largest first.
fn features(profile: &Profile) -> Vec<String> {
    let schema = Schema::new(profile);
    let cap = |i: &usize| FAMILIES[schema.feature(*i).unwrap().family as usize].cap;
    let mut places: Vec<usize> = (0..schema.len()).collect();
    places.sort_by(|a, b| cap(b).total_cmp(&cap(a)));
    places.iter().map(|i| schema.name(profile, *i).unwrap()).collect()
}

/// Compares every score; says what differs, or why there is no served model.
pub fn check(plain: &Plain, rows: &Rows) -> Result<String, String> {
    let profile = profile();
    // The values of other tables are no values of these features; only their largest counts, for weights.
    let names = match features(&profile) {
        names if plain.inputs.iter().all(|input| names.contains(input)) => plain.inputs.clone(),
        names => names,
    };
    let mapping: Vec<Option<&str>> = (0..plain.inputs.len()).map(|i| names.get(i).map(String::as_str)).collect();
    let served = Served { profile: &profile, target: Target::Session, version: "imported", bands: [0.4, 0.6] };
    let model = match build(plain, &mapping, served) {
        Ok(model) => model,
        Err(e) => return Ok(format!("no: {e}")),
    };
    let inputs: Vec<usize> =
        model.feature_names(&profile).iter().map(|name| names.iter().position(|n| n == name).unwrap()).collect();
    let (mut scratch, mut largest, mut other_bits) = (Scratch::default(), 0.0f64, 0);
    for row in rows.iter() {
        let features: Vec<f32> = inputs.iter().map(|i| row[*i]).collect();
        let (score, expected) = (model.score(&features, &mut scratch), plain.probability(row));
        // Python refuses a missing value where the plain model has no number.
        if expected.is_nan() {
            continue;
        }
        largest = largest.max((score - expected).abs());
        other_bits += usize::from(score.to_bits() != expected.to_bits());
    }
    let is_linear = matches!(plain.predictor, Predictor::Linear(_));
    match other_bits {
        0 => Ok("same bits".to_owned()),
        _ if is_linear && largest <= 1e-12 => Ok(format!("{largest:.1e}")),
        _ => Err(format!("served: {other_bits} scores of other bits, {largest:e} apart")),
    }
}
