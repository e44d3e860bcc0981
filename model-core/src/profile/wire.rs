//! The profile section of a bundle, field by field as in `docs/BUNDLE.md`, and the checks of a profile.

use super::{FunnelStep, GROUPS, LISTS, MAX_EVENTS, MAX_GROUPS, MAX_LIST, MAX_STEPS, Profile, Span};
#[cfg(feature = "text")]
use super::{PageGroup, ProfileParts};
use crate::Error;
use crate::bytes::{Fnv64, Reader};
use crate::error::why;
use alloc::vec::Vec;

impl Profile {
    /// Bytes of the profile section of a bundle.
    pub(crate) fn section(&self) -> &[u8] {
        &self.section
    }

    pub(crate) fn read(section: &[u8]) -> Result<Self, Error> {
        let r = &mut Reader::new(section);
        let mut profile = Self {
            #[cfg(feature = "text")]
            parts: ProfileParts::default(),
            section: section.to_vec(),
            words: Vec::new(),
            lists: [0; LISTS + 1],
            groups: Vec::new(),
            steps: Vec::new(),
            session_timeout_s: 0,
            horizon_days: 0,
            fingerprint: 0,
        };
        let p = &mut profile;
        p.read_word(r, 0);
        p.read_word(r, 0);
        p.session_timeout_s = r.at(why!("session timeout")).uint(u64::from(u32::MAX)) as u32;
        p.horizon_days = r.at(why!("horizon")).u8();
        r.verdict.require(p.session_timeout_s > 0 && p.horizon_days > 0, why!("session timeout and horizon over 0"));
        for list in 0..LISTS {
            p.mark(list);
            p.read_list(r);
        }
        p.mark(GROUPS);
        r.verdict.require(p.list(super::EVENTS).len() <= MAX_EVENTS, why!("more than 31 events"));
        let groups = r.at(why!("more than 31 page groups")).uint(MAX_GROUPS as u64);
        for _ in 0..groups {
            p.groups.push(p.words.len() as u16);
            p.read_word(r, 1);
            p.read_list(r);
        }
        p.groups.push(p.words.len() as u16);
        let (events, groups) = (mask(p.list(super::EVENTS).len()), mask(groups as usize));
        // The conversion comes after the funnel's steps.
        for _ in 0..=r.at(why!("more than 16 funnel steps")).uint(MAX_STEPS as u64) {
            let step = FunnelStep { events: step(r), groups: step(r) };
            let known = step.events & !events == 0 && step.groups & !groups == 0;
            r.verdict.require(known, why!("a step names an event or page group that is not listed"));
            p.steps.push(step);
        }
        r.end();
        r.verdict.or(Error::ProfileInvalid)?;
        let mut hash = Fnv64::new();
        hash.add(section);
        p.fingerprint = hash.0 as u32;
        #[cfg(feature = "text")]
        {
            p.parts = p.to_parts();
        }
        Ok(profile)
    }

    fn read_list(&mut self, r: &mut Reader<'_>) {
        for _ in 0..r.at(why!("a list of more than 64 entries")).uint(MAX_LIST) {
            self.read_word(r, 1);
        }
    }

    fn read_word(&mut self, r: &mut Reader<'_>, shortest: usize) {
        let word = r.at(why!("an empty name or pattern, or one over 128 bytes")).text(128);
        if word.len() < shortest {
            r.refuse();
        }
        let end = r.position(&self.section);
        self.words.push(Span { start: (end - word.len()) as u32, end: end as u32 });
    }

    /// The next word opens list `list`.
    fn mark(&mut self, list: usize) {
        if let Some(first) = self.lists.get_mut(list) {
            *first = self.words.len() as u16;
        }
    }

    #[cfg(feature = "text")]
    fn to_parts(&self) -> ProfileParts {
        use alloc::string::String;
        let word = |i: usize| String::from(super::as_str(self.word(i)));
        let words = |list: usize| self.list(list).map(word).collect::<Vec<String>>();
        let group = |ends: &[u16]| {
            let (name, end) = (usize::from(ends[0]), usize::from(ends[1]));
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

fn step(r: &mut Reader<'_>) -> u32 {
    r.at(why!("funnel step")).uint(u64::from(u32::MAX)) as u32
}

fn mask(n: usize) -> u32 {
    (1u32 << (n & 31)) - 1
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
