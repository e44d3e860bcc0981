//! XGBoost's JSON and UBJSON, as `save_model` writes them and as pickles of `XGBClassifier` and `Booster` hold them.
//!
//! XGBoost computes in single precision: `x < split`, leaves added in the order of the trees to the base score's log-odds,
//! and the logistic function. A category of the set goes right, every other code left; a missing value by `default_left`.

mod document;
mod logarithm;
mod tree;
mod ubjson;

use super::Error;
use super::plain::{Categories, Columns, Link, Plain, Predictor, Schema};
use document::Item;

/// Keys of a map.
const MAX_KEYS: usize = 256;

fn bad(at: &str, why: impl Into<String>) -> Error {
    Error::malformed("XGBoost model", at, why)
}

/// Which of the two answers of XGBoost is meant after an early stop.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Saved {
    /// A file: `XGBClassifier` leaves a mark in it.
    File,
    /// Inside a pickled `XGBClassifier`, which predicts with the trees up to the best iteration.
    Classifier,
    /// Inside a pickled `Booster`, which predicts with all.
    Booster,
}

/// Whether bytes begin as UBJSON does.
#[must_use]
pub fn is_ubjson(bytes: &[u8]) -> bool {
    matches!(bytes, [b'{', b'L' | b'l' | b'i' | b'U' | b'I' | b'#', ..])
}

/// The model of a file, or of the bytes inside a pickle.
pub fn convert(bytes: &[u8], saved: Saved) -> Result<Plain, Error> {
    let document = if is_ubjson(bytes) {
        ubjson::read(bytes)?
    } else {
        serde_json::from_slice(bytes).map_err(|e| not_json(bytes, &e))?
    };
    // A pickle holds the settings of the training beside the model.
    let model =
        if document.find("learner").is_none() { document.find("Model").unwrap_or(&document) } else { &document };
    let version = version(model)?;
    let learner = model.get("learner")?;
    let base = base(learner)?;
    let booster = learner.get("gradient_booster")?;
    match booster.text("name")? {
        "gbtree" => {}
        "gblinear" => {
            let instead = "its sums are in single precision; use LogisticRegression of scikit-learn";
            return Err(Error::unsupported("XGBoost booster gblinear", instead));
        }
        name => return Err(Error::unsupported(format!("XGBoost booster {name}"), "train with booster=\"gbtree\"")),
    }
    let gbtree = booster.get("model")?;
    let names = names(learner)?;
    let (inputs, categories) = (names, categories(gbtree)?);
    let mut columns = Columns::new(inputs.len());
    let used = iterations(learner, gbtree, saved)?;
    let all = gbtree.items("trees")?;
    let read = |(i, item)| tree::read(i, item, inputs.len(), &mut columns);
    let trees = all.iter().take(used).enumerate().map(read).collect::<Result<Vec<_>, _>>()?;
    let predictor = Predictor::Trees { trees, single: true, missing: true };
    let (indicators, link) = (columns.into_indicators(), Link::SingleLogistic);
    Plain {
        schema: Schema::One,
        inputs,
        categories,
        indicators,
        base: f64::from(base),
        predictor,
        link,
        source: format!("xgboost {version}"),
    }
    .checked()
}

/// XGBoost before 3 writes the word NaN, which is no JSON, where it splits categories.
fn not_json(bytes: &[u8], error: &serde_json::Error) -> Error {
    if bytes.windows(3).any(|word| word == b"NaN") {
        return Error::unsupported("XGBoost JSON with NaN", "save the model as UBJSON: save_model(\"model.ubj\")");
    }
    bad("JSON", error.to_string())
}

fn version(model: &Item) -> Result<String, Error> {
    let numbers = model.numbers("version")?;
    let version = numbers.iter().map(f64::to_string).collect::<Vec<_>>().join(".");
    if matches!(numbers.first(), Some(major) if (2.0..4.0).contains(major)) {
        return Ok(version);
    }
    Err(Error::unsupported(format!("a model of XGBoost {version}"), "save it with XGBoost 2 or 3"))
}

