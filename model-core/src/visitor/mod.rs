//! A visitor: the fold of all of their events so far.
//!
//! Events that share a timestamp are one step. The state before the step and the step's events are kept, so that an
//! event that arrives late *within* a step and belongs to another session refolds the step in canonical order: the order
//! inside a tie never changes a bit.

mod live;
mod past;
mod session;
mod wire;

#[cfg(test)]
mod tests;

use crate::Profile;
use crate::event::{Event, local_day};
use alloc::vec::Vec;
use live::Live;
use past::Past;

pub(crate) use past::{BUILT_IN_COUNTERS, WINDOWS};
pub(crate) use session::MAX_PAGES;
pub(crate) use session::Session;

/// No saved state is longer; [`Visitor::save`] drops the oldest days of history until it fits.
pub const MAX_STATE_BYTES: usize = 16_384;
/// Events of one step that are remembered. In a longer step, the order of the events matters at every 64th of them,
/// should they belong to several sessions. The longest step in a real export of 1.9 million events has 5.
const MAX_TIE: usize = 64;
/// Times are accepted between 1970 and the year 2200.
const MAX_TIME_US: i64 = 7_258_118_400_000_000;
const MAX_OFFSET_S: i32 = 86_400;

/// The fold of a visitor's events. `observe` is O(1) outside ties.
#[derive(Clone, Debug)]
pub struct Visitor {
    /// State with the step so far.
    live: Live,
    past: Past,
    /// State before the step.
    base: Live,
    /// `past` before the step, kept only if the step closed a session: `past_changed`.
    base_past: Past,
    past_changed: bool,
    /// Events of the step.
    tie: Vec<Event>,
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
            live: Live::default(),
            past: Past::default(),
            base: Live::default(),
            base_past: Past::default(),
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
        self.live = Live::default();
        self.base = Live::default();
        self.past.clear();
        self.past_changed = false;
        self.tie.clear();
        self.uniform = false;
    }

    /// Folds one event in.
    ///
    /// Time never runs backwards: an event older than the last one counts as happening with the last one.
    pub fn observe(&mut self, event: &Event) {
        let mut event = *event;
        event.time_us = event.time_us.clamp(1, MAX_TIME_US);
        event.first_touch_us = event.first_touch_us.clamp(0, MAX_TIME_US);
        event.utc_offset_s = event.utc_offset_s.clamp(-MAX_OFFSET_S, MAX_OFFSET_S);
        if self.live.seen && event.time_us <= self.live.last_us {
            event.time_us = self.live.last_us;
            self.observe_in_step(&event);
            return;
        }
        self.base = self.live;
        self.past_changed = false;
        self.tie.clear();
        self.tie.push(event);
        self.apply(&event);
        self.uniform = event.session_id == self.live.session.id;
    }

    fn observe_in_step(&mut self, event: &Event) {
        if self.tie.len() == MAX_TIE {
            self.base = self.live;
            self.past_changed = false;
            self.tie.clear();
        }
        self.tie.push(*event);
        if self.uniform && event.session_id == self.live.session.id {
            self.apply(event);
            return;
        }
        self.live = self.base;
        if self.past_changed {
            self.past.copy_from(&self.base_past);
            self.past_changed = false;
        }
        self.fold_step();
    }

    /// Folds the step's events, in canonical order, onto the state before the step.
    fn fold_step(&mut self) {
        sort(&mut self.tie);
        let mut i = 0;
        while let Some(event) = self.tie.get(i).copied() {
            self.apply(&event);
            i += 1;
        }
        self.uniform = self.tie.iter().all(|e| e.session_id == self.live.session.id);
    }

    fn apply(&mut self, event: &Event) {
        let live = &mut self.live;
        if !live.session.continues(event, self.timeout_us) {
            if live.seen {
                if !self.past_changed {
                    self.base_past.copy_from(&self.past);
                    self.past_changed = true;
                }
                self.past.close(&live.session);
            }
            live.session.open(event);
        }
        live.apply(event);
        live.session.apply(event, self.events);
    }

    /// Whether any event has been seen.
    #[must_use]
    pub fn is_seen(&self) -> bool {
        self.live.seen
    }

    /// Time of the last event, microseconds since 1970-01-01 UTC.
    #[must_use]
    pub fn last_event_us(&self) -> i64 {
        self.live.last_us
    }

    /// UTC offset that the last event carried, seconds.
    #[must_use]
    pub fn last_utc_offset_s(&self) -> i32 {
        self.live.utc_offset_s
    }

    /// Time of the last conversion, if there was one.
    #[must_use]
    pub fn last_conversion_us(&self) -> Option<i64> {
        (self.live.conversion_us != 0).then_some(self.live.conversion_us)
    }

    /// Time of the first conversion of the current session, if there was one.
    #[must_use]
    pub fn session_conversion_us(&self) -> Option<i64> {
        (self.live.session.conversion_us != 0).then_some(self.live.session.conversion_us)
    }

    /// `ga_session_id` of the current session; 0 when its events carry none.
    #[must_use]
    pub fn session_id(&self) -> i64 {
        self.live.session.id
    }

    /// Start of the current session, microseconds since 1970-01-01 UTC.
    #[must_use]
    pub fn session_start_us(&self) -> i64 {
        self.live.session.start_us
    }

    /// Page views of the current session so far.
    #[must_use]
    pub fn page_views(&self) -> u32 {
        self.live.session.page_views
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
fn sort(events: &mut [Event]) {
    for end in 2..=events.len() {
        let mut sorted = events.get_mut(..end).unwrap_or_default();
        while let [head @ .., a, b] = sorted {
            if *b >= *a {
                break;
            }
            core::mem::swap(a, b);
            let len = head.len() + 1;
            sorted = sorted.get_mut(..len).unwrap_or_default();
        }
    }
}
