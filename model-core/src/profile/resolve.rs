//! From the strings of a GA4 event to the numbers of an [`Event`].
//!
//! Every function here is a pure function of its strings, so that the batch may remember its answer per distinct string.

use super::{EVENTS, LANGUAGES, Profile};
use crate::event::{Event, MAX_ENGAGED_MS, ROW, Row, at};
use core::ops::Range;

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

impl RawEvent<'_> {
    /// The event without what follows from its strings.
    fn numbers(&self) -> Event {
        Event {
            time_us: self.time_us,
            session_number: self.session_number,
            session_id: self.session_id,
            utc_offset_s: self.utc_offset_s,
            engaged_ms: self.engaged_ms.min(MAX_ENGAGED_MS),
            items: self.items,
            // `as` saturates and maps NaN to 0.
            price_cents: cents(self.price) as u32,
            first_touch_us: self.first_touch_us,
            ..Event::default()
        }
    }
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

/// Splits texts at line feeds; `None` when there are not `N`.
pub(crate) fn split_texts<const N: usize>(mut joined: &[u8]) -> Option<[&[u8]; N]> {
    let mut texts = [&b""[..]; N];
    let mut left = N;
    for text in &mut texts {
        let end = until(joined, const { Stops::of(b"\n") });
        *text = &joined[..end];
        left -= 1;
        // A line feed after each but the last.
        if (end == joined.len()) != (left == 0) {
            return None;
        }
        joined = after(joined, end);
    }
    Some(texts)
}

impl Profile {
    /// Maps the strings to the profile's numbers. Nothing is refused: what the profile does not know becomes "other".
    #[must_use]
    pub fn resolve(&self, raw: &RawEvent<'_>) -> Event {
        let texts = [raw.page_location, raw.page_referrer, raw.source, raw.medium, raw.device, raw.language];
        let mut row = raw.numbers().row();
        self.resolve_place(&texts.map(str::as_bytes), &mut row);
        self.resolve_name(raw.name.as_bytes(), &mut row);
        Event::from_row(&row)
    }

    /// The event, given the codes of its strings: equal to [`Profile::resolve`] where the codes are those of the strings.
    #[must_use]
    pub fn event(&self, raw: &RawEvent<'_>, codes: Codes) -> Event {
        let event = Event {
            name: codes.name,
            group: codes.group,
            channel: codes.channel,
            device: codes.device,
            language: codes.language,
            page: codes.page,
            flags: if codes.external { Event::FLAG_EXTERNAL_REFERRER } else { 0 },
            ..raw.numbers()
        };
        let mut row = event.row();
        self.classify_row(raw.name.as_bytes(), &mut row);
        Event::from_row(&row)
    }

    /// Sets what follows from page location, referrer, source, medium, device category and language.
    pub(crate) fn resolve_place(&self, texts: &[&[u8]; 6], row: &mut Row) {
        let [location, referrer, source, medium, device, language] = *texts;
        self.channel_row(source, medium, location, referrer, row);
        row[at::DEVICE] = device_of(device);
        row[at::LANGUAGE] = self.language_of(language);
        self.page_row(location, row);
    }

    /// Sets the rest of what follows from the strings on the row of an event whose numbers and place are set.
    pub(crate) fn resolve_name(&self, name: &[u8], row: &mut Row) {
        row[at::NAME] = self.event_code(name);
        self.classify_row(name, row);
    }

    /// Sets what follows from the event's name and page group: funnel step, conversion. Cuts the first touch to whole
    /// seconds: the browser's cookie knows it in seconds, the export in microseconds.
    fn classify_row(&self, name: &[u8], row: &mut Row) {
        row[at::FLAGS] |= find(FLAGS, name, equal);
        row[at::FIRST_TOUCH] -= row[at::FIRST_TOUCH] % 1_000_000;
        let (event_bit, group_bit) = (bit(row[at::NAME]), bit(row[at::GROUP]));
        let mut reached = 0;
        let mut i = 0;
        for step in &self.steps {
            i += 1;
            if step.events & event_bit != 0 || step.groups & group_bit != 0 {
                // The conversion comes last.
                if i == self.steps.len() as i64 {
                    row[at::FLAGS] |= i64::from(Event::FLAG_CONVERSION);
                } else {
                    reached = i;
                }
            }
        }
        row[at::FUNNEL] = reached;
    }

