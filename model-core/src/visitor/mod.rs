//! A visitor: the fold of all of their events so far.
//!
//! Events that share a timestamp are one step. The state before the step and the step's events are kept, so that an
//! event that arrives late *within* a step and belongs to another session refolds the step in canonical order: the order
//! inside a tie never changes a bit.

mod fold;
mod past;
mod slots;
mod wire;

#[cfg(test)]
mod tests;

use crate::Profile;
use crate::event::{Event, Row, at, local_day};
use alloc::vec::Vec;
use past::{Entry, Past};

pub(crate) use past::{BUILT_IN_COUNTERS, WINDOWS};
pub(crate) use slots::{Live, MAX_PAGES, Slot};

/// No saved state is longer; [`Visitor::save`] drops the oldest days of history until it fits.
pub const MAX_STATE_BYTES: usize = 16_384;
/// Events of one step that are remembered. In a longer step, the order of the events matters at every 64th of them,
/// should they belong to several sessions. The longest step in a real export of 1.9 million events has 5.
const MAX_TIE: usize = 64;
/// Times are accepted between 1970 and the year 2200.
const MAX_TIME_US: i64 = 7_258_118_400_000_000;
const MAX_OFFSET_S: i64 = 86_400;

/// The fold of a visitor's events. `observe` is O(1) outside ties.
#[derive(Clone, Debug)]
pub struct Visitor {
    /// State with the step so far.
    live: Live,
    past: Past,
    /// State before the step.
    base: Live,
    /// Entries of `past` before the step, kept only if the step closed a session: `past_changed`.
    base_entries: Vec<Entry>,
    past_changed: bool,
    /// Events of the step.
    tie: Vec<Row>,
    /// All events of the step belong to the current session: then they commute.
    uniform: bool,
    timeout_us: i64,
    events: usize,
    fingerprint: u32,
}

impl Visitor {
    /// A visitor of whom nothing is known.
    #[must_use]
    pub fn new(profile: &Profile) -> Self {
        Self {
            live: Live::NEW,
            past: Past::default(),
            base: Live::NEW,
            base_entries: Vec::new(),
            past_changed: false,
            tie: Vec::new(),
            uniform: false,
            timeout_us: i64::from(profile.session_timeout_s()) * 1_000_000,
            events: profile.events(),
            fingerprint: profile.fingerprint(),
        }
    }

    /// Forgets everything; keeps allocations.
    pub fn clear(&mut self) {
        self.live = Live::NEW;
        self.base = Live::NEW;
        self.past.set(&[]);
        self.past_changed = false;
        self.tie.clear();
        self.uniform = false;
    }

    /// Folds one event in.
    ///
    /// Time never runs backwards: an event older than the last one counts as happening with the last one.
    pub fn observe(&mut self, event: &Event) {
        self.observe_row(event.row());
    }

    pub(crate) fn observe_row(&mut self, mut e: Row) {
        wire::clamp(&mut e);
        e[at::TIME] = e[at::TIME].max(1);
        if e[at::TIME] < self.live[Slot::Last] {
            // Moved to the last event's moment, and with it to the offset there.
            e[at::TIME] = self.live[Slot::Last];
            e[at::OFFSET] = self.live[Slot::Offset];
        }
        let begins = e[at::TIME] > self.live[Slot::Last];
        if begins || self.tie.len() == MAX_TIE {
            self.base = self.live;
            self.past_changed = false;
            self.tie.clear();
        }
        self.tie.push(e);
        if begins || (self.uniform && e[at::ID] == self.live[Slot::Id]) {
            self.apply(&e);
            self.uniform = e[at::ID] == self.live[Slot::Id];
        } else {
            self.live = self.base;
            if self.past_changed {
                self.past.set(&self.base_entries);
                self.past_changed = false;
            }
            self.fold_step();
        }
    }

    /// Folds the step's events, in canonical order, onto the state before the step.
    fn fold_step(&mut self) {
        sort(&mut self.tie);
        let mut i = 0;
        while let Some(event) = self.tie.get(i).copied() {
            self.apply(&event);
            i += 1;
        }
        self.uniform = self.tie.iter().all(|e| e[at::ID] == self.live[Slot::Id]);
    }

    #[cfg_attr(target_arch = "wasm32", inline(never))]
    fn apply(&mut self, e: &Row) {
        let live = &mut self.live;
        if !live.continues(e, self.timeout_us) {
            if live[Slot::Last] != 0 {
                if !self.past_changed {
                    self.base_entries.clear();
                    self.base_entries.extend_from_slice(&self.past.entries);
                    self.past_changed = true;
                }
                self.past.close(live);
            }
            live.open(e);
        }
        live.apply(e, self.events);
    }

    /// Whether any event has been seen.
    #[must_use]
    pub fn is_seen(&self) -> bool {
        self.live[Slot::Last] != 0
    }

    /// Time of the last event, microseconds since 1970-01-01 UTC.
    #[must_use]
    pub fn last_event_us(&self) -> i64 {
        self.live[Slot::Last]
    }

    /// UTC offset that the last event carried, seconds.
    #[must_use]
    pub fn last_utc_offset_s(&self) -> i32 {
        self.live[Slot::Offset] as i32
    }

    /// Time of the last conversion, if there was one.
    #[must_use]
    pub fn last_conversion_us(&self) -> Option<i64> {
        Some(self.live[Slot::Conversion]).filter(|us| *us != 0)
    }

    /// Time of the first conversion of the current session, if there was one.
    #[must_use]
    pub fn session_conversion_us(&self) -> Option<i64> {
        Some(self.live[Slot::SessionConversion]).filter(|us| *us != 0)
    }

    /// `ga_session_id` of the current session; 0 when its events carry none.
    #[must_use]
    pub fn session_id(&self) -> i64 {
        self.live[Slot::Id]
    }

    /// Start of the current session, microseconds since 1970-01-01 UTC.
    #[must_use]
    pub fn session_start_us(&self) -> i64 {
        self.live[Slot::Start]
    }

    /// Page views of the current session so far.
    #[must_use]
    pub fn page_views(&self) -> u32 {
        self.live[Slot::PageViews] as u32
    }

    pub(crate) fn live(&self) -> &Live {
        &self.live
    }

    /// Brings the counts of earlier sessions by window up to a moment; see [`Past::window`].
    pub(crate) fn refresh_windows(&mut self, now_us: i64, utc_offset_s: i32) {
        self.past.refresh(local_day(now_us, utc_offset_s));
    }

    pub(crate) fn past(&self) -> &Past {
        &self.past
    }
}

/// Insertion sort: steps are short, and the library's sort is 10 kB of WebAssembly.
fn sort(steps: &mut [Row]) {
    for end in 1..steps.len() {
        let mut i = end;
        while i > 0 && steps[i] < steps[i - 1] {
            steps.swap(i, i - 1);
            i -= 1;
        }
    }
}
