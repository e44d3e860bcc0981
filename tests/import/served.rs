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

const MANY_COLUMNS: &str = "more than 255 features and indicators";
const LARGE_TREES: &str = "tree depth over 64 or over 1,024 leaves";
/// The models that are larger than what is served, and why. All others are served.
const REFUSED: [(&str, &str); 10] = [
    ("generated-extra-trees", LARGE_TREES),
    ("generated-xgboost-codes", MANY_COLUMNS),
    ("generated-xgboost-names", MANY_COLUMNS),
    ("leads-extra-trees", LARGE_TREES),
    ("leads-histogram-codes", MANY_COLUMNS),
    ("leads-xgboost-codes", MANY_COLUMNS),
    ("leads-xgboost-names", MANY_COLUMNS),
    ("snapshots-extra-trees", LARGE_TREES),
    ("uci-xgboost-codes", MANY_COLUMNS),
    ("uci-xgboost-names", MANY_COLUMNS),
];

/// Whether a model is refused as it is to be. Of rows that stand in for a table that is not here, the same models may be
/// refused, and no other.
fn refused(name: &str, why: Option<&str>, is_stand_in: bool) -> Result<(), String> {
    let expected = REFUSED.iter().find(|(refused, _)| *refused == name).map(|(_, why)| *why);
    match (why, expected) {
        (None, None) => Ok(()),
        (Some(why), Some(expected)) if why.contains(expected) => Ok(()),
        (None, Some(_)) if is_stand_in => Ok(()),
        (None, Some(expected)) => Err(format!("served, and was to be refused: {expected}")),
        (Some(why), _) => Err(format!("is not served: {why}")),
    }
}

/// Compares every score; says what differs, or why there is no served model, which is an error for all but some models.
pub fn check(name: &str, plain: &Plain, rows: &Rows, is_stand_in: bool) -> Result<String, String> {
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
        Err(e) => {
            let why = e.to_string();
            return refused(name, Some(&why), is_stand_in).map(|()| format!("no: {why}"));
        }
    };
    refused(name, None, is_stand_in)?;
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
    let is_linear = match &plain.predictor {
        Predictor::Mean(members) => matches!(members[0].predictor, Predictor::Linear(_)),
        one => matches!(one, Predictor::Linear(_)),
    };
    match other_bits {
        0 => Ok("same bits".to_owned()),
        _ if is_linear && largest <= 1e-12 => Ok(format!("{largest:.1e}")),
        _ => Err(format!("served: {other_bits} scores of other bits, {largest:e} apart")),
    }
}
