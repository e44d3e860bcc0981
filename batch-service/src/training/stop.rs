//! How many trees are enough.

use super::Snapshots;
use super::calibrate::{Outcomes, platt};
use super::trees::Trees;
use crate::metrics::{Ranked, log_loss};
use model_core::{TreeNodes, sigmoid};

/// Trees between two looks.
const STRIDE: usize = 5;

/// The number of trees with the lowest log-loss on `rows`, after Platt's calibration on the same rows: a share of
/// positives that has moved since the fit is no reason to stop.
pub(super) fn best_count(grown: &Trees, snapshots: &Snapshots, features: &[usize], rows: &[usize]) -> usize {
    let label: Vec<bool> = rows.iter().map(|r| snapshots.label[*r]).collect();
    let weight: Vec<f64> = rows.iter().map(|r| f64::from(snapshots.weight[*r])).collect();
    let covered = vec![1.0; rows.len()];
    let columns: Vec<&[f32]> = features.iter().map(|f| snapshots.columns[*f].as_slice()).collect();
    let mut margins = vec![grown.base; rows.len()];
    let mut best = (f64::INFINITY, grown.trees.len());
    for (i, tree) in grown.trees.iter().enumerate() {
        for (margin, row) in margins.iter_mut().zip(rows) {
            *margin += leaf(tree, &columns, *row);
        }
        let count = i + 1;
        if count % STRIDE == 0 || count == grown.trees.len() {
            let (a, b) = platt(&margins, Outcomes { labels: &label, weight: &weight, covered: &covered });
            let scores: Vec<f64> = margins.iter().map(|m| sigmoid(a * m + b)).collect();
            let ranked = Ranked::new(&scores, &label, &weight, &vec![0; rows.len()]);
            let loss = log_loss(&ranked, &ranked.weight);
            if loss < best.0 {
                best = (loss, count);
            }
        }
    }
    best.1
}

/// Value of the leaf that a row reaches.
fn leaf(tree: &TreeNodes, columns: &[&[f32]], row: usize) -> f64 {
    let mut at = 0;
    while tree.left[at] != 0 {
        let x = columns[tree.feature[at]][row];
        let left = if x.is_nan() { tree.missing_left[at] } else { x < tree.threshold[at] };
        at = if left { tree.left[at] } else { tree.right[at] };
    }
    tree.value[at]
}
