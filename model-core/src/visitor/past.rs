//! Earlier sessions, as counts per local day for 30 days. Integers only, so that merging is exact in any order.

use super::{Live, Slot};
use crate::bytes::push;
use crate::profile::MAX_COUNTERS;
use alloc::vec::Vec;

/// Counters that every profile has: sessions, page views, engaged seconds, items.
pub(crate) const BUILT_IN_COUNTERS: usize = 4;
/// Windows: the last 1, 2, 3, 7, 14, 30 local days, and the exponentially decayed sum.
pub(crate) const WINDOWS: usize = 7;
const KEPT_DAYS: i32 = 30;
/// Days of the windows but the last.
const DAYS: [u32; WINDOWS - 1] = [1, 2, 3, 7, 14, KEPT_DAYS as u32];
const ROWS: usize = BUILT_IN_COUNTERS + MAX_COUNTERS;

/// `2^(-age / 7)` for an age of up to six days: a half-life of a week. Written out so that no platform computes it; every
/// further week halves it, which is exact.
const DECAY: [f32; 7] = [1.0, 0.905_723_7, 0.820_335_4, 0.742_997_1, 0.672_950_1, 0.609_506_8, 0.552_044_8];

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
    /// Sums by counter and window as of `today`, if `fresh`.
    sums: Vec<f32>,
    today: i32,
    fresh: bool,
}

impl Past {
    /// Replaces the entries.
    pub(super) fn set(&mut self, entries: &[Entry]) {
        self.entries.clear();
        self.entries.extend_from_slice(entries);
        self.fresh = false;
    }

    /// Adds a session that has ended.
    pub(super) fn close(&mut self, s: &mut Live) {
        s[Slot::PastLast] = s[Slot::PastLast].max(s[Slot::SessionLast]);
        if s[Slot::Channel] != 0 {
            s[Slot::PastChannel] = s[Slot::Channel];
        }
        s[Slot::PastConversions] += i64::from(s[Slot::SessionConversion] != 0);
        let day = s[Slot::StartDay] as i32;
        self.fresh = false;
        drop_before(&mut self.entries, day.saturating_sub(KEPT_DAYS - 1));
        self.add(day, 0, 1);
        self.add(day, 1, s[Slot::PageViews] as u32);
        self.add(day, 2, s[Slot::EngagedMs] as u32 / 1000);
        self.add(day, 3, s[Slot::Items] as u32);
        for (i, count) in s.counts.iter().enumerate() {
            self.add(day, (BUILT_IN_COUNTERS + i) as u8, u32::from(*count));
        }
    }

    /// The entries are other ones than before.
    pub(super) fn changed(&mut self) {
        self.fresh = false;
    }

    #[cfg_attr(target_arch = "wasm32", inline(never))]
    fn add(&mut self, day: i32, counter: u8, count: u32) {
        if count == 0 {
            return;
        }
        let new = Entry { day, counter, count };
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
        push(&mut self.entries, carried);
    }

    /// Sums up the entries no older than each window at local day `today` (age 0 = today). Remembered per day.
    pub(crate) fn refresh(&mut self, today: i32) {
        if self.entries.is_empty() || (self.fresh && self.today == today) {
            return;
        }
        (self.fresh, self.today) = (true, today);
        self.sums.clear();
        for _ in 0..ROWS * WINDOWS {
            push(&mut self.sums, 0.0);
        }
        for e in &self.entries {
            let age = today.saturating_sub(e.day).max(0) as u32;
            if age >= KEPT_DAYS as u32 {
                continue;
            }
            let mut decay = DECAY[age as usize % 7];
            for _ in 0..age / 7 {
                decay *= 0.5;
            }
            let count = e.count as f32;
            let first = usize::from(e.counter) * WINDOWS;
            let sums = &mut self.sums[first..first + WINDOWS];
            for (sum, days) in sums.iter_mut().zip(&DAYS) {
                if age < *days {
                    *sum += count;
                }
            }
            sums[WINDOWS - 1] += count * decay;
        }
    }

    /// Sum of a counter over a window, as of the last [`Past::refresh`].
    pub(crate) fn window(&self, counter: usize, window: usize) -> f32 {
        if self.entries.is_empty() {
            return 0.0;
        }
        self.sums[counter * WINDOWS + window]
    }
}

/// Forgets the days before `day`.
pub(super) fn drop_before(entries: &mut Vec<Entry>, day: i32) {
    let mut kept = 0;
    for i in 0..entries.len() {
        let entry = entries[i];
        if entry.day >= day {
            entries[kept] = entry;
            kept += 1;
        }
    }
    entries.truncate(kept);
}
