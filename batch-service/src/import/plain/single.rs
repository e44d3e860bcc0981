//! Single-precision numbers in documents: written with all their digits, and refused when they are not exact.

use super::{MAX_NODES, bounded};
use serde::de::Error;
use serde::{Deserializer, Serializer};

pub(super) fn serialize<S: Serializer>(numbers: &[f32], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(numbers.iter().map(|x| f64::from(*x)))
}

pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<f32>, D::Error> {
    let exact = |x: f64| {
        let single = x as f32;
        let same = f64::from(single) == x;
        if same {
            Ok(single)
        } else {
            Err(D::Error::custom(format_args!("threshold {x} is not a single-precision number")))
        }
    };
    bounded::list::<MAX_NODES, D, f64>(deserializer)?.into_iter().map(exact).collect()
}
