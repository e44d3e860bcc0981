//! Cleansed rows to events of the profile. Every text is resolved once a day, not once an event.

use crate::events::{CleanEvents, CleanRow, Extra, Origin, Visit};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use model_core::{Codes, Event, Profile, RawEvent};
use std::collections::HashMap;

/// Offsets of a time zone, remembered per quarter of an hour.
#[derive(Debug)]
pub struct Offsets {
    zone: TimeZone,
    quarter: i64,
    offset_s: i32,
}

impl Offsets {
    /// For an IANA zone that the profile's reader has checked.
    ///
    /// # Errors
    /// When the zone is unknown.
    pub fn new(name: &str) -> anyhow::Result<Self> {
        Ok(Self { zone: TimeZone::get(name)?, quarter: i64::MIN, offset_s: 0 })
    }

    /// Offset from UTC in seconds at a time. Zones change their offset on full quarters of an hour at the finest.
    pub fn at(&mut self, time_us: i64) -> i32 {
        let quarter = time_us.div_euclid(900_000_000);
        if quarter != self.quarter {
            self.quarter = quarter;
            self.offset_s = Timestamp::from_microsecond(time_us).map_or(0, |t| self.zone.to_offset(t).seconds());
        }
        self.offset_s
    }

    /// The first moment of the day after `day`, in microseconds, and the offset then.
    ///
    /// # Errors
    /// When the day is the last that the calendar has.
    pub fn end_of(&self, day: jiff::civil::Date) -> anyhow::Result<(i64, i32)> {
        let start = day.tomorrow()?.to_zoned(self.zone.clone())?;
        Ok((start.timestamp().as_microsecond(), start.offset().seconds()))
    }
}

/// Resolves the rows of one day.
pub struct Resolver<'a> {
    profile: &'a Profile,
    events: &'a CleanEvents,
    offsets: Offsets,
    /// By string id; filled when first met.
    names: Vec<Option<u8>>,
    pages: Vec<Option<(u32, u8)>>,
    devices: Vec<Option<u8>>,
    languages: Vec<Option<u8>>,
    /// Of (source, medium, page, referrer).
    channels: HashMap<[u32; 4], (u8, bool)>,
    last_channel: ([u32; 4], (u8, bool)),
}

impl<'a> Resolver<'a> {
    /// A resolver for the rows of `events`.
    ///
    /// # Errors
    /// When the profile's time zone is unknown.
    pub fn new(profile: &'a Profile, events: &'a CleanEvents) -> anyhow::Result<Self> {
        let n = events.strings.len();
        Ok(Self {
            profile,
            events,
            offsets: Offsets::new(&profile.parts().time_zone)?,
            names: vec![None; n],
            pages: vec![None; n],
            devices: vec![None; n],
            languages: vec![None; n],
            channels: HashMap::new(),
            last_channel: ([u32::MAX; 4], (0, false)),
        })
    }

    /// Where the day's events come from.
    #[must_use]
    pub fn origin(&self) -> Origin {
        self.events.origin
    }

    /// The row as an event of the profile.
    pub fn event(&mut self, row: &CleanRow) -> Event {
        let (profile, events) = (self.profile, self.events);
        let text = |id: u32| events.text(id);
        let (visit, extra) = (events.visit(row), events.extra(row));
        let (page, group) = *slot(&mut self.pages, row.page, || profile.page(text(row.page)));
        let key = [extra.source, extra.medium, row.page, row.referrer];
        if self.last_channel.0 != key {
            let found = self.channels.entry(key).or_insert_with(|| {
                let (channel, external) =
                    profile.channel(text(extra.source), text(extra.medium), text(row.page), text(row.referrer));
                (channel as u8, external)
            });
            self.last_channel = (key, *found);
        }
        let (channel, external) = self.last_channel.1;
        let codes = Codes {
            name: *slot(&mut self.names, row.name, || profile.event_name(text(row.name))),
            page,
            group,
            channel,
            external,
            device: *slot(&mut self.devices, visit.device, || profile.device(text(visit.device))),
            language: *slot(&mut self.languages, visit.language, || profile.language(text(visit.language))),
        };
        let numbers = RawEvent { name: text(row.name), ..numbers(&visit, &extra, row, self.offsets.at(row.time_us)) };
        profile.event(&numbers, codes)
    }
}

fn numbers(visit: &Visit, extra: &Extra, row: &CleanRow, utc_offset_s: i32) -> RawEvent<'static> {
    RawEvent {
        time_us: row.time_us,
        utc_offset_s,
        session_id: visit.session_id,
        session_number: visit.session_number,
        engaged_ms: row.engaged_ms,
        items: extra.items.min(u32::from(u16::MAX)) as u16,
        price: extra.price().unwrap_or(f64::NAN),
        first_touch_us: visit.first_touch_us,
        ..RawEvent::default()
    }
}

fn slot<T>(memory: &mut [Option<T>], id: u32, make: impl FnOnce() -> T) -> &T {
    memory[id as usize].get_or_insert_with(make)
}

/// The row's texts and numbers as the tag would give them.
#[must_use]
pub fn raw_event<'a>(events: &'a CleanEvents, row: &CleanRow, utc_offset_s: i32) -> RawEvent<'a> {
    let (visit, extra) = (events.visit(row), events.extra(row));
    RawEvent {
        name: events.text(row.name),
        page_location: events.text(row.page),
        page_referrer: events.text(row.referrer),
        source: events.text(extra.source),
        medium: events.text(extra.medium),
        device: events.text(visit.device),
        language: events.text(visit.language),
        ..numbers(&visit, &extra, row, utc_offset_s)
    }
}
