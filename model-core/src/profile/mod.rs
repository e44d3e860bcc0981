//! The site's own words: which events count, which pages belong together, what a conversion is. Data, never code.

mod channel;
mod resolve;
mod wire;

use crate::Error;
use crate::error::why;
use alloc::string::String;
use alloc::vec::Vec;

pub use channel::{CHANNELS, Channel};
pub use resolve::{Codes, DEVICES, RawEvent, path_of};

/// Most counters (events + page groups + "another page") that a visitor keeps.
pub const MAX_COUNTERS: usize = 64;
const MAX_EVENTS: usize = 31;
const MAX_GROUPS: usize = 31;
const MAX_STEPS: usize = 16;
const MAX_LIST: usize = 64;

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

/// A checked site profile.
#[derive(Clone, Debug, PartialEq)]
pub struct Profile {
    parts: ProfileParts,
    fingerprint: u32,
}

impl Profile {
    /// Checks the parts.
    ///
    /// # Errors
    /// [`Error::ProfileInvalid`] when a list is longer than its limit, a name or a pattern is empty or over 128 bytes,
    /// or a bit names an event or group that is not there.
    pub fn new(parts: ProfileParts) -> Result<Self, Error> {
        let bad = Error::ProfileInvalid;
        if parts.events.len() > MAX_EVENTS {
            return Err(bad(why!("more than 31 events")));
        }
        if parts.groups.len() > MAX_GROUPS {
            return Err(bad(why!("more than 31 page groups")));
        }
        if parts.funnel.len() > MAX_STEPS {
            return Err(bad(why!("more than 16 funnel steps")));
        }
        for list in [&parts.hosts, &parts.languages, &parts.search, &parts.social] {
            if list.len() > MAX_LIST {
                return Err(bad(why!("a list of more than 64 entries")));
            }
        }
        let lists = [&parts.hosts, &parts.events, &parts.languages, &parts.search, &parts.social];
        let words = lists.into_iter().flatten().chain(parts.groups.iter().map(|g| &g.name));
        if { words }.any(|w| w.is_empty() || w.len() > 128) {
            return Err(bad(why!("an empty name or one over 128 bytes")));
        }
        if parts
            .groups
            .iter()
            .any(|g| g.paths.len() > MAX_LIST || g.paths.iter().any(|p| p.is_empty() || p.len() > 128))
        {
            return Err(bad(why!("page group patterns: more than 64, empty, or over 128 bytes")));
        }
        if parts.session_timeout_s == 0 || parts.horizon_days == 0 {
            return Err(bad(why!("session timeout and horizon must be positive")));
        }
        let (events, groups) = (mask(parts.events.len()), mask(parts.groups.len()));
        for step in parts.funnel.iter().chain([&parts.conversion]) {
            if step.events & !events != 0 || step.groups & !groups != 0 {
                return Err(bad(why!("a step names an event or page group that is not listed")));
            }
        }
        let fingerprint = crate::bytes::fnv64(wire::write(&parts)) as u32;
        Ok(Self { parts, fingerprint })
    }

    /// The checked parts.
    #[must_use]
    pub fn parts(&self) -> &ProfileParts {
        &self.parts
    }

    /// Identifies the profile in saved visitor states: states of another profile are refused.
    #[must_use]
    pub fn fingerprint(&self) -> u32 {
        self.fingerprint
    }

    /// Counters in order: the events, the page groups, then "another page".
    #[must_use]
    pub fn counters(&self) -> usize {
        self.parts.events.len() + self.parts.groups.len() + 1
    }

    /// Name of counter `i`: `event.NAME` or `page.GROUP`; empty past the last.
    #[must_use]
    pub fn counter_name(&self, i: usize) -> (&'static str, &str) {
        let (events, groups) = (&self.parts.events, &self.parts.groups);
        if let Some(name) = events.get(i) {
            return ("event.", name);
        }
        match groups.get(i - events.len()) {
            Some(group) => ("page.", &group.name),
            None => ("page.", "other"),
        }
    }

    /// Bytes of the profile section of a bundle.
    pub(crate) fn write(&self) -> Vec<u8> {
        wire::write(&self.parts)
    }

    pub(crate) fn read(bytes: &[u8]) -> Result<Self, Error> {
        Self::new(wire::read(bytes).ok_or(Error::BundleMalformed(why!("profile")))?)
    }
}

fn mask(n: usize) -> u32 {
    (1u32 << n) - 1
}
