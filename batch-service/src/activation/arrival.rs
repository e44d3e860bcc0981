//! Proof of arrival: what was sent is looked for in the export of the day on which it was sent.
//!
//! A destination's "received" says nothing: Google Analytics drops what it does not like without a word. A row is seen
//! when an event of its visitor has both user properties as they were sent, and missing when the export of its day is
//! there and no event has.

use super::ledger::{Ledger, State};
use super::outcome;
use super::plan::hash;
use super::{Bucket, Destination, Names, ledger};
use crate::ga4::{EchoNames, Export};
use crate::warehouse::{Fence, Warehouse};
use anyhow::{Context, Result};
use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

/// Days of uploads that are looked at again.
pub const LOOK_BACK_DAYS: i32 = 7;
/// Google writes a day anew for up to so many days: until then, missing rows may turn up.
const REWRITTEN_DAYS: i32 = 3;
/// What is sent at the end of a day may be taken on the next one.
const UNDER_WAY_US: i64 = 600_000_000;
/// The share of what was sent that has to be seen.
pub const LEAST_SEEN: f64 = 0.95;

/// How far the rows of an upload have come.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Arrival {
    /// The day of the upload, `YYYY-MM-DD`.
    pub day: String,
    /// Rows by state: `planned`, `sending`, `sent`, `seen`, `missing`, `refused`; `sent` are those that are yet to be seen.
    pub rows: BTreeMap<&'static str, u64>,
    /// Requests by what the destination says of them.
    pub requests: BTreeMap<String, u64>,
    /// Seen of those that should have been; absent while there is no export that tells.
    pub seen_share: Option<f64>,
    /// Too few were seen, and the export may still be compared.
    pub alarm: bool,
}

/// The days of the last uploads up to `day`.
pub(super) fn last_uploads(warehouse: &dyn Warehouse, day: Date) -> Result<Vec<Date>> {
    let oldest = day.checked_sub(LOOK_BACK_DAYS.days())?;
    let days = warehouse.partitions(ledger::TABLE)?;
    Ok(days.into_iter().filter(|of| (oldest..=day).contains(of)).collect())
}

/// What is looked at, and with what.
pub(super) struct Look<'a> {
    pub warehouse: &'a dyn Warehouse,
    /// None: only what destinations say.
    pub export: Option<&'a dyn Export>,
    pub destination: &'a dyn Destination,
    pub names: &'a Names,
    /// Day boundaries of the export.
    pub zone: &'a TimeZone,
    /// The day of the upload; earlier ones are looked at, and this one.
    pub day: Date,
}

/// Rows of a day that may be found in the export.
struct Open {
    day: Date,
    ledger: Ledger,
    changed: bool,
    /// The export that would have decided most of it.
    due: Option<Date>,
}

