//! A visitor as bytes, the same in the browser's storage and in the warehouse. Version 1; documented in `docs/STATE.md`.
//!
//! One walk over the fields serves both directions, so that they cannot disagree.

use super::live::Live;
use super::past::{BUILT_IN_COUNTERS, Entry, Past};
use super::{MAX_OFFSET_S, MAX_STATE_BYTES, MAX_TIE, MAX_TIME_US, Session, Visitor};
use crate::bytes::{Reader, Writer};
use crate::error::why;
use crate::event::{Event, MAX_ENGAGED_MS};
use crate::profile::MAX_COUNTERS;
use crate::{CHANNELS, DEVICES, Error, Profile};
use alloc::vec::Vec;

const VERSION: u8 = 1;
const U32: u64 = u32::MAX as u64;

impl Visitor {
    /// The state as bytes: version, profile fingerprint, the state before the last step, the step's events.
    #[must_use]
    pub fn save(&self) -> Vec<u8> {
        let mut base = self.base;
        let mut past = if self.past_changed { self.base_past.copy() } else { self.past.copy() };
        let mut step = self.tie.clone();
        super::sort(&mut step);
        loop {
            let mut w = Wire { reader: Reader::new(&[]), writer: Some(Writer::default()) };
            w.byte(&mut { VERSION }, VERSION);
            w.bits(&mut { self.fingerprint });
            w.state(&mut base, &mut past, &mut step);
            let bytes = w.writer.unwrap_or_default().out;
            match past.entries.first() {
                Some(oldest) if bytes.len() > MAX_STATE_BYTES => past.drop_before(oldest.day.saturating_add(1)),
                _ => return bytes,
            }
        }
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
        let mut w = Wire { reader: Reader::new(bytes), writer: None };
        let (mut version, mut fingerprint) = (0, 0);
        w.reader.at(why!("version or fingerprint"));
        w.byte(&mut version, VERSION);
        w.bits(&mut fingerprint);
        let r = &mut w.reader;
        r.verdict.require(version == VERSION, why!("version"));
        r.verdict.require(bytes.len() <= 2 * MAX_STATE_BYTES, why!("longer than any state"));
        r.verdict.or(Error::StateMalformed)?;
        if fingerprint != self.fingerprint {
            return Err(Error::StateProfile);
        }
        w.state(&mut self.base, &mut self.past, &mut self.tie);
        let r = &mut w.reader;
        r.end();
        let first = self.tie.first().map_or(0, |e| e.time_us);
        let one_moment = self.tie.iter().all(|e| e.time_us == first && first >= self.base.last_us.max(1));
        r.verdict.require(one_moment, why!("a step is one moment, not before the state"));
        r.verdict.require(!self.base.seen || first > 0, why!("a state without its last step"));
        if r.is_refused() {
            self.clear();
        }
        self.live = self.base;
        self.fold_step();
        r.verdict.or(Error::StateMalformed)
    }
}

/// Writes fields, or reads and checks them.
struct Wire<'a> {
    reader: Reader<'a>,
    writer: Option<Writer>,
}

