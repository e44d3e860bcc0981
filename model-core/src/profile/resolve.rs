//! From the strings of a GA4 event to the numbers of an [`Event`].
//!
//! Every function here is a pure function of its strings, so that the batch may remember its answer per distinct string.

use super::{EVENTS, FunnelStep, LANGUAGES, Profile};
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

/// The strings of a [`RawEvent`] in its order, as bytes: what the browser hands over.
pub type Texts<'a> = [&'a [u8]; 7];

impl Profile {
    /// Maps the strings to the profile's numbers. Nothing is refused: what the profile does not know becomes "other".
    #[must_use]
    pub fn resolve(&self, raw: &RawEvent<'_>) -> Event {
        let texts =
            [raw.name, raw.page_location, raw.page_referrer, raw.source, raw.medium, raw.device, raw.language];
        let mut event = Event {
            time_us: raw.time_us,
            session_number: raw.session_number,
            session_id: raw.session_id,
            utc_offset_s: raw.utc_offset_s,
            engaged_ms: raw.engaged_ms,
            items: raw.items,
            price_cents: Event::cents(raw.price),
            first_touch_us: raw.first_touch_us,
            ..Event::default()
        };
        self.resolve_texts(&texts.map(str::as_bytes), &mut event);
        event
    }

    /// Sets what follows from the strings on an event whose numbers are set; clips its engagement time.
    pub fn resolve_texts(&self, texts: &Texts<'_>, event: &mut Event) {
        let [name, location, referrer, source, medium, device, language] = *texts;
        let (channel, external) = self.channel_of(source, medium, location, referrer);
        event.channel = channel as u8;
        event.device = position(DEVICES.iter().map(|d| d.as_bytes()), device);
        event.language = self.language_of(language);
        event.engaged_ms = event.engaged_ms.min(MAX_ENGAGED_MS);
        event.flags = if external { Event::FLAG_EXTERNAL_REFERRER } else { 0 };
        let (page, group) = self.page_of(location);
        event.page = page;
        self.classify_bytes(event, name, self.event_code(name), group);
    }

    /// Sets what follows from the event's name and page group: counters, funnel step, conversion.
    pub fn classify(&self, event: &mut Event, name: &str, name_code: u8, group: u8) {
        self.classify_bytes(event, name.as_bytes(), name_code, group);
    }

    fn classify_bytes(&self, event: &mut Event, name: &[u8], name_code: u8, group: u8) {
        event.name = name_code;
        event.group = group;
        if name == b"page_view" {
            event.flags |= Event::FLAG_PAGE_VIEW;
        }
        if name == b"scroll" {
            event.flags |= Event::FLAG_SCROLL;
        }
        let (event_bit, group_bit) = (bit(name_code), bit(group));
        let reached = |step: &FunnelStep| step.events & event_bit != 0 || step.groups & group_bit != 0;
        if reached(&self.conversion()) {
            event.flags |= Event::FLAG_CONVERSION;
        }
        event.funnel = 0;
        for (i, step) in self.funnel().iter().enumerate() {
            if reached(step) {
                event.funnel = i as u8 + 1;
            }
        }
    }

    /// Code of an event name: 1-based index, 0 when the profile does not count it.
    #[must_use]
    pub fn event_name(&self, name: &str) -> u8 {
        self.event_code(name.as_bytes())
    }

    fn event_code(&self, name: &[u8]) -> u8 {
        self.find(self.list(EVENTS), name, |word, name| word == name) as u8
    }

    /// Hash of the page's path (0 when there is none) and its 1-based group.
    #[must_use]
    pub fn page(&self, location: &str) -> (u32, u8) {
        self.page_of(location.as_bytes())
    }

    fn page_of(&self, location: &[u8]) -> (u32, u8) {
        if location.is_empty() {
            return (0, 0);
        }
        let path = path_of_bytes(location);
        let mut hash = 0x811c_9dc5_u32;
        for b in path {
            hash = (hash ^ u32::from(lower(*b))).wrapping_mul(0x0100_0193);
        }
        let mut group = 1;
        for (name, next) in self.groups.iter().zip(self.groups.iter().skip(1)) {
            // The group's patterns follow its name.
            if self.find(*name as usize + 1..*next as usize, path, matches) != 0 {
                break;
            }
            group += 1;
        }
        (hash.max(1), group)
    }

    /// Code of a device category.
    #[must_use]
    pub fn device(&self, category: &str) -> u8 {
        position(DEVICES.iter().map(|d| d.as_bytes()), category.as_bytes())
    }

    /// Code of a language: the first entry that it starts with.
    #[must_use]
    pub fn language(&self, language: &str) -> u8 {
        self.language_of(language.as_bytes())
    }

    fn language_of(&self, language: &[u8]) -> u8 {
        if language.is_empty() {
            return 0;
        }
        let known = self.list(LANGUAGES);
        let others = known.len() + 1;
        let starts = |word: &[u8], language: &[u8]| language.get(..word.len()).is_some_and(|head| same(head, word));
        match self.find(known, language, starts) {
            0 => others as u8,
            found => found as u8,
        }
    }
}

