//! A visitor as bytes, the same in the browser's storage and in the warehouse. Version 1; documented in `docs/STATE.md`.

use super::live::Live;
use super::past::{BUILT_IN_COUNTERS, Entry, Past};
use super::{MAX_OFFSET_S, MAX_STATE_BYTES, MAX_TIE, MAX_TIME_US, Visitor};
use crate::bytes::{Reader, Writer};
use crate::error::why;
use crate::event::{Event, MAX_ENGAGED_MS};
use crate::profile::MAX_COUNTERS;
use crate::{CHANNELS, DEVICES, Error, Profile};
use alloc::vec::Vec;

const VERSION: u8 = 1;

impl Visitor {
    /// The state as bytes: version, profile fingerprint, the state before the last step, the step's events.
    #[must_use]
    pub fn save(&self) -> Vec<u8> {
        let mut oldest = i32::MIN;
        loop {
            let bytes = self.save_from(oldest);
            let past = self.base_past.as_ref().unwrap_or(&self.past);
            let next = past.entries.iter().map(|e| e.day).find(|d| *d > oldest);
            match next {
                Some(day) if bytes.len() > MAX_STATE_BYTES => oldest = day.saturating_add(1),
                _ => return bytes,
            }
        }
    }

    fn save_from(&self, oldest_day: i32) -> Vec<u8> {
        let mut w = Writer::default();
        w.u8(VERSION);
        w.raw(&self.fingerprint.to_le_bytes());
        w.u8(u8::from(self.base.seen));
        if self.base.seen {
            write_live(&mut w, &self.base);
        }
        write_past(&mut w, self.base_past.as_ref().unwrap_or(&self.past), oldest_day);
        w.uint(self.tie.len() as u64);
        let mut step = self.tie.clone();
        super::sort(&mut step);
        for event in &step {
            write_event(&mut w, event);
        }
        w.out
    }

    /// Reads what [`Visitor::save`] wrote. Nothing is trusted: every length and code is checked.
    ///
    /// # Errors
    /// [`Error::StateMalformed`], or [`Error::StateProfile`] for a state of another site profile.
    pub fn restore(profile: &Profile, bytes: &[u8]) -> Result<Self, Error> {
        let mut visitor = Self::new(profile);
        visitor.restore_from(bytes)?;
        Ok(visitor)
    }

    /// Like [`Visitor::restore`], into an existing visitor, keeping its allocations. Empty after an error.
    ///
    /// # Errors
    /// As [`Visitor::restore`].
    pub fn restore_from(&mut self, bytes: &[u8]) -> Result<(), Error> {
        self.clear();
        let done = self.try_restore(bytes);
        if done.is_err() {
            self.clear();
        }
        done
    }

    fn try_restore(&mut self, bytes: &[u8]) -> Result<(), Error> {
        let bad = Error::StateMalformed;
        if bytes.len() > 2 * MAX_STATE_BYTES {
            return Err(bad(why!("longer than any state")));
        }
        let r = &mut Reader::new(bytes);
        if r.u8() != Some(VERSION) {
            return Err(bad(why!("version")));
        }
        if u32::from_le_bytes(r.array().ok_or(bad(why!("fingerprint")))?) != self.fingerprint {
            return Err(Error::StateProfile);
        }
        if r.u8().ok_or(bad(why!("seen")))? != 0 {
            self.base = read_live(r).ok_or(bad(why!("visitor")))?;
        }
        read_past(r, &mut self.past).ok_or(bad(why!("history")))?;
        for _ in 0..r.uint_to(MAX_TIE as u64).ok_or(bad(why!("step")))? {
            self.tie.push(read_event(r).ok_or(bad(why!("event")))?);
        }
        let time = self.tie.first().map(|e| e.time_us);
        if self.tie.iter().any(|e| Some(e.time_us) != time || e.time_us < self.base.last_us.max(1)) {
            return Err(bad(why!("a step is one moment, not before the state")));
        }
        if time.is_none() && self.base.seen {
            return Err(bad(why!("a state without its last step")));
        }
        self.live = self.base;
        self.fold_step();
        if r.is_empty() { Ok(()) } else { Err(bad(why!("trailing bytes"))) }
    }
}