impl Wire<'_> {
    fn state(&mut self, base: &mut Live, past: &mut Past, step: &mut Vec<Event>) {
        self.reader.at(why!("visitor"));
        self.flag(&mut base.seen);
        if base.seen {
            self.live(base);
        }
        self.reader.at(why!("history"));
        self.past(past);
        self.reader.at(why!("step"));
        let n = self.uint(step.len() as u64, MAX_TIE as u64) as usize;
        if self.writer.is_none() {
            step.resize(n, Event::default());
        }
        for event in step {
            self.event(event);
        }
    }

    fn live(&mut self, v: &mut Live) {
        self.time(&mut v.last_us);
        self.offset(&mut v.utc_offset_s);
        self.time_before(&mut v.first_touch_us, v.last_us);
        self.time(&mut v.conversion_us);
        self.byte(&mut v.funnel, u8::MAX);
        self.number(&mut v.active_days, 1 << 20);
        self.small(&mut v.last_day, -1, 100_000);
        let s = &mut v.session;
        self.int(&mut s.id);
        self.time_before(&mut s.start_us, v.last_us);
        self.small(&mut s.start_day, -1, 100_000);
        self.time_before(&mut s.last_us, v.last_us);
        self.session(s);
    }

    fn session(&mut self, s: &mut Session) {
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
            self.number(n, U32);
        }
        for code in [&mut s.funnel, &mut s.entry_group, &mut s.page_group, &mut s.previous_group] {
            self.byte(code, u8::MAX);
        }
        self.byte(&mut s.channel, CHANNELS.len() as u8 - 1);
        self.byte(&mut s.device, DEVICES.len() as u8 - 1);
        self.byte(&mut s.language, u8::MAX);
        self.flag(&mut s.external_referrer);
        let start = s.start_us;
        for t in [&mut s.entry_us, &mut s.page_us, &mut s.previous_us, &mut s.channel_us, &mut s.conversion_us] {
            // 0 stands for "none", so times are shifted by one.
            let shifted = if *t == 0 { 0 } else { *t - start + 1 };
            let shifted = self.uint(shifted as u64, MAX_TIME_US as u64) as i64;
            *t = if shifted == 0 { 0 } else { start + shifted - 1 };
            self.check_time(*t);
        }
        self.byte(&mut s.page_count, s.pages.len() as u8);
        for page in s.pages.iter_mut().take(usize::from(s.page_count)) {
            self.bits(page);
        }
        let used = s.counts.iter().filter(|c| **c > 0).count();
        let mut i = 0;
        for _ in 0..self.uint(used as u64, MAX_COUNTERS as u64) {
            while self.writer.is_some() && s.counts.get(usize::from(i)) == Some(&0) {
                i += 1;
            }
            self.byte(&mut i, MAX_COUNTERS as u8 - 1);
            if let (Some(count), Some(last)) = (s.counts.get_mut(usize::from(i)), s.last_ms.get_mut(usize::from(i))) {
                *count = self.uint(u64::from(*count), u64::from(u16::MAX)) as u16;
                self.number(last, U32);
            }
            i += 1;
        }
    }

    fn past(&mut self, past: &mut Past) {
        self.time(&mut past.last_us);
        self.byte(&mut past.channel, CHANNELS.len() as u8 - 1);
        self.number(&mut past.conversions, U32 / 2);
        let n = self.uint(past.entries.len() as u64, MAX_STATE_BYTES as u64) as usize;
        if self.writer.is_none() {
            past.entries.resize(n, Entry::default());
        }
        let mut before = Entry::default();
        let mut first = true;
        for e in &mut past.entries {
            let mut step = i64::from(e.day) - i64::from(before.day);
            self.int(&mut step);
            let day = i64::from(before.day).saturating_add(step);
            e.day = day as i32;
            self.byte(&mut e.counter, (BUILT_IN_COUNTERS + MAX_COUNTERS) as u8 - 1);
            self.number(&mut e.count, U32);
            if i64::from(e.day) != day || (!first && e.key() <= before.key()) {
                self.reader.refuse();
            }
            first = false;
            before = *e;
        }
    }

    fn event(&mut self, e: &mut Event) {
        self.time(&mut e.time_us);
        self.offset(&mut e.utc_offset_s);
        self.number(&mut e.session_number, U32);
        self.int(&mut e.session_id);
        for code in [&mut e.name, &mut e.group, &mut e.funnel] {
            self.byte(code, u8::MAX);
        }
        self.byte(&mut e.channel, CHANNELS.len() as u8 - 1);
        self.byte(&mut e.device, DEVICES.len() as u8 - 1);
        self.byte(&mut e.language, u8::MAX);
        self.byte(&mut e.flags, u8::MAX);
        self.bits(&mut e.page);
        self.number(&mut e.engaged_ms, u64::from(MAX_ENGAGED_MS));
        e.items = self.uint(u64::from(e.items), u64::from(u16::MAX)) as u16;
        self.number(&mut e.price_cents, U32);
        self.time(&mut e.first_touch_us);
    }

    #[inline(never)]
    fn uint(&mut self, v: u64, max: u64) -> u64 {
        match &mut self.writer {
            Some(w) => {
                w.uint(v);
                v
            }
            None => self.reader.uint(max),
        }
    }

    /// Zigzag: small negative numbers stay short.
    #[inline(never)]
    fn int(&mut self, v: &mut i64) {
        let bits = self.uint(((*v << 1) ^ (*v >> 63)) as u64, u64::MAX);
        *v = (bits >> 1) as i64 ^ -((bits & 1) as i64);
    }

    #[inline(never)]
    fn number(&mut self, v: &mut u32, max: u64) {
        *v = self.uint(u64::from(*v), max) as u32;
    }

    /// One byte as it is.
    #[inline(never)]
    fn byte(&mut self, v: &mut u8, max: u8) {
        match &mut self.writer {
            Some(w) => w.u8(*v),
            None => *v = self.reader.u8(),
        }
        if *v > max {
            self.reader.refuse();
        }
    }

    fn flag(&mut self, v: &mut bool) {
        let mut byte = u8::from(*v);
        self.byte(&mut byte, u8::MAX);
        *v = byte != 0;
    }

    /// Four bytes, the lowest first.
    #[inline(never)]
    fn bits(&mut self, v: &mut u32) {
        let mut bytes = v.to_le_bytes();
        for byte in &mut bytes {
            self.byte(byte, u8::MAX);
        }
        *v = u32::from_le_bytes(bytes);
    }

    #[inline(never)]
    fn time(&mut self, us: &mut i64) {
        self.int(us);
        self.check_time(*us);
    }

    /// A time as its distance back from another one.
    #[inline(never)]
    fn time_before(&mut self, us: &mut i64, from: i64) {
        let mut distance = from.wrapping_sub(*us);
        self.int(&mut distance);
        *us = from.checked_sub(distance).unwrap_or(-1);
        self.check_time(*us);
    }

    #[inline(never)]
    fn check_time(&mut self, us: i64) {
        if !(0..=MAX_TIME_US).contains(&us) {
            self.reader.refuse();
        }
    }

    #[inline(never)]
    fn small(&mut self, v: &mut i32, low: i64, high: i64) {
        let mut wide = i64::from(*v);
        self.int(&mut wide);
        *v = wide as i32;
        if wide < low || wide > high {
            self.reader.refuse();
        }
    }

    fn offset(&mut self, s: &mut i32) {
        self.small(s, -i64::from(MAX_OFFSET_S), i64::from(MAX_OFFSET_S));
    }
}
