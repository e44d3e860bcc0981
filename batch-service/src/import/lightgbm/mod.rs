//! LightGBM's text model, as `Booster.save_model` writes it and as pickles of `LGBMClassifier` and `Booster` hold it.
//!
//! The decisions are those of `Tree::NumericalDecision` and `Tree::CategoricalDecision` of LightGBM 4: `x <= threshold` in
//! double precision; a missing value counts as 0 where the training saw none; a category that is missing, below 0 or not in
//! the set goes right. The leaves are summed in double precision in the order of the trees.

#[cfg(test)]
mod tests;
mod text;

use super::Error;
use super::plain::{Categories, Columns, Link, Node, Plain, Predictor, Schema, Tree, arrange, below};
use text::{Block, Text};

/// Bits of `decision_type`.
const CATEGORICAL: u8 = 1;
const DEFAULT_LEFT: u8 = 2;
const MISSING_ZERO: u8 = 1;
const MISSING_NAN: u8 = 2;

fn bad(at: &str, why: impl Into<String>) -> Error {
    Error::malformed("LightGBM text model", at, why)
}

/// Whether bytes begin as a text model does.
#[must_use]
pub fn recognises(bytes: &[u8]) -> bool {
    bytes.starts_with(b"tree\n") || bytes.starts_with(b"tree\r\n")
}

/// The model of a text; of its iterations only the first `iterations`, which an early stop may have chosen.
pub fn convert(text: &str, iterations: Option<usize>) -> Result<Plain, Error> {
    let text = text::read(text)?;
    let version = text.head.text("version")?;
    if !matches!(version, "v3" | "v4") {
        return Err(Error::unsupported(format!("LightGBM model version {version}"), "save it with LightGBM 3 or 4"));
    }
    let sigmoid = objective(&text)?;
    let inputs: Vec<String> = text.head.text("feature_names")?.split(' ').map(str::to_owned).collect();
    if text.head.number::<usize>("max_feature_idx")?.checked_add(1) != Some(inputs.len()) {
        return Err(bad("head", "max_feature_idx and feature_names do not agree"));
    }
    let mut columns = Columns::new(inputs.len());
    let used = iterations.unwrap_or(text.trees.len()).min(text.trees.len());
    let trees = text.trees.iter().take(used).map(|block| tree(block, &mut columns)).collect::<Result<Vec<_>, _>>()?;
    // A random forest takes the mean of its trees.
    let scale = if text.head.has("average_output") { sigmoid / trees.len() as f64 } else { sigmoid };
    let categories = categories(&text, inputs.len())?;
    let link = if scale == 1.0 { Link::Logistic } else { Link::Platt { a: scale, b: 0.0 } };
    let predictor = Predictor::Trees { trees, single: false, missing: true };
    let source = format!("lightgbm text {version}");
    Plain {
        schema: Schema::One,
        inputs,
        categories,
        indicators: columns.into_indicators(),
        base: 0.0,
        predictor,
        link,
        source,
    }
    .checked()
}

/// The `sigmoid` of the binary objective.
fn objective(text: &Text<'_>) -> Result<f64, Error> {
    let advice = "train LGBMClassifier with two classes and objective binary";
    if text.head.number::<usize>("num_class")? != 1 || text.head.number::<usize>("num_tree_per_iteration")? != 1 {
        return Err(Error::unsupported("a LightGBM model of several classes", advice));
    }
    if !text.head.has("objective") {
        return Err(Error::unsupported("a LightGBM model with an objective of its own", advice));
    }
    let objective = text.head.text("objective")?;
    let mut words = objective.split(' ');
    if words.next() != Some("binary") {
        return Err(Error::unsupported(format!("LightGBM objective `{objective}`"), advice));
    }
    match words.next().and_then(|w| w.strip_prefix("sigmoid:")).and_then(|s| s.parse().ok()) {
        Some(sigmoid) if words.next().is_none() => Ok(sigmoid),
        _ => Err(bad("head", format!("objective `{objective}`"))),
    }
}

