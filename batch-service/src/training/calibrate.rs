//! From margins to probabilities, learnt on days after the fit.

use super::select::mix;
use crate::metrics::{Ranked, log_loss};
use model_core::{Calibration, sigmoid};
use serde::Serialize;

/// Most knots of an isotonic calibration.
const MAX_KNOTS: usize = 64;
/// Isotonic must be better than Platt by this share of the log-loss: it has many more parameters.
pub(super) const CLEARLY_BETTER: f64 = 0.005;
/// Rows that came true below which isotonic is not tried.
const ISOTONIC_POSITIVES: usize = 200;

/// What came true for the rows of some margins.
#[derive(Clone, Copy, Debug)]
pub struct Outcomes<'a> {
    /// Whether it did.
    pub labels: &'a [bool],
    /// How many rows each row stands for.
    pub weight: &'a [f64],
    /// Share of the label's horizon that the data cover; a label can miss what happened in the rest.
    pub covered: &'a [f64],
}

/// Log-losses on the half of the visitors that neither calibration had seen.
#[derive(Clone, Debug, Serialize)]
pub struct CalibrationChoice {
    /// `platt`, `isotonic`, or `own`.
    pub kind: &'static str,
    /// Slope and intercept of Platt's line, for reading.
    pub platt: [f64; 2],
    /// Log-loss of Platt on the held-out half; none when isotonic was not tried.
    pub platt_log_loss: Option<f64>,
    /// Log-loss of isotonic on the same rows.
    pub isotonic_log_loss: Option<f64>,
}

impl CalibrationChoice {
    /// Of a model that was fitted elsewhere, with the calibration that it has: nothing was learnt here.
    #[must_use]
    pub fn imported() -> Self {
        Self { kind: "own", platt: [1.0, 0.0], platt_log_loss: None, isotonic_log_loss: None }
    }
}

/// Learns both calibrations on half of the visitors, keeps the kind that is better on the other half.
#[must_use]
pub fn choose(margins: &[f64], outcomes: Outcomes<'_>, visitors: &[u32]) -> (Calibration, CalibrationChoice) {
    let Outcomes { labels, weight, covered } = outcomes;
    let (a, b) = platt(margins, outcomes);
    let line = Calibration::Platt { a, b };
    let mut choice = CalibrationChoice { kind: "platt", platt: [a, b], platt_log_loss: None, isotonic_log_loss: None };
    // Only a line can make up for a horizon that is partly covered.
    if labels.iter().filter(|l| **l).count() < ISOTONIC_POSITIVES || covered.iter().any(|c| *c < 1.0) {
        return (line, choice);
    }
    let half = |odd: u64| {
        let rows: Vec<usize> = (0..margins.len()).filter(|i| mix(u64::from(visitors[*i])) & 1 == odd).collect();
        let m: Vec<f64> = rows.iter().map(|i| margins[*i]).collect();
        let l: Vec<bool> = rows.iter().map(|i| labels[*i]).collect();
        let w: Vec<f64> = rows.iter().map(|i| weight[*i]).collect();
        (m, l, w)
    };
    let ((m, l, w), (held_margins, held_labels, held_weight)) = (half(0), half(1));
    let loss = |c: &Calibration| {
        let scores: Vec<f64> = held_margins.iter().map(|m| c.apply(*m)).collect();
        let ranked = Ranked::new(&scores, &held_labels, &held_weight, &vec![0; scores.len()]);
        log_loss(&ranked, &ranked.weight)
    };
    let (half_a, half_b) = platt(&m, Outcomes { labels: &l, weight: &w, covered: &vec![1.0; m.len()] });
    let by_line = loss(&Calibration::Platt { a: half_a, b: half_b });
    let by_steps = loss(&isotonic(&m, &l, &w));
    (choice.platt_log_loss, choice.isotonic_log_loss) = (Some(by_line), Some(by_steps));
    if by_steps < by_line * (1.0 - CLEARLY_BETTER) {
        choice.kind = "isotonic";
        return (isotonic(margins, labels, weight), choice);
    }
    (line, choice)
}

