//! Logistic regression with a ridge penalty, by Newton's method.

use super::Snapshots;
use super::trees::Rows;
use anyhow::{Context, Result, ensure};
use model_core::{FAMILIES, LinearTerm, Profile, Schema, Transform, Unit, sigmoid};
use ndarray::{Array1, Array2, ArrayView1, Axis};
use serde::Serialize;

/// How the weights are found.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct LinearSettings {
    /// Ridge penalty on the weights of standardised features, in rows.
    pub l2: f64,
    /// Most steps.
    pub steps: usize,
}

impl Default for LinearSettings {
    fn default() -> Self {
        Self { l2: 10.0, steps: 30 }
    }
}

/// Bias and one term per feature.
#[derive(Clone, Debug)]
pub struct Line {
    /// Log-odds when every feature is average or missing.
    pub bias: f64,
    /// In the order of the features.
    pub terms: Vec<LinearTerm>,
}

/// The features that a weight can read: codes (page group, channel, device) have no order.
pub(super) fn readable(profile: &Profile, features: &[usize]) -> Vec<usize> {
    let schema = Schema::new(profile);
    let is_code = |f: &usize| schema.feature(*f).is_some_and(|r| FAMILIES[r.family as usize].unit == Unit::Code);
    features.iter().copied().filter(|f| !is_code(f)).collect()
}

/// Fits the weights.
pub(super) fn fit(
    snapshots: &Snapshots,
    features: &[usize],
    learn: Rows<'_>,
    settings: &LinearSettings,
) -> Result<Line> {
    let mut terms: Vec<LinearTerm> = features.iter().map(|f| standard(&snapshots.columns[*f], learn.rows)).collect();
    let (n, k) = (learn.rows.len(), features.len());
    // The last column is the bias.
    let mut x = Array2::<f64>::ones((n, k + 1));
    for (j, (f, term)) in features.iter().zip(&terms).enumerate() {
        let column = &snapshots.columns[*f];
        x.column_mut(j).iter_mut().zip(learn.rows).for_each(|(x, row)| *x = term.standardise(column[*row]));
    }
    let labels = Array1::from(snapshots.targets(learn.rows));
    let weight = ArrayView1::from(learn.weight);
    let share = (&labels * &weight).sum() / weight.sum();
    ensure!(share > 0.0 && share < 1.0, "both outcomes are needed");
    let mut beta = Array1::<f64>::zeros(k + 1);
    beta[k] = (share / (1.0 - share)).ln();
    let mut value = objective(&x, &labels, &weight, &beta, settings.l2);
    for _ in 0..settings.steps {
        let p = x.dot(&beta).mapv(sigmoid);
        let mut gradient = x.t().dot(&((&p - &labels) * weight));
        let mut scaled = x.clone();
        let curvature = &p * &p.mapv(|p| 1.0 - p) * weight;
        scaled.axis_iter_mut(Axis(0)).zip(&curvature).for_each(|(mut row, c)| row *= *c);
        let mut hessian = x.t().dot(&scaled);
        for j in 0..k {
            gradient[j] += settings.l2 * beta[j];
            hessian[[j, j]] += settings.l2;
        }
        hessian[[k, k]] += 1e-9;
        let step = solve(hessian, &gradient).context("features are collinear: raise the ridge penalty")?;
        let mut size = 1.0;
        let next = loop {
            let candidate = &beta - &(&step * size);
            let next = objective(&x, &labels, &weight, &candidate, settings.l2);
            if next < value {
                beta = candidate;
                break next;
            }
            size /= 2.0;
            if size < 1e-6 {
                break value;
            }
        };
        let gained = value - next;
        value = next;
        if gained <= 1e-9 * value.abs() {
            break;
        }
    }
    for (term, w) in terms.iter_mut().zip(&beta) {
        term.weight = *w;
    }
    Ok(Line { bias: beta[k], terms })
}

fn objective(x: &Array2<f64>, y: &Array1<f64>, w: &ArrayView1<'_, f64>, beta: &Array1<f64>, l2: f64) -> f64 {
    let margins = x.dot(beta);
    let loss: f64 =
        margins.iter().zip(y).zip(w).map(|((m, y), w)| w * (m.max(0.0) + (-m.abs()).exp().ln_1p() - y * m)).sum();
    let last = beta.len() - 1;
    loss + l2 / 2.0 * beta.iter().take(last).map(|b| b * b).sum::<f64>()
}

/// Mean and deviation of a feature, after the transform that leaves it less skewed.
fn standard(column: &[f32], rows: &[usize]) -> LinearTerm {
    let present = || rows.iter().map(|r| f64::from(column[*r])).filter(|v| !v.is_nan());
    let plain = moments(present());
    let transform = if present().all(|v| v >= 0.0) && moments(present().map(f64::sqrt)).2.abs() < plain.2.abs() {
        Transform::Sqrt
    } else {
        Transform::Identity
    };
    let (mean, deviation, _) = if transform == Transform::Sqrt { moments(present().map(f64::sqrt)) } else { plain };
    LinearTerm { transform, mean, deviation: if deviation > 1e-9 { deviation } else { 1.0 }, weight: 0.0 }
}

/// Mean, standard deviation and skewness.
fn moments(values: impl Iterator<Item = f64> + Clone) -> (f64, f64, f64) {
    let n = values.clone().count().max(1) as f64;
    let mean = values.clone().sum::<f64>() / n;
    let central = |k: i32| values.clone().map(|v| (v - mean).powi(k)).sum::<f64>() / n;
    let variance = central(2);
    let skew = if variance > 0.0 { central(3) / variance.powf(1.5) } else { 0.0 };
    (mean, variance.sqrt(), skew)
}

/// Solves `a x = b` for a positive definite matrix by Cholesky's method.
fn solve(mut a: Array2<f64>, b: &Array1<f64>) -> Option<Array1<f64>> {
    let n = b.len();
    for j in 0..n {
        for i in j..n {
            let sum = a[[i, j]] - (0..j).map(|k| a[[i, k]] * a[[j, k]]).sum::<f64>();
            if i == j {
                if sum.is_nan() || sum <= 0.0 {
                    return None;
                }
                a[[j, j]] = sum.sqrt();
            } else {
                a[[i, j]] = sum / a[[j, j]];
            }
        }
    }
    let mut x = b.clone();
    for i in 0..n {
        let sum = x[i] - (0..i).map(|k| a[[i, k]] * x[k]).sum::<f64>();
        x[i] = sum / a[[i, i]];
    }
    for i in (0..n).rev() {
        let sum = x[i] - (i + 1..n).map(|k| a[[k, i]] * x[k]).sum::<f64>();
        x[i] = sum / a[[i, i]];
    }
    Some(x)
}
