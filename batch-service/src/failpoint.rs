//! Dying at a chosen point, for the crash test: with `INKLING_FAILPOINT=NAME` in its environment the process aborts when
//! it comes to the point NAME, with `NAME:3` when it comes there for the third time. With `NAME+` or `NAME:3+` it waits there
//! until its standard input ends, so that a test can do something meanwhile.
//!
//! The points are in every build, so that the program that is tested is the one that runs. Without the variable they do
//! nothing; and whoever can set a process's environment can kill it anyway.

use crate::logs::{Severity, line};
use std::fmt::Display;
use std::sync::LazyLock;
use std::sync::atomic::{AtomicU64, Ordering};

const VARIABLE: &str = "INKLING_FAILPOINT";

static ARMED: LazyLock<Option<Armed>> = LazyLock::new(|| Armed::parse(&std::env::var(VARIABLE).ok()?));

#[derive(Debug)]
struct Armed {
    name: String,
    /// How often the point is passed before.
    left: AtomicU64,
    /// It waits there.
    waits: bool,
}

impl Armed {
    fn parse(word: &str) -> Option<Self> {
        let (word, waits) = word.strip_suffix('+').map_or((word, false), |word| (word, true));
        let (name, time) = match word.rsplit_once(':') {
            Some((name, time)) => (name, time.parse().ok()?),
            None => (word, 1_u64),
        };
        (!name.is_empty()).then(|| Self { name: name.to_owned(), left: AtomicU64::new(time.saturating_sub(1)), waits })
    }

    fn hit(&self, name: &str) -> bool {
        name == self.name
            && self.left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1)).is_err()
    }
}

/// A point of this name. `STEP.before`, `STEP.middle` and `STEP.after` are those of a step.
#[inline]
pub fn at(name: impl Display) {
    if let Some(armed) = &*ARMED
        && armed.hit(&name.to_string())
    {
        line(Severity::Error, format_args!("{VARIABLE}: {name}")).print();
        if !armed.waits {
            std::process::abort();
        }
        let _ = std::io::copy(&mut std::io::stdin(), &mut std::io::sink());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_point_is_hit_at_its_time() {
        let hits = |word: &str| {
            let armed = Armed::parse(word)?;
            (1..=5).find(|_| !armed.hit("other") && armed.hit("read.after"))
        };
        assert_eq!(hits("read.after"), Some(1));
        assert_eq!(hits("read.after:1"), Some(1));
        assert_eq!(hits("read.after:4"), Some(4));
        assert_eq!(hits("read.after:4+"), Some(4));
        assert_eq!(hits("read.afterwards"), None);
        assert!(Armed::parse("read.after:4+").unwrap().waits && !Armed::parse("read.after").unwrap().waits);
        assert!(Armed::parse("").is_none() && Armed::parse("+").is_none() && Armed::parse("read:soon").is_none());
    }
}
