//! The ordered list of features that a profile gives, and how to find one.

use super::table::{CAPS, Family, NAMES, ORDER, UNITS, WINDOW_NAMES};
use crate::bytes::Fnv64;
use crate::visitor::{BUILT_IN_COUNTERS, WINDOWS};
use crate::{Error, Profile};
use alloc::string::String;
use alloc::vec::Vec;

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
        let mut name = Vec::new();
        self.push_name(profile, i, &mut name);
        String::from_utf8(name).ok().filter(|name| !name.is_empty())
    }

    /// Appends the name of feature `i`, UTF-8; nothing past the last.
    #[cfg_attr(target_arch = "wasm32", inline(never))]
    pub fn push_name(&self, profile: &Profile, i: usize, name: &mut Vec<u8>) {
        let Some(f) = self.feature(i) else { return };
        name.extend_from_slice(NAMES[f.family as usize].as_bytes());
        if (f.family as usize) < SINGLES {
            return;
        }
        let mut counter = usize::from(f.counter);
        if f.family == Family::Past {
            name.extend_from_slice(WINDOW_NAMES[usize::from(f.window)].as_bytes());
            name.push(b'.');
            if counter < BUILT_IN_COUNTERS {
                name.extend_from_slice(BUILT_IN_NAMES[counter].as_bytes());
                return;
            }
            counter -= BUILT_IN_COUNTERS;
        }
        let (kind, counter) = profile.counter_name_bytes(counter);
        name.extend_from_slice(kind.as_bytes());
        name.extend_from_slice(counter);
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
        let mut name = Vec::new();
        for i in 0..self.len() {
            name.clear();
            self.push_name(profile, i, &mut name);
            name.push(b'\n');
            hash.add(&name);
        }
        for (cap, unit) in CAPS.iter().zip(UNITS) {
            hash.add(&cap.to_le_bytes());
            hash.add(&[*unit as u8]);
        }
        hash.0
    }
}