    /// Code of an event name: 1-based index, 0 when the profile does not count it.
    #[must_use]
    pub fn event_name(&self, name: &str) -> u8 {
        self.event_code(name.as_bytes()) as u8
    }

    fn event_code(&self, name: &[u8]) -> i64 {
        self.find(self.list(EVENTS), name, equal) as i64
    }

    /// Hash of the page's path (0 when there is none) and its 1-based group.
    #[must_use]
    pub fn page(&self, location: &str) -> (u32, u8) {
        let mut row = [0; ROW];
        self.page_row(location.as_bytes(), &mut row);
        (row[at::PAGE] as u32, row[at::GROUP] as u8)
    }

    fn page_row(&self, location: &[u8], row: &mut Row) {
        if location.is_empty() {
            return;
        }
        let path = path_of_bytes(location);
        let mut hash = 0x811c_9dc5_u32;
        for b in path {
            hash = (hash ^ lower(*b)).wrapping_mul(0x0100_0193);
        }
        let mut group = 1;
        // The group's patterns follow its name.
        while group < self.groups.len() {
            let words = self.groups[group - 1] as usize + 1..self.groups[group] as usize;
            if self.find(words, path, matches) != 0 {
                break;
            }
            group += 1;
        }
        row[at::PAGE] = i64::from(hash.max(1));
        row[at::GROUP] = group as i64;
    }

    /// Code of a device category.
    #[must_use]
    pub fn device(&self, category: &str) -> u8 {
        device_of(category.as_bytes()) as u8
    }

    /// Code of a language: the first entry that it starts with.
    #[must_use]
    pub fn language(&self, language: &str) -> u8 {
        self.language_of(language.as_bytes()) as u8
    }

    fn language_of(&self, language: &[u8]) -> i64 {
        if language.is_empty() {
            return 0;
        }
        let known = self.list(LANGUAGES);
        let others = known.end - known.start + 1;
        match self.find(known, language, starts) {
            0 => others as i64,
            found => found as i64,
        }
    }
}

/// A price in hundredths, not yet rounded down.
pub(crate) fn cents(price: f64) -> f64 {
    price * 100.0 + 0.5
}

/// The flags that an event's name sets. A table of words: each is followed by its code, which is below 32.
const FLAGS: &[u8] = b"page_view\x01scroll\x02";
/// The codes of [`DEVICES`].
const DEVICE_CODES: &[u8] = b"desktop\x01mobile\x02tablet\x03smart tv\x04";

fn device_of(category: &[u8]) -> i64 {
    find(DEVICE_CODES, category, same)
}

/// The code of a word in a table of words; 0 when it is not there.
#[cfg_attr(target_arch = "wasm32", inline(never))]
pub(super) fn find(mut table: &[u8], text: &[u8], matches: fn(&[u8], &[u8]) -> bool) -> i64 {
    while !table.is_empty() {
        let mut end = 0;
        while table[end] >= 32 {
            end += 1;
        }
        if matches(&table[..end], text) {
            return table[end].into();
        }
        table = &table[end + 1..];
    }
    0
}

/// The path of a URL without query and fragment; `/` when empty; no trailing slash otherwise.
#[must_use]
pub fn path_of(location: &str) -> &str {
    // The cuts are at ASCII characters, so that a text stays one.
    core::str::from_utf8(path_of_bytes(location.as_bytes())).unwrap_or_default()
}

fn path_of_bytes(location: &[u8]) -> &[u8] {
    let path = &location[authority_of(location).end..];
    let mut end = until(path, const { Stops::of(b"?#") });
    while end > 0 && path[end - 1] == b'/' {
        end -= 1;
    }
    if end == 0 { b"/" } else { &path[..end] }
}