/// Log-odds of the base score.
fn base(learner: &Item) -> Result<f32, Error> {
    let param = learner.get("learner_model_param")?;
    let objective = learner.get("objective")?.text("name")?;
    let targets = if param.find("num_target").is_some() { param.count("num_target")? } else { 1 };
    if param.count("num_class")? > 1 || targets != 1 {
        return Err(Error::unsupported(
            "an XGBoost model of several classes or targets",
            "train XGBClassifier with two classes",
        ));
    }
    if objective != "binary:logistic" {
        let instead = "train XGBClassifier with two classes and objective=\"binary:logistic\"";
        return Err(Error::unsupported(format!("XGBoost objective {objective}"), instead));
    }
    let text = param.text("base_score")?;
    let number = text.strip_prefix('[').and_then(|t| t.strip_suffix(']')).unwrap_or(text);
    match number.parse::<f32>() {
        Ok(p) if p > 0.0 && p < 1.0 => Ok(-logarithm::ln(1.0 / p - 1.0)),
        _ => Err(bad("base_score", format!("{text:?} is not one probability between 0 and 1"))),
    }
}

/// The number of inputs is the learner's; the names may be missing.
fn names(learner: &Item) -> Result<Vec<String>, Error> {
    let count = learner.get("learner_model_param")?.count("num_feature")?;
    let names = if learner.find("feature_names").is_some() { learner.items("feature_names")? } else { &[] };
    if names.is_empty() {
        return Ok((0..count.min(super::plain::MAX_INPUTS + 1)).map(|i| format!("f{i}")).collect());
    }
    let named = |item: &Item| {
        if let Item::Text(name) = item { Ok(name.clone()) } else { Err(bad("feature_names", "not text")) }
    };
    let names = names.iter().map(named).collect::<Result<Vec<_>, _>>()?;
    if names.len() == count {
        Ok(names)
    } else {
        Err(bad("feature_names", format!("{} where num_feature is {count}", names.len())))
    }
}

/// How many trees are summed.
fn iterations(learner: &Item, gbtree: &Item, saved: Saved) -> Result<usize, Error> {
    let all = gbtree.items("trees")?.len();
    let attributes = learner.find("attributes");
    let has = |key| attributes.is_some_and(|a| a.find(key).is_some());
    let stops = saved == Saved::Classifier || (saved == Saved::File && has("scikit_learn"));
    let Some(attributes) = attributes.filter(|_| stops && has("best_iteration")) else { return Ok(all) };
    let best = attributes.count("best_iteration")?;
    let ends = gbtree.numbers("iteration_indptr")?;
    match best.checked_add(1).and_then(|end| ends.get(end)) {
        Some(end) if *end >= 1.0 && *end <= all as f64 => Ok(*end as usize),
        _ => Err(bad("iteration_indptr", format!("has no trees of the best iteration, {best}"))),
    }
}

/// The names of categories, where a data frame had them.
fn categories(gbtree: &Item) -> Result<Vec<Categories>, Error> {
    let Some(cats) = gbtree.find("cats").filter(|cats| cats.find("enc").is_some()) else { return Ok(Vec::new()) };
    let mut found = Vec::new();
    for (input, enc) in cats.items("enc")?.iter().enumerate() {
        let values = enc.numbers("values")?;
        let names: Vec<String> = if enc.find("offsets").is_none() {
            values.iter().map(f64::to_string).collect()
        } else if values.iter().all(|b| (0.0..128.0).contains(b)) {
            let cut = |w: &[f64]| {
                values.get(w[0] as usize..w[1] as usize).map(|b| b.iter().map(|b| char::from(*b as u8)).collect())
            };
            let names: Option<_> = enc.numbers("offsets")?.windows(2).map(cut).collect();
            names.ok_or_else(|| bad("cats", format!("names of the categories of input {input}")))?
        } else {
            // XGBoost 3.2 counts characters where it means bytes, so that these names are cut off.
            return Err(Error::unsupported(
                format!("names of categories of input {input} that are not ASCII"),
                "use ASCII names",
            ));
        };
        if !names.is_empty() {
            found.push(Categories { input, names });
        }
    }
    Ok(found)
}
