//! Whether a model says what Python says, row by row.

use super::Error;
use super::build::{inputs, never_missing};
use super::plain::Plain;
use super::rows::Rows;
use model_core::{Model, Profile, Scratch};
use serde::Serialize;

/// Largest difference of a probability that counts as equal.
pub const TOLERANCE: f64 = 1e-9;

/// What the rows gave.
#[derive(Clone, Debug, Serialize)]
pub struct Equality {
    /// Rows that were compared.
    pub rows: usize,
    /// Largest absolute difference of a probability.
    pub largest_difference: f64,
    /// The row of it, counted from 1.
    pub row: usize,
    /// What Python said of that row.
    pub expected: f64,
    /// What the model says.
    pub score: f64,
    /// Largest difference that counts as equal.
    pub tolerance: f64,
    /// Rows whose difference is larger.
    pub unequal: usize,
}

/// Scores rows and compares with what Python said of them. `features` has the feature of each input.
///
/// # Errors
/// When rows and scores do not fit each other or the model; rows with a missing value that the library refuses.
pub fn compare(
    plain: &Plain,
    features: &[Option<String>],
    model: &Model,
    profile: &Profile,
    rows: &Rows,
    expected: &Rows,
) -> Result<Equality, Error> {
    let bad = |why: String| Error::malformed("the check", "rows and expected scores", why);
    if rows.len() != expected.len() {
        return Err(bad(format!("{} rows, {} scores", rows.len(), expected.len())));
    }
    // The helper writes one column; of two, as `predict_proba` gives them, the last is the second class.
    let last = expected.names.len().saturating_sub(1);
    let name_of = |input: usize| plain.inputs.get(input).map_or("", String::as_str);
    let read = inputs(plain);
    let columns = rows.singles(&read.iter().map(|input| name_of(*input)).collect::<Vec<_>>())?;
    for input in never_missing(plain) {
        let column = read.iter().position(|r| *r == input).and_then(|place| columns.get(place));
        if let Some(row) = column.and_then(|column| column.iter().position(|x| x.is_nan())) {
            return Err(bad(format!(
                "row {}: `{}` is missing, which {} refuses",
                row + 1,
                name_of(input),
                plain.source
            )));
        }
    }
    // The model's row has features in the order of the schema.
    let of_feature = |name: &String| {
        let place = read.iter().position(|input| features.get(*input).and_then(Option::as_ref) == Some(name))?;
        columns.get(place)
    };
    let order: Vec<Option<&Vec<f32>>> = model.feature_names(profile).iter().map(of_feature).collect();
    let mut found = Equality {
        rows: rows.len(),
        largest_difference: 0.0,
        row: 1,
        expected: f64::NAN,
        score: f64::NAN,
        tolerance: TOLERANCE,
        unequal: 0,
    };
    let (mut scratch, mut row) = (Scratch::default(), vec![f32::NAN; order.len()]);
    for (at, expected) in expected.column(last).enumerate() {
        if !(0.0..=1.0).contains(&expected) {
            return Err(bad(format!("row {}: the expected score {expected} is no probability", at + 1)));
        }
        for (x, column) in row.iter_mut().zip(&order) {
            *x = column.and_then(|column| column.get(at)).copied().unwrap_or(f32::NAN);
        }
        let score = model.score(&row, &mut scratch);
        let difference = (score - expected).abs();
        found.unequal += usize::from(difference > TOLERANCE);
        if at == 0 || difference > found.largest_difference {
            found = Equality { largest_difference: difference, row: at + 1, expected, score, ..found };
        }
    }
    Ok(found)
}
