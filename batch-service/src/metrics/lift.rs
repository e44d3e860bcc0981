//! Lift and gains: what a list of the highest scores holds.

use super::Ranked;
use serde::Serialize;

/// A tenth of the rows by score, the highest scores first.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Decile {
    /// Weight of the positives of the decile; a group of equal scores that crosses its border counts by its share.
    pub positives: f64,
    /// Share of positives in the decile over the share in all rows.
    pub lift: f64,
    /// Share of all positives in this decile and those above it.
    pub gain: f64,
}

/// Share of positives among the highest-scored `share` of the rows over the share in all rows.
#[must_use]
pub fn top_lift(ranked: &Ranked, weight: &[f64], share: f64) -> f64 {
    let (total, positives) = totals(ranked, weight);
    positives_above(ranked, weight, &[share * total])[0] / positives / share
}

/// The ten deciles.
#[must_use]
pub fn deciles(ranked: &Ranked) -> Vec<Decile> {
    let weight = &ranked.weight;
    let (total, positives) = totals(ranked, weight);
    let cuts: Vec<f64> = (1..=10).map(|d| total * f64::from(d) / 10.0).collect();
    let mut before = 0.0;
    let by_decile = positives_above(ranked, weight, &cuts);
    by_decile
        .into_iter()
        .map(|sum| {
            let inside = sum - before;
            before = sum;
            Decile { positives: inside, lift: inside / positives * 10.0, gain: sum / positives }
        })
        .collect()
}

fn totals(ranked: &Ranked, weight: &[f64]) -> (f64, f64) {
    ranked.groups(weight).fold((0.0, 0.0), |(all, positives), (p, n)| (all + p + n, positives + p))
}

/// Positives among the first `cut` rows (by weight), for ascending cuts.
fn positives_above(ranked: &Ranked, weight: &[f64], cuts: &[f64]) -> Vec<f64> {
    let (mut all, mut positives) = (0.0, 0.0);
    let mut out = Vec::with_capacity(cuts.len());
    for (positive, negative) in ranked.groups(weight) {
        let size = positive + negative;
        while out.len() < cuts.len() && size > 0.0 && cuts[out.len()] <= all + size {
            out.push(positives + positive * (cuts[out.len()] - all) / size);
        }
        all += size;
        positives += positive;
    }
    // Rounding may leave the last cut a hair above the total.
    out.resize(cuts.len(), positives);
    out
}