impl Event {
    /// A price as the event carries it.
    #[must_use]
    pub fn cents(price: f64) -> u32 {
        // `as` saturates and maps NaN to 0.
        (price * 100.0 + 0.5) as u32
    }
}

/// The path of a URL without query and fragment; `/` when empty; no trailing slash otherwise.
#[must_use]
pub fn path_of(location: &str) -> &str {
    // The cuts are at ASCII characters, so that a text stays one.
    core::str::from_utf8(path_of_bytes(location.as_bytes())).unwrap_or_default()
}

fn path_of_bytes(location: &[u8]) -> &[u8] {
    let (_, rest) = authority_and_rest(location);
    let (mut path, _) = cut(rest, b"?#");
    while let Some((b'/', head)) = path.split_last() {
        path = head;
    }
    if path.is_empty() { b"/" } else { path }
}

/// The host of a URL, without user and port; empty when there is none.
pub(super) fn host_of(location: &[u8]) -> &[u8] {
    let (mut host, _) = authority_and_rest(location);
    loop {
        let (user, rest) = cut(host, b"@");
        match rest.split_first() {
            Some((_, rest)) => host = rest,
            None => return cut(user, b":").0,
        }
    }
}

/// Splits a URL after `scheme://` into host part and the rest; a text without a scheme is all rest.
fn authority_and_rest(location: &[u8]) -> (&[u8], &[u8]) {
    let (_, after) = cut(location, b":/?#");
    match after {
        [b':', b'/', b'/', after @ ..] => cut(after, b"/?#"),
        _ => (b"", location),
    }
}

/// Splits before the first of some bytes; the second part is empty when there is none of them.
#[inline(never)]
pub(super) fn cut<'a>(text: &'a [u8], stops: &[u8]) -> (&'a [u8], &'a [u8]) {
    let mut at = 0;
    while text.get(at).is_some_and(|b| !stops.iter().any(|s| s == b)) {
        at += 1;
    }
    text.split_at_checked(at).unwrap_or_default()
}

/// What follows the byte that [`cut`] cut at.
pub(super) fn rest(tail: &[u8]) -> &[u8] {
    tail.get(1..).unwrap_or_default()
}

/// ASCII case is ignored. Not inlined, for size.
#[inline(never)]
pub(super) fn same(a: &[u8], b: &[u8]) -> bool {
    a.len() == b.len() && a.iter().zip(b).all(|(a, b)| lower(*a) == lower(*b))
}

/// Index of a word, 0 when it is not there.
fn position<'a>(words: impl Iterator<Item = &'a [u8]>, text: &[u8]) -> u8 {
    let mut found = 0;
    for (i, word) in words.enumerate() {
        if i > 0 && same(word, text) {
            found = i as u8;
        }
    }
    found
}

#[inline(never)]
fn lower(b: u8) -> u8 {
    b.to_ascii_lowercase()
}

fn bit(code: u8) -> u32 {
    if code == 0 || code > 32 { 0 } else { 1 << (code - 1) }
}

/// Glob with `*` only; the pattern is lower case, the text of any case. At most text times pattern steps.
fn matches(pattern: &[u8], text: &[u8]) -> bool {
    let (mut p, mut t) = (0, 0);
    // Where to go on when what follows the last `*` does not fit: one byte further in the text.
    let mut star = None;
    loop {
        let (want, have) = (pattern.get(p), text.get(t));
        if want == Some(&b'*') {
            star = Some((p, t + 1));
            p += 1;
        } else if want.is_none() && have.is_none() {
            return true;
        } else if want.is_some() && want.copied() == have.map(|b| lower(*b)) {
            p += 1;
            t += 1;
        } else {
            match star {
                Some((at, next)) if next <= text.len() => {
                    (p, t) = (at + 1, next);
                    star = Some((at, next + 1));
                }
                _ => return false,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn globs() {
        for (pattern, text, fits) in [
            ("", "", true),
            ("*", "", true),
            ("/", "/", true),
            ("/a", "/A", true),
            ("/a", "/ab", false),
            ("/ab", "/a", false),
            ("/a/*", "/a/", true),
            ("/a/*", "/a", false),
            ("*/b*", "/a/b", true),
            ("*b", "abab", true),
            ("a*b*c", "aXbXXbc", true),
            ("a*b*c", "aXbXXbd", false),
            ("**a**", "a", true),
            ("a*a", "a", false),
        ] {
            assert_eq!(matches(pattern.as_bytes(), text.as_bytes()), fits, "{pattern} {text}");
        }
    }

    #[test]
    fn parts_of_urls() {
        for (url, host, path) in [
            ("https://a.example/x/?q=1#f", "a.example", "/x"),
            ("https://u:p@v@a.example:80", "a.example", "/"),
            ("https://a.example?x=/y", "a.example", "/"),
            ("/only/path/", "", "/only/path"),
            ("a:b", "", "a:b"),
            ("", "", "/"),
            ("//x", "", "//x"),
            ("android-app://com.app/", "com.app", "/"),
        ] {
            assert_eq!((host_of(url.as_bytes()), path_of(url)), (host.as_bytes(), path), "{url}");
        }
    }
}
