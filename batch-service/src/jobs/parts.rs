//! A day's work split among processes: each computes its part of the visitors and hands it in; whoever finds all parts
//! there puts them together and publishes the day. The result is the same, byte for byte, as that of one process.
//!
//! Each process finds out by itself what the day is made of, and inputs may change between two of them. So whoever sees
//! that another one of the day has seen other inputs looks again, and works on what is missing in its place: the day is
//! published by the last to end, and never by nobody.

mod collect;

use super::daily::alone;
use super::lease::{LeaseOptions, holding};
use super::ledger::RunRecord;
use super::run::{Computed, DayOptions, DaySummary, Prepared, billed, compute, last_done, located, prepare, publish};
use super::steps::Clock;
use super::{ExitKind, exit};
use crate::failpoint;
use crate::fingerprint;
use crate::fold::FoldCounts;
use crate::ga4::{Export, ReadReport};
use crate::place::Place;
use crate::progress::{note, warning};
use crate::shards::Shards;
use crate::stop;
use anyhow::{Context, Result};
use collect::collect;
use jiff::ToSpan;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::time::{Duration, Instant};

/// Parts of so many days before the one that is published are kept: somebody may still be at work on them.
const KEPT_DAYS: i32 = 3;
/// How often to look whether the others are done.
const LOOK_EVERY: Duration = Duration::from_secs(2);

/// A part that was handed in.
#[derive(Debug, Serialize, Deserialize)]
struct Part {
    /// Its Parquet file by table: the object's name and its SHA-256.
    files: BTreeMap<String, (String, String)>,
    fold: FoldCounts,
    read: ReadReport,
}

/// The parts of a day that belong together: of the same inputs.
struct Set {
    /// What all sets of the day are below.
    day: String,
    run_id: String,
    of: u32,
}

impl Set {
    fn of(place: &Place, prepared: &Prepared, of: u32) -> Self {
        let day = format!("parts/{}/{}", place.name, prepared.day);
        Self { day, run_id: prepared.record.run_id.clone(), of }
    }

    fn folder(&self) -> String {
        format!("{}/{}/{}", self.day, self.run_id, self.of)
    }

    /// The object that says that a part is there.
    fn name(&self, index: u32) -> String {
        format!("{}/{index}.json", self.folder())
    }

    fn missing(&self, place: &Place) -> Result<Vec<u32>> {
        let there = place.shared.list(&self.folder())?;
        Ok((0..self.of).filter(|index| !there.contains(&format!("{index}.json"))).collect())
    }

    /// Whether others may have worked on the day with other inputs, and have gone.
    fn is_not_the_only_one(&self, place: &Place, day: Date) -> Result<bool> {
        let others = place.shared.list(&self.day)?.iter().any(|run_id| *run_id != self.run_id);
        Ok(others || last_done(place, day)?.is_some())
    }
}

/// How the parts of a day come together.
#[derive(Clone, Copy, Debug)]
pub struct PartOptions {
    /// The part of this process.
    pub shards: Shards,
    /// How leases are held.
    pub lease: LeaseOptions,
    /// Whether to wait until the day is published, for the next one needs it.
    pub to_the_end: bool,
}

/// How an attempt at a part ended.
enum Ended {
    /// The day is published.
    Published(Box<DaySummary>),
    /// The part is handed in, and others are still at work or yet to begin.
    HandedIn,
    /// The day is made of other inputs by now.
    Outdated,
}

/// Works on a part of a day, and publishes the day if it was the last part. `None` when others are still at work.
///
/// # Errors
/// As for `run_day`; exit code 3 when the others do not end in time.
pub fn run_part(
    place: &Place,
    export: &dyn Export,
    day: Date,
    options: &DayOptions,
    parts: PartOptions,
) -> Result<Option<DaySummary>> {
    let mut clock = Clock::new(day);
    located(options.score, &mut clock, |clock| {
        let (start, billed) = (Instant::now(), billed(place, export));
        loop {
            match (Task { place, export, day, options, parts, start, billed }).attempt(clock)? {
                Ended::Published(summary) => return Ok(Some(*summary)),
                Ended::HandedIn => return Ok(None),
                Ended::Outdated => note(format_args!("{day}: what the day is made of has changed; beginning again")),
            }
        }
    })
}

/// What a process has to do.
struct Task<'a> {
    place: &'a Place,
    export: &'a dyn Export,
    day: Date,
    options: &'a DayOptions,
    parts: PartOptions,
    start: Instant,
    /// Bytes billed before it began.
    billed: Option<u64>,
}

