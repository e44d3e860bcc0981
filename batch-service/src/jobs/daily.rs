//! The daily job: a day, and before it the days that Google has written anew or that were missed.

use super::lease::{LeaseOptions, holding};
use super::parts::{PartOptions, run_part};
use super::run::{DayOptions, DaySummary, not_yet, run_day};
use super::shadow::Shadowed;
use super::{ExitKind, exit, exit_kind};
use crate::activation::report::UploadSummary;
use crate::fold::{Offsets, VISITOR_STATE};
use crate::ga4::Export;
use crate::monitor::Monitored;
use crate::place::Place;
use crate::progress::note;
use crate::release::Manifest;
use crate::scores;
use crate::shards::Shards;
use crate::stop;
use crate::warehouse::Fence;
use anyhow::Result;
use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp, ToSpan};
use serde::Serialize;
use std::collections::BTreeSet;

/// Google writes a day anew for up to three days.
pub const LOOK_BACK_DAYS: i32 = 3;
/// A table that is not there so many hours after the end of its day is a failure, unless configured otherwise.
pub const DEADLINE_HOURS: u32 = 36;
/// A day whose end is longer ago than this was asked for by a person: there is no deadline for its table.
const RECENT: SignedDuration = SignedDuration::from_hours(7 * 24);

/// The lease of all that writes to a warehouse.
fn lease_of(place: &Place) -> String {
    format!("leases/{}/writer.json", place.name)
}

/// How the job is done.
#[derive(Clone, Copy, Debug)]
pub struct DailyOptions {
    /// Write the day even if nothing has changed.
    pub force: bool,
    /// How the lease is held.
    pub lease: LeaseOptions,
    /// The visitors that this process works on.
    pub shards: Shards,
    /// A table that is not there so long after the end of its day is a failure.
    pub deadline: SignedDuration,
}

impl Default for DailyOptions {
    fn default() -> Self {
        Self {
            force: false,
            lease: LeaseOptions::default(),
            shards: Shards::ALL,
            deadline: SignedDuration::from_hours(i64::from(DEADLINE_HOURS)),
        }
    }
}

/// What the job did.
#[derive(Debug, Serialize)]
pub struct DailySummary {
    /// The day; absent when other processes are still at work on their parts of it.
    #[serde(flatten)]
    pub day: Option<DaySummary>,
    /// Days before it that were worked on, oldest first.
    pub earlier: Vec<DaySummary>,
    /// The release as it was signed again; absent when it is fresh enough, or cannot be signed here.
    pub release: Option<Manifest>,
    /// What went to Google Analytics; absent when nothing is to go there.
    pub upload: Option<UploadSummary>,
    /// What the monitor found; absent when the day is not done.
    pub monitored: Option<Monitored>,
    /// What the challengers' scores of the day are, which are kept apart; empty without a challenger.
    pub shadow: Vec<Shadowed>,
}

/// Works on a day, alone or on a part of its visitors. Days of the export before it that have changed, or that the
/// warehouse lacks, come first.
///
/// # Errors
/// Exit code 3 while the export does not have the day, until the deadline; otherwise as for `run_day`.
pub fn daily(place: &Place, export: &dyn Export, day: Date, options: DailyOptions) -> Result<DailySummary> {
    if !export.days().contains(&day) {
        let missing = Missing { day, oldest: oldest_missing(&export.days(), day) };
        return Err(missing.judged(&zone(place)?, options.deadline, Timestamp::now())?);
    }
    if options.shards.is_all() {
        return alone(place, options.lease, |fence| {
            let with = |options: DayOptions| DayOptions { fence: fence.clone(), ..options };
            days_to(place, export, day, options.force, |day, options, _| {
                run_day(place, export, day, with(options)).map(Some)
            })
        });
    }
    if options.force {
        let text =
            "a day that is split among processes cannot be forced: each of them would find the parts of the last time";
        return Err(exit(ExitKind::Usage, text));
    }
    days_to(place, export, day, false, |day, of_day, to_the_end| {
        let parts = PartOptions { shards: options.shards, lease: options.lease, to_the_end };
        run_part(place, export, day, &of_day, parts)
    })
}

