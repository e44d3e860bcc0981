//! Confidence intervals by a bootstrap over visitors.
//!
//! Rows of one visitor are alike, so visitors are drawn, not rows: each resample gives every visitor a Poisson(1) number
//! of copies (Hanley and MacGibbon, 2006), which needs no second sort. Draws follow from the seed alone.

use super::Ranked;
use super::calibration_error::percentile;
use serde::Serialize;

/// A value with its 95 % confidence interval.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Interval {
    /// The value on the rows as they are.
    pub value: f64,
    /// 2.5th percentile of the resamples; NaN (null in JSON) when there are none.
    pub low: f64,
    /// 97.5th percentile of the resamples.
    pub high: f64,
}

/// Resamples of the visitors of a ranked sample.
#[derive(Clone, Copy, Debug)]
pub struct Resamples {
    /// How many.
    pub count: u32,
    /// The same seed gives the same draws.
    pub seed: u64,
}

/// Measures on the rows as they are and on each resample.
#[derive(Clone, Debug)]
pub struct Draws<const N: usize> {
    values: [f64; N],
    resampled: Vec<[f64; N]>,
}

impl Resamples {
    /// Calls `measure` with the weights of the rows, then once per resample.
    pub fn draw<const N: usize>(self, ranked: &Ranked, measure: impl Fn(&Ranked, &[f64]) -> [f64; N]) -> Draws<N> {
        let values = measure(ranked, &ranked.weight);
        let mut copies = vec![0.0; ranked.clusters()];
        let mut weight = vec![0.0; ranked.len()];
        let mut resampled = Vec::with_capacity(self.count as usize);
        for resample in 0..self.count {
            let mut state = self.seed ^ u64::from(resample).wrapping_mul(0xa076_1d64_78bd_642f);
            copies.iter_mut().for_each(|c| *c = f64::from(poisson(split_mix(&mut state))));
            for ((w, own), cluster) in weight.iter_mut().zip(&ranked.weight).zip(&ranked.cluster) {
                *w = own * copies[*cluster as usize];
            }
            resampled.push(measure(ranked, &weight));
        }
        Draws { values, resampled }
    }
}

impl<const N: usize> Draws<N> {
    /// Differences, resample by resample. Both come from the same visitors, number of resamples and seed: then visitors
    /// were drawn alike, and what they have in common cancels.
    #[must_use]
    pub fn minus(&self, other: &Self) -> Self {
        let minus = |a: &[f64; N], b: &[f64; N]| std::array::from_fn(|i| a[i] - b[i]);
        let resampled = self.resampled.iter().zip(&other.resampled).map(|(a, b)| minus(a, b)).collect();
        Self { values: minus(&self.values, &other.values), resampled }
    }

    /// Intervals of the measures. Resamples on which one is not finite (no positive was drawn) do not count for it.
    #[must_use]
    pub fn intervals(&self) -> [Interval; N] {
        std::array::from_fn(|i| {
            let mut list: Vec<f64> = self.resampled.iter().map(|r| r[i]).filter(|v| v.is_finite()).collect();
            list.sort_by(f64::total_cmp);
            Interval { value: self.values[i], low: percentile(&list, 0.025), high: percentile(&list, 0.975) }
        })
    }
}

/// SplitMix64 (Steele, Lea and Flood, 2014).
fn split_mix(state: &mut u64) -> u64 {
    *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mut z = *state;
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

/// Poisson(1) by inversion.
fn poisson(bits: u64) -> u8 {
    let u = (bits >> 11) as f64 / (1u64 << 53) as f64;
    let (mut k, mut p) = (0u8, (-1.0f64).exp());
    let mut sum = p;
    while u >= sum && k < 20 {
        k += 1;
        p /= f64::from(k);
        sum += p;
    }
    k
}