impl Task<'_> {
    fn attempt(&self, clock: &mut Clock) -> Result<Ended> {
        let Self { place, parts, .. } = self;
        let mut prepared = self.prepare(clock)?;
        if let Some(done) = prepared.done_before(place, self.options)? {
            return Ok(unchanged(done));
        }
        let set = Set::of(place, &prepared, parts.shards.parts());
        self.part(&mut prepared, &set, parts.shards, clock)?;
        loop {
            stop::check()?;
            if let Some(done) = prepared.done_before(place, self.options)? {
                return Ok(unchanged(done));
            }
            let missing = set.missing(place)?;
            if missing.is_empty() {
                return self.put_together(&set, clock);
            }
            let alike = !set.is_not_the_only_one(place, self.day)?;
            if !alike {
                if self.prepare(clock)?.record.run_id != set.run_id {
                    return Ok(Ended::Outdated);
                }
                // Whoever is at work on one of them is waited for, and has handed it in then.
                for index in missing {
                    self.part(&mut prepared, &set, Shards::new(index, set.of)?, clock)?;
                }
                continue;
            }
            if !parts.to_the_end {
                return Ok(Ended::HandedIn);
            }
            if self.start.elapsed() > parts.lease.wait {
                let (day, of, there) = (self.day, set.of, set.of as usize - missing.len());
                let text = format!("{day}: {there} of {of} parts are there after {} s", parts.lease.wait.as_secs());
                return Err(exit(ExitKind::NotReady, text));
            }
            std::thread::sleep(LOOK_EVERY);
        }
    }

    fn prepare(&self, clock: &mut Clock) -> Result<Prepared> {
        prepare(self.place, self.export, self.day, self.options, self.billed, clock)
    }

    /// Sees to it that a part is there. Of two processes with the same part one works, and the other finds its result.
    fn part(&self, prepared: &mut Prepared, set: &Set, shards: Shards, clock: &mut Clock) -> Result<()> {
        let (place, index) = (self.place, shards.index());
        let lease = format!("leases/{}/part-{index}-of-{}.json", place.name, set.of);
        holding(&*place.shared, &lease, self.parts.lease, |_| {
            if place.shared.get(&set.name(index))?.is_some() {
                return Ok(());
            }
            let worked = compute(place, self.export, prepared, shards, clock).and_then(|computed| {
                clock.begin("hand_in")?;
                hand_in(place, set, index, computed)
            });
            worked.map_err(|error| prepared.failed(place, self.export, clock, error))
        })
    }

    /// Puts all parts together and publishes the day, unless another process has done so by the time it is our turn.
    fn put_together(&self, set: &Set, clock: &mut Clock) -> Result<Ended> {
        let place = self.place;
        alone(place, self.parts.lease, |fence| {
            let mut prepared = self.prepare(clock)?;
            if let Some(done) = prepared.done_before(place, self.options)? {
                return Ok(unchanged(done));
            }
            if prepared.record.run_id != set.run_id {
                return Ok(Ended::Outdated);
            }
            let collected = collect(place, &mut prepared, set, clock);
            let computed = collected.and_then(|computed| self.whole(computed, &mut prepared, clock));
            let worked = computed.and_then(|computed| publish(place, computed, fence, clock));
            let (fold, read) = prepared.recorded(place, self.export, clock, worked)?;
            if let Err(error) = forget_old(place, self.day) {
                note(format_args!("clearing up parts of days before {}: {error:#}", self.day));
            }
            let summary = DaySummary { run: prepared.record, fold: Some(fold), read: Some(read), unchanged: false };
            Ok(Ended::Published(Box::new(summary)))
        })
    }

    /// The parts of a day, or all of it read by this process where they do not have as many rows together as its table.
    fn whole(&self, parts: Computed, prepared: &mut Prepared, clock: &mut Clock) -> Result<Computed> {
        let (found, day) = (parts.read.rows, self.day);
        match self.export.rows(day)? {
            Some(rows) if rows != found => {
                warning(format_args!(
                    "{day}: its parts have {found} rows, its table has {rows}; reading all of it again"
                ));
                drop(parts);
                compute(self.place, self.export, prepared, Shards::ALL, clock)
            }
            _ => Ok(parts),
        }
    }
}

/// Removes the parts of days that were published long ago.
fn forget_old(place: &Place, day: Date) -> Result<()> {
    let all = format!("parts/{}", place.name);
    let first = day.checked_sub(KEPT_DAYS.days())?;
    for name in place.shared.list(&all)? {
        if name.parse::<Date>().is_ok_and(|old| old < first) {
            place.shared.forget(&format!("{all}/{name}"))?;
        }
    }
    Ok(())
}

fn unchanged(done: RunRecord) -> Ended {
    Ended::Published(Box::new(DaySummary::of_unchanged(done)))
}

/// Uploads a part; what names it comes last.
fn hand_in(place: &Place, set: &Set, index: u32, computed: Computed) -> Result<()> {
    let mut files = BTreeMap::new();
    for content in &computed.contents {
        for path in content.staged() {
            let bytes = std::fs::read(&path).with_context(|| path.display().to_string())?;
            let sha256 = fingerprint::sha256(&bytes);
            // Named by its content: one who has read other rows and died must not stand in the way.
            let name = format!("{}/{index}/{}-{sha256}.parquet", set.folder(), content.table());
            place.shared.put_new(&name, &bytes)?;
            files.insert(content.table().to_owned(), (name, sha256));
            failpoint::at("hand_in.middle");
        }
    }
    let part = Part { files, fold: computed.fold, read: computed.read };
    place.shared.put_new(&set.name(index), &serde_json::to_vec(&part)?)?;
    failpoint::at("hand_in.after");
    Ok(())
}

#[cfg(test)]
mod tests;
