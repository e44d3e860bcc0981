//! What is known of a visitor and of an event, as rows of whole numbers.
//!
//! Rows let the fold, the saved state and the features be loops over small tables instead of a statement per field,
//! which is what keeps the download small.

use crate::profile::MAX_COUNTERS;
use core::ops::{Index, IndexMut};

/// Distinct pages of a session that are told apart.
pub(crate) const MAX_PAGES: usize = 32;

/// A number of a [`Live`] row; 0 = unknown or none. Times are microseconds since 1970-01-01 UTC. The order is the order
/// of the saved state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Slot {
    /// Time of the last event; 0 = no event yet.
    Last,
    /// Offset of the property's time zone at the last event, seconds.
    Offset,
    /// Earliest event or `user_first_touch_timestamp` seen.
    FirstTouch,
    /// Last conversion.
    Conversion,
    /// Furthest funnel step ever.
    Funnel,
    /// Local days with at least one event.
    ActiveDays,
    /// The last of them.
    LastDay,
    /// `ga_session_id`. From here to `Pages`: the current session.
    Id,
    Start,
    /// Local day of the start: earlier sessions are counted by it.
    StartDay,
    SessionLast,
    /// Highest `ga_session_number` of the session's events.
    Number,
    /// One more than the number of the session before; stands in for a missing `ga_session_number`.
    Ordinal,
    Events,
    PageViews,
    EngagedMs,
    Scrolls,
    Items,
    /// Highest price seen, hundredths.
    MaxPrice,
    SessionFunnel,
    /// Page group of the first page.
    EntryGroup,
    /// Page group of the latest page view, and of the one before.
    PageGroup,
    PreviousGroup,
    Channel,
    Device,
    Language,
    /// 1 when a page was reached from another site.
    External,
    EntryTime,
    PageTime,
    PreviousTime,
    ChannelTime,
    /// First conversion of the session.
    SessionConversion,
    /// Distinct pages told apart.
    Pages,
    /// Last event of the last closed session.
    PastLast,
    /// Its channel, if it was known; otherwise the last known one.
    PastChannel,
    /// Closed sessions with a conversion.
    PastConversions,
}

pub(crate) const SLOTS: usize = 36;
/// Slots of the session.
const SESSION: core::ops::Range<usize> = Slot::Id as usize..Slot::PastLast as usize;

/// What is known of the visitor apart from the per-day history. `Copy`, so that a step can be undone.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Live {
    pub(super) slots: [i64; SLOTS],
    pub(super) pages: [u32; MAX_PAGES],
    pub(crate) counts: [u16; MAX_COUNTERS],
    /// Milliseconds from the session's start to the last event of each counter.
    pub(crate) last_ms: [u32; MAX_COUNTERS],
}

impl Live {
    pub(super) const NEW: Self =
        Self { slots: [0; SLOTS], pages: [0; MAX_PAGES], counts: [0; MAX_COUNTERS], last_ms: [0; MAX_COUNTERS] };

    /// Forgets the session.
    pub(super) fn clear_session(&mut self) {
        let slots = self.slots;
        *self = Self::NEW;
        for (i, slot) in self.slots.iter_mut().enumerate() {
            if !SESSION.contains(&i) {
                *slot = slots[i];
            }
        }
    }
}

impl Index<Slot> for Live {
    type Output = i64;
    #[inline(always)]
    fn index(&self, slot: Slot) -> &i64 {
        &self.slots[slot as usize]
    }
}

impl IndexMut<Slot> for Live {
    #[inline(always)]
    fn index_mut(&mut self, slot: Slot) -> &mut i64 {
        &mut self.slots[slot as usize]
    }
}