/// Does `run` for the days before `day` that need it, and for `day`.
fn days_to(
    place: &Place,
    export: &dyn Export,
    day: Date,
    force: bool,
    mut run: impl FnMut(Date, DayOptions, bool) -> Result<Option<DaySummary>>,
) -> Result<DailySummary> {
    let mut earlier = Vec::new();
    let (folded, scored) = (days(place, VISITOR_STATE)?, days(place, scores::TABLE)?);
    for before in look_back(&export.days(), &folded, day)? {
        stop::check()?;
        let new = !folded.contains(&before);
        let score = new || scored.contains(&before);
        let options = DayOptions { score, whatever_models: true, ..DayOptions::default() };
        if let Some(done) = run(before, options, true)?.filter(|done| !done.unchanged) {
            let why = if new { "was missed" } else { "has changed" };
            note(format_args!("{before}: the export's table {why}; the day was worked on again"));
            earlier.push(done);
        }
    }
    let done = run(day, DayOptions { score: true, force, ..DayOptions::default() }, false)?;
    Ok(DailySummary { day: done, earlier, release: None, upload: None, monitored: None, shadow: Vec::new() })
}

/// Does `work` as the only writer of the warehouse.
///
/// # Errors
/// As for `holding`, and when a stopped writer's leftovers cannot be cleared up.
pub fn alone<T>(place: &Place, lease: LeaseOptions, work: impl FnOnce(&Fence) -> Result<T>) -> Result<T> {
    holding(&*place.shared, &lease_of(place), lease, |fence| {
        // A holder that died while we waited for it has left its work half done.
        place.warehouse.recover()?;
        work(fence)
    })
}

fn days(place: &Place, table: &str) -> Result<BTreeSet<Date>> {
    Ok(place.warehouse.partitions(table)?.into_iter().collect())
}

/// The days to look at before `day`, oldest first: those that Google may have written anew, and those since the
/// warehouse's last one. What is before the warehouse's first day stays out.
fn look_back(export: &BTreeSet<Date>, folded: &BTreeSet<Date>, day: Date) -> Result<Vec<Date>> {
    let Some(first) = folded.first().copied() else { return Ok(Vec::new()) };
    let back = day.checked_sub(LOOK_BACK_DAYS.days())?;
    let since = oldest_missing(folded, day);
    Ok(export.range(first.max(back.min(since)).min(day)..day).copied().collect())
}

/// The error of a run of `day` for which there is no export at all, with `error` as what was found. A warehouse that has
/// days has had an export: one that has gone is a failure after the deadline, too.
///
/// # Errors
/// When the warehouse cannot be read.
pub fn without_export(
    place: &Place,
    day: Date,
    deadline: SignedDuration,
    error: anyhow::Error,
) -> Result<anyhow::Error> {
    let folded = days(place, VISITOR_STATE)?;
    if folded.range(..day).next_back().is_none() {
        return Ok(error);
    }
    let missing = Missing { day, oldest: oldest_missing(&folded, day) };
    let judged = missing.judged(&zone(place)?, deadline, Timestamp::now())?;
    Ok(if exit_kind(&judged) == ExitKind::NotReady { error } else { judged })
}

fn zone(place: &Place) -> Result<Offsets> {
    Offsets::new(&place.site.profile.parts().time_zone)
}

/// The first day from which on there is none up to `day`.
fn oldest_missing(there: &BTreeSet<Date>, day: Date) -> Date {
    there.range(..day).next_back().map_or(day, |last| last.tomorrow().unwrap_or(day))
}

/// Days that the export does not have.
struct Missing {
    /// The day that is asked for, the last one of them.
    day: Date,
    oldest: Date,
}

