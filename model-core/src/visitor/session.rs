//! The current session. Every update commutes within a timestamp: counts, maxima, minima, or "first at this time".

use crate::event::{Event, local_day};
use crate::profile::MAX_COUNTERS;

/// Distinct pages of a session that are told apart.
pub(crate) const MAX_PAGES: usize = 32;

#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Session {
    /// `ga_session_id`; 0 = its events carry none.
    pub(crate) id: i64,
    /// Highest `ga_session_number` of its events; 0 = they carry none.
    pub(crate) number: u32,
    /// One more than the number of the session before; stands in for a missing `ga_session_number`.
    pub(crate) ordinal: u32,
    pub(crate) start_us: i64,
    /// Local day of the start: earlier sessions are counted by it.
    pub(crate) start_day: i32,
    pub(crate) last_us: i64,
    pub(crate) events: u32,
    pub(crate) page_views: u32,
    pub(crate) engaged_ms: u32,
    pub(crate) scrolls: u32,
    pub(crate) items: u32,
    /// Highest price seen, hundredths; 0 = none.
    pub(crate) max_price_cents: u32,
    pub(crate) funnel: u8,
    /// Page group of the first page; 0 = no page yet.
    pub(crate) entry_group: u8,
    pub(crate) entry_us: i64,
    /// Page group of the latest page view, of the one before, and their times (0 = none).
    pub(crate) page_group: u8,
    pub(crate) page_us: i64,
    pub(crate) previous_group: u8,
    pub(crate) previous_us: i64,
    pub(crate) channel: u8,
    pub(crate) channel_us: i64,
    pub(crate) external_referrer: bool,
    pub(crate) device: u8,
    pub(crate) language: u8,
    /// First conversion of the session; 0 = none.
    pub(crate) conversion_us: i64,
    pub(crate) pages: [u32; MAX_PAGES],
    pub(crate) page_count: u8,
    pub(crate) counts: [u16; MAX_COUNTERS],
    /// Milliseconds from the session's start to the last event of each counter.
    pub(crate) last_ms: [u32; MAX_COUNTERS],
}

impl Default for Session {
    fn default() -> Self {
        Self {
            id: 0,
            number: 0,
            ordinal: 0,
            start_us: 0,
            start_day: 0,
            last_us: 0,
            events: 0,
            page_views: 0,
            engaged_ms: 0,
            scrolls: 0,
            items: 0,
            max_price_cents: 0,
            funnel: 0,
            entry_group: 0,
            entry_us: 0,
            page_group: 0,
            page_us: 0,
            previous_group: 0,
            previous_us: 0,
            channel: 0,
            channel_us: 0,
            external_referrer: false,
            device: 0,
            language: 0,
            conversion_us: 0,
            pages: [0; MAX_PAGES],
            page_count: 0,
            counts: [0; MAX_COUNTERS],
            last_ms: [0; MAX_COUNTERS],
        }
    }
}

impl Session {
    /// GA4's session: the same `ga_session_id`; where either side has none, no gap longer than the timeout.
    pub(super) fn continues(&self, e: &Event, timeout_us: i64) -> bool {
        if self.events == 0 {
            return false;
        }
        if e.session_id != 0 && self.id != 0 {
            return e.session_id == self.id;
        }
        e.time_us.saturating_sub(self.last_us) <= timeout_us
    }

    /// Starts a session with its first event. Keeps only the number of the one before.
    pub(super) fn open(&mut self, e: &Event) {
        let ordinal = self.effective_number().saturating_add(1);
        *self = Self {
            id: e.session_id,
            ordinal,
            start_us: e.time_us,
            start_day: local_day(e.time_us, e.utc_offset_s),
            ..Self::default()
        };
    }

    pub(crate) fn effective_number(&self) -> u32 {
        if self.number == 0 { self.ordinal } else { self.number }
    }

    pub(super) fn apply(&mut self, e: &Event, profile_events: usize) {
        if self.id == 0 {
            self.id = e.session_id;
        }
        self.number = self.number.max(e.session_number);
        self.last_us = e.time_us;
        self.events = self.events.saturating_add(1);
        self.engaged_ms = self.engaged_ms.saturating_add(e.engaged_ms);
        self.items = self.items.saturating_add(u32::from(e.items));
        self.max_price_cents = self.max_price_cents.max(e.price_cents);
        self.funnel = self.funnel.max(e.funnel);
        self.device = self.device.max(e.device);
        self.language = self.language.max(e.language);
        self.external_referrer |= e.flags & Event::FLAG_EXTERNAL_REFERRER != 0;
        self.scrolls = self.scrolls.saturating_add(u32::from(e.flags & Event::FLAG_SCROLL != 0));
        if e.is_conversion() && self.conversion_us == 0 {
            self.conversion_us = e.time_us;
        }
        if e.channel != 0 && (self.channel == 0 || (e.time_us == self.channel_us && e.channel < self.channel)) {
            self.channel = e.channel;
            self.channel_us = e.time_us;
        }
        let at_ms = ((e.time_us.saturating_sub(self.start_us)) / 1000).clamp(0, i64::from(u32::MAX)) as u32;
        if e.name != 0 {
            self.count(usize::from(e.name) - 1, at_ms);
        }
        if e.is_page_view() {
            self.view_page(e);
            if e.group != 0 {
                self.count(profile_events + usize::from(e.group) - 1, at_ms);
            }
        }
    }

    fn count(&mut self, counter: usize, at_ms: u32) {
        if let (Some(count), Some(last)) = (self.counts.get_mut(counter), self.last_ms.get_mut(counter)) {
            *count = count.saturating_add(1);
            *last = at_ms;
        }
    }

    fn view_page(&mut self, e: &Event) {
        self.page_views = self.page_views.saturating_add(1);
        if self.entry_us == 0 {
            self.entry_us = e.time_us;
            self.entry_group = e.group;
        } else if self.entry_us == e.time_us {
            self.entry_group = self.entry_group.min(e.group);
        }
        if self.page_us != 0 && e.time_us == self.page_us {
            self.page_group = self.page_group.max(e.group);
        } else {
            (self.previous_group, self.previous_us) = (self.page_group, self.page_us);
            (self.page_group, self.page_us) = (e.group, e.time_us);
        }
        // Places past the count hold 0, which is no page.
        if e.page != 0
            && !self.pages.iter().any(|page| *page == e.page)
            && let Some(free) = self.pages.get_mut(usize::from(self.page_count))
        {
            *free = e.page;
            self.page_count += 1;
        }
    }
}
