//! Fitted classifiers of scikit-learn, from the attributes that their pickles hold. One file per family of classes.

mod calibrated;
mod columns;
mod encode;
mod forest;
mod gradient;
mod histogram;
mod linear;
mod object;
mod pipeline;
mod scale;
mod tree;

pub use object::Object;

use super::plain::{Categories, Columns, Indicator, Link, MAX_INPUTS, Plain, Predictor, Schema};
use super::{Error, lightgbm, xgboost};

/// Estimators in one another.
const MAX_DEPTH: usize = 8;

/// Most columns that all transformers together look at, and keys and categories on the way: a list of them that stands in the
/// file once may be meant by each of thousands of transformers.
const MAX_LOOKS: usize = 1 << 20;

/// A column that an estimator sees: `(x - mean) / scale` of a column of the model.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Seen {
    /// An input, or the number of inputs plus an indicator.
    column: usize,
    mean: f64,
    scale: f64,
    /// Taken for a missing `x`.
    missing: Option<f64>,
}

impl Seen {
    fn input(column: usize) -> Self {
        Self { column, mean: 0.0, scale: 1.0, missing: None }
    }

    /// Whether it is the column itself, but for missing values.
    fn is_plain(&self) -> bool {
        self.mean == 0.0 && self.scale == 1.0
    }
}

/// What is known of a model while its parts are read.
struct Reading {
    columns: Columns,
    categories: Vec<Categories>,
    /// How much may still be looked at.
    looks: usize,
}

impl Reading {
    /// Counts what is looked at next.
    fn look(&mut self, object: &Object<'_>, n: usize) -> Result<(), Error> {
        let left = self.looks.checked_sub(n);
        self.looks =
            left.ok_or_else(|| object.bad(&format!("more than {MAX_LOOKS} columns and categories to look at")))?;
        Ok(())
    }
}

/// A classifier without its inputs.
struct Scored {
    base: f64,
    predictor: Predictor,
    link: Link,
}

/// The model of a fitted classifier.
pub fn convert(object: &Object<'_>) -> Result<Plain, Error> {
    let class = object.class()?;
    if let Some(plain) = booster(object, class)? {
        return Ok(plain);
    }
    let (names, source) = (names(object, 0)?, format!("{class} {}", object.version().unwrap_or_default()));
    let mut reading = Reading { columns: Columns::new(names.len()), categories: Vec::new(), looks: MAX_LOOKS };
    let seen: Vec<Seen> = (0..names.len()).map(Seen::input).collect();
    let Scored { base, predictor, link } = classifier(object, &seen, &mut reading, 0)?;
    let Reading { columns, mut categories, .. } = reading;
    categories.sort_by_key(|c| c.input);
    categories.dedup();
    let indicators: Vec<Indicator> = columns.into_indicators();
    Plain {
        schema: Schema::One,
        inputs: names,
        categories,
        indicators,
        base,
        predictor,
        link,
        source: source.trim_end().to_owned(),
    }
    .checked()
}

/// LightGBM's and XGBoost's classes hold a model of the library's own format.
fn booster(object: &Object<'_>, class: &str) -> Result<Option<Plain>, Error> {
    let plain = match class {
        "lightgbm.sklearn.LGBMClassifier" => {
            two_classes(object, if object.has("_classes") { "_classes" } else { "classes_" })?;
            no_early_stop(object)?;
            of_lightgbm(&object.attribute("_Booster")?)?
        }
        "lightgbm.basic.Booster" => of_lightgbm(object)?,
        "xgboost.sklearn.XGBClassifier" | "xgboost.sklearn.XGBRFClassifier" => {
            let missing = object.attribute("missing")?;
            if !missing.number()?.is_nan() {
                let instead = "train with missing=nan, the default";
                return Err(Error::unsupported(format!("{class} with missing={}", missing.number()?), instead));
            }
            let booster = object.attribute("_Booster")?;
            xgboost::convert(booster.attribute("handle")?.bytes()?, xgboost::Saved::Classifier)?
        }
        "xgboost.core.Booster" => xgboost::convert(object.attribute("handle")?.bytes()?, xgboost::Saved::Booster)?,
        _ => return Ok(None),
    };
    Ok(Some(plain))
}

