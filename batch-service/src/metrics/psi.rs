//! Population stability index.

/// Share that stands for an empty bin.
const EMPTY: f64 = 1e-4;

/// `sum((a - e) ln(a / e))` over the bins' shares of the reference (`e`) and of today (`a`); Siddiqi, Credit Risk
/// Scorecards, 2006, and `psi` of Evidently 0.7.
///
/// An empty bin counts as a share of 0.0001, or as a millionth of the smallest other share where that is not larger, as
/// in Evidently. Missing values are a bin of their own where the caller counts them. NaN when one side has no rows.
#[must_use]
pub fn psi(reference: &[f64], today: &[f64]) -> f64 {
    let (Some(e), Some(a)) = (shares(reference), shares(today)) else { return f64::NAN };
    let (e, a) = (filled(e), filled(a));
    e.iter().zip(&a).map(|(e, a)| (e - a) * (e / a).ln()).sum()
}

/// What chance alone gives of the PSI of two samples of the same distribution with so many independent rows, at most:
/// `chi2(q, bins - 1) (1/n + 1/m)`; Yurdakul, Statistical properties of the population stability index, 2018. `q` is
/// what a normal distribution has below four standard deviations (99.997 %): a hundred features are looked at on every
/// day. The quantile is Wilson and Hilferty's: 9 % above the exact one for two bins, 2 % for ten.
#[must_use]
pub fn psi_by_chance(bins: usize, reference_rows: f64, rows: f64) -> f64 {
    const Z: f64 = 4.0;
    let df = bins.saturating_sub(1).max(1) as f64;
    let root = 1.0 - 2.0 / (9.0 * df) + Z * (2.0 / (9.0 * df)).sqrt();
    df * root.powi(3) * (1.0 / reference_rows + 1.0 / rows)
}

/// Counts as shares; none when there is nothing to count.
pub(super) fn shares(counts: &[f64]) -> Option<Vec<f64>> {
    let total: f64 = counts.iter().sum();
    (total > 0.0 && total.is_finite()).then(|| counts.iter().map(|c| c / total).collect())
}

fn filled(mut shares: Vec<f64>) -> Vec<f64> {
    let least = shares.iter().copied().filter(|s| *s > 0.0).fold(f64::INFINITY, f64::min);
    let empty = if least <= EMPTY { least / 1e6 } else { EMPTY };
    shares.iter_mut().filter(|s| **s == 0.0).for_each(|s| *s = empty);
    shares
}
