//! Where `medium` and `high` begin.

/// Share of the calibration rows with the highest scores that are `high`, and the share that is `medium` or `high`.
pub const HIGH_SHARE: f64 = 0.05;
/// Share of rows that are `medium` or `high`.
pub const MEDIUM_SHARE: f64 = 0.20;

/// Lowest scores of the bands medium and high, strictly ascending; `weight` is how many rows each score stands for.
///
/// Equal scores are in one band: a band that would end among them is smaller, never larger.
#[must_use]
pub fn thresholds(scores: &[f64], weight: &[f64]) -> [f64; 2] {
    let mut descending: Vec<(f64, f64)> = scores.iter().copied().zip(weight.iter().copied()).collect();
    descending.sort_by(|a, b| b.0.total_cmp(&a.0));
    let total: f64 = weight.iter().sum();
    let from = |share: f64| {
        let mut left = share * total * (1.0 + 1e-12);
        let mut lowest = descending.first().map_or(1.0, |(s, _)| s.next_up());
        for group in descending.chunk_by(|a, b| a.0 == b.0) {
            left -= group.iter().map(|(_, w)| w).sum::<f64>();
            if left < 0.0 {
                break;
            }
            lowest = group[0].0;
        }
        lowest.min(1.0)
    };
    let (medium, high) = (from(MEDIUM_SHARE), from(HIGH_SHARE));
    if medium < high { [medium, high] } else { [high.next_down().max(0.0), high] }
}
