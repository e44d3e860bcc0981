//! Jensen-Shannon distance.

use super::psi::shares;

/// Square root of the Jensen-Shannon divergence in nats, 0 to 0.833 (`sqrt(ln 2)`): `scipy.spatial.distance.jensenshannon`
/// with its default base, which Evidently uses too. Empty bins need no filling. Missing values are a bin of their own
/// where the caller counts them. NaN when one side has no rows.
#[must_use]
pub fn jensen_shannon(reference: &[f64], today: &[f64]) -> f64 {
    let (Some(p), Some(q)) = (shares(reference), shares(today)) else { return f64::NAN };
    let half = |a: f64, m: f64| if a > 0.0 { a * (a / m).ln() } else { 0.0 };
    let divergence: f64 = p
        .iter()
        .zip(&q)
        .map(|(p, q)| {
            let m = (p + q) / 2.0;
            half(*p, m) + half(*q, m)
        })
        .sum();
    (divergence / 2.0).max(0.0).sqrt()
}
