//! Whole numbers of bodies: JSON has one kind of number, so that `5.0` is 5; what is out of range is refused.

use serde::de::{Deserialize, Deserializer, Error, Unexpected, Visitor};
use std::fmt;

/// A whole number between two others, both included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Whole<const LEAST: i64, const MOST: i64>(pub i64);

struct Reader<const LEAST: i64, const MOST: i64>;

impl<'de, const LEAST: i64, const MOST: i64> Deserialize<'de> for Whole<LEAST, MOST> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_i64(Reader)
    }
}

impl<const LEAST: i64, const MOST: i64> Visitor<'_> for Reader<LEAST, MOST> {
    type Value = Whole<LEAST, MOST>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a whole number from {LEAST} to {MOST}")
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<Self::Value, E> {
        if (LEAST..=MOST).contains(&value) {
            return Ok(Whole(value));
        }
        Err(E::invalid_value(Unexpected::Signed(value), &self))
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<Self::Value, E> {
        match i64::try_from(value) {
            Ok(value) => self.visit_i64(value),
            Err(_) => Err(E::invalid_value(Unexpected::Unsigned(value), &self)),
        }
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Self::Value, E> {
        // Beyond 2^53 neighbours are no longer told apart.
        if value.fract() == 0.0 && value.abs() <= 9_007_199_254_740_992.0 {
            return self.visit_i64(value as i64);
        }
        Err(E::invalid_value(Unexpected::Float(value), &self))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fractions_and_what_is_out_of_range_are_refused() {
        let read = |text: &str| serde_json::from_str::<Whole<0, 100>>(text).map(|whole| whole.0);
        for (text, value) in [("0", 0), ("100", 100), ("5.0", 5), ("1e2", 100), ("-0.0", 0)] {
            assert_eq!(read(text).unwrap(), value, "{text}");
        }
        for text in ["-1", "101", "0.5", "1e300", "18446744073709551615", "\"5\"", "null", "true", "[]"] {
            assert!(read(text).unwrap_err().to_string().contains("from 0 to 100"), "{text}");
        }
    }
}
