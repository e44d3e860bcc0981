//! From raw rows of an export to the cleansed day.

use std::collections::HashMap;

use jiff::civil::Date;

use super::clean::{CleanEvents, CleanRow, Extra, Origin, Visit};
use super::rejects::{Reason, Rejects};
use super::rules::{CARRIER, Kind, NO_SCORE, cleanse};
use super::strings::Interner;
use super::tuples::{Tuples, into_sorted, mix};

/// The export tells browsers' events from those of the Measurement Protocol since this day.
const PAGE_IDS_SINCE: u32 = 20_250_611;
/// The bit of a row's fingerprint that says so.
const HAS_PAGE_ID: u32 = 1;
/// No string has this id.
const NO_CARRIER: u32 = u32::MAX;

/// A row as read, its texts already cleansed and interned. Zero (or NaN) is missing.
#[derive(Debug, Clone, Copy)]
#[allow(missing_docs)]
pub struct RawRow {
    pub time_us: i64,
    /// `event_date` as the number YYYYMMDD.
    pub date: u32,
    pub user: u32,
    pub name: u32,
    pub session_id: i64,
    pub session_number: u32,
    pub engaged_ms: u32,
    pub page: u32,
    pub referrer: u32,
    pub source: u32,
    pub medium: u32,
    pub campaign: u32,
    pub device: u32,
    pub language: u32,
    pub country: u32,
    pub stream: u32,
    pub transaction: u32,
    pub items: u32,
    pub price: f64,
    pub first_touch_us: i64,
    /// Made of `event_bundle_sequence_id` and the batch ids: tells equal events from repeated rows.
    pub fingerprint: u64,
    pub synthetic: bool,
    /// `batch_page_id` is there, as it is on every event of a browser since 2025-06-11.
    pub has_page_id: bool,
    pub analytics_storage: Option<bool>,
    pub ads_storage: Option<bool>,
    /// The first column with a value that it cannot hold.
    pub bad: Option<&'static str>,
}

impl RawRow {
    /// A row in which everything is missing.
    pub const EMPTY: Self = Self {
        time_us: 0,
        date: 0,
        user: 0,
        name: 0,
        session_id: 0,
        session_number: 0,
        engaged_ms: 0,
        page: 0,
        referrer: 0,
        source: 0,
        medium: 0,
        campaign: 0,
        device: 0,
        language: 0,
        country: 0,
        stream: 0,
        transaction: 0,
        items: 0,
        price: f64::NAN,
        first_touch_us: 0,
        fingerprint: 0,
        synthetic: false,
        has_page_id: false,
        analytics_storage: None,
        ads_storage: None,
        bad: None,
    };
}

/// The day whose events are wanted, as numbers that are quick to compare.
#[derive(Debug, Clone, Copy)]
struct Bounds {
    date: u32,
    from_us: i64,
    to_us: i64,
}

impl Bounds {
    fn of(day: Date) -> Self {
        const DAY_US: i64 = 86_400_000_000;
        // Time zones reach from UTC-12 to UTC+14; a little more room for daylight saving.
        const ROOM_US: i64 = 15 * 3_600_000_000;
        let epoch_day = (day - jiff::civil::date(1970, 1, 1)).get_days();
        let start = i64::from(epoch_day) * DAY_US;
        Self { date: date_number(day), from_us: start - ROOM_US, to_us: start + DAY_US + ROOM_US }
    }
}

/// A day as the number YYYYMMDD.
#[must_use]
pub fn date_number(day: Date) -> u32 {
    day.year().unsigned_abs() as u32 * 10_000
        + day.month().unsigned_abs() as u32 * 100
        + u32::from(day.day().unsigned_abs())
}

/// Collects the rows of a day.
pub struct DayBuilder {
    bounds: Option<Bounds>,
    strings: Interner,
    visits: Tuples<Visit>,
    extras: Tuples<Extra>,
    rows: Vec<CleanRow>,
    rejects: Rejects,
    seen: u64,
    no_visitor: u64,
    synthetic: u64,
    /// The string ids of the events that tell of our own scores.
    carriers: [u32; 2],
    own_scores: u64,
}

