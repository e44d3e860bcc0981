//! The site's own words: which events count, which pages belong together, what a conversion is. Data, never code.

mod channel;
mod resolve;
mod wire;

#[cfg(feature = "text")]
use crate::Error;
use alloc::string::String;
use alloc::vec::Vec;
use core::ops::Range;

pub use channel::{CHANNELS, Channel};
pub(crate) use resolve::cents;
pub use resolve::{Codes, DEVICES, RawEvent, path_of};
pub(crate) use resolve::{Stops, split_texts, until};

/// Most counters (events + page groups + "another page") that a visitor keeps.
pub const MAX_COUNTERS: usize = 64;
const MAX_EVENTS: u32 = 31;
const MAX_GROUPS: u32 = 31;
const MAX_STEPS: u32 = 16;
const MAX_LIST: u32 = 64;

/// Pages that belong together, for example "course pages".
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PageGroup {
    /// Short name, part of feature names.
    pub name: String,
    /// Lower-case path patterns; `*` stands for any run of characters. The first group that matches wins.
    pub paths: Vec<String>,
}

/// One step towards a conversion; reached by any of its events or page groups.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct FunnelStep {
    /// Bit `i` stands for event `i + 1`.
    pub events: u32,
    /// Bit `i` stands for page group `i + 1`.
    pub groups: u32,
}

/// The parts of a [`Profile`], before they are checked.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ProfileParts {
    /// Name of the site, for people and releases.
    pub name: String,
    /// IANA name of the property's time zone. Resolved to offsets outside this crate.
    pub time_zone: String,
    /// The site's own hosts; a referrer among them is internal.
    pub hosts: Vec<String>,
    /// Inactivity that ends a session whose events carry no session id, in seconds.
    pub session_timeout_s: u32,
    /// Days ahead that the `visitor` target looks.
    pub horizon_days: u8,
    /// Event names that are counted, at most 31.
    pub events: Vec<String>,
    /// Page groups, at most 31.
    pub groups: Vec<PageGroup>,
    /// Events (bit `i` = event `i + 1`) and pages (bit `i` = group `i + 1`) that mean a conversion.
    pub conversion: FunnelStep,
    /// Steps in order, at most 16.
    pub funnel: Vec<FunnelStep>,
    /// Language prefixes that are told apart (`en`, `zh-cn`).
    pub languages: Vec<String>,
    /// Host labels of search engines (`google`).
    pub search: Vec<String>,
    /// Host labels of social networks (`instagram`).
    pub social: Vec<String>,
}

/// A checked site profile: its section of a bundle, and where the words in it lie.
#[derive(Clone, Debug, PartialEq)]
pub struct Profile {
    #[cfg(feature = "text")]
    parts: ProfileParts,
    section: Vec<u8>,
    /// Every word of the section: name, time zone, the lists, then each page group's name and patterns.
    /// Start times 256, plus length.
    words: Vec<u32>,
    /// First word of each list; the lists lie one after another.
    lists: [u32; LISTS + 1],
    /// First word of each page group, and the end of the last.
    groups: Vec<u32>,
    /// The funnel's steps, then the conversion.
    steps: Vec<FunnelStep>,
    session_timeout_s: u32,
    horizon_days: u8,
    fingerprint: u32,
}

/// The lists of words, in the order of the section.
const HOSTS: usize = 0;
const EVENTS: usize = 1;
const LANGUAGES: usize = 2;
const SEARCH: usize = 3;
const SOCIAL: usize = 4;
const LISTS: usize = 5;

impl Profile {
    /// Checks the parts.
    ///
    /// # Errors
    /// [`Error::ProfileInvalid`] when a list is longer than its limit, a name or a pattern is empty or over 128 bytes,
    /// or a bit names an event or group that is not there.
    #[cfg(feature = "text")]
    pub fn new(parts: ProfileParts) -> Result<Self, Error> {
        Self::read(&wire::write(&parts))
    }

    /// The checked parts.
    #[cfg(feature = "text")]
    #[must_use]
    pub fn parts(&self) -> &ProfileParts {
        &self.parts
    }

    /// Identifies the profile in saved visitor states: states of another profile are refused.
    #[must_use]
    pub fn fingerprint(&self) -> u32 {
        self.fingerprint
    }

    /// Name of the site, UTF-8.
    #[must_use]
    pub fn name_bytes(&self) -> &[u8] {
        self.word(0)
    }

    /// IANA name of the property's time zone, UTF-8.
    #[must_use]
    pub fn time_zone_bytes(&self) -> &[u8] {
        self.word(1)
    }

    /// The site's own host number `i`, UTF-8.
    #[must_use]
    pub fn host_bytes(&self, i: usize) -> Option<&[u8]> {
        Some(self.word(self.list(HOSTS).nth(i)?))
    }

    /// Inactivity that ends a session without an id, in seconds.
    pub(crate) fn session_timeout_s(&self) -> u32 {
        self.session_timeout_s
    }

    /// Number of counted events.
    pub(crate) fn events(&self) -> usize {
        (self.lists[EVENTS + 1] - self.lists[EVENTS]) as usize
    }

    fn groups(&self) -> usize {
        self.groups.len() - 1
    }

    /// Counters in order: the events, the page groups, then "another page".
    #[must_use]
    #[cfg_attr(target_arch = "wasm32", inline(never))]
    pub fn counters(&self) -> usize {
        self.events() + self.groups.len()
    }

    /// Name of counter `i`: `event.NAME` or `page.GROUP`; empty past the last.
    #[must_use]
    pub fn counter_name(&self, i: usize) -> (&'static str, &str) {
        let (kind, name) = self.counter_name_bytes(i);
        (kind, as_str(name))
    }

    pub(crate) fn counter_name_bytes(&self, i: usize) -> (&'static str, &[u8]) {
        let events = self.events();
        if i < events {
            return ("event.", self.word(self.lists[EVENTS] as usize + i));
        }
        let i = i - events;
        if i < self.groups() {
            return ("page.", self.word(self.groups[i] as usize));
        }
        ("page.", b"other")
    }

    /// Word number `i` of the section.
    #[cfg_attr(target_arch = "wasm32", inline(never))]
    fn word(&self, i: usize) -> &[u8] {
        let word = self.words[i];
        let (start, len) = ((word >> 8) as usize, (word & 255) as usize);
        &self.section[start..start + len]
    }

    /// The words of a list.
    fn list(&self, list: usize) -> Range<usize> {
        self.lists[list] as usize..self.lists[list + 1] as usize
    }

    /// The first of some words that matches a text: 1-based place among them, 0 = none.
    #[cfg_attr(target_arch = "wasm32", inline(never))]
    fn find(&self, words: Range<usize>, text: &[u8], matches: fn(&[u8], &[u8]) -> bool) -> usize {
        let first = words.start;
        for i in words {
            if matches(self.word(i), text) {
                return i - first + 1;
            }
        }
        0
    }

    #[cfg(feature = "text")]
    fn funnel(&self) -> &[FunnelStep] {
        self.steps.split_last().map_or(&[], |s| s.1)
    }

    #[cfg(feature = "text")]
    fn conversion(&self) -> FunnelStep {
        self.steps.last().copied().unwrap_or_default()
    }
}

/// The section's words have been checked to be UTF-8.
fn as_str(word: &[u8]) -> &str {
    core::str::from_utf8(word).unwrap_or_default()
}
