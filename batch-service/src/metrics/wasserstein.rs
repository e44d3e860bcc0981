//! Wasserstein distance between two samples of numbers.

/// A value and how many rows have it.
pub type Weighted = (f64, f64);

/// Area between the two distribution functions: `scipy.stats.wasserstein_distance` with weights. Both are sorted by
/// value; missing values are left out by the caller. NaN when one side has no rows.
#[must_use]
pub fn wasserstein(reference: &[Weighted], today: &[Weighted]) -> f64 {
    let total = |sample: &[Weighted]| sample.iter().map(|(_, weight)| weight).sum::<f64>();
    let (of_reference, of_today) = (total(reference), total(today));
    if !(of_reference > 0.0 && of_today > 0.0) {
        return f64::NAN;
    }
    let (mut i, mut j, mut below_reference, mut below_today, mut area) = (0, 0, 0.0, 0.0, 0.0);
    let mut at: Option<f64> = None;
    while i < reference.len() || j < today.len() {
        let (next_reference, next_today) = (reference.get(i), today.get(j));
        let value = match (next_reference, next_today) {
            (Some(a), Some(b)) => a.0.min(b.0),
            (Some(a), None) => a.0,
            (None, Some(b)) => b.0,
            (None, None) => break,
        };
        if let Some(before) = at {
            area += (below_reference / of_reference - below_today / of_today).abs() * (value - before);
        }
        while let Some((_, weight)) = reference.get(i).filter(|(v, _)| *v <= value) {
            below_reference += weight;
            i += 1;
        }
        while let Some((_, weight)) = today.get(j).filter(|(v, _)| *v <= value) {
            below_today += weight;
            j += 1;
        }
        at = Some(value);
    }
    area
}

/// The distance in standard deviations of the reference, which count as 0.001 at least: `wasserstein` of Evidently 0.7.
#[must_use]
pub fn wasserstein_normed(reference: &[Weighted], deviation: f64, today: &[Weighted]) -> f64 {
    wasserstein(reference, today) / deviation.max(0.001)
}