impl DayBuilder {
    /// For the events of one day; rows of other days are rejected.
    #[must_use]
    pub fn new(day: Date) -> Self {
        let mut builder = Self { bounds: Some(Bounds::of(day)), ..Self::unchecked() };
        builder.carriers = [CARRIER, NO_SCORE].map(|name| builder.strings.intern(name));
        builder
    }

    /// For events that were cleansed before. What is equal among them came in different bundles, and stays.
    #[must_use]
    pub fn unchecked() -> Self {
        Self {
            bounds: None,
            strings: Interner::default(),
            visits: Tuples::default(),
            extras: Tuples::default(),
            rows: Vec::new(),
            rejects: Rejects::default(),
            seen: 0,
            no_visitor: 0,
            synthetic: 0,
            carriers: [NO_CARRIER; 2],
            own_scores: 0,
        }
    }

    /// Room for this many more rows.
    pub fn reserve(&mut self, rows: usize) {
        self.rows.reserve_exact(rows);
    }

    /// Cleanses and interns a text.
    pub fn text(&mut self, kind: Kind, text: &str) -> u32 {
        self.strings.intern(&cleanse(kind, text))
    }

    /// The text with this id.
    #[must_use]
    pub fn text_of(&self, id: u32) -> &str {
        self.strings.get(id)
    }

    /// Takes a row or counts why not. `place` is the file and the row in it, counted from 1.
    pub fn push(&mut self, raw: &RawRow, place: (&str, u64)) {
        self.seen += 1;
        if raw.user == 0 {
            self.no_visitor += 1;
            return;
        }
        if raw.synthetic {
            self.synthetic += 1;
            return;
        }
        if self.carriers.contains(&raw.name) {
            self.own_scores += 1;
            return;
        }
        if let Some(reason) = self.fault(raw) {
            let found = || match reason {
                Reason::WrongDay => raw.date.to_string(),
                // As a moment: the number may be something of a visitor's that is in the wrong column.
                Reason::TimestampOutOfRange => moment(raw.time_us),
                Reason::BadValue(_) => "a value that the column cannot hold".to_owned(),
                _ => "nothing".to_owned(),
            };
            self.rejects.add(reason, place.0, place.1, found);
            return;
        }
        let visit = self.visits.intern(Visit {
            session_id: raw.session_id,
            session_number: raw.session_number,
            device: raw.device,
            first_touch_us: raw.first_touch_us,
            language: raw.language,
            country: raw.country,
            stream: raw.stream,
            analytics_storage: raw.analytics_storage,
            ads_storage: raw.ads_storage,
        });
        let extra = Extra {
            source: raw.source,
            medium: raw.medium,
            campaign: raw.campaign,
            transaction: raw.transaction,
            items: raw.items,
            ..Extra::default()
        };
        let extra = self.extras.intern(extra.with_price(raw.price));
        self.rows.push(CleanRow {
            user: raw.user,
            time_us: raw.time_us,
            name: raw.name,
            visit,
            page: raw.page,
            referrer: raw.referrer,
            engaged_ms: raw.engaged_ms,
            extra,
            fingerprint: (mix(raw.fingerprint, 0) as u32 & !HAS_PAGE_ID)
                | if raw.has_page_id { HAS_PAGE_ID } else { 0 },
        });
    }

    fn fault(&self, raw: &RawRow) -> Option<Reason> {
        if let Some(column) = raw.bad {
            return Some(Reason::BadValue(column));
        }
        if raw.time_us == 0 {
            return Some(Reason::NoTimestamp);
        }
        if raw.name == 0 {
            return Some(Reason::NoEventName);
        }
        let bounds = self.bounds?;
        if raw.date != 0 && raw.date != bounds.date {
            return Some(Reason::WrongDay);
        }
        let inside = (bounds.from_us..bounds.to_us).contains(&raw.time_us);
        (!inside).then_some(Reason::TimestampOutOfRange)
    }

