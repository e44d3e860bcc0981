//! Inputs that change between the processes of a day.

use super::*;
use crate::config::CloudConfig;
use crate::events::rules::Kind;
use crate::events::{CleanEvents, DayBuilder, RawRow, date_number};
use crate::fold::VISITOR_STATE;
use crate::ga4::{Echo, EchoNames};
use crate::jobs::exit_kind;
use crate::jobs::run::run_day;
use crate::profile::SiteProfile;
use crate::warehouse::events_clean;
use crate::warehouse::scratch::Scratch;
use jiff::civil::date;
use std::collections::BTreeSet;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

const DAY: Date = date(2026, 11, 20);
const USERS: u32 = 40;
/// A version of which a part is read with a row too few.
const CUT_SHORT: u32 = 50;
/// For every time that it is read.
const BILLED: u64 = 10;

/// One day, written anew whenever the test says so.
#[derive(Debug)]
struct Rewritten {
    version: Mutex<u32>,
    /// How often it was read.
    reads: AtomicU64,
}

impl Rewritten {
    fn new(version: u32) -> Self {
        Self { version: Mutex::new(version), reads: AtomicU64::new(0) }
    }

    fn version(&self) -> u32 {
        *self.version.lock().unwrap()
    }

    fn becomes(&self, version: u32) {
        *self.version.lock().unwrap() = version;
    }
}

impl Export for Rewritten {
    fn echoes(&self, _: Date, _: &EchoNames<'_>, _: &mut dyn FnMut(&Echo<'_>)) -> Result<()> {
        Ok(())
    }

    fn days(&self) -> BTreeSet<Date> {
        [DAY].into()
    }

    fn fingerprint(&self, _: Date) -> Result<Option<String>> {
        Ok(Some(format!("version {}", self.version())))
    }

    fn rows(&self, _: Date) -> Result<Option<u64>> {
        Ok(Some(u64::from(USERS * (self.version() + 1))))
    }

    fn billed(&self) -> Option<u64> {
        Some(BILLED * self.reads.load(Ordering::Relaxed))
    }

    fn read(&self, day: Date, shards: Shards) -> Result<(CleanEvents, ReadReport)> {
        self.reads.fetch_add(1, Ordering::Relaxed);
        let version = self.version();
        anyhow::ensure!(version < 100, "the table is broken");
        let noon = day.at(12, 0, 0, 0).to_zoned(jiff::tz::TimeZone::UTC)?.timestamp().as_microsecond();
        let mut builder = DayBuilder::new(day);
        let users: Vec<String> = (0..USERS).map(|n| format!("{n}.7")).collect();
        for (number, user) in users.iter().filter(|user| shards.contain(user)).enumerate() {
            // A stream that ends too early, and says that all is well.
            let last = if version == CUT_SHORT && !shards.is_all() && number == 0 { version - 1 } else { version };
            for second in 0..=i64::from(last) {
                let (user, name) = (builder.text(Kind::Plain, user), builder.text(Kind::Plain, "page_view"));
                let time_us = noon + second * 1_000_000;
                let row = RawRow { user, name, time_us, date: date_number(day), fingerprint: 1, ..RawRow::EMPTY };
                builder.push(&row, ("table", number as u64));
            }
        }
        let rows = builder.seen();
        let (events, dropped) = builder.finish();
        let report = ReadReport::of(day, Vec::new(), rows, &events, dropped);
        Ok((events, report))
    }
}

fn place(scratch: &Scratch) -> Place {
    Place::open(scratch.path(), None, None, &CloudConfig::default(), || SiteProfile::load("ga4-default")).unwrap()
}

fn options(index: u32, of: u32, to_the_end: bool) -> PartOptions {
    let lease = LeaseOptions { held_for: Duration::from_secs(5), wait: Duration::from_secs(30) };
    PartOptions { shards: Shards::new(index, of).unwrap(), lease, to_the_end }
}

fn part(place: &Place, export: &Rewritten, index: u32, of: u32) -> Result<Option<DaySummary>> {
    run_part(place, export, DAY, &DayOptions { score: true, ..DayOptions::default() }, options(index, of, false))
}

/// The bytes of the day's tables.
fn tables(place: &Place) -> Vec<Vec<u8>> {
    let files =
        [events_clean::TABLE, VISITOR_STATE].map(|table| place.warehouse.files(table, DAY, Shards::ALL).unwrap());
    files.iter().flatten().map(|path| std::fs::read(path).unwrap()).collect()
}

/// What one process makes of a version.
fn whole(version: u32) -> Vec<Vec<u8>> {
    let scratch = Scratch::new();
    let place = place(&scratch);
    run_day(&place, &Rewritten::new(version), DAY, DayOptions { score: true, ..DayOptions::default() }).unwrap();
    let tables = tables(&place);
    assert_eq!(tables.len(), 2);
    tables
}