fn write_live(w: &mut Writer, v: &Live) {
    w.int(v.last_us);
    w.int(i64::from(v.utc_offset_s));
    w.int(v.last_us - v.first_touch_us);
    w.int(v.conversion_us);
    w.u8(v.funnel);
    w.uint(u64::from(v.active_days));
    w.int(i64::from(v.last_day));
    let s = &v.session;
    w.int(s.id);
    w.int(v.last_us - s.start_us);
    w.int(i64::from(s.start_day));
    w.int(v.last_us - s.last_us);
    for n in [s.number, s.ordinal, s.events, s.page_views, s.engaged_ms, s.scrolls, s.items, s.max_price_cents] {
        w.uint(u64::from(n));
    }
    w.raw(&[s.funnel, s.entry_group, s.page_group, s.previous_group, s.channel, s.device, s.language]);
    w.u8(u8::from(s.external_referrer));
    for t in [s.entry_us, s.page_us, s.previous_us, s.channel_us, s.conversion_us] {
        // 0 stands for "none", so times are shifted by one.
        w.uint(if t == 0 { 0 } else { (t - s.start_us) as u64 + 1 });
    }
    w.u8(s.page_count);
    for page in &s.pages[..usize::from(s.page_count)] {
        w.raw(&page.to_le_bytes());
    }
    let used = s.counts.iter().filter(|c| **c > 0).count();
    w.uint(used as u64);
    for (i, count) in s.counts.iter().enumerate().filter(|(_, c)| **c > 0) {
        w.u8(i as u8);
        w.uint(u64::from(*count));
        w.uint(u64::from(s.last_ms[i]));
    }
}

fn read_live(r: &mut Reader<'_>) -> Option<Live> {
    let mut v = Live { seen: true, ..Live::default() };
    v.last_us = time(r.int()?)?;
    v.utc_offset_s = offset(r)?;
    v.first_touch_us = time(v.last_us.checked_sub(r.int()?)?)?;
    v.conversion_us = time(r.int()?)?;
    v.funnel = r.u8()?;
    v.active_days = r.uint_to(1 << 20)? as u32;
    v.last_day = day(r)?;
    let s = &mut v.session;
    s.id = r.int()?;
    s.start_us = time(v.last_us.checked_sub(r.int()?)?)?;
    s.start_day = day(r)?;
    s.last_us = time(v.last_us.checked_sub(r.int()?)?)?;
    for n in [
        &mut s.number,
        &mut s.ordinal,
        &mut s.events,
        &mut s.page_views,
        &mut s.engaged_ms,
        &mut s.scrolls,
        &mut s.items,
        &mut s.max_price_cents,
    ] {
        *n = r.uint_to(u64::from(u32::MAX))? as u32;
    }
    [s.funnel, s.entry_group, s.page_group, s.previous_group, s.channel, s.device, s.language] = r.array()?;
    if usize::from(s.channel) >= CHANNELS.len() || usize::from(s.device) >= DEVICES.len() {
        return None;
    }
    s.external_referrer = r.u8()? != 0;
    let start = s.start_us;
    for t in [&mut s.entry_us, &mut s.page_us, &mut s.previous_us, &mut s.channel_us, &mut s.conversion_us] {
        let shifted = r.uint_to(MAX_TIME_US as u64)? as i64;
        *t = if shifted == 0 { 0 } else { time(start.checked_add(shifted - 1)?)? };
    }
    s.page_count = r.u8().filter(|n| usize::from(*n) <= s.pages.len())?;
    for page in &mut s.pages[..usize::from(s.page_count)] {
        *page = u32::from_le_bytes(r.array()?);
    }
    for _ in 0..r.uint_to(MAX_COUNTERS as u64)? {
        let i = usize::from(r.u8()?);
        *s.counts.get_mut(i)? = r.uint_to(u64::from(u16::MAX))? as u16;
        *s.last_ms.get_mut(i)? = r.uint_to(u64::from(u32::MAX))? as u32;
    }
    Some(v)
}

