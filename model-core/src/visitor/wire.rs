//! A visitor as bytes, the same in the browser's storage and in the warehouse. Version 1; documented in `docs/STATE.md`.
//!
//! One walk over the fields serves both directions, so that they cannot disagree.

use super::past::{BUILT_IN_COUNTERS, Entry, drop_before};
use super::slots::{Live, Slot};
use super::{MAX_OFFSET_S, MAX_PAGES, MAX_STATE_BYTES, MAX_TIE, MAX_TIME_US, Visitor};
use crate::bytes::{Reader, Writer, push};
use crate::error::why;
use crate::event::{MAX_ENGAGED_MS, ROW, Row, at};
use crate::profile::MAX_COUNTERS;
use crate::{CHANNELS, DEVICES, Error, Profile};
use alloc::vec::Vec;

const VERSION: u8 = 1;

/// How a number is written.
#[derive(Clone, Copy)]
enum Form {
    /// One byte as it is.
    Byte,
    /// Four bytes, the lowest first.
    Word,
    /// LEB128.
    Uint,
    /// LEB128, zigzag: small negative numbers stay short.
    Int,
    /// A time as its distance back from the row's first number; zigzag.
    Back,
    /// A time as its distance from the session's start, plus one; 0 stands for "none".
    Since,
}

/// What a number of a row is: its form, and the range that it must be in.
#[derive(Clone, Copy)]
#[repr(u8)]
enum Kind {
    Time,
    Back,
    Since,
    Offset,
    Day,
    Id,
    Count,
    Days,
    Half,
    Engaged,
    Items,
    Byte,
    Flag,
    Channel,
    Device,
    Pages,
    Word,
    Counters,
    Counter,
    PastCounter,
    Entries,
    Steps,
}

/// By [`Kind`]: the form, and the highest number; 0 = any time.
const KINDS: [(Form, u32); 22] = [
    (Form::Int, 0),
    (Form::Back, 0),
    (Form::Since, 0),
    (Form::Int, MAX_OFFSET_S as u32),
    (Form::Int, 100_000),
    (Form::Int, 0),
    (Form::Uint, u32::MAX),
    (Form::Uint, 1 << 20),
    (Form::Uint, u32::MAX / 2),
    (Form::Uint, MAX_ENGAGED_MS),
    (Form::Uint, u16::MAX as u32),
    (Form::Byte, 255),
    (Form::Byte, 1),
    (Form::Byte, CHANNELS.len() as u32 - 1),
    (Form::Byte, DEVICES.len() as u32 - 1),
    (Form::Byte, MAX_PAGES as u32),
    (Form::Word, u32::MAX),
    (Form::Uint, MAX_COUNTERS as u32),
    (Form::Byte, MAX_COUNTERS as u32 - 1),
    (Form::Byte, (BUILT_IN_COUNTERS + MAX_COUNTERS) as u32 - 1),
    (Form::Uint, MAX_STATE_BYTES as u32),
    (Form::Uint, MAX_TIE as u32),
];

/// The slots of a visitor with a session, in their order.
const LIVE: [Kind; Slot::PastLast as usize] = {
    use Kind::*;
    [
        Time, Offset, Back, Time, Byte, Days, Day, // visitor
        Id, Back, Day, Back, // session
        Count, Count, Count, Count, Count, Count, Count, Count, // from `Number` to `MaxPrice`
        Byte, Byte, Byte, Byte, Channel, Device, Byte, Flag, // from `SessionFunnel` to `External`
        Since, Since, Since, Since, Since, Pages,
    ]
};
/// The slots of the past.
const PAST: [Kind; 3] = [Kind::Time, Kind::Channel, Kind::Half];
/// An event of the step.
const EVENT: [Kind; ROW] = {
    use Kind::*;
    [Time, Count, Id, Offset, Byte, Byte, Byte, Channel, Device, Byte, Byte, Word, Engaged, Items, Count, Time]
};
/// The order in which its numbers are written: the offset comes second.
const ORDER: [(usize, usize); 4] =
    [(at::TIME, at::NUMBER), (at::OFFSET, at::NAME), (at::NUMBER, at::OFFSET), (at::NAME, ROW)];
