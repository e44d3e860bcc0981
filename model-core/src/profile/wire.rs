//! The profile section of a bundle, field by field as in `docs/BUNDLE.md`, and the checks of a profile.

use super::{FunnelStep, LISTS, MAX_EVENTS, MAX_GROUPS, MAX_LIST, MAX_STEPS, Profile};
#[cfg(feature = "text")]
use super::{PageGroup, ProfileParts};
use crate::Error;
use crate::bytes::{Fnv64, Reader, push};
use crate::error::why;
use alloc::vec::Vec;

impl Profile {
    /// Bytes of the profile section of a bundle.
    pub(crate) fn section(&self) -> &[u8] {
        &self.section
    }

    pub(crate) fn read(section: &[u8]) -> Result<Self, Error> {
        let mut profile = Self {
            #[cfg(feature = "text")]
            parts: ProfileParts::default(),
            section: Vec::new(),
            words: Vec::new(),
            lists: [0; LISTS + 1],
            groups: Vec::new(),
            steps: Vec::new(),
            session_timeout_s: 0,
            horizon_days: 0,
            fingerprint: 0,
        };
        let mut r = Reader::new(section);
        profile.fill(&mut r, section);
        r.malformed.or(Error::ProfileInvalid)?;
        r.invalid.or(Error::ProfileInvalid)?;
        #[cfg(feature = "text")]
        {
            profile.parts = profile.to_parts();
        }
        Ok(profile)
    }

    #[cfg_attr(target_arch = "wasm32", inline(never))]
    fn fill(&mut self, r: &mut Reader<'_>, section: &[u8]) {
        self.section.extend_from_slice(section);
        let mut hash = Fnv64::new();
        hash.add(section);
        self.fingerprint = hash.0 as u32;
        self.read_word(r, 0);
        self.read_word(r, 0);
        self.session_timeout_s = r.at(why!("session timeout and horizon over 0")).uint(u32::MAX);
        self.horizon_days = r.u8();
        r.require(self.session_timeout_s > 0 && self.horizon_days > 0);
        for list in 0..=LISTS {
            self.lists[list] = self.words.len() as u32;
            if list < LISTS {
                self.read_list(r);
            }
        }
        let events = self.events() as u32;
        r.at(why!("more than 31 events")).require(events <= MAX_EVENTS);
        let groups = r.at(why!("more than 31 page groups")).uint(MAX_GROUPS);
        for _ in 0..groups {
            push(&mut self.groups, self.words.len() as u32);
            self.read_word(r, 1);
            self.read_list(r);
        }
        push(&mut self.groups, self.words.len() as u32);
        // The conversion comes after the funnel's steps.
        for _ in 0..=r.at(why!("more than 16 funnel steps")).uint(MAX_STEPS) {
            r.at(why!("a step names an event or page group that is not listed"));
            let step = FunnelStep { events: mask(r, events), groups: mask(r, groups) };
            push(&mut self.steps, step);
        }
        r.end();
    }

    #[cfg_attr(target_arch = "wasm32", inline(never))]
    fn read_list(&mut self, r: &mut Reader<'_>) {
        for _ in 0..r.at(why!("a list of more than 64 entries")).uint(MAX_LIST) {
            self.read_word(r, 1);
        }
    }

    #[cfg_attr(target_arch = "wasm32", inline(never))]
    fn read_word(&mut self, r: &mut Reader<'_>, shortest: usize) {
        let word = r.at(why!("an empty name or pattern, or one over 128 bytes")).text(shortest);
        let end = r.position(&self.section);
        push(&mut self.words, ((end - word.len()) as u32) << 8 | word.len() as u32);
    }

    #[cfg(feature = "text")]
    fn to_parts(&self) -> ProfileParts {
        use alloc::string::String;
        let word = |i: usize| String::from(super::as_str(self.word(i)));
        let words = |list: usize| self.list(list).map(word).collect::<Vec<String>>();
        let group = |ends: &[u32]| {
            let (name, end) = (ends[0] as usize, ends[1] as usize);
            PageGroup { name: word(name), paths: (name + 1..end).map(word).collect() }
        };
        ProfileParts {
            name: word(0),
            time_zone: word(1),
            hosts: words(super::HOSTS),
            session_timeout_s: self.session_timeout_s,
            horizon_days: self.horizon_days,
            events: words(super::EVENTS),
            groups: self.groups.windows(2).map(group).collect(),
            conversion: self.conversion(),
            funnel: self.funnel().to_vec(),
            languages: words(super::LANGUAGES),
            search: words(super::SEARCH),
            social: words(super::SOCIAL),
        }
    }
}

/// Bits of a step, each of which stands for one of `known` things.
#[cfg_attr(target_arch = "wasm32", inline(never))]
fn mask(r: &mut Reader<'_>, known: u32) -> u32 {
    let bits = r.uint(u32::MAX);
    r.require(bits >> (known & 31) == 0);
    bits
}

#[cfg(feature = "text")]
pub(super) fn write(parts: &ProfileParts) -> Vec<u8> {
    use crate::bytes::Writer;
    let mut w = Writer::default();
    let write_list = |w: &mut Writer, list: &[alloc::string::String]| {
        w.uint(list.len() as u64);
        list.iter().for_each(|item| w.str(item));
    };
    w.str(&parts.name);
    w.str(&parts.time_zone);
    w.uint(u64::from(parts.session_timeout_s));
    w.u8(parts.horizon_days);
    for list in [&parts.hosts, &parts.events, &parts.languages, &parts.search, &parts.social] {
        write_list(&mut w, list);
    }
    w.uint(parts.groups.len() as u64);
    for group in &parts.groups {
        w.str(&group.name);
        write_list(&mut w, &group.paths);
    }
    w.uint(parts.funnel.len() as u64);
    for step in parts.funnel.iter().chain([&parts.conversion]) {
        w.uint(u64::from(step.events));
        w.uint(u64::from(step.groups));
    }
    w.out
}
