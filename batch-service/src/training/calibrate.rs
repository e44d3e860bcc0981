//! From margins to probabilities, learnt on days after the fit.

use super::select::mix;
use crate::metrics::{Ranked, log_loss};
use model_core::{Calibration, sigmoid};
use serde::Serialize;

/// Most knots of an isotonic calibration.
const MAX_KNOTS: usize = 64;
/// Isotonic must be better than Platt by this share of the log-loss: it has many more parameters.
const CLEARLY_BETTER: f64 = 0.005;
/// Rows that came true below which isotonic is not tried.
const ISOTONIC_POSITIVES: usize = 200;

/// A calibration and how it was chosen.
#[derive(Clone, Debug)]
pub struct Calibrated {
    /// The calibration, learnt on all rows of the slice.
    pub calibration: Calibration,
    /// The choice.
    pub choice: CalibrationChoice,
}

/// Log-losses on the half of the visitors that neither calibration had seen.
#[derive(Clone, Debug, Serialize)]
pub struct CalibrationChoice {
    /// `platt` or `isotonic`.
    pub kind: &'static str,
    /// Slope and intercept of Platt's line, for reading.
    pub platt: [f64; 2],
    /// Log-loss of Platt on the held-out half; none when isotonic was not tried.
    pub platt_log_loss: Option<f64>,
    /// Log-loss of isotonic on the same rows.
    pub isotonic_log_loss: Option<f64>,
}

/// Learns both calibrations on half of the visitors, keeps the kind that is better on the other half.
#[must_use]
pub fn choose(margins: &[f64], labels: &[bool], visitors: &[u32]) -> Calibrated {
    let (a, b) = platt(margins, labels);
    let line = Calibration::Platt { a, b };
    let mut choice = CalibrationChoice { kind: "platt", platt: [a, b], platt_log_loss: None, isotonic_log_loss: None };
    if labels.iter().filter(|l| **l).count() < ISOTONIC_POSITIVES {
        return Calibrated { calibration: line, choice };
    }
    let half = |odd: u64| {
        let rows = (0..margins.len()).filter(|i| mix(u64::from(visitors[*i])) & 1 == odd);
        let (m, l): (Vec<f64>, Vec<bool>) = rows.map(|i| (margins[i], labels[i])).unzip();
        (m, l)
    };
    let ((m, l), (held_margins, held_labels)) = (half(0), half(1));
    let loss = |c: &Calibration| {
        let scores: Vec<f64> = held_margins.iter().map(|m| c.apply(*m)).collect();
        let ranked = Ranked::new(&scores, &held_labels, &vec![0; scores.len()]);
        log_loss(&ranked, &ranked.ones())
    };
    let (half_a, half_b) = platt(&m, &l);
    let by_line = loss(&Calibration::Platt { a: half_a, b: half_b });
    let by_steps = loss(&isotonic(&m, &l));
    (choice.platt_log_loss, choice.isotonic_log_loss) = (Some(by_line), Some(by_steps));
    if by_steps < by_line * (1.0 - CLEARLY_BETTER) {
        choice.kind = "isotonic";
        return Calibrated { calibration: isotonic(margins, labels), choice };
    }
    Calibrated { calibration: line, choice }
}

/// Slope and intercept after Platt (1999): maximum likelihood with the labels moved off 0 and 1 by the counts, by
/// Newton's method with halved steps (Lin, Lin and Weng, 2007). The slope is kept above 0: scores keep their order.
#[must_use]
pub fn platt(margins: &[f64], labels: &[bool]) -> (f64, f64) {
    let positives = labels.iter().filter(|l| **l).count() as f64;
    let negatives = labels.len() as f64 - positives;
    let (high, low) = ((positives + 1.0) / (positives + 2.0), 1.0 / (negatives + 2.0));
    let target = |l: bool| if l { high } else { low };
    let base = ((positives + 1.0) / (negatives + 1.0)).ln();
    let objective = |a: f64, b: f64| -> f64 {
        margins.iter().zip(labels).map(|(m, l)| soft_plus(a * m + b) - target(*l) * (a * m + b)).sum()
    };
    let (mut a, mut b) = (0.0, base);
    let mut value = objective(a, b);
    for _ in 0..100 {
        let (mut ga, mut gb, mut haa, mut hab, mut hbb) = (0.0, 0.0, 1e-9, 0.0, 1e-9);
        for (m, l) in margins.iter().zip(labels) {
            let p = sigmoid(a * m + b);
            let (gap, spread) = (p - target(*l), p * (1.0 - p));
            ga += gap * m;
            gb += gap;
            haa += spread * m * m;
            hab += spread * m;
            hbb += spread;
        }
        let det = haa * hbb - hab * hab;
        if !(det > 0.0) || (ga.abs() < 1e-9 && gb.abs() < 1e-9) {
            break;
        }
        let (da, db) = ((hbb * ga - hab * gb) / det, (haa * gb - hab * ga) / det);
        let mut step = 1.0;
        let moved = loop {
            let next = objective(a - step * da, b - step * db);
            if next < value - 1e-4 * step * (ga * da + gb * db) {
                break Some(next);
            }
            step /= 2.0;
            if step < 1e-9 {
                break None;
            }
        };
        let Some(next) = moved else { break };
        (a, b, value) = (a - step * da, b - step * db, next);
    }
    if a > 1e-3 { (a.min(1e3), b.clamp(-1e3, 1e3)) } else { (1e-3, base) }
}

/// `ln(1 + exp(x))` without overflow.
fn soft_plus(x: f64) -> f64 {
    x.max(0.0) + (-x.abs()).exp().ln_1p()
}

/// Isotonic regression by pooling adjacent violators, on at most 64 groups of equal mass.
///
/// Shares are shrunk by half a row towards the inside, so that no score is exactly 0 or 1.
#[must_use]
pub fn isotonic(margins: &[f64], labels: &[bool]) -> Calibration {
    let mut order: Vec<usize> = (0..margins.len()).collect();
    order.sort_by(|a, b| margins[*a].total_cmp(&margins[*b]));
    let per_group = order.len().div_ceil(MAX_KNOTS).max(1);
    // Sums of margins, positives, rows.
    let mut blocks: Vec<[f64; 3]> = Vec::new();
    let mut last = f64::NAN;
    for i in order {
        let (m, y) = (margins[i], f64::from(u8::from(labels[i])));
        match blocks.last_mut() {
            // Equal margins are never parted.
            Some(block) if block[2] < per_group as f64 || m == last => {
                *block = [block[0] + m, block[1] + y, block[2] + 1.0];
            }
            _ => blocks.push([m, y, 1.0]),
        }
        last = m;
    }
    let mut pooled: Vec<[f64; 3]> = Vec::new();
    for mut block in blocks {
        while let Some(before) = pooled.last().filter(|p| p[1] * block[2] >= block[1] * p[2]) {
            block = [block[0] + before[0], block[1] + before[1], block[2] + before[2]];
            pooled.pop();
        }
        pooled.push(block);
    }
    let mut knots: Vec<(f64, f64)> = Vec::new();
    for [margin, positive, n] in pooled {
        let (at, share) = (margin / n, (positive + 0.5) / (n + 1.0));
        match knots.last() {
            Some((before, _)) if at <= *before => {}
            Some((_, p)) => knots.push((at, share.max(*p))),
            None => knots.push((at, share)),
        }
    }
    let (margins, probabilities) = knots.into_iter().unzip();
    Calibration::Isotonic { margins, probabilities }
}