/// Version and fingerprint.
const HEAD: [Kind; 2] = [Kind::Byte, Kind::Word];

impl Visitor {
    /// The state as bytes: version, profile fingerprint, the state before the last step, the step's events.
    #[must_use]
    pub fn save(&self) -> Vec<u8> {
        let mut base = self.base;
        let (mut entries, mut steps) = (Vec::new(), Vec::new());
        entries.extend_from_slice(if self.past_changed { &self.base_entries } else { &self.past.entries });
        steps.extend_from_slice(&self.tie);
        super::sort(&mut steps);
        loop {
            let mut w = Wire { reader: Reader::new(&[]), writer: Some(Writer::default()) };
            w.fields(&mut [VERSION.into(), self.fingerprint.into()], &HEAD);
            w.state(&mut base, &mut entries, &mut steps);
            let bytes = w.writer.unwrap_or_default().out;
            match entries.first().copied() {
                Some(oldest) if bytes.len() > MAX_STATE_BYTES => {
                    drop_before(&mut entries, oldest.day.saturating_add(1))
                }
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
        let mut head = [0; 2];
        w.reader.at(why!("version or fingerprint"));
        w.fields(&mut head, &HEAD);
        if head[0] != i64::from(VERSION) {
            w.reader.refuse();
        }
        if !w.reader.is_refused() && head[1] != i64::from(self.fingerprint) {
            return Err(Error::StateProfile);
        }
        w.state(&mut self.base, &mut self.past.entries, &mut self.tie);
        let r = &mut w.reader;
        r.end();
        r.at(why!("longer than any state")).require(bytes.len() <= 2 * MAX_STATE_BYTES);
        let (last, time) = (self.base[Slot::Last], self.tie.first().map_or(0, |e| e[at::TIME]));
        r.at(why!("a step is one moment, not before the state"));
        r.require(self.tie.iter().all(|e| e[at::TIME] == time && time >= last.max(1)));
        r.at(why!("a state without its last step")).require(last == 0 || time > 0);
        if r.is_refused() {
            self.clear();
        }
        self.past.changed();
        self.live = self.base;
        self.fold_step();
        r.malformed.or(Error::StateMalformed)?;
        r.invalid.or(Error::StateMalformed)
    }
}

/// Brings each number of an event into its range.
pub(super) fn clamp(event: &mut Row) {
    for (v, kind) in event.iter_mut().zip(&EVENT) {
        *v = clamped(*v, *kind);
    }
}

#[cfg_attr(target_arch = "wasm32", inline(never))]
#[cfg_attr(not(target_arch = "wasm32"), inline(always))]
fn clamped(v: i64, kind: Kind) -> i64 {
    let high = match KINDS[kind as usize].1 {
        0 => MAX_TIME_US,
        high => i64::from(high),
    };
    match kind {
        Kind::Id => v,
        Kind::Offset => v.min(high).max(-high),
        Kind::Day => v.min(high).max(-1),
        _ => v.min(high).max(0),
    }
}

/// Writes fields, or reads and checks them.
struct Wire<'a> {
    reader: Reader<'a>,
    writer: Option<Writer>,
}

impl Wire<'_> {
    fn state(&mut self, live: &mut Live, entries: &mut Vec<Entry>, steps: &mut Vec<Row>) {
        let reads = self.writer.is_none();
        self.reader.at(why!("visitor"));
        let (visitor, past) = live.slots.split_at_mut(LIVE.len());
        if self.number(i64::from(visitor[0] != 0), Kind::Flag) != 0 {
            self.fields(visitor, &LIVE);
            // A visitor who has been seen was seen at some time.
            if visitor[0] == 0 {
                self.reader.refuse();
            }
            for page in live.pages.iter_mut().take(visitor[Slot::Pages as usize] as usize) {
                *page = self.number(i64::from(*page), Kind::Word) as u32;
            }
            let used = live.counts.iter().filter(|n| **n > 0).count();
            let mut i = 0;
            for _ in 0..self.number(used as i64, Kind::Counters) {
                while !reads && live.counts.get(i) == Some(&0) {
                    i += 1;
                }
                i = self.number(i as i64, Kind::Counter) as usize;
                if let (Some(count), Some(ms)) = (live.counts.get_mut(i), live.last_ms.get_mut(i)) {
                    *count = self.number(i64::from(*count), Kind::Items) as u16;
                    *ms = self.number(i64::from(*ms), Kind::Count) as u32;
                }
                i += 1;
            }
        }
        self.reader.at(why!("history"));
        self.fields(past, &PAST);
        let n = self.number(entries.len() as i64, Kind::Entries) as usize;
        let mut before = None;
        for i in 0..n {
            if reads {
                push(entries, Entry::default());
            }
            if let Some(e) = entries.get_mut(i) {
                self.entry(e, before);
                before = Some(*e);
            }
        }
        self.reader.at(why!("step"));
        for i in 0..self.number(steps.len() as i64, Kind::Steps) as usize {
            if reads {
                steps.push([0; ROW]);
            }
            for (first, end) in &ORDER {
                self.fields(&mut steps[i][*first..*end], &EVENT[*first..*end]);
            }
        }
    }

