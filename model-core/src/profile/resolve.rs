//! From the strings of a GA4 event to the numbers of an [`Event`].
//!
//! Every function here is a pure function of its strings, so that the batch may remember its answer per distinct string.

use super::Profile;
use crate::event::{Event, MAX_ENGAGED_MS};

/// Names of the device categories, index = the code that an event carries.
pub const DEVICES: [&str; 5] = ["unknown", "desktop", "mobile", "tablet", "smart tv"];

/// A GA4 event as the tag or the export gives it. Empty strings, zeros and NaN mean missing.
#[derive(Clone, Copy, Debug, Default)]
pub struct RawEvent<'a> {
    /// `event_name`.
    pub name: &'a str,
    /// `page_location`, with or without a query.
    pub page_location: &'a str,
    /// `page_referrer`.
    pub page_referrer: &'a str,
    /// `source` of the event, if it carries one.
    pub source: &'a str,
    /// `medium` of the event, if it carries one.
    pub medium: &'a str,
    /// `device.category`.
    pub device: &'a str,
    /// `device.language`, for example `en-gb`.
    pub language: &'a str,
    /// Microseconds since 1970-01-01 UTC.
    pub time_us: i64,
    /// Offset of the property's time zone at that time, in seconds.
    pub utc_offset_s: i32,
    /// `ga_session_id`.
    pub session_id: i64,
    /// `ga_session_number`.
    pub session_number: u32,
    /// `engagement_time_msec`.
    pub engaged_ms: u32,
    /// Number of items.
    pub items: u16,
    /// Highest item price in currency units; NaN, zero or negative = missing.
    pub price: f64,
    /// `user_first_touch_timestamp`, microseconds.
    pub first_touch_us: i64,
}

/// What the strings of an event come to in a profile. Each depends on few strings, so that a batch may remember it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Codes {
    /// [`Profile::event_name`].
    pub name: u8,
    /// Hash of the page, from [`Profile::page`].
    pub page: u32,
    /// Group of the page, from [`Profile::page`].
    pub group: u8,
    /// [`Profile::channel`].
    pub channel: u8,
    /// Whether the referrer is another site, from [`Profile::channel`].
    pub external: bool,
    /// [`Profile::device`].
    pub device: u8,
    /// [`Profile::language`].
    pub language: u8,
}

impl Profile {
    /// Maps the strings to the profile's numbers. Nothing is refused: what the profile does not know becomes "other".
    #[must_use]
    pub fn resolve(&self, raw: &RawEvent<'_>) -> Event {
        let (channel, external) = self.channel(raw.source, raw.medium, raw.page_location, raw.page_referrer);
        let (page, group) = self.page(raw.page_location);
        let codes = Codes {
            name: self.event_name(raw.name),
            page,
            group,
            channel: channel as u8,
            external,
            device: self.device(raw.device),
            language: self.language(raw.language),
        };
        self.event(raw, codes)
    }

    /// The event, given the codes of its strings.
    #[must_use]
    pub fn event(&self, raw: &RawEvent<'_>, codes: Codes) -> Event {
        let mut flags = match raw.name {
            "page_view" => Event::FLAG_PAGE_VIEW,
            "scroll" => Event::FLAG_SCROLL,
            _ => 0,
        };
        if codes.external {
            flags |= Event::FLAG_EXTERNAL_REFERRER;
        }
        let (event_bit, group_bit) = (bit(codes.name), bit(codes.group));
        let reached = |step: &super::FunnelStep| step.events & event_bit != 0 || step.groups & group_bit != 0;
        if reached(&self.parts().conversion) {
            flags |= Event::FLAG_CONVERSION;
        }
        let funnel = self.parts().funnel.iter().rposition(reached).map_or(0, |i| i as u8 + 1);
        Event {
            time_us: raw.time_us,
            session_number: raw.session_number,
            session_id: raw.session_id,
            utc_offset_s: raw.utc_offset_s,
            name: codes.name,
            group: codes.group,
            funnel,
            channel: codes.channel,
            device: codes.device,
            language: codes.language,
            flags,
            page: codes.page,
            engaged_ms: raw.engaged_ms.min(MAX_ENGAGED_MS),
            items: raw.items,
            price_cents: cents(raw.price),
            // The browser's cookie knows the first touch in seconds, the export in microseconds.
            first_touch_us: raw.first_touch_us - raw.first_touch_us % 1_000_000,
        }
    }

