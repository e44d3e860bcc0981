//! Scores as Google Analytics gets them: few values, so that reports show each of them.

use super::rules::{Refused, Why};
use model_core::Band;

/// A score in one of 20 buckets, named by its lower edge in percent: `00`, `05`, ... `95`. Google Analytics puts values of
/// a dimension with more than 500 different ones together as `(other)`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Bucket(u8);

impl Bucket {
    /// Number of buckets.
    const COUNT: u8 = 20;

    /// The bucket of a probability.
    ///
    /// # Errors
    /// When it is not in 0 to 1.
    pub fn of(score: f64) -> Result<Self, Refused> {
        if !(0.0..=1.0).contains(&score) {
            return Err(Refused { field: "score", why: Why::NoProbability });
        }
        let bucket = (score * f64::from(Self::COUNT)) as u8;
        Ok(Self(bucket.min(Self::COUNT - 1)))
    }

    /// The bucket that [`Bucket::word`] names; also of a number without the leading zero.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        let percent: u8 = word.parse().ok()?;
        let width = 100 / Self::COUNT;
        (percent < 100 && percent.is_multiple_of(width)).then_some(Self(percent / width))
    }

    /// What is sent.
    #[must_use]
    pub fn word(self) -> String {
        format!("{:02}", self.0 * (100 / Self::COUNT))
    }
}

/// The band that a word names.
#[must_use]
pub fn band(word: &str) -> Option<Band> {
    [Band::Low, Band::Medium, Band::High].into_iter().find(|band| band.as_str() == word)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scores_fall_into_twenty_buckets() {
        let word = |score| Bucket::of(score).map(Bucket::word).unwrap();
        for (score, expected) in [(0.0, "00"), (0.049, "00"), (0.05, "05"), (0.3, "30"), (0.951, "95"), (1.0, "95")] {
            assert_eq!(word(score), expected, "{score}");
        }
        for score in [-0.01, 1.01, f64::NAN] {
            assert!(Bucket::of(score).is_err(), "{score}");
        }
        for bucket in (0..20).map(Bucket) {
            assert_eq!(Bucket::parse(&bucket.word()), Some(bucket));
        }
        assert_eq!(Bucket::parse("5"), Some(Bucket(1)));
        assert!(["", "3", "100", "-5", "high"].into_iter().all(|word| Bucket::parse(word).is_none()));
    }
}