/// Slope and intercept after Platt (1999): maximum likelihood with the labels moved off 0 and 1 by the counts, by
/// Newton's method with halved steps (Lin, Lin and Weng, 2007). The slope is kept above 0: scores keep their order.
///
/// A row whose horizon is covered by a share `c` came true `c` times as often in the data: `ln c` is added to its
/// log-odds, which is right for small probabilities. Rows of which nothing is covered say nothing.
#[must_use]
pub fn platt(margins: &[f64], outcomes: Outcomes<'_>) -> (f64, f64) {
    let rows: Vec<Row> = (0..margins.len()).filter_map(|i| Row::new(margins[i], outcomes, i)).collect();
    let positives: f64 = rows.iter().filter(|r| r.label).map(|r| r.weight).sum();
    let negatives = rows.iter().map(|r| r.weight).sum::<f64>() - positives;
    let (high, low) = ((positives + 1.0) / (positives + 2.0), 1.0 / (negatives + 2.0));
    let target = |l: bool| if l { high } else { low };
    let seen: f64 = rows.iter().map(|r| r.weight * r.offset.exp()).sum();
    let base = ((positives + 1.0) / (seen - positives).max(1.0)).ln();
    let objective = |a: f64, b: f64| -> f64 {
        let at = |r: &Row| a * r.margin + b + r.offset;
        rows.iter().map(|r| r.weight * (soft_plus(at(r)) - target(r.label) * at(r))).sum()
    };
    let (mut a, mut b) = (0.0, base);
    let mut value = objective(a, b);
    for _ in 0..100 {
        let (mut ga, mut gb, mut haa, mut hab, mut hbb) = (0.0, 0.0, 1e-9, 0.0, 1e-9);
        for r in &rows {
            let m = r.margin;
            let p = sigmoid(a * m + b + r.offset);
            let (gap, spread) = (r.weight * (p - target(r.label)), r.weight * p * (1.0 - p));
            ga += gap * m;
            gb += gap;
            haa += spread * m * m;
            hab += spread * m;
            hbb += spread;
        }
        let det = haa * hbb - hab * hab;
        if det <= 0.0 || (ga.abs() < 1e-9 && gb.abs() < 1e-9) {
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

struct Row {
    margin: f64,
    label: bool,
    weight: f64,
    offset: f64,
}

impl Row {
    fn new(margin: f64, outcomes: Outcomes<'_>, i: usize) -> Option<Self> {
        let covered = outcomes.covered[i];
        let offset = if covered < 1.0 { covered.ln() } else { 0.0 };
        let row = Self { margin, label: outcomes.labels[i], weight: outcomes.weight[i], offset };
        (covered > 0.0).then_some(row)
    }
}

/// `ln(1 + exp(x))` without overflow.
fn soft_plus(x: f64) -> f64 {
    x.max(0.0) + (-x.abs()).exp().ln_1p()
}

/// Isotonic regression by pooling adjacent violators, on at most 64 groups of equal mass.
///
/// Shares are shrunk by half a row towards the inside, so that no score is exactly 0 or 1.
#[must_use]
pub fn isotonic(margins: &[f64], labels: &[bool], weight: &[f64]) -> Calibration {
    let mut order: Vec<usize> = (0..margins.len()).collect();
    order.sort_by(|a, b| margins[*a].total_cmp(&margins[*b]));
    let per_group = weight.iter().sum::<f64>() / MAX_KNOTS as f64;
    // Sums of margins, of positives, of rows, all by weight.
    let mut blocks: Vec<[f64; 3]> = Vec::new();
    let mut last = f64::NAN;
    for i in order {
        let (m, w) = (margins[i], weight[i]);
        let y = if labels[i] { w } else { 0.0 };
        match blocks.last_mut() {
            // Equal margins are never parted.
            Some(block) if block[2] < per_group || m == last => {
                *block = [block[0] + w * m, block[1] + y, block[2] + w];
            }
            _ => blocks.push([w * m, y, w]),
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