/// The host of a URL, without user and port; empty when there is none.
pub(super) fn host_of(location: &[u8]) -> &[u8] {
    let mut host = &location[authority_of(location)];
    loop {
        let user = until(host, const { Stops::of(b"@") });
        if user == host.len() {
            return &host[..until(host, const { Stops::of(b":") })];
        }
        host = after(host, user);
    }
}

/// Where the host part of a URL lies, after `scheme://`; a text without a scheme has an empty one at its start.
#[cfg_attr(target_arch = "wasm32", inline(never))]
fn authority_of(location: &[u8]) -> Range<usize> {
    let start = until(location, const { Stops::of(b":/?#") }) + 3;
    if start > location.len() || &location[start - 3..start] != b"://" {
        return 0..0;
    }
    start..start + until(&location[start..], const { Stops::of(b"/?#") })
}

/// Position of the first of some bytes, or the length. All of them are from line feed to `I`.
#[cfg_attr(target_arch = "wasm32", inline(never))]
pub(crate) fn until(text: &[u8], stops: Stops) -> usize {
    text.iter()
        .position(|b| 1u64.checked_shl(u32::from(b.wrapping_sub(b'\n'))).is_some_and(|bit| stops.0 & bit != 0))
        .unwrap_or(text.len())
}

/// A set of bytes.
#[derive(Clone, Copy)]
pub(crate) struct Stops(u64);

impl Stops {
    pub(crate) const fn of(bytes: &[u8]) -> Self {
        let (mut set, mut i) = (0, 0);
        while i < bytes.len() {
            set |= 1 << (bytes[i] - b'\n');
            i += 1;
        }
        Self(set)
    }
}

/// What follows the byte at a position; empty past the end.
#[cfg_attr(target_arch = "wasm32", inline(never))]
pub(super) fn after(text: &[u8], at: usize) -> &[u8] {
    &text[(at + 1).min(text.len())..]
}

pub(super) fn equal(a: &[u8], b: &[u8]) -> bool {
    a == b
}

/// ASCII case is ignored.
#[cfg_attr(target_arch = "wasm32", inline(never))]
pub(super) fn same(a: &[u8], b: &[u8]) -> bool {
    a.len() == b.len() && starts(a, b)
}

/// Whether the text starts with the word; ASCII case is ignored.
#[cfg_attr(target_arch = "wasm32", inline(never))]
pub(super) fn starts(word: &[u8], text: &[u8]) -> bool {
    word.len() <= text.len() && word.iter().zip(text).all(|(a, b)| lower(*a) == lower(*b))
}

#[cfg_attr(target_arch = "wasm32", inline(never))]
fn lower(b: u8) -> u32 {
    b.to_ascii_lowercase().into()
}

fn bit(code: i64) -> u32 {
    if code == 0 || code > 32 { 0 } else { 1 << (code - 1) }
}

/// Glob with `*` only; the pattern is lower case, the text of any case. At most text times pattern steps.
fn matches(pattern: &[u8], text: &[u8]) -> bool {
    let (mut p, mut t) = (0, 0);
    // Where to go on when what follows the last `*` does not fit: one byte further in the text. 0 = no `*` yet.
    let (mut star, mut next) = (0, 0);
    loop {
        if p < pattern.len() && pattern[p] == b'*' {
            p += 1;
            (star, next) = (p, t + 1);
        } else if p == pattern.len() && t == text.len() {
            return true;
        } else if p < pattern.len() && t < text.len() && u32::from(pattern[p]) == lower(text[t]) {
            p += 1;
            t += 1;
        } else if star > 0 && next <= text.len() {
            (p, t) = (star, next);
            next += 1;
        } else {
            return false;
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
    fn texts_are_counted() {
        assert_eq!(split_texts(b"a\n\nc"), Some([&b"a"[..], &b""[..], &b"c"[..]]));
        assert_eq!(split_texts(b"\n\n"), Some([&b""[..]; 3]));
        for other in ["", "\n", "\n\n\n"] {
            assert_eq!(split_texts::<3>(other.as_bytes()), None, "{other:?}");
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