fn tree(block: &Block<'_>, columns: &mut Columns) -> Result<Tree, Error> {
    if block.has("is_linear") && block.text("is_linear")? != "0" {
        return Err(Error::unsupported(
            format!("LightGBM linear_tree ({})", block.name),
            "train with linear_tree=False",
        ));
    }
    let leaves: usize = block.number("num_leaves")?;
    let values: Vec<f64> = block.numbers("leaf_value", leaves)?;
    let Some(splits) = leaves.checked_sub(1) else { return Err(bad(&block.name, "no leaves")) };
    if splits == 0 {
        let nodes: Vec<Node> = values.iter().map(|value| Node::Leaf { value: *value, cover: 0.0 }).collect();
        return arrange(&nodes).map_err(|why| bad(&block.name, why));
    }
    let feature: Vec<usize> = block.numbers("split_feature", splits)?;
    let threshold: Vec<f64> = block.numbers("threshold", splits)?;
    let decision: Vec<u8> = block.numbers("decision_type", splits)?;
    let left: Vec<i64> = block.numbers("left_child", splits)?;
    let right: Vec<i64> = block.numbers("right_child", splits)?;
    let split_cover: Vec<f64> = block.numbers("internal_count", splits)?;
    let leaf_cover: Vec<f64> = block.numbers("leaf_count", leaves)?;
    let sets = Sets::read(block)?;
    // A child is a split by its number, or a leaf by its number's complement.
    let child =
        |c: i64| usize::try_from(if c >= 0 { c } else { (!c).saturating_add(splits as i64) }).unwrap_or(usize::MAX);
    let mut nodes = Vec::with_capacity(splits + leaves);
    for i in 0..splits {
        let bad = |why: String| bad(&format!("{}, node {i}", block.name), why);
        let (left, right, cover) = (child(left[i]), child(right[i]), split_cover[i]);
        let missing = decision[i] >> 2 & 3;
        if decision[i] & CATEGORICAL != 0 {
            let column = columns.bitset(feature[i], sets.words(threshold[i]).map_err(bad)?).map_err(bad)?;
            // In the set goes left; the column is 1 there, which is not below the threshold.
            let (left, right) = (right, left);
            nodes.push(Node::Split { column, threshold: 0.5, missing_left: true, left, right, cover });
            continue;
        }
        let missing_left = match missing {
            MISSING_NAN => decision[i] & DEFAULT_LEFT != 0,
            MISSING_ZERO => {
                let what = format!("LightGBM zero_as_missing ({}, node {i})", block.name);
                return Err(Error::unsupported(what, "train with zero_as_missing=False"));
            }
            0 => 0.0 <= threshold[i],
            _ => return Err(bad("an unknown kind of missing value".to_owned())),
        };
        let threshold = below(threshold[i]).ok_or_else(|| bad("the threshold is not a number".to_owned()))?;
        nodes.push(Node::Split { column: feature[i], threshold, missing_left, left, right, cover });
    }
    nodes.extend(values.iter().zip(&leaf_cover).map(|(value, cover)| Node::Leaf { value: *value, cover: *cover }));
    arrange(&nodes).map_err(|why| bad(&block.name, why))
}

/// Sets of categories of a tree, as bits.
struct Sets {
    boundaries: Vec<usize>,
    words: Vec<u32>,
}

impl Sets {
    fn read(block: &Block<'_>) -> Result<Self, Error> {
        let count: usize = block.number("num_cat")?;
        if count == 0 {
            return Ok(Self { boundaries: Vec::new(), words: Vec::new() });
        }
        let boundaries: Vec<usize> = block.numbers("cat_boundaries", count.saturating_add(1))?;
        let words = block.numbers("cat_threshold", boundaries.last().copied().unwrap_or(0))?;
        Ok(Self { boundaries, words })
    }

    /// The set that a split names by its threshold.
    fn words(&self, number: f64) -> Result<&[u32], String> {
        let ends = || {
            let i = if number >= 0.0 && number.fract() == 0.0 { number as usize } else { usize::MAX };
            Some((*self.boundaries.get(i)?, *self.boundaries.get(i.checked_add(1)?)?))
        };
        ends().and_then(|(from, to)| self.words.get(from..to)).ok_or_else(|| "an unknown set of categories".to_owned())
    }
}

/// The names of categories, where a data frame had them; its columns are those that were trained as categories.
fn categories(text: &Text<'_>, inputs: usize) -> Result<Vec<Categories>, Error> {
    let Some(json) = text.categories.filter(|json| !matches!(*json, "null" | "[]")) else { return Ok(Vec::new()) };
    let lists: Vec<Vec<serde_json::Value>> =
        serde_json::from_str(json).map_err(|e| bad("pandas_categorical", e.to_string()))?;
    let listed = text.parameters.get("categorical_feature").copied().unwrap_or("");
    let mut columns: Vec<usize> = listed.split(',').filter_map(|c| c.parse().ok()).filter(|c| *c < inputs).collect();
    columns.sort_unstable();
    if columns.len() != lists.len() {
        return Err(Error::unsupported(
            format!("pandas_categorical of {} columns where {} are trained as categories", lists.len(), columns.len()),
            "leave categorical_feature at its default and order no categories, or train on codes",
        ));
    }
    let name = |v: serde_json::Value| if let serde_json::Value::String(s) = v { s } else { v.to_string() };
    let named = |(input, list): (usize, Vec<_>)| Categories { input, names: list.into_iter().map(name).collect() };
    Ok(columns.into_iter().zip(lists).map(named).collect())
}
