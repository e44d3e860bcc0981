//! How often a caller may ask: a token bucket that holds a second's worth, kept as the time at which it is full again
//! (the generic cell rate algorithm, ITU-T I.371), so that a request is one compare-and-swap.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// Nanoseconds that a full bucket takes to fill.
const WINDOW: u64 = 1_000_000_000;

/// A bucket.
#[derive(Debug)]
pub struct Rate {
    start: Instant,
    /// Nanoseconds that a request is worth.
    each: u64,
    /// When the bucket is full, nanoseconds since `start`.
    full_at: AtomicU64,
}

impl Rate {
    /// So many per second, full.
    pub fn new(per_second: u32) -> Self {
        let each = (WINDOW / u64::from(per_second.max(1))).max(1);
        Self { start: Instant::now(), each, full_at: AtomicU64::new(0) }
    }

    /// Takes one out, if one is in.
    ///
    /// # Errors
    /// The time until one is in.
    pub fn take(&self) -> Result<(), Duration> {
        self.take_at(self.start.elapsed())
    }

    /// Takes out `more` whether they are in or not: what is asked next waits for it.
    pub fn owe(&self, more: usize) {
        self.owe_at(self.start.elapsed(), more);
    }

    fn take_at(&self, now: Duration) -> Result<(), Duration> {
        let (now, most) = (nanoseconds(now), WINDOW.max(self.each));
        let missing = |full_at: u64| full_at.max(now) - now + self.each;
        let next = |full_at: u64| (missing(full_at) <= most).then(|| full_at.max(now) + self.each);
        let taken = self.full_at.fetch_update(Ordering::Relaxed, Ordering::Relaxed, next);
        taken.map(|_| ()).map_err(|full_at| Duration::from_nanos(missing(full_at) - most))
    }

    fn owe_at(&self, now: Duration, more: usize) {
        let cost = self.each.saturating_mul(more as u64);
        let next = |full_at: u64| Some(full_at.max(nanoseconds(now)).saturating_add(cost).min(u64::MAX / 2));
        let _ = self.full_at.fetch_update(Ordering::Relaxed, Ordering::Relaxed, next);
    }
}

fn nanoseconds(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX).min(u64::MAX / 4)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_at_once_and_then_as_it_fills() {
        let rate = Rate::new(10);
        let at = |ms: u64| Duration::from_millis(ms);
        let taken = |ms: u64| (0..100).filter(|_| rate.take_at(at(ms)).is_ok()).count();
        assert_eq!((taken(0), taken(0), taken(100), taken(450)), (10, 0, 1, 3));
        assert_eq!(rate.take_at(at(450)).unwrap_err(), at(50));
        assert_eq!(taken(60_000), 10, "it holds no more than a second's worth");
        // A batch may overdraw it once.
        assert!(rate.take_at(at(120_000)).is_ok());
        rate.owe_at(at(120_000), 99);
        assert_eq!(rate.take_at(at(120_000)).unwrap_err(), at(9_100));
        assert_eq!(taken(129_100), 1);
        let slow = Rate::new(1);
        assert_eq!((slow.take_at(at(0)), slow.take_at(at(1))), (Ok(()), Err(at(999))));
    }
}
