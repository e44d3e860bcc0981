//! The ordered list of features that a profile gives, and how to find one.

use super::table::{CAPS, Family, NAMES, ORDER, UNITS, WINDOW_NAMES};
use crate::bytes::Fnv64;
use crate::visitor::{BUILT_IN_COUNTERS, WINDOWS};
use crate::{Error, Profile};
use alloc::string::String;

const SINGLES: usize = Family::SessionCount as usize;
const BUILT_IN_NAMES: [&str; BUILT_IN_COUNTERS] = ["sessions", "page_views", "engaged_seconds", "items"];

/// One feature of a schema.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FeatureRef {
    /// Row of [`FAMILIES`].
    pub family: Family,
    /// Counter, for the families that have one.
    pub counter: u8,
    /// Window, for the `past.` family.
    pub window: u8,
}

/// The ordered feature names of a profile: first the single ones of [`FAMILIES`], then `session.count.*`,
/// `session.seconds_since.*` and `past.WINDOW.*` for each counter.
#[derive(Clone, Debug)]
pub struct Schema {
    counters: usize,
}

impl Schema {
    /// The schema of a profile.
    #[must_use]
    pub fn new(profile: &Profile) -> Self {
        Self { counters: profile.counters() }
    }

    /// Number of features.
    #[must_use]
    pub fn len(&self) -> usize {
        SINGLES + 2 * self.counters + WINDOWS * (BUILT_IN_COUNTERS + self.counters)
    }

    /// Never true; here because `len` is.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        false
    }

    /// Feature number `i`.
    #[must_use]
    pub fn feature(&self, i: usize) -> Option<FeatureRef> {
        if let Some(family) = ORDER.get(i).filter(|_| i < SINGLES) {
            return Some(FeatureRef { family: *family, counter: 0, window: 0 });
        }
        // A family after the other, in each a window after the other, in each the counters.
        let mut i = i - SINGLES;
        for (family, windows, counters) in [
            (Family::SessionCount, 1, self.counters),
            (Family::SessionSecondsSince, 1, self.counters),
            (Family::Past, WINDOWS, BUILT_IN_COUNTERS + self.counters),
        ] {
            for window in 0..windows {
                if i < counters {
                    return Some(FeatureRef { family, counter: i as u8, window: window as u8 });
                }
                i -= counters;
            }
        }
        None
    }

    /// Name of feature `i`, for example `session.page_views` or `past.days7.event.view_item`.
    #[must_use]
    pub fn name(&self, profile: &Profile, i: usize) -> Option<String> {
        let mut name = String::new();
        for part in self.name_parts(profile, i)? {
            // Each part is a text.
            name.push_str(core::str::from_utf8(part).unwrap_or_default());
        }
        Some(name)
    }

    /// The name in parts, UTF-8 each: what the browser needs of it without a text being made.
    #[must_use]
    pub fn name_parts<'a>(&self, profile: &'a Profile, i: usize) -> Option<[&'a [u8]; 5]> {
        let f = self.feature(i)?;
        let counter = usize::from(f.counter);
        let family = NAMES.get(f.family as usize).map_or("", |name| *name);
        let (mut window, mut dot, mut kind, mut name) = ("", "", "", &b""[..]);
        if f.family == Family::Past {
            window = WINDOW_NAMES.get(usize::from(f.window)).map_or("", |name| *name);
            dot = ".";
        }
        match BUILT_IN_NAMES.get(counter) {
            _ if (f.family as usize) < SINGLES => {}
            Some(built_in) if f.family == Family::Past => kind = built_in,
            _ => {
                let built_in = if f.family == Family::Past { BUILT_IN_COUNTERS } else { 0 };
                (kind, name) = profile.counter_name_bytes(counter - built_in);
            }
        }
        Some([family.as_bytes(), window.as_bytes(), dot.as_bytes(), kind.as_bytes(), name])
    }

    /// Position of the feature of that name.
    ///
    /// # Errors
    /// [`Error::UnknownFeature`].
    pub fn position(&self, profile: &Profile, name: &str) -> Result<usize, Error> {
        (0..self.len())
            .find(|i| self.name(profile, *i).as_deref() == Some(name))
            .ok_or_else(|| Error::UnknownFeature(String::from(name)))
    }

    /// Names the list of features, their order, units and caps: part of every bundle.
    #[must_use]
    pub fn hash(&self, profile: &Profile) -> u64 {
        let mut hash = Fnv64::new();
        let mut i = 0;
        while let Some(name) = self.name_parts(profile, i) {
            for part in name {
                hash.add(part);
            }
            hash.add(b"\n");
            i += 1;
        }
        for (cap, unit) in CAPS.iter().zip(UNITS) {
            hash.add(&cap.to_le_bytes());
            hash.add(&[*unit as u8]);
        }
        hash.0
    }
}