    /// Rows seen so far, dropped ones included.
    #[must_use]
    pub fn seen(&self) -> u64 {
        self.seen
    }

    /// Brings the day into its canonical form.
    #[must_use]
    pub fn finish(mut self) -> (CleanEvents, Rejects) {
        let (visits, extras) = (self.visits.into_items(), self.extras.into_items());
        if self.bounds.is_some_and(|bounds| bounds.date >= PAGE_IDS_SINCE) {
            let sent = drop_measurement_protocol(&mut self.rows, &visits);
            self.rejects.add_many(Reason::MeasurementProtocol, sent);
        }
        let mut used = vec![false; self.strings.count()];
        for row in &self.rows {
            for id in [row.user, row.name, row.page, row.referrer] {
                used[id as usize] = true;
            }
        }
        for visit in &visits {
            for id in [visit.device, visit.language, visit.country, visit.stream] {
                used[id as usize] = true;
            }
        }
        for extra in &extras {
            for id in [extra.source, extra.medium, extra.campaign, extra.transaction] {
                used[id as usize] = true;
            }
        }
        let (strings, ids) = self.strings.into_sorted(&used);
        let id = |old: u32| ids[old as usize];
        let (visits, visit_ids) = into_sorted(
            visits
                .into_iter()
                .map(|v| Visit {
                    device: id(v.device),
                    language: id(v.language),
                    country: id(v.country),
                    stream: id(v.stream),
                    ..v
                })
                .collect(),
        );
        let (extras, extra_ids) = into_sorted(
            extras
                .into_iter()
                .map(|e| Extra {
                    source: id(e.source),
                    medium: id(e.medium),
                    campaign: id(e.campaign),
                    transaction: id(e.transaction),
                    ..e
                })
                .collect(),
        );
        for row in &mut self.rows {
            row.user = id(row.user);
            row.name = id(row.name);
            row.page = id(row.page);
            row.referrer = id(row.referrer);
            row.visit = visit_ids[row.visit as usize];
            row.extra = extra_ids[row.extra as usize];
        }
        let mut rows = self.rows;
        rows.sort_unstable();
        let before = rows.len();
        if self.bounds.is_some() {
            rows.dedup();
        }
        self.rejects.add_many(Reason::NoVisitorId, self.no_visitor);
        self.rejects.add_many(Reason::SyntheticBundle, self.synthetic);
        self.rejects.add_many(Reason::OwnScore, self.own_scores);
        self.rejects.add_many(Reason::Duplicate, (before - rows.len()) as u64);
        for row in &mut rows {
            row.fingerprint = 0;
        }
        (CleanEvents { strings, visits, extras, rows, origin: Origin::default() }, self.rejects)
    }
}

/// Drops what browsers have not sent: on a stream most of whose events have a `batch_page_id`, those without one came by
/// the Measurement Protocol. Gives their number. Streams of apps have none, and keep their events.
fn drop_measurement_protocol(rows: &mut Vec<CleanRow>, visits: &[Visit]) -> u64 {
    let stream = |row: &CleanRow| visits[row.visit as usize].stream;
    let has_page_id = |row: &CleanRow| row.fingerprint & HAS_PAGE_ID != 0;
    let mut counts: HashMap<u32, (u64, u64)> = HashMap::new();
    for row in &*rows {
        let (with, all) = counts.entry(stream(row)).or_default();
        *with += u64::from(has_page_id(row));
        *all += 1;
    }
    let before = rows.len();
    counts.retain(|_, (with, all)| *with * 2 > *all && *with < *all);
    if !counts.is_empty() {
        rows.retain(|row| has_page_id(row) || !counts.contains_key(&stream(row)));
    }
    (before - rows.len()) as u64
}

/// To the minute.
fn moment(time_us: i64) -> String {
    let moment = jiff::Timestamp::from_microsecond(time_us);
    moment.map_or_else(|_| "no moment".to_owned(), |m| m.strftime("%Y-%m-%d %H:%M UTC").to_string())
}
