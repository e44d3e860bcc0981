//! Which features the model reads: a bundle carries at most a few dozen.

use super::Snapshots;
use super::trees::{Rows, TreeSettings, grow};
use anyhow::Result;

/// Rows of the first look, drawn by visitor.
const LOOK_ROWS: usize = 120_000;
/// Features per place in the model that pass the first look.
const LOOK_KEEPS: usize = 2;

/// The strongest features by total gain, at most `most`, strongest first.
///
/// First a small model on a sample of the rows looks at all features, then one on all rows at the best of those.
pub(super) fn strongest(
    snapshots: &Snapshots,
    rows: &[usize],
    weight: &[f64],
    most: usize,
    settings: &TreeSettings,
) -> Result<Vec<usize>> {
    let varied: Vec<usize> = (0..snapshots.columns.len()).filter(|f| varies(&snapshots.columns[*f], rows)).collect();
    let share = rows.len().div_ceil(LOOK_ROWS) as u64;
    let (sample, sample_weight): (Vec<usize>, Vec<f64>) = rows
        .iter()
        .zip(weight)
        .filter(|(row, _)| mix(u64::from(snapshots.visitor[**row])).is_multiple_of(share))
        .map(|(row, weight)| (*row, *weight))
        .unzip();
    let quick = TreeSettings { trees: settings.trees.min(40), bins: settings.bins.min(32), ..*settings };
    let look = grow(snapshots, &varied, Rows { rows: &sample, weight: &sample_weight }, None, &quick)?;
    let first = best(&varied, &look.gain, most * LOOK_KEEPS);
    let quick = TreeSettings { trees: settings.trees.min(60), ..quick };
    let second = grow(snapshots, &first, Rows { rows, weight }, None, &quick)?;
    Ok(best(&first, &second.gain, most))
}

/// The features with gain, strongest first, ties by position.
fn best(features: &[usize], gain: &[f64], most: usize) -> Vec<usize> {
    let mut order: Vec<usize> = (0..features.len()).filter(|i| gain[*i] > 0.0).collect();
    order.sort_by(|a, b| gain[*b].total_cmp(&gain[*a]).then(features[*a].cmp(&features[*b])));
    order.truncate(most);
    order.into_iter().map(|i| features[i]).collect()
}

fn varies(column: &[f32], rows: &[usize]) -> bool {
    let Some(first) = rows.first() else { return false };
    rows.iter().any(|r| column[*r].to_bits() != column[*first].to_bits())
}

/// Spreads neighbouring numbers.
pub(super) fn mix(x: u64) -> u64 {
    let x = (x ^ (x >> 31)).wrapping_mul(0x7fb5_d329_728e_a185);
    let x = (x ^ (x >> 27)).wrapping_mul(0x81da_def4_bc2d_d44d);
    x ^ (x >> 33)
}
