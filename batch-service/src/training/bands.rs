//! Where `medium` and `high` begin.

/// Share of the calibration rows with the highest scores that are `high`, and the share that is `medium` or `high`.
pub const HIGH_SHARE: f64 = 0.05;
/// Share of rows that are `medium` or `high`.
pub const MEDIUM_SHARE: f64 = 0.20;

/// Lowest scores of the bands medium and high, strictly ascending.
///
/// A band begins just above the largest score that does not belong, so that many equal scores make a band smaller, never
/// larger.
#[must_use]
pub fn thresholds(scores: &[f64]) -> [f64; 2] {
    let mut descending = scores.to_vec();
    descending.sort_by(|a, b| b.total_cmp(a));
    let from = |share: f64| {
        let rows = (descending.len() as f64 * share) as usize;
        descending.get(rows).map_or(1.0, |below| {
            let inside = descending[..rows].iter().rev().find(|s| *s > below);
            inside.copied().unwrap_or_else(|| below.next_up().min(1.0))
        })
    };
    let high = from(HIGH_SHARE);
    let medium = from(MEDIUM_SHARE);
    if medium < high { [medium, high] } else { [high.next_down().max(0.0), high] }
}