    fn entry(&mut self, e: &mut Entry, before: Option<Entry>) {
        let from = before.map_or(0, |b| i64::from(b.day));
        let day = from.saturating_add(self.number(i64::from(e.day) - from, Kind::Id));
        e.day = day as i32;
        e.counter = self.number(i64::from(e.counter), Kind::PastCounter) as u8;
        e.count = self.number(i64::from(e.count), Kind::Count) as u32;
        if i64::from(e.day) != day || before.is_some_and(|b| e.key() <= b.key()) {
            self.reader.refuse();
        }
    }

    fn fields(&mut self, row: &mut [i64], kinds: &[Kind]) {
        let mut since = [0; 2];
        for (i, kind) in kinds.iter().enumerate() {
            let Some(v) = row.get_mut(i) else { return };
            let from = match kind {
                Kind::Back => since[0],
                Kind::Since => since[1],
                _ => 0,
            };
            *v = self.field(*v, *kind, from);
            if i == 0 {
                since[0] = *v;
            }
            if i == Slot::Start as usize {
                since[1] = *v;
            }
        }
    }

    #[cfg_attr(not(target_arch = "wasm32"), inline(always))]
    fn number(&mut self, v: i64, kind: Kind) -> i64 {
        self.field(v, kind, 0)
    }

    /// Writes a number, or reads another one in its stead. `from` is what the forms `Back` and `Since` count from.
    #[cfg_attr(target_arch = "wasm32", inline(never))]
    #[cfg_attr(not(target_arch = "wasm32"), inline(always))]
    fn field(&mut self, v: i64, kind: Kind, from: i64) -> i64 {
        let form = KINDS[kind as usize].0;
        let v = match form {
            Form::Byte => self.bytes(v, 1),
            Form::Word => self.bytes(v, 4),
            Form::Uint => self.uint(v as u64) as i64,
            Form::Int => self.int(v),
            Form::Back => from.wrapping_sub(self.int(from.wrapping_sub(v))),
            Form::Since => {
                let shifted = self.uint(if v == 0 { 0 } else { (v - from + 1) as u64 }) as i64;
                if shifted == 0 { 0 } else { from.wrapping_add(shifted).wrapping_sub(1) }
            }
        };
        let within = clamped(v, kind);
        if within != v {
            self.reader.refuse();
        }
        within
    }

    fn bytes(&mut self, v: i64, n: u32) -> i64 {
        let mut read = 0;
        for i in 0..n {
            let byte = match &mut self.writer {
                Some(w) => {
                    w.u8((v >> (8 * i)) as u8);
                    (v >> (8 * i)) & 255
                }
                None => i64::from(self.reader.u8()),
            };
            read |= byte << (8 * i);
        }
        read
    }

    #[cfg_attr(target_arch = "wasm32", inline(never))]
    fn uint(&mut self, v: u64) -> u64 {
        match &mut self.writer {
            Some(w) => {
                w.uint(v);
                v
            }
            None => self.reader.leb(),
        }
    }

    fn int(&mut self, v: i64) -> i64 {
        let bits = self.uint(((v << 1) ^ (v >> 63)) as u64);
        (bits >> 1) as i64 ^ -((bits & 1) as i64)
    }
}
