//! One upload: what is left of an earlier one, what has arrived of the last ones, then the plan of the day, batch by batch.

use super::arrival::{Arrival, Look, last_uploads};
use super::config::{Ga4Config, Way};
use super::consent::Denials;
use super::finish::{Finish, denials_up_to};
use super::journal::{Head, Journal, plan_rows};
use super::ledger::{self, Ledger, State};
use super::plan::{Asked, Counts, NotArrived, plan};
use super::report::UploadSummary;
use super::sender::{self, Tally};
use super::{Destination, Item, Names, destination, masked, sent_state};
use crate::failpoint;
use crate::ga4::Export;
use crate::jobs::{ExitKind, exit};
use crate::place::Place;
use crate::progress::note;
use crate::warehouse::Fence;
use anyhow::{Context, Result};
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use std::cmp::Ordering;
use std::time::Instant;

/// Requests that are shown.
const SAMPLES: usize = 3;
/// Rows that Google's own check is asked about.
const VALIDATED: usize = 100;

/// How an upload is done.
#[derive(Clone, Copy, Debug, Default)]
pub struct UploadOptions {
    /// Another destination than the configured one.
    pub way: Option<Way>,
    /// Only say what would be sent.
    pub dry_run: bool,
    /// Only ask Google's own check about it.
    pub validate: bool,
}

impl UploadOptions {
    /// Whether nothing is sent.
    #[must_use]
    pub fn only_looks(self) -> bool {
        self.dry_run || self.validate
    }
}

/// An upload of a day's scores.
pub struct Upload<'a> {
    place: &'a Place,
    config: &'a Ga4Config,
    export: Option<&'a dyn Export>,
    destination: Box<dyn Destination>,
    names: Names,
    sent_to: String,
    zone: TimeZone,
    day: Date,
    options: UploadOptions,
}

impl<'a> Upload<'a> {
    /// As configured. Without an export nothing is said about what has arrived.
    ///
    /// # Errors
    /// Exit code 2 when something is not configured that the destination needs.
    pub fn new(
        place: &'a Place,
        config: &'a Ga4Config,
        export: Option<&'a dyn Export>,
        day: Date,
        options: UploadOptions,
    ) -> Result<Self> {
        config.needed("property", config.property.as_deref())?;
        Self::to(place, config, export, day, options, destination(config, options.way)?)
    }

    /// The same with another destination.
    ///
    /// # Errors
    /// When the property's time zone is not known.
    pub fn to(
        place: &'a Place,
        config: &'a Ga4Config,
        export: Option<&'a dyn Export>,
        day: Date,
        options: UploadOptions,
        destination: Box<dyn Destination>,
    ) -> Result<Self> {
        let names = Names::of(config);
        let property = config.property.as_deref().unwrap_or_default();
        let sent_to = format!("{property}/{}/{}", names.score, names.band);
        let zone = TimeZone::get(&place.site.profile.parts().time_zone)?;
        Ok(Self { place, config, export, destination, names, sent_to, zone, day, options })
    }

    /// Says what would be sent, or what Google's own check says of it; nothing is written.
    ///
    /// # Errors
    /// When there are no scores of the day, or the check cannot be made.
    pub fn look(&self) -> Result<UploadSummary> {
        let start = Instant::now();
        self.check_order()?;
        let (before, denials) = self.known()?;
        let there = ledger::load(&*self.place.warehouse, self.day)?;
        let now = Timestamp::now();
        let (ledger, counts) = self.plan(now, before, &denials, &there)?;
        let planned = |row: &usize| ledger.entries()[*row].state == State::Planned;
        let rows: Vec<usize> = (0..ledger.len()).filter(planned).collect();
        let mut samples = Vec::new();
        for row in rows.iter().take(SAMPLES) {
            let item = ledger.item(*row).context("a row of the plan")?;
            let id = masked(item.client_id);
            samples.extend(self.destination.payloads(&[Item { client_id: &id, ..item }], now)?);
        }
        let complaints = match self.options.validate && !rows.is_empty() {
            true => {
                let most = self.destination.batch_rows().min(VALIDATED);
                let items: Vec<Item<'_>> = rows.iter().take(most).filter_map(|row| ledger.item(*row)).collect();
                Some(self.destination.validate(&items, now)?)
            }
            false => None,
        };
        let summary = self.summary(counts, Tally::default(), Vec::new(), start);
        Ok(UploadSummary { samples, complaints, ..summary })
    }

