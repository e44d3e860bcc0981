//! The ordered list of features that a profile gives, and how to find one.

use super::table::{CAPS, Family, NAMES, ORDER, UNITS, WINDOW_NAMES};
use crate::bytes::fnv64;
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
        let single = |family| Some(FeatureRef { family, counter: 0, window: 0 });
        if i < SINGLES {
            return single(ORDER[i]);
        }
        let i = i - SINGLES;
        if i < 2 * self.counters {
            let family = if i < self.counters { Family::SessionCount } else { Family::SessionSecondsSince };
            return Some(FeatureRef { family, counter: (i % self.counters) as u8, window: 0 });
        }
        let (i, rows) = (i - 2 * self.counters, BUILT_IN_COUNTERS + self.counters);
        (i < WINDOWS * rows).then(|| FeatureRef {
            family: Family::Past,
            counter: (i % rows) as u8,
            window: (i / rows) as u8,
        })
    }

    /// Name of feature `i`, for example `session.page_views` or `past.days7.event.view_item`.
    #[must_use]
    pub fn name(&self, profile: &Profile, i: usize) -> Option<String> {
        let f = self.feature(i)?;
        let mut name = String::from(NAMES[f.family as usize]);
        let counter = usize::from(f.counter);
        match f.family {
            Family::SessionCount | Family::SessionSecondsSince => push_counter(&mut name, profile, counter),
            Family::Past => {
                name.push_str(WINDOW_NAMES[usize::from(f.window)]);
                name.push('.');
                match BUILT_IN_NAMES.get(counter) {
                    Some(built_in) => name.push_str(built_in),
                    None => push_counter(&mut name, profile, counter - BUILT_IN_COUNTERS),
                }
            }
            _ => {}
        }
        Some(name)
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
        let mut text = String::new();
        for i in 0..self.len() {
            text.push_str(&self.name(profile, i).unwrap_or_default());
            text.push('\n');
        }
        let rows = CAPS.iter().zip(UNITS).flat_map(|(cap, unit)| cap.to_le_bytes().into_iter().chain([*unit as u8]));
        fnv64(text.bytes().chain(rows))
    }
}

fn push_counter(name: &mut String, profile: &Profile, counter: usize) {
    let (kind, counter) = profile.counter_name(counter);
    name.push_str(kind);
    name.push_str(counter);
}
