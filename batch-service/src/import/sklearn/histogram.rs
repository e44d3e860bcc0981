//! `HistGradientBoostingClassifier`: a baseline, then trees of raw thresholds and sets of categories.
//!
//! Categories are encoded first, by their order, and columns of categories come first. A category that training did not see
//! is missing; `x <= threshold` is in double precision, and a set's categories go left.

use super::tree::{index, plain};
use super::{Object, Reading, Scored, Seen, encode, two_classes};
use crate::import::Error;
use crate::import::plain::{Among, Link, MAX_CODES, Node, Predictor, Tree, arrange, below};

/// What a set of categories counts for, all codes of which are looked at.
const SET: usize = 4;

/// A column as the trees number them, with the category of the input for each code of the trees.
struct Column {
    seen: Seen,
    categories: Option<Vec<usize>>,
}

pub(super) fn read(object: &Object<'_>, seen: &[Seen], reading: &mut Reading) -> Result<Scored, Error> {
    two_classes(object, "classes_")?;
    let loss = object.attribute("loss")?;
    if loss.text()? != "log_loss" {
        let what = format!("HistGradientBoostingClassifier with loss={:?}", loss.text()?);
        return Err(Error::unsupported(what, "train with loss=\"log_loss\""));
    }
    let base = object.attribute("_baseline_prediction")?.numbers(&[1, 1])?.iter().sum();
    let columns = columns(object, seen, reading)?;
    let mut trees = Vec::new();
    for iteration in object.attribute("_predictors")?.list()? {
        match iteration.list()?.as_slice() {
            [predictor] => trees.push(tree(predictor, &columns, reading)?),
            _ => return Err(iteration.bad("not one tree")),
        }
    }
    Ok(Scored { base, predictor: Predictor::Trees { trees, single: false, missing: true }, link: Link::Logistic })
}

/// The columns in the order of the trees.
fn columns(object: &Object<'_>, seen: &[Seen], reading: &mut Reading) -> Result<Vec<Column>, Error> {
    let simple = |seen: &Seen| Column { seen: *seen, categories: None };
    if !object.has("_preprocessor") || object.attribute("_preprocessor")?.is_none() {
        if object.has("is_categorical_") && !object.attribute("is_categorical_")?.is_none() {
            return Err(Error::unsupported(
                "categories of scikit-learn before 1.4",
                "train with scikit-learn 1.4 or later",
            ));
        }
        return Ok(seen.iter().map(simple).collect());
    }
    let is_category = object.attribute("is_categorical_")?.numbers(&[seen.len()])?;
    let (coded, other): (Vec<_>, Vec<_>) = seen.iter().zip(&is_category).partition(|(_, c)| **c != 0.0);
    let transformers = object.attribute("_preprocessor")?.attribute("transformers_")?.list()?;
    let encoder = match transformers.first().map(Object::list).transpose()?.and_then(|t| t.into_iter().nth(1)) {
        Some(encoder) if encoder.class()? == "sklearn.preprocessing._encoders.OrdinalEncoder" => encoder,
        _ => return Err(object.bad("_preprocessor has no encoder of categories")),
    };
    let lists = encoder.attribute("categories_")?.list()?;
    if lists.len() != coded.len() {
        return Err(encoder.bad("categories_ of another number of columns"));
    }
    let mut columns = Vec::with_capacity(seen.len());
    for ((seen, _), list) in coded.iter().zip(&lists) {
        if plain(seen, object)?.is_some() {
            return Err(Error::unsupported(
                "an imputer before categories",
                "give the categories to the model as they are",
            ));
        }
        let codes = encode::codes(list, seen.column, reading)?;
        columns.push(Column { seen: **seen, categories: Some(codes.into_iter().flatten().collect()) });
    }
    columns.extend(other.iter().map(|(seen, _)| simple(seen)));
    Ok(columns)
}

fn tree(predictor: &Object<'_>, columns: &[Column], reading: &mut Reading) -> Result<Tree, Error> {
    let nodes = predictor.attribute("nodes")?;
    let (value, count, leaf) = (nodes.field("value")?, nodes.field("count")?, nodes.field("is_leaf")?);
    let (feature, threshold) = (nodes.field("feature_idx")?, nodes.field("num_threshold")?);
    let (left, right) = (nodes.field("left")?, nodes.field("right")?);
    let missing_left = nodes.field("missing_go_to_left")?;
    let (is_set, set) = (nodes.field("is_categorical")?, nodes.field("bitset_idx")?);
    let bitsets = predictor.attribute("raw_left_cat_bitsets")?;
    let rows = bitsets.count()?;
    let bitsets = bitsets.numbers(&[rows, 8])?;
    let mut out = Vec::with_capacity(value.len());
    for i in 0..value.len() {
        let bad = |why: &str| predictor.bad(&format!("node {i}: {why}"));
        let cover = count[i];
        if leaf[i] != 0.0 {
            out.push(Node::Leaf { value: value[i], cover });
            continue;
        }
        let Some(column) = index(feature[i]).and_then(|f| columns.get(f)) else {
            return Err(bad("splits an unknown feature"));
        };
        let child = |c: f64| index(c).unwrap_or(usize::MAX);
        let (left, right) = (child(left[i]), child(right[i]));
        let missing_left = missing_left[i] != 0.0;
        if is_set[i] != 0.0 {
            let Some(categories) = &column.categories else {
                return Err(bad("splits a number by a set of categories"));
            };
            let words = index(set[i])
                .and_then(|s| bitsets.get(s.checked_mul(8)?..)?.get(..8))
                .ok_or_else(|| bad("has no set"))?;
            let in_set = |code: usize| words.get(code / 32).is_some_and(|w| (*w as u32) >> (code % 32) & 1 == 1);
            reading.look(predictor, SET)?;
            // A category that the encoder does not know is missing.
            let mut among = vec![Among::Missing; MAX_CODES];
            for (code, category) in categories.iter().enumerate() {
                if let Some(place) = among.get_mut(*category) {
                    *place = if in_set(code) { Among::Yes } else { Among::No };
                }
            }
            let column =
                reading.columns.indicator(column.seen.column, among, Among::Missing).map_err(|why| bad(&why))?;
            // The set goes left, and the column is 1 there, which is not below the threshold.
            let (left, right) = (right, left);
            out.push(Node::Split { column, threshold: 0.5, missing_left: !missing_left, left, right, cover });
            continue;
        }
        if column.categories.is_some() {
            return Err(bad("splits categories by a threshold"));
        }
        let missing_left = plain(&column.seen, predictor)?.map_or(missing_left, |x| x <= threshold[i]);
        let bound = below(threshold[i]).ok_or_else(|| bad("the threshold is not a number"))?;
        out.push(Node::Split { column: column.seen.column, threshold: bound, missing_left, left, right, cover });
    }
    arrange(&out).map_err(|why| predictor.bad(&why))
}
