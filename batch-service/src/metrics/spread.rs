//! How far a measure strays by chance.

/// Standard deviation of an AUC of so many positives and negatives; Hanley and McNeil, The meaning and use of the area
/// under a receiver operating characteristic curve, 1982. NaN when one outcome is missing.
#[must_use]
pub fn auc_deviation(auc: f64, positives: f64, negatives: f64) -> f64 {
    if !(positives > 0.0 && negatives > 0.0) {
        return f64::NAN;
    }
    let (both_above, both_below) = (auc / (2.0 - auc), 2.0 * auc * auc / (1.0 + auc));
    let square = auc * auc;
    let variance =
        auc * (1.0 - auc) + (positives - 1.0) * (both_above - square) + (negatives - 1.0) * (both_below - square);
    (variance / (positives * negatives)).max(0.0).sqrt()
}

/// Chance of at most `count` events where `expected` are usual (Poisson); 1 when nothing is expected.
#[must_use]
pub fn poisson_at_most(count: u64, expected: f64) -> f64 {
    if expected.is_nan() || expected <= 0.0 {
        return 1.0;
    }
    if expected > 500.0 {
        // By the normal distribution, with half a count of correction.
        let z = (count as f64 + 0.5 - expected) / expected.sqrt();
        return 0.5 * erfc(-z / std::f64::consts::SQRT_2);
    }
    let (mut term, mut sum) = ((-expected).exp(), 0.0);
    for k in 0..=count {
        sum += term;
        term *= expected / (k + 1) as f64;
    }
    sum.min(1.0)
}

/// Complementary error function: Numerical Recipes' `erfcc`, right to 1.2e-7 of its value.
fn erfc(x: f64) -> f64 {
    let t = 1.0 / (1.0 + x.abs() / 2.0);
    let coefficients = [
        -1.265_512_23,
        1.000_023_68,
        0.374_091_96,
        0.096_784_18,
        -0.186_288_06,
        0.278_868_07,
        -1.135_203_98,
        1.488_515_87,
        -0.822_152_23,
        0.170_872_77,
    ];
    let sum = coefficients.iter().rev().fold(0.0, |sum, c| sum * t + c);
    let value = t * (-x * x + sum).exp();
    if x >= 0.0 { value } else { 2.0 - value }
}
