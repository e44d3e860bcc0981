//! Earlier sessions, as counts per local day for 30 days. Integers only, so that merging is exact in any order.

use super::Session;
use crate::profile::MAX_COUNTERS;
use alloc::vec::Vec;

/// Counters that every profile has: sessions, page views, engaged seconds, items.
pub(crate) const BUILT_IN_COUNTERS: usize = 4;
/// Windows: the last 1, 2, 3, 7, 14, 30 local days, and the exponentially decayed sum.
pub(crate) const WINDOWS: usize = 7;
const KEPT_DAYS: i32 = 30;
const ROWS: usize = BUILT_IN_COUNTERS + MAX_COUNTERS;

/// `2^(-age / 7)` for an age in whole days: a half-life of a week. Written out so that no platform computes it.
const DECAY: [f32; KEPT_DAYS as usize] = [
    1.0,
    0.905_723_7,
    0.820_335_4,
    0.742_997_1,
    0.672_950_1,
    0.609_506_8,
    0.552_044_8,
    0.5,
    0.452_861_84,
    0.410_167_7,
    0.371_498_55,
    0.336_475_04,
    0.304_753_4,
    0.276_022_4,
    0.25,
    0.226_430_92,
    0.205_083_85,
    0.185_749_28,
    0.168_237_52,
    0.152_376_7,
    0.138_011_2,
    0.125,
    0.113_215_46,
    0.102_541_92,
    0.092_874_64,
    0.084_118_76,
    0.076_188_35,
    0.069_005_6,
    0.062_5,
    0.056_607_73,
];

/// One counter on one day.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Entry {
    pub(crate) day: i32,
    pub(crate) counter: u8,
    pub(crate) count: u32,
}

impl Entry {
    /// Ascends as entries do: by day, then counter.
    pub(super) fn key(&self) -> i64 {
        (i64::from(self.day) << 8) | i64::from(self.counter)
    }
}

#[derive(Clone, Debug, Default)]
pub(crate) struct Past {
    /// Sorted by day, then counter.
    pub(crate) entries: Vec<Entry>,
    /// Last event of the last closed session; 0 = there was none.
    pub(crate) last_us: i64,
    /// Its channel, if it was known; otherwise the last known one.
    pub(crate) channel: u8,
    /// Sessions with a conversion.
    pub(crate) conversions: u32,
    /// Sums by counter and window as of `today`, if `fresh`.
    sums: Vec<f32>,
    today: i32,
    fresh: bool,
}

impl Past {
    /// Empty; keeps allocations.
    pub(super) fn clear(&mut self) {
        self.entries.clear();
        (self.last_us, self.channel, self.conversions) = (0, 0, 0);
        self.fresh = false;
    }

    /// Takes over what another history knows, but not its sums.
    pub(super) fn copy_from(&mut self, other: &Self) {
        self.entries.clear();
        self.entries.extend_from_slice(&other.entries);
        (self.last_us, self.channel, self.conversions) = (other.last_us, other.channel, other.conversions);
        self.fresh = false;
    }

    pub(super) fn copy(&self) -> Self {
        let mut copy = Self::default();
        copy.copy_from(self);
        copy
    }

    /// Adds a session that has ended.
    pub(super) fn close(&mut self, s: &Session) {
        self.fresh = false;
        self.last_us = self.last_us.max(s.last_us);
        if s.channel != 0 {
            self.channel = s.channel;
        }
        self.conversions += u32::from(s.conversion_us != 0);
        let day = s.start_day;
        self.drop_before(day.saturating_sub(KEPT_DAYS - 1));
        let built_in = [1, s.page_views, s.engaged_ms / 1000, s.items];
        let counts = built_in.into_iter().chain(s.counts.iter().map(|n| u32::from(*n)));
        for (counter, count) in counts.enumerate().filter(|(_, count)| *count > 0) {
            self.add(Entry { day, counter: counter as u8, count });
        }
    }

    /// Forgets the days before `day`.
    pub(super) fn drop_before(&mut self, day: i32) {
        self.fresh = false;
        self.entries.retain(|e| e.day >= day);
    }

    fn add(&mut self, new: Entry) {
        // A new entry belongs at the end, or a few places before it.
        let mut i = self.entries.len();
        while let Some(e) = self.entries.get_mut(i.wrapping_sub(1)) {
            if e.key() == new.key() {
                e.count = e.count.saturating_add(new.count);
                return;
            }
            if e.key() < new.key() {
                break;
            }
            i -= 1;
        }
        let mut carried = new;
        for e in self.entries.iter_mut().skip(i) {
            core::mem::swap(e, &mut carried);
        }
        self.entries.push(carried);
    }

    /// Sums up the entries no older than each window at local day `today` (age 0 = today). Remembered per day.
    pub(crate) fn refresh(&mut self, today: i32) {
        if self.entries.is_empty() || (self.fresh && self.today == today) {
            return;
        }
        (self.fresh, self.today) = (true, today);
        self.sums.clear();
        self.sums.resize(ROWS * WINDOWS, 0.0);
        for e in &self.entries {
            let age = today.saturating_sub(e.day).max(0);
            let sums = self.sums.get_mut(usize::from(e.counter) * WINDOWS..).unwrap_or_default();
            let (Some(decay), Some([sums @ .., decayed])) = (DECAY.get(age as usize), sums.first_chunk_mut::<WINDOWS>())
            else {
                continue;
            };
            let count = e.count as f32;
            for (sum, days) in sums.iter_mut().zip([1, 2, 3, 7, 14, KEPT_DAYS]) {
                if age < days {
                    *sum += count;
                }
            }
            *decayed += count * decay;
        }
    }

    /// Sum of a counter over a window, as of the last [`Past::refresh`].
    pub(crate) fn window(&self, counter: usize, window: usize) -> f32 {
        if self.entries.is_empty() {
            return 0.0;
        }
        self.sums.get(counter * WINDOWS + window).map_or(0.0, |sum| *sum)
    }
}