fn of_lightgbm(booster: &Object<'_>) -> Result<Plain, Error> {
    let handle = booster.attribute(if booster.has("_handle") { "_handle" } else { "handle" })?;
    let best = if booster.has("best_iteration") { booster.attribute("best_iteration")?.whole()? } else { 0 };
    lightgbm::convert(handle.text()?, usize::try_from(best).ok().filter(|best| *best > 0))
}

/// Refuses what lets `predict_proba` leave out trees once the margin is large.
fn no_early_stop(object: &Object<'_>) -> Result<(), Error> {
    let name = "pred_early_stop";
    let Some(given) = object.attribute("_other_params").ok().and_then(|given| given.entry(name).ok()) else {
        return Ok(());
    };
    let off = given.is_none()
        || given.number().is_ok_and(|number| number == 0.0)
        || given.text().is_ok_and(|text| ["false", "-"].contains(&&*text.to_ascii_lowercase()));
    if off {
        return Ok(());
    }
    let what = format!("{} with {name}", object.class()?);
    Err(Error::unsupported(what, format!("set_params({name}=False) before it is dumped")))
}

/// Names of the inputs: of the estimator, or of the first step that has them.
fn names(object: &Object<'_>, depth: usize) -> Result<Vec<String>, Error> {
    if object.has("feature_names_in_") {
        let names = object.attribute("feature_names_in_")?;
        return match names.count()? {
            0..=MAX_INPUTS => names.texts(),
            _ => Err(names.bad(&format!("are more than {MAX_INPUTS}"))),
        };
    }
    if object.has("steps") && depth < MAX_DEPTH {
        let steps = object.attribute("steps")?.list()?;
        let estimators = steps.iter().filter_map(|step| step.list().ok()?.into_iter().nth(1));
        let first = estimators.into_iter().find(|e| e.text().is_err() && !e.is_none());
        return names(&first.ok_or_else(|| object.bad("has no steps"))?, depth + 1);
    }
    match usize::try_from(object.attribute("n_features_in_")?.whole()?) {
        Ok(count) if count <= MAX_INPUTS => Ok((0..count).map(|i| format!("f{i}")).collect()),
        _ => Err(object.bad(&format!("n_features_in_ is not 0 to {MAX_INPUTS}"))),
    }
}

/// The classifier that sees these columns.
fn classifier(object: &Object<'_>, seen: &[Seen], reading: &mut Reading, depth: usize) -> Result<Scored, Error> {
    if depth > MAX_DEPTH {
        return Err(object.bad("estimators too deep in one another"));
    }
    let class = object.class()?;
    match class.rsplit('.').next().unwrap_or(class) {
        _ if !class.starts_with("sklearn.") => Err(unknown(class)),
        "LogisticRegression" => linear::read(object, seen),
        "GradientBoostingClassifier" => gradient::read(object, seen),
        "HistGradientBoostingClassifier" => histogram::read(object, seen, reading),
        "RandomForestClassifier" | "ExtraTreesClassifier" => forest::read(object, seen),
        "DecisionTreeClassifier" | "ExtraTreeClassifier" => forest::read_one(object, seen),
        "CalibratedClassifierCV" => calibrated::read(object, seen, reading, depth),
        "Pipeline" => {
            let (seen, last) = pipeline::steps(object, seen, reading, depth)?;
            classifier(&last, &seen, reading, depth + 1)
        }
        "FrozenEstimator" => classifier(&object.attribute("estimator")?, seen, reading, depth + 1),
        _ => Err(unknown(class)),
    }
}

fn unknown(class: &str) -> Error {
    let instead = "classifiers that are read: LogisticRegression, GradientBoostingClassifier, HistGradientBoostingClassifier, \
                   RandomForestClassifier, ExtraTreesClassifier, DecisionTreeClassifier, and these in a Pipeline or a \
                   CalibratedClassifierCV; LGBMClassifier and XGBClassifier on their own";
    Error::unsupported(class, instead)
}

/// Refuses what does not tell two classes apart.
fn two_classes(object: &Object<'_>, attribute: &str) -> Result<(), Error> {
    let classes = object.attribute(attribute)?.count()?;
    if classes == 2 {
        return Ok(());
    }
    Err(Error::unsupported(format!("{} of {classes} classes", object.class()?), "train with two classes"))
}