#[test]
fn the_last_of_like_inputs_publishes() {
    let (scratch, export) = (Scratch::new(), Rewritten::new(1));
    let place = place(&scratch);
    for index in [2, 0] {
        assert!(part(&place, &export, index, 3).unwrap().is_none());
    }
    assert!(tables(&place).is_empty());
    let last = part(&place, &export, 1, 3).unwrap().unwrap();
    assert!(!last.unchanged);
    assert_eq!(last.run.bytes_billed, Some(BILLED), "its own part, and not those of the others");
    assert_eq!(tables(&place), whole(1));
    assert!(part(&place, &export, 0, 3).unwrap().unwrap().unchanged);
}

#[test]
fn a_day_written_anew_between_the_parts_is_published_by_the_last() {
    let (scratch, export) = (Scratch::new(), Rewritten::new(1));
    let place = place(&scratch);
    assert!(part(&place, &export, 0, 3).unwrap().is_none());
    export.becomes(2);
    // The first one has gone with other inputs, the third one may never come.
    assert!(!part(&place, &export, 1, 3).unwrap().unwrap().unchanged);
    assert_eq!(tables(&place), whole(2));
    assert!(part(&place, &export, 2, 3).unwrap().unwrap().unchanged);
    // One has found the day done and gone before it is written anew.
    export.becomes(3);
    assert!(!part(&place, &export, 1, 3).unwrap().unwrap().unchanged);
    assert_eq!(tables(&place), whole(3));
}

#[test]
fn a_part_that_was_cut_short_does_not_make_the_day() {
    let (scratch, export) = (Scratch::new(), Rewritten::new(CUT_SHORT));
    let place = place(&scratch);
    assert!(part(&place, &export, 0, 2).unwrap().is_none());
    let summary = part(&place, &export, 1, 2).unwrap().unwrap();
    assert_eq!(summary.run.events, u64::from(USERS * (CUT_SHORT + 1)));
    assert_eq!(summary.run.bytes_billed, Some(2 * BILLED));
    assert_eq!(tables(&place), whole(CUT_SHORT));
}

#[test]
fn parts_of_days_long_ago_go() {
    let (scratch, export) = (Scratch::new(), Rewritten::new(1));
    let place = place(&scratch);
    for day in ["2026-10-01", "2026-11-16", "2026-11-17"] {
        place.shared.put(&format!("parts/folder/{day}/run/2/0.json"), b"{}").unwrap();
    }
    for index in [0, 1] {
        let _ = part(&place, &export, index, 2).unwrap();
    }
    assert_eq!(place.shared.list("parts/folder").unwrap(), ["2026-11-17", "2026-11-20"]);
}

#[test]
fn who_has_old_inputs_begins_again() {
    let (scratch, export) = (Scratch::new(), Rewritten::new(1));
    let place = place(&scratch);
    let of_day = DayOptions { score: true, ..DayOptions::default() };
    std::thread::scope(|scope| {
        // Waits for the second part of the first version, which never comes.
        let first = scope.spawn(|| run_part(&place, &export, DAY, &of_day, options(0, 2, true)));
        let handed_in = || !place.shared.list(&format!("parts/folder/{DAY}")).unwrap().is_empty();
        while !handed_in() {
            std::thread::sleep(Duration::from_millis(20));
        }
        export.becomes(2);
        assert!(part(&place, &export, 1, 2).unwrap().is_some());
        assert!(first.join().unwrap().unwrap().is_some());
    });
    assert_eq!(tables(&place), whole(2));
}

#[test]
fn those_who_do_not_come_are_waited_for_and_then_it_is_tried_later() {
    let (scratch, export) = (Scratch::new(), Rewritten::new(1));
    let place = place(&scratch);
    let mut parts = options(0, 2, true);
    parts.lease.wait = Duration::from_millis(100);
    let error = run_part(&place, &export, DAY, &DayOptions::default(), parts).unwrap_err();
    assert_eq!(exit_kind(&error), ExitKind::NotReady);
    assert!(error.to_string().contains("1 of 2 parts"), "{error}");
}

#[test]
fn a_part_that_fails_is_in_the_ledger() {
    let (scratch, export) = (Scratch::new(), Rewritten::new(100));
    let place = place(&scratch);
    let error = part(&place, &export, 1, 2).unwrap_err();
    assert!(error.root_cause().to_string().contains("broken"), "{error:#}");
    let runs = crate::jobs::read_runs(&*place.warehouse).unwrap();
    assert_eq!(runs.len(), 1);
    assert_eq!(runs[0].bytes_billed, Some(BILLED));
    assert!(runs[0].status == "failed" && runs[0].error.as_ref().unwrap().contains("broken"), "{:?}", runs[0]);
}
