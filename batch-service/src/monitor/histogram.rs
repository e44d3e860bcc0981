//! Bars of the scores.

/// Edges of the bars: fine where most scores are.
pub const EDGES: [f64; 20] =
    [0.0, 0.001, 0.002, 0.005, 0.01, 0.02, 0.03, 0.05, 0.075, 0.1, 0.15, 0.2, 0.25, 0.3, 0.4, 0.5, 0.6, 0.7, 0.85, 1.0];

/// Weights of scores by bar; a score on an edge belongs to the bar above, 1 to the last.
#[must_use]
pub fn counted(scores: impl Iterator<Item = (f64, f64)>) -> Vec<f64> {
    let mut bars = vec![0.0; EDGES.len() - 1];
    for (score, weight) in scores {
        let bar = EDGES.partition_point(|edge| *edge <= score).clamp(1, bars.len()) - 1;
        bars[bar] += weight;
    }
    bars
}