    /// Sends what has changed, as the only writer of the warehouse.
    ///
    /// # Errors
    /// When a batch was not received or nobody knows, or a table cannot be read or written. The same upload once more goes
    /// on where this one has stopped.
    pub fn send(&self, fence: &Fence) -> Result<UploadSummary> {
        let start = Instant::now();
        self.check_order()?;
        let shared = &*self.place.shared;
        let (mut tally, mut resumed) = (Tally::default(), false);
        if let Some(journal) = Journal::open(shared, &self.place.name)? {
            let day = journal.head.day;
            match day.cmp(&self.day) {
                Ordering::Equal => {
                    tally = self.go_on(journal, fence)?;
                    resumed = true;
                }
                Ordering::Less => {
                    note(format_args!("the upload of {day} has not ended; what is left of it is overtaken"));
                    let ledger = ledger::load(&*self.place.warehouse, day)?;
                    self.finish(day).end(ledger, journal, fence)?;
                }
                Ordering::Greater => {
                    let text = format!("the upload of {day} has not ended; scores of {} are older", self.day);
                    return Err(exit(ExitKind::Usage, text));
                }
            }
        }
        let looked = self.arrived(fence);
        let (before, denials) = self.known()?;
        let there = ledger::load(&*self.place.warehouse, self.day)?;
        let (planned, counts) = self.plan(Timestamp::now(), before, &denials, &there)?;
        if counts.planned > 0 {
            let more = self.begin(there, &planned, fence)?;
            tally = Tally {
                batches: tally.batches + more.batches,
                repeated: tally.repeated + more.repeated,
                sent: tally.sent + more.sent,
                refused: tally.refused + more.refused,
            };
        } else if before != Some(self.day) || !planned.is_empty() {
            // Nothing is sent; what is known of visitors is carried on.
            let ledger = there.with(&planned)?;
            self.finish(self.day).publish(&ledger, None, fence)?;
        }
        let arrival = looked.context("looking for what was sent before")?;
        Ok(UploadSummary { resumed, ..self.summary(counts, tally, arrival, start) })
    }

    /// A day before one that was sent would put older scores in the place of newer ones.
    fn check_order(&self) -> Result<()> {
        let last = self.place.warehouse.partitions(sent_state::TABLE)?.pop();
        match last.filter(|last| *last > self.day) {
            Some(last) => {
                let text = format!("scores of {last} were sent already; those of {} are older", self.day);
                Err(exit(ExitKind::Usage, text))
            }
            None => Ok(()),
        }
    }

    fn known(&self) -> Result<(Option<Date>, Denials)> {
        let warehouse = &*self.place.warehouse;
        let before = warehouse.partitions(sent_state::TABLE)?.into_iter().rfind(|day| *day <= self.day);
        Ok((before, denials_up_to(warehouse, before, self.day)?))
    }

    fn plan(
        &self,
        now: Timestamp,
        before: Option<Date>,
        denials: &Denials,
        there: &Ledger,
    ) -> Result<(Ledger, Counts)> {
        let warehouse = &*self.place.warehouse;
        let mut not_arrived = NotArrived::default();
        for day in last_uploads(warehouse, self.day)? {
            match day == self.day {
                true => not_arrived.add(day, there),
                false => not_arrived.add(day, &ledger::load(warehouse, day)?),
            }
        }
        let asked = Asked {
            day: self.day,
            target: &self.config.target,
            sent_to: &self.sent_to,
            destination: &*self.destination,
            now,
            before,
            not_arrived: &not_arrived,
            denials,
            there,
        };
        plan(warehouse, &asked)
    }

    fn arrived(&self, fence: &Fence) -> Result<Vec<Arrival>> {
        let look = Look {
            warehouse: &*self.place.warehouse,
            export: self.export,
            destination: &*self.destination,
            names: &self.names,
            zone: &self.zone,
            day: self.day,
        };
        look.look(fence)
    }

    /// Writes a plan into the table, and sends it.
    fn begin(&self, there: Ledger, planned: &Ledger, fence: &Fence) -> Result<Tally> {
        let ledger = there.with(planned)?;
        let planned_at = planned.entries().first().map_or(0, |entry| entry.planned_at);
        let (rows, sha256) = plan_rows(&ledger, planned_at);
        let content = ledger::stage(&*self.place.warehouse, self.day, &ledger)?;
        self.place.warehouse.publish(vec![content], fence)?;
        failpoint::at("upload.planned");
        let head = Head { day: self.day, planned_at, rows: rows.len(), sha256, closed: false };
        let journal = Journal::begin(&*self.place.shared, &self.place.name, head)?;
        self.send_rows(ledger, &rows, journal, fence)
    }

    /// Sends what is left of a plan that is in the table.
    fn go_on(&self, journal: Journal<'_>, fence: &Fence) -> Result<Tally> {
        let ledger = ledger::load(&*self.place.warehouse, self.day)?;
        let rows = journal.rows_of(&ledger)?;
        self.send_rows(ledger, &rows, journal, fence)
    }

    fn send_rows(&self, ledger: Ledger, rows: &[usize], mut journal: Journal<'_>, fence: &Fence) -> Result<Tally> {
        let tally = sender::send(&*self.destination, &ledger, rows, &mut journal, fence)?;
        self.finish(self.day).end(ledger, journal, fence)?;
        Ok(tally)
    }

    fn finish(&self, day: Date) -> Finish<'_> {
        let warehouse = &*self.place.warehouse;
        Finish { warehouse, day, target: &self.config.target, sent_to: &self.sent_to }
    }

    fn summary(&self, plan: Counts, sending: Tally, arrival: Vec<Arrival>, start: Instant) -> UploadSummary {
        UploadSummary {
            date: self.day.to_string(),
            destination: self.destination.way().as_str(),
            dry_run: self.options.only_looks(),
            resumed: false,
            plan,
            sending,
            arrival,
            samples: Vec::new(),
            complaints: None,
            seconds: start.elapsed().as_secs_f64(),
        }
    }
}
