//! What is known of the visitor apart from the per-day history. `Copy`, so that a step can be undone.

use super::Session;
use crate::event::{Event, local_day};

#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Live {
    pub(crate) seen: bool,
    /// Time of the last event.
    pub(crate) last_us: i64,
    /// Offset of the property's time zone at the last event.
    pub(crate) utc_offset_s: i32,
    /// Earliest event or `user_first_touch_timestamp` seen.
    pub(crate) first_touch_us: i64,
    /// Last conversion; 0 = none.
    pub(crate) conversion_us: i64,
    /// Furthest funnel step ever.
    pub(crate) funnel: u8,
    /// Local days with at least one event.
    pub(crate) active_days: u32,
    /// The last of them.
    pub(crate) last_day: i32,
    pub(crate) session: Session,
}

impl Live {
    pub(super) fn apply(&mut self, e: &Event) {
        let day = local_day(e.time_us, e.utc_offset_s);
        if !self.seen || day > self.last_day {
            self.active_days += 1;
            self.last_day = day;
        }
        let touch = if e.first_touch_us > 0 { e.first_touch_us.min(e.time_us) } else { e.time_us };
        self.first_touch_us = if self.seen { self.first_touch_us.min(touch) } else { touch };
        // Within a tie the offset is a function of the time; the larger one decides if a caller disagrees with itself.
        self.utc_offset_s =
            if self.seen && e.time_us == self.last_us { self.utc_offset_s.max(e.utc_offset_s) } else { e.utc_offset_s };
        self.seen = true;
        self.last_us = e.time_us;
        self.funnel = self.funnel.max(e.funnel);
        if e.is_conversion() {
            self.conversion_us = e.time_us;
        }
    }
}