    /// Code of an event name: 1-based index, 0 when the profile does not count it.
    #[must_use]
    pub fn event_name(&self, name: &str) -> u8 {
        self.parts().events.iter().position(|e| e == name).map_or(0, |i| i as u8 + 1)
    }

    /// Hash of the page's path (0 when there is none) and its 1-based group.
    #[must_use]
    pub fn page(&self, location: &str) -> (u32, u8) {
        if location.is_empty() {
            return (0, 0);
        }
        let path = path_of(location).as_bytes();
        let mut hash = 0x811c_9dc5_u32;
        for b in path {
            hash = (hash ^ u32::from(b.to_ascii_lowercase())).wrapping_mul(0x0100_0193);
        }
        let groups = &self.parts().groups;
        let group = groups.iter().position(|g| g.paths.iter().any(|p| matches(p.as_bytes(), path)));
        (hash.max(1), group.unwrap_or(groups.len()) as u8 + 1)
    }

    /// Code of a device category.
    #[must_use]
    pub fn device(&self, category: &str) -> u8 {
        DEVICES.iter().skip(1).position(|d| same(d, category)).map_or(0, |i| i as u8 + 1)
    }

    /// Code of a language: the first entry that it starts with.
    #[must_use]
    pub fn language(&self, language: &str) -> u8 {
        if language.is_empty() {
            return 0;
        }
        let known = &self.parts().languages;
        let starts = |l: &str| language.get(..l.len()).is_some_and(|head| same(head, l));
        known.iter().position(|l| starts(l)).unwrap_or(known.len()) as u8 + 1
    }
}

/// The path of a URL without query and fragment; `/` when empty; no trailing slash otherwise.
#[must_use]
pub fn path_of(location: &str) -> &str {
    let (_, rest) = authority_and_rest(location);
    let mut end = until(rest, b"?#");
    while end > 0 && rest.as_bytes().get(end - 1) == Some(&b'/') {
        end -= 1;
    }
    if end == 0 { "/" } else { rest.get(..end).unwrap_or("/") }
}

/// The host of a URL, without user and port; empty when there is none.
pub(super) fn host_of(location: &str) -> &str {
    let (authority, _) = authority_and_rest(location);
    let start = authority.bytes().rposition(|b| b == b'@').map_or(0, |i| i + 1);
    let host = authority.get(start..).unwrap_or("");
    host.get(..until(host, b":")).unwrap_or("")
}

/// Splits a URL after `scheme://` into host part and the rest; a text without a scheme is all rest.
fn authority_and_rest(location: &str) -> (&str, &str) {
    let scheme = until(location, b":/?#");
    let Some(after) = location.get(scheme..).and_then(|rest| rest.strip_prefix("://")) else { return ("", location) };
    let end = until(after, b"/?#");
    (after.get(..end).unwrap_or(""), after.get(end..).unwrap_or(""))
}

/// Position of the first of some ASCII characters, or the length.
#[inline(never)]
pub(super) fn until(text: &str, stops: &[u8]) -> usize {
    text.bytes().position(|b| stops.contains(&b)).unwrap_or(text.len())
}

/// ASCII case is ignored. Not inlined, for size.
#[inline(never)]
pub(super) fn same(a: &str, b: &str) -> bool {
    a.eq_ignore_ascii_case(b)
}

fn cents(price: f64) -> u32 {
    // `as` saturates and maps NaN to 0.
    (price * 100.0 + 0.5) as u32
}

fn bit(code: u8) -> u32 {
    if code == 0 || code > 32 { 0 } else { 1 << (code - 1) }
}

/// Glob with `*` only; the pattern is lower case, the text of any case. Linear in the text for each `*`.
fn matches(pattern: &[u8], text: &[u8]) -> bool {
    let (mut p, mut t, mut star, mut mark) = (0, 0, usize::MAX, 0);
    while t < text.len() {
        if p < pattern.len() && pattern[p] == b'*' {
            star = p;
            mark = t;
            p += 1;
        } else if p < pattern.len() && pattern[p] == text[t].to_ascii_lowercase() {
            p += 1;
            t += 1;
        } else if star != usize::MAX {
            mark += 1;
            p = star + 1;
            t = mark;
        } else {
            return false;
        }
    }
    pattern[p.min(pattern.len())..].iter().all(|b| *b == b'*')
}
