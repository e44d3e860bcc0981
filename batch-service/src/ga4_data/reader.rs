//! Reads days one after the other: steps over what is done, waits or stops when a quota ends, keeps each day as a whole.

use super::baseline::{self, Grouping};
use super::clients::{self, ClientDay};
use super::days::{self, DayRow};
use super::flags::{self, Flag, joined};
use super::history::{FlaggedDay, HistoryOptions, HistorySummary};
use super::pages::{self, Source, Whole};
use super::quota::{Exhausted, Pace, Span};
use super::report::Query;
use crate::activation::config::Ga4Config;
use crate::fold::Offsets;
use crate::jobs::daily::LOOK_BACK_DAYS;
use crate::jobs::{ExitKind, exit};
use crate::place::Place;
use crate::progress;
use crate::stop;
use crate::warehouse::{Fence, Warehouse};
use anyhow::{Context, Result};
use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use std::collections::BTreeSet;
use std::time::Duration;

/// So often in a row an hour's quota is waited for.
const MOST_HOURS: u32 = 2;

/// Reads days of a property.
pub(super) struct Reader<'a> {
    pub place: &'a Place,
    pub config: &'a Ga4Config,
    pub property: &'a str,
    pub source: &'a dyn Source,
    pub query: Option<Query>,
    pub pace: Pace,
    pub options: &'a HistoryOptions<'a>,
}

