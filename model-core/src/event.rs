//! The one vocabulary that the tag and the export both map to.

/// Engagement of a single event is clipped here: 30 minutes. Real exports hold values up to 19.7 hours.
pub const MAX_ENGAGED_MS: u32 = 1_800_000;

/// One GA4 event, with the site's strings already resolved to small numbers by [`crate::Profile::resolve`].
///
/// In every field 0 means missing (or "none of the configured ones"). The field order is the canonical order of events
/// that share a timestamp.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Event {
    /// Microseconds since 1970-01-01 UTC.
    pub time_us: i64,
    /// `ga_session_number` of the visitor, from 1.
    pub session_number: u32,
    /// `ga_session_id`.
    pub session_id: i64,
    /// Offset of the property's time zone from UTC at `time_us`, in seconds.
    pub utc_offset_s: i32,
    /// Index into the profile's events, from 1.
    pub name: u8,
    /// Index into the profile's page groups, from 1; one past the last group is "another page".
    pub group: u8,
    /// Funnel step that this event or its page reaches, from 1.
    pub funnel: u8,
    /// Index into [`crate::CHANNELS`].
    pub channel: u8,
    /// Index into [`crate::DEVICES`].
    pub device: u8,
    /// Index into the profile's languages, from 1; one past the last is "another language".
    pub language: u8,
    /// Bits: see the `FLAG_*` constants.
    pub flags: u8,
    /// Hash of the page's path.
    pub page: u32,
    /// `engagement_time_msec`, clipped to [`MAX_ENGAGED_MS`].
    pub engaged_ms: u32,
    /// Number of items that the event carries.
    pub items: u16,
    /// Highest item price, in hundredths of the currency unit.
    pub price_cents: u32,
    /// The visitor's first touch, microseconds since 1970-01-01 UTC.
    pub first_touch_us: i64,
}

impl Event {
    /// The event is a `page_view`.
    pub const FLAG_PAGE_VIEW: u8 = 1;
    /// The event is a `scroll`.
    pub const FLAG_SCROLL: u8 = 2;
    /// The event is a conversion, or its page is one that only a converter sees.
    pub const FLAG_CONVERSION: u8 = 4;
    /// The page was reached from another site.
    pub const FLAG_EXTERNAL_REFERRER: u8 = 8;

    /// Whether the event is a `page_view`.
    #[must_use]
    pub fn is_page_view(&self) -> bool {
        self.flags & Self::FLAG_PAGE_VIEW != 0
    }

    /// Whether the event counts as a conversion.
    #[must_use]
    pub fn is_conversion(&self) -> bool {
        self.flags & Self::FLAG_CONVERSION != 0
    }
}

/// An event as a row of numbers; rows compare in the canonical order of events that share a timestamp.
pub(crate) type Row = [i64; ROW];
pub(crate) const ROW: usize = 16;

/// Places in a [`Row`].
pub(crate) mod at {
    pub(crate) const TIME: usize = 0;
    pub(crate) const NUMBER: usize = 1;
    pub(crate) const ID: usize = 2;
    pub(crate) const OFFSET: usize = 3;
    pub(crate) const NAME: usize = 4;
    pub(crate) const GROUP: usize = 5;
    pub(crate) const FUNNEL: usize = 6;
    pub(crate) const CHANNEL: usize = 7;
    pub(crate) const DEVICE: usize = 8;
    pub(crate) const LANGUAGE: usize = 9;
    pub(crate) const FLAGS: usize = 10;
    pub(crate) const PAGE: usize = 11;
    pub(crate) const ENGAGED_MS: usize = 12;
    pub(crate) const ITEMS: usize = 13;
    pub(crate) const PRICE: usize = 14;
    pub(crate) const FIRST_TOUCH: usize = 15;
}

impl Event {
    pub(crate) fn row(&self) -> Row {
        [
            self.time_us,
            self.session_number.into(),
            self.session_id,
            self.utc_offset_s.into(),
            self.name.into(),
            self.group.into(),
            self.funnel.into(),
            self.channel.into(),
            self.device.into(),
            self.language.into(),
            self.flags.into(),
            self.page.into(),
            self.engaged_ms.into(),
            self.items.into(),
            self.price_cents.into(),
            self.first_touch_us,
        ]
    }

    pub(crate) fn from_row(row: &Row) -> Self {
        let [time_us, number, session_id, offset, name, group, funnel, channel, device, language, flags, page, ..] =
            *row;
        let [.., engaged_ms, items, price, first_touch_us] = *row;
        Self {
            time_us,
            session_number: number as u32,
            session_id,
            utc_offset_s: offset as i32,
            name: name as u8,
            group: group as u8,
            funnel: funnel as u8,
            channel: channel as u8,
            device: device as u8,
            language: language as u8,
            flags: flags as u8,
            page: page as u32,
            engaged_ms: engaged_ms as u32,
            items: items as u16,
            price_cents: price as u32,
            first_touch_us,
        }
    }
}

/// Days since 1970-01-01 in the property's time zone.
#[must_use]
pub fn local_day(time_us: i64, utc_offset_s: i32) -> i32 {
    time_us.div_euclid(1_000_000).saturating_add(i64::from(utc_offset_s)).div_euclid(86_400) as i32
}
