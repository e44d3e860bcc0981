//! Which visitors a process works on.

use anyhow::{Result, bail};
use std::str::FromStr;

/// Shards of a day: `FARM_FINGERPRINT(user_pseudo_id) mod 64`, as BigQuery computes it.
pub const COUNT: u32 = 64;

/// Every `of`-th shard from `index` on: the part of one of `of` processes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shards {
    index: u32,
    of: u32,
}

impl Shards {
    /// All visitors.
    pub const ALL: Self = Self { index: 0, of: 1 };

    /// The part of process `index`, counted from 0, of `of` processes.
    ///
    /// # Errors
    /// When there is no such part.
    pub fn new(index: u32, of: u32) -> Result<Self> {
        if of == 0 || of > COUNT || index >= of {
            bail!("shard {index}/{of}: write INDEX/COUNT with 0 <= INDEX < COUNT <= {COUNT}");
        }
        Ok(Self { index, of })
    }

    /// Whether these are all visitors.
    #[must_use]
    pub fn is_all(self) -> bool {
        self.of == 1
    }

    /// Which part this is, counted from 0.
    #[must_use]
    pub fn index(self) -> u32 {
        self.index
    }

    /// The number of parts.
    #[must_use]
    pub fn parts(self) -> u32 {
        self.of
    }

    /// The numbers of the shards, ascending.
    pub fn numbers(self) -> impl Iterator<Item = u32> {
        (self.index..COUNT).step_by(self.of as usize)
    }

    /// Whether a visitor belongs to them.
    #[must_use]
    pub fn contain(self, user: &str) -> bool {
        self.is_all() || shard(user).unsigned_abs() % self.of == self.index
    }
}

impl FromStr for Shards {
    type Err = anyhow::Error;

    fn from_str(text: &str) -> Result<Self> {
        let parts = text.split_once('/').and_then(|(index, of)| Some((index.parse().ok()?, of.parse().ok()?)));
        let Some((index, of)) = parts else { bail!("{text}: write INDEX/COUNT, such as 0/4") };
        Self::new(index, of)
    }
}

impl std::fmt::Display for Shards {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}/{}", self.index, self.of)
    }
}

/// Shard of a visitor: BigQuery's `MOD(ABS(FARM_FINGERPRINT(id)), 64)`.
#[must_use]
pub fn shard(user: &str) -> i32 {
    // FARM_FINGERPRINT is the signed reading of Fingerprint64; ABS of the smallest number stays out of range there.
    ((farmhash::fingerprint64(user.as_bytes()) as i64).unsigned_abs() % u64::from(COUNT)) as i32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_visitor_belongs_to_one_part() {
        for of in [1, 2, 3, 4, 64] {
            let parts: Vec<Shards> = (0..of).map(|index| Shards::new(index, of).unwrap()).collect();
            let mut numbers: Vec<u32> = parts.iter().flat_map(|p| p.numbers()).collect();
            numbers.sort_unstable();
            assert_eq!(numbers, (0..COUNT).collect::<Vec<_>>());
            for user in (0..500).map(|n| format!("{n}.{}", n * 7)) {
                assert_eq!(parts.iter().filter(|p| p.contain(&user)).count(), 1);
                let mine = parts.iter().find(|p| p.contain(&user)).unwrap();
                assert!(mine.numbers().any(|n| n == shard(&user).unsigned_abs()));
            }
        }
        for word in ["", "1", "1/1", "2/2", "0/0", "0/65", "-1/2", "a/b"] {
            assert!(word.parse::<Shards>().is_err(), "{word}");
        }
        assert_eq!("1/4".parse::<Shards>().unwrap().to_string(), "1/4");
    }
}