impl Reader<'_> {
    pub(super) fn read(&mut self, days: &[Date]) -> Result<HistorySummary> {
        let mut summary = HistorySummary { property: self.property.to_owned(), ..HistorySummary::default() };
        let bar = progress::bar(days.len() as u64, "history");
        for (done, day) in days.iter().enumerate() {
            stop::check()?;
            bar.set_message(day.to_string());
            let row = match self.kept(*day)? {
                Some(row) => {
                    summary.days_unchanged += 1;
                    row
                }
                None => match self.day_in_time(*day) {
                    Ok(row) => {
                        summary.count(&row);
                        row
                    }
                    Err(error) => match error.downcast_ref::<Exhausted>() {
                        Some(exhausted) => {
                            summary.stopped = Some(exhausted.why.clone());
                            for day in &days[done..] {
                                summary.days_left += u64::from(self.kept(*day)?.is_none());
                            }
                            break;
                        }
                        None => return Err(error.context(format!("{day}; run it again to go on from there"))),
                    },
                },
            };
            let (flags, baseline_flags) =
                (flags::parted(row.flags.as_ref()), flags::parted(row.baseline_flags.as_ref()));
            if !flags.is_empty() || !baseline_flags.is_empty() {
                summary.flagged.push(FlaggedDay { date: day.to_string(), flags, baseline_flags });
            }
            bar.inc(1);
        }
        bar.finish_and_clear();
        summary.flagged.reverse();
        summary.tokens = self.pace.spent;
        summary.tokens_left = self.pace.left_of_day();
        Ok(summary)
    }

    /// What is there of a day, if it was read in the same way and will change no more.
    fn kept(&self, day: Date) -> Result<Option<DayRow>> {
        if self.options.again {
            return Ok(None);
        }
        let Some(row) = days::load(&*self.place.warehouse, day)? else { return Ok(None) };
        let same = row.property == self.property
            && row.client_id_dimension == self.config.client_id_dimension
            && row.session_id_dimension == self.config.session_id_dimension;
        // Events may come in for some days after their own.
        let (end_us, _) = Offsets::new(&self.place.site.profile.parts().time_zone)?.end_of(day)?;
        let ripe = end_us + i64::from(LOOK_BACK_DAYS) * 86_400_000_000;
        Ok(Some(row).filter(|row| same && row.read_at_us >= ripe))
    }

    /// Reads a day, waiting for an hour's quota if that is wanted.
    fn day_in_time(&mut self, day: Date) -> Result<DayRow> {
        for waited in 0.. {
            let error = match self.day(day) {
                Ok(row) => return Ok(row),
                Err(error) => error,
            };
            let of_hour = error.downcast_ref::<Exhausted>().is_some_and(|exhausted| exhausted.span == Span::Hour);
            if !of_hour || !self.options.wait || waited >= MOST_HOURS {
                return Err(error);
            }
            let wait = to_next_hour((self.options.now)());
            progress::note(format_args!("{day}: {error:#}; going on in {} minutes", wait.as_secs().div_ceil(60)));
            (self.options.sleep)(wait)?;
            self.pace.new_hour();
        }
        Err(anyhow::anyhow!("{day} was not read"))
    }

    fn day(&mut self, day: Date) -> Result<DayRow> {
        let by_client = match &self.query {
            Some(query) => Some(self.whole(query.clone(), day)?),
            None => None,
        };
        let aggregates = Grouping::ALL.map(|grouping| self.whole(grouping.query(), day));
        let aggregates = aggregates.into_iter().collect::<Result<Vec<_>>>()?;
        let read_at_us = (self.options.now)().as_microsecond();
        let mut row = DayRow { property: self.property.to_owned(), read_at_us, ..DayRow::default() };
        row.client_id_dimension.clone_from(&self.config.client_id_dimension);
        row.session_id_dimension.clone_from(&self.config.session_id_dimension);
        let first = by_client.as_ref().or(aggregates.first());
        let metadata = first.map(|report| report.metadata.clone()).unwrap_or_default();
        row.sampling = metadata.sampling_metadatas.first().map(|of| {
            let number = |n: u64| i64::try_from(n).unwrap_or(i64::MAX);
            (number(of.samples_read_count), number(of.sampling_space_size))
        });
        let zone = self.zone(&metadata.time_zone)?;
        row.time_zone = Some(metadata.time_zone).filter(|zone| !zone.is_empty());
        let flags = by_client.as_ref().map(|report| report.flags.clone()).unwrap_or_default();
        let clients = by_client.map(|report| clients::rows(report, &zone, day)).transpose()?.unwrap_or_default();
        row.flags = joined(&flags);
        row.baseline_flags = joined(&baseline::flags(&aggregates));
        self.judge(&mut row, &clients);
        self.publish(day, &row, &clients, &flags, &aggregates)?;
        Ok(row)
    }

    fn whole(&mut self, query: Query, day: Date) -> Result<Whole> {
        pages::read(self.source, &query, day, self.options.page_rows, &mut self.pace)
    }

    /// The property's zone; the days and hours of the warehouse are those of the profile's.
    fn zone(&self, name: &str) -> Result<TimeZone> {
        let of_profile = &self.place.site.profile.parts().time_zone;
        if name.is_empty() {
            return Ok(TimeZone::get(of_profile)?);
        }
        if name != of_profile {
            let text = format!(
                "the property's time zone is {name}, that of the site profile {of_profile}; days would be cut at different \
                 moments. Set `time_zone` in the profile: docs/PROFILE.md"
            );
            return Err(exit(ExitKind::Usage, text));
        }
        TimeZone::get(name).with_context(|| format!("time zone {name} of the property"))
    }

    fn judge(&self, row: &mut DayRow, clients: &ClientDay) {
        row.report_rows = clients.rows.len() as i64;
        row.events = clients.events;
        row.events_with_client = clients.with_client;
        row.fingerprint.clone_from(&clients.fingerprint);
        // Before the dimension was registered, and without consent, nobody has a client id.
        let by_client = clients.with_client > 0;
        row.form = if by_client { "clients" } else { "aggregates" }.to_owned();
        row.usable = by_client && row.flags.is_none();
    }

    fn publish(
        &self,
        day: Date,
        row: &DayRow,
        clients: &ClientDay,
        flags: &BTreeSet<Flag>,
        aggregates: &[Whole],
    ) -> Result<()> {
        let warehouse: &dyn Warehouse = &*self.place.warehouse;
        let profile = &self.place.site.profile;
        let mut baseline = Vec::new();
        for (grouping, report) in Grouping::ALL.into_iter().zip(aggregates) {
            baseline.extend(baseline::rows(grouping, report, profile, day)?);
        }
        let contents = vec![
            clients::stage(warehouse, day, &clients.rows, flags)?,
            baseline::stage(warehouse, day, &baseline)?,
            // Last: without it the day counts as not read.
            days::stage(warehouse, day, row)?,
        ];
        warehouse.publish(contents, &Fence::none()).with_context(|| format!("writing the history of {day}"))
    }
}

/// From a moment to a little after the next full hour of UTC, when hourly quotas have begun anew.
fn to_next_hour(now: Timestamp) -> Duration {
    let left = SignedDuration::from_secs(3_660 - now.as_second().rem_euclid(3_600));
    left.unsigned_abs()
}