impl Missing {
    /// The error: try again, or a failure. A job that runs every day asks for yesterday, which ended a few hours ago; so
    /// the deadline is that of the oldest one.
    fn judged(&self, zone: &Offsets, deadline: SignedDuration, now: Timestamp) -> Result<anyhow::Error> {
        let Self { day, oldest } = *self;
        let since_end = |day: Date| -> Result<SignedDuration> {
            Ok(now.duration_since(Timestamp::from_microsecond(zone.end_of(day)?.0)?))
        };
        let late = since_end(oldest)?;
        if late <= deadline || since_end(day)? >= RECENT {
            return Ok(not_yet(day));
        }
        let nor = if oldest < day { format!(", nor for any day from {oldest} on") } else { String::new() };
        let hours = late.as_hours();
        let text = format!(
            "the export has no table for {day}{nor}, {hours} hours after the end of {oldest}; is the export still on?"
        );
        Ok(exit(ExitKind::CheckFailed, text))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    #[test]
    fn changed_and_missed_days_come_first() {
        let set = |days: &[i8]| days.iter().map(|d| date(2021, 1, *d)).collect::<BTreeSet<_>>();
        let back = |export: &[i8], folded: &[i8], day: i8| -> Vec<i8> {
            look_back(&set(export), &set(folded), date(2021, 1, day)).unwrap().iter().map(|d| d.day()).collect()
        };
        let all: Vec<i8> = (1..=20).collect();
        assert_eq!(back(&all, &[], 10), Vec::<i8>::new(), "an empty warehouse is filled by a backfill");
        assert_eq!(back(&all, &[5, 6, 7, 8, 9], 10), [7, 8, 9]);
        assert_eq!(back(&all, &[9], 10), [9], "nothing before the first day");
        assert_eq!(back(&all, &[1, 2, 3], 10), [4, 5, 6, 7, 8, 9], "missed days");
        assert_eq!(back(&[1, 2, 3, 8, 10], &[1, 2, 3], 10), [8], "a gap of the export");
        assert_eq!(back(&all, &[5, 6, 7, 8, 9, 10, 11], 10), [7, 8, 9], "a day again");
        assert_eq!(back(&all, &[12], 10), Vec::<i8>::new(), "a day before all others");
    }

    #[test]
    fn the_deadline_is_that_of_the_oldest_day_that_is_missing() {
        let zone = Offsets::new("Europe/London").unwrap();
        let judge = |there: &[Date], day: Date, now: &str| {
            let missing = Missing { day, oldest: oldest_missing(&there.iter().copied().collect(), day) };
            let error = missing.judged(&zone, SignedDuration::from_hours(36), now.parse().unwrap()).unwrap();
            (exit_kind(&error), error.to_string())
        };
        // The job of every morning is about the day before.
        let (day, last) = (date(2026, 1, 20), date(2026, 1, 19));
        assert_eq!(judge(&[last], day, "2026-01-21T06:00:00Z").0, ExitKind::NotReady);
        assert_eq!(judge(&[last], day, "2026-01-22T12:00:00Z").0, ExitKind::NotReady, "36 hours");
        let (kind, text) = judge(&[last], day, "2026-01-22T12:00:01Z");
        assert_eq!(kind, ExitKind::CheckFailed);
        assert!(text.contains("for 2026-01-20, 36 hours after the end of 2026-01-20"), "{text}");
        let stopped = date(2026, 1, 10);
        let (kind, text) = judge(&[stopped], day, "2026-01-21T06:00:00Z");
        assert_eq!(kind, ExitKind::CheckFailed);
        assert!(text.contains("nor for any day from 2026-01-11 on, 222 hours after the end of 2026-01-11"), "{text}");
        // A day of long ago was asked for by a person, and before the first day there is nothing to miss.
        assert_eq!(judge(&[stopped], date(2026, 1, 11), "2026-01-21T06:00:00Z").0, ExitKind::NotReady);
        assert_eq!(judge(&[date(2026, 1, 25)], day, "2026-01-21T06:00:00Z").0, ExitKind::NotReady);
    }
}