impl Look<'_> {
    /// Looks at the uploads of the last days; writes what has changed.
    ///
    /// # Errors
    /// When a table or the export cannot be read, or writing fails.
    pub fn look(&self, fence: &Fence) -> Result<Vec<Arrival>> {
        let mut open = Vec::new();
        for day in last_uploads(self.warehouse, self.day)? {
            let ledger = ledger::load(self.warehouse, day)?;
            open.push(Open { day, ledger, changed: false, due: None });
        }
        for one in &mut open {
            one.changed |= outcome::ask(self.destination, &mut one.ledger);
        }
        let there = self.export.map(Export::days).unwrap_or_default();
        if let Some(export) = self.export {
            self.search(export, &there, &mut open)?;
        }
        let newest = there.last().copied();
        let mut arrivals = Vec::new();
        for one in open {
            if one.changed {
                let content = ledger::stage(self.warehouse, one.day, &one.ledger)?;
                self.warehouse.publish(vec![content], fence)?;
            }
            arrivals.push(arrival(&one, newest)?);
        }
        Ok(arrivals)
    }

    /// The days whose export may have a row that was sent then.
    fn days_of(&self, sent_at: i64) -> Result<(Date, Date)> {
        let day = |us: i64| -> Result<Date> { Ok(Timestamp::from_microsecond(us)?.to_zoned(self.zone.clone()).date()) };
        Ok((day(sent_at)?, day(sent_at.saturating_add(UNDER_WAY_US))?))
    }

    fn search(&self, export: &dyn Export, there: &BTreeSet<Date>, open: &mut [Open]) -> Result<()> {
        // Visitor, upload, row: looked up by the first.
        let mut wanted: Vec<(u64, u32, u32)> = Vec::new();
        let mut needed = BTreeSet::new();
        let mut days_by_moment: BTreeMap<i64, (Date, Date)> = BTreeMap::new();
        for (number, one) in open.iter_mut().enumerate() {
            for (row, entry) in one.ledger.entries().iter().enumerate() {
                if !matches!(entry.state, State::Sent | State::Missing | State::Sending) || entry.sent_at == 0 {
                    continue;
                }
                let (first, last) = match days_by_moment.get(&entry.sent_at) {
                    Some(days) => *days,
                    None => *days_by_moment.entry(entry.sent_at).or_insert(self.days_of(entry.sent_at)?),
                };
                one.due = one.due.max(Some(last));
                // A value that comes with the next visit may come on any day.
                let last = if self.destination.echoes() { last } else { there.last().copied().unwrap_or(last) };
                needed.extend(there.range(first..=last.max(first)).copied());
                wanted.push((hash(one.ledger.user(row)), u32::try_from(number)?, u32::try_from(row)?));
            }
        }
        wanted.sort_unstable();
        let mut seen: Vec<(u32, u32)> = Vec::new();
        let names = EchoNames { event: self.names.event, score: &self.names.score, band: &self.names.band };
        for day in needed {
            let mut found = Vec::new();
            let mut each = |echo: &crate::ga4::Echo<'_>| {
                let (Some(bucket), Some(band)) = (echo.score.and_then(Bucket::parse), echo.band.and_then(super::band))
                else {
                    return;
                };
                let of = hash(echo.user);
                let from = wanted.partition_point(|(user, ..)| *user < of);
                for (_, number, row) in wanted[from..].iter().take_while(|(user, ..)| *user == of) {
                    let Some(entry) = open.get(*number as usize).map(|one| one.ledger.entries()[*row as usize]) else {
                        continue;
                    };
                    let days = days_by_moment.get(&entry.sent_at);
                    let in_time =
                        days.is_some_and(|(first, last)| *first <= day && (day <= *last || !self.destination.echoes()));
                    if in_time && entry.bucket == bucket && entry.band == band {
                        found.push((*number, *row));
                    }
                }
            };
            export.echoes(day, &names, &mut each).with_context(|| format!("looking for our events of {day}"))?;
            found.sort_unstable();
            found.dedup();
            seen.append(&mut found);
        }
        let now = Timestamp::now().as_microsecond();
        for (number, row) in seen {
            let Some(one) = open.get_mut(number as usize) else { continue };
            one.changed = true;
            let none = one.ledger.word("");
            let entry = &mut one.ledger.entries_mut()[row as usize];
            (entry.state, entry.seen_at, entry.reason) = (State::Seen, now, none);
        }
        if !self.destination.echoes() {
            return Ok(());
        }
        for one in open {
            for row in 0..one.ledger.len() {
                let entry = one.ledger.entries()[row];
                let Some((first, last)) = days_by_moment.get(&entry.sent_at).filter(|_| entry.state == State::Sent)
                else {
                    continue;
                };
                if there.contains(first) && there.contains(last) {
                    let reason = one.ledger.word(&format!("not in the export of {first}"));
                    let entry = &mut one.ledger.entries_mut()[row];
                    (entry.state, entry.reason) = (State::Missing, reason);
                    one.changed = true;
                }
            }
        }
        Ok(())
    }
}

fn arrival(one: &Open, newest: Option<Date>) -> Result<Arrival> {
    let counts = one.ledger.counts();
    let rows: BTreeMap<&str, u64> =
        State::ALL.into_iter().map(|state| (state.as_str(), counts[state as usize])).collect();
    let (seen, missing) = (counts[State::Seen as usize], counts[State::Missing as usize]);
    let decided = seen + missing;
    let seen_share = (decided > 0).then(|| seen as f64 / decided as f64);
    let compared = match (one.due, newest) {
        (Some(due), Some(newest)) => newest <= due.checked_add(REWRITTEN_DAYS.days())?,
        _ => false,
    };
    let alarm = compared && seen_share.is_some_and(|share| share < LEAST_SEEN);
    let mut statuses = BTreeMap::new();
    let mut asked = BTreeSet::new();
    for entry in one.ledger.entries() {
        let status = one.ledger.text(entry.request_status);
        if !status.is_empty() && asked.insert(entry.request_id.number()) {
            *statuses.entry(status.to_owned()).or_default() += 1;
        }
    }
    Ok(Arrival { day: one.day.to_string(), rows, requests: statuses, seen_share, alarm })
}
