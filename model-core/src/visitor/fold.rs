//! One event into the row. Every update commutes within a timestamp: counts, maxima, minima, or "first at this time".

use super::slots::{Live, Slot};
use crate::event::{Event, ROW, Row, at, local_day};

const MAX: i64 = u32::MAX as i64;

/// Places after a step's own: what its flags say, and the one that counts it.
const ONE: usize = 16;
const PAGE_VIEW: usize = 17;
const SCROLL: usize = 18;
const EXTERNAL: usize = 19;

/// Added up.
const SUMS: [(Slot, u8); 5] = [
    (Slot::Events, ONE as u8),
    (Slot::PageViews, PAGE_VIEW as u8),
    (Slot::Scrolls, SCROLL as u8),
    (Slot::EngagedMs, at::ENGAGED_MS as u8),
    (Slot::Items, at::ITEMS as u8),
];
/// The highest is kept.
const MAXIMA: [(Slot, u8); 7] = [
    (Slot::Number, at::NUMBER as u8),
    (Slot::MaxPrice, at::PRICE as u8),
    (Slot::SessionFunnel, at::FUNNEL as u8),
    (Slot::Funnel, at::FUNNEL as u8),
    (Slot::Device, at::DEVICE as u8),
    (Slot::Language, at::LANGUAGE as u8),
    (Slot::External, EXTERNAL as u8),
];

impl Live {
    /// GA4's session: the same `ga_session_id`; where either side has none, no gap longer than the timeout.
    pub(super) fn continues(&self, e: &Row, timeout_us: i64) -> bool {
        let (id, other) = (self[Slot::Id], e[at::ID]);
        if self[Slot::Events] == 0 {
            false
        } else if id != 0 && other != 0 {
            id == other
        } else {
            e[at::TIME] - self[Slot::SessionLast] <= timeout_us
        }
    }

    /// Starts a session with its first event. Keeps only the number of the one before.
    pub(super) fn open(&mut self, e: &Row) {
        let before = self.number();
        self.clear_session();
        self[Slot::Id] = e[at::ID];
        self[Slot::Ordinal] = (before + 1).min(MAX);
        self[Slot::Start] = e[at::TIME];
        self[Slot::StartDay] = day_of(e);
    }

    /// How many sessions the visitor has had, this one included.
    pub(crate) fn number(&self) -> i64 {
        let number = self[Slot::Number];
        if number == 0 { self[Slot::Ordinal] } else { number }
    }

    pub(super) fn apply(&mut self, e: &Row, profile_events: usize) {
        let time = e[at::TIME];
        let flag = |bit: u8| i64::from(e[at::FLAGS] & i64::from(bit) != 0);
        let mut from = [0; 20];
        from[..ROW].copy_from_slice(e);
        from[ONE] = 1;
        from[PAGE_VIEW] = flag(Event::FLAG_PAGE_VIEW);
        from[SCROLL] = flag(Event::FLAG_SCROLL);
        from[EXTERNAL] = flag(Event::FLAG_EXTERNAL_REFERRER);

        let seen = self[Slot::Last] != 0;
        let day = day_of(e);
        if !seen || day > self[Slot::LastDay] {
            self[Slot::ActiveDays] += 1;
            self[Slot::LastDay] = day;
        }
        let touch = if e[at::FIRST_TOUCH] > 0 { e[at::FIRST_TOUCH].min(time) } else { time };
        if !seen || touch < self[Slot::FirstTouch] {
            self[Slot::FirstTouch] = touch;
        }
        // Within a tie the offset is a function of the time; the larger one decides if a caller disagrees with itself.
        if time != self[Slot::Last] || e[at::OFFSET] > self[Slot::Offset] {
            self[Slot::Offset] = e[at::OFFSET];
        }
        self[Slot::Last] = time;
        self[Slot::SessionLast] = time;
        if self[Slot::Id] == 0 {
            self[Slot::Id] = e[at::ID];
        }
        for (slot, i) in &SUMS {
            self[*slot] = (self[*slot] + from[usize::from(*i)]).min(MAX);
        }
        for (slot, i) in &MAXIMA {
            self[*slot] = self[*slot].max(from[usize::from(*i)]);
        }
        if flag(Event::FLAG_CONVERSION) != 0 {
            self[Slot::Conversion] = time;
            if self[Slot::SessionConversion] == 0 {
                self[Slot::SessionConversion] = time;
            }
        }
        let (channel, known) = (e[at::CHANNEL], self[Slot::Channel]);
        if channel != 0 && (known == 0 || (time == self[Slot::ChannelTime] && channel < known)) {
            self[Slot::Channel] = channel;
            self[Slot::ChannelTime] = time;
        }
        self.count(e[at::NAME], 0, time);
        if from[PAGE_VIEW] != 0 {
            self.view_page(e);
            self.count(e[at::GROUP], profile_events, time);
        }
    }

    /// Counts number `code` (0 = none) of the counters from `first` on.
    #[cfg_attr(target_arch = "wasm32", inline(never))]
    fn count(&mut self, code: i64, first: usize, time: i64) {
        let ms = (time - self[Slot::Start]) / 1000;
        let i = (code as usize).wrapping_sub(1);
        if code == 0 {
            return;
        }
        if let (Some(count), Some(last)) = (self.counts.get_mut(first + i), self.last_ms.get_mut(first + i)) {
            *count = count.saturating_add(1);
            *last = ms.clamp(0, MAX) as u32;
        }
    }

    fn view_page(&mut self, e: &Row) {
        let (time, group) = (e[at::TIME], e[at::GROUP]);
        if self[Slot::EntryTime] == 0 {
            self[Slot::EntryTime] = time;
            self[Slot::EntryGroup] = group;
        } else if self[Slot::EntryTime] == time {
            self[Slot::EntryGroup] = self[Slot::EntryGroup].min(group);
        }
        if time == self[Slot::PageTime] {
            self[Slot::PageGroup] = self[Slot::PageGroup].max(group);
        } else {
            self[Slot::PreviousGroup] = self[Slot::PageGroup];
            self[Slot::PreviousTime] = self[Slot::PageTime];
            self[Slot::PageGroup] = group;
            self[Slot::PageTime] = time;
        }
        // Places past the count hold 0, which is no page.
        let (page, n) = (e[at::PAGE] as u32, self[Slot::Pages]);
        if self.pages.iter().all(|known| *known != page)
            && let Some(free) = self.pages.get_mut(n as usize)
        {
            *free = page;
            self[Slot::Pages] = n + 1;
        }
    }
}

fn day_of(e: &Row) -> i64 {
    local_day(e[at::TIME], e[at::OFFSET] as i32).into()
}
