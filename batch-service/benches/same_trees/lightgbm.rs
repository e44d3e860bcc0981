//! LightGBM's JSON dump as trees of the model builder.

use anyhow::{Context, Result, bail};
use model_core::TreeNodes;
use serde_json::Value;

/// The trees of `Booster.dump_model()`.
pub fn trees(dump: &Value) -> Result<Vec<TreeNodes>> {
    let trees = dump["tree_info"].as_array().context("tree_info")?;
    trees
        .iter()
        .map(|tree| {
            let mut nodes = TreeNodes::default();
            add(&tree["tree_structure"], &mut nodes)?;
            Ok(nodes)
        })
        .collect()
}

/// Adds a node and everything below it; gives its index.
fn add(node: &Value, to: &mut TreeNodes) -> Result<usize> {
    let at = to.left.len();
    to.left.push(0);
    to.right.push(0);
    to.feature.push(0);
    to.threshold.push(0.0);
    to.missing_left.push(false);
    let count = |key: &str| node[key].as_f64().unwrap_or(1.0);
    if let Some(value) = node["leaf_value"].as_f64() {
        to.value.push(value);
        to.cover.push(count("leaf_count"));
        return Ok(at);
    }
    to.value.push(0.0);
    to.cover.push(count("internal_count"));
    if node["decision_type"] != "<=" {
        bail!("only numeric splits: {}", node["decision_type"]);
    }
    let threshold = node["threshold"].as_f64().context("threshold")?;
    to.feature[at] = usize::try_from(node["split_feature"].as_u64().context("split_feature")?)?;
    to.threshold[at] = above(threshold);
    to.missing_left[at] = match node["missing_type"].as_str() {
        Some("NaN") => node["default_left"].as_bool().context("default_left")?,
        // Without missing values in training, LightGBM reads NaN as 0.
        Some("None") => threshold >= 0.0,
        other => bail!("missing_type {other:?}"),
    };
    to.left[at] = add(&node["left_child"], to)?;
    to.right[at] = add(&node["right_child"], to)?;
    Ok(at)
}

/// LightGBM goes left on `x <= t`, Inkling on `x < t`: for 32-bit values the next number above `t` means the same.
fn above(threshold: f64) -> f32 {
    let nearest = threshold.clamp(f64::from(f32::MIN), f64::from(f32::MAX)) as f32;
    let above = if f64::from(nearest) > threshold { nearest } else { nearest.next_up() };
    above.min(f32::MAX)
}