fn write_past(w: &mut Writer, past: &Past, oldest_day: i32) {
    w.int(past.last_us);
    w.u8(past.channel);
    w.uint(u64::from(past.conversions));
    let entries = &past.entries[past.entries.partition_point(|e| e.day < oldest_day)..];
    w.uint(entries.len() as u64);
    let mut day = 0;
    for e in entries {
        w.int(i64::from(e.day) - i64::from(day));
        w.u8(e.counter);
        w.uint(u64::from(e.count));
        day = e.day;
    }
}

fn read_past(r: &mut Reader<'_>, past: &mut Past) -> Option<()> {
    past.last_us = time(r.int()?)?;
    past.channel = r.u8().filter(|c| usize::from(*c) < CHANNELS.len())?;
    past.conversions = r.uint_to(u64::from(u32::MAX) / 2)? as u32;
    let n = r.uint_to(MAX_STATE_BYTES as u64)?;
    let mut day = 0i64;
    for _ in 0..n {
        day = day.checked_add(r.int()?)?;
        let entry = Entry {
            day: i32::try_from(day).ok()?,
            counter: r.u8().filter(|c| usize::from(*c) < BUILT_IN_COUNTERS + MAX_COUNTERS)?,
            count: r.uint_to(u64::from(u32::MAX))? as u32,
        };
        if past.entries.last().is_some_and(|last| (last.day, last.counter) >= (entry.day, entry.counter)) {
            return None;
        }
        past.entries.push(entry);
    }
    Some(())
}

fn write_event(w: &mut Writer, e: &Event) {
    w.int(e.time_us);
    w.int(i64::from(e.utc_offset_s));
    w.uint(u64::from(e.session_number));
    w.int(e.session_id);
    w.raw(&[e.name, e.group, e.funnel, e.channel, e.device, e.language, e.flags]);
    w.raw(&e.page.to_le_bytes());
    w.uint(u64::from(e.engaged_ms));
    w.uint(u64::from(e.items));
    w.uint(u64::from(e.price_cents));
    w.int(e.first_touch_us);
}

fn read_event(r: &mut Reader<'_>) -> Option<Event> {
    let mut e = Event { time_us: time(r.int()?)?, utc_offset_s: offset(r)?, ..Event::default() };
    e.session_number = r.uint_to(u64::from(u32::MAX))? as u32;
    e.session_id = r.int()?;
    [e.name, e.group, e.funnel, e.channel, e.device, e.language, e.flags] = r.array()?;
    if usize::from(e.channel) >= CHANNELS.len() || usize::from(e.device) >= DEVICES.len() {
        return None;
    }
    e.page = u32::from_le_bytes(r.array()?);
    e.engaged_ms = r.uint_to(u64::from(MAX_ENGAGED_MS))? as u32;
    e.items = r.uint_to(u64::from(u16::MAX))? as u16;
    e.price_cents = r.uint_to(u64::from(u32::MAX))? as u32;
    e.first_touch_us = time(r.int()?)?;
    Some(e)
}

fn time(us: i64) -> Option<i64> {
    (0..=MAX_TIME_US).contains(&us).then_some(us)
}

fn offset(r: &mut Reader<'_>) -> Option<i32> {
    r.int().filter(|s| (-i64::from(MAX_OFFSET_S)..=i64::from(MAX_OFFSET_S)).contains(s)).map(|s| s as i32)
}

fn day(r: &mut Reader<'_>) -> Option<i32> {
    r.int().filter(|d| (-1..=100_000).contains(d)).map(|d| d as i32)
}
