//! Training rows know nothing of what comes after them: on made-up histories, against a plain reading of the rules.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "test code")]

use batch_service::events::CleanEvents;
use batch_service::fold::{Offsets, Resolver, SnapshotMaker, SnapshotOptions, merge_days};
use batch_service::ga4::{ReadOptions, read_day};
use batch_service::profile::SiteProfile;
use batch_service::training::Snapshots;
use conformance::world::{Folder, Row, day_file, micros};
use jiff::ToSpan;
use jiff::civil::{Date, date};
use model_core::{Profile, local_day};
use std::collections::{BTreeMap, BTreeSet};

/// The end of summer time lies among these days.
const FROM: Date = date(2026, 10, 22);
const HISTORY_DAYS: i64 = 6;
/// Labels are known up to here: the horizon is seven days.
const TO: Date = date(2026, 11, 6);
const HORIZON: i32 = 7;
const ACTIVE_DAYS: i32 = 14;
const VISITORS: usize = 600;

/// An event of a made-up history.
#[derive(Clone, Debug)]
struct Hit {
    time_us: i64,
    session: i64,
    page_view: bool,
    conversion: bool,
    row: Row,
}

type Histories = BTreeMap<String, Vec<Hit>>;

struct Dice(u64);

impl Dice {
    fn below(&mut self, n: i64) -> i64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ((self.0 >> 33) % n as u64) as i64
    }
}

const PATHS: [&str; 6] = ["/", "/courses", "/courses/law", "/fees", "/prospectus", "/apply/start"];

/// Visits with ties, conversions that come early, late, twice or never, and events close to midnight.
fn histories() -> Histories {
    let mut dice = Dice(11);
    let start = micros("2026-10-21T23:00:00Z");
    let history = |i: usize, dice: &mut Dice| {
        let user = format!("visitor {i:03}");
        let (mut hits, mut time_us) = (Vec::new(), start + dice.below(3 * 86_400) * 1_000_000);
        let end = start + HISTORY_DAYS * 86_400_000_000;
        for number in 1..=1 + dice.below(4) {
            let session = 1_700_000_000 + number * 1_000 + i as i64;
            for _ in 0..1 + dice.below(9) {
                // Every third event shares its time with the one before.
                time_us += [0, 1_000, 47_000_000][dice.below(3) as usize];
                let (name, path) = match dice.below(24) {
                    0 => ("application_submit", "/apply/review"),
                    1 => ("page_view", "/apply/thank-you"),
                    2..=6 => ("user_engagement", PATHS[dice.below(6) as usize]),
                    7..=9 => ("view_item", "/courses/law"),
                    _ => ("page_view", PATHS[dice.below(6) as usize]),
                };
                let row = Row::new(&user, time_us, name).page(path).session(session, number);
                let row = row.param("engagement_time_msec", dice.below(60_000));
                // Equal rows would be one.
                let row = row.with("event_bundle_sequence_id", hits.len().to_string().into());
                let conversion = name == "application_submit" || path == "/apply/thank-you";
                hits.push(Hit { time_us, session, page_view: name == "page_view", conversion, row });
            }
            time_us += dice.below(2 * 86_400) * 1_000_000 + 1;
        }
        hits.retain(|hit| hit.time_us < end);
        (user, hits)
    };
    (0..VISITORS).map(|i| history(i, &mut dice)).collect()
}

fn day_of(time_us: i64, offsets: &mut Offsets) -> Date {
    let day = local_day(time_us, offsets.at(time_us));
    date(1970, 1, 1) + i64::from(day).days()
}

/// The training rows of these histories, session and daily, through files, reader and maker.
fn rows_of(name: &str, histories: &Histories, profile: &Profile) -> (Snapshots, Snapshots) {
    let mut offsets = Offsets::new("Europe/London").unwrap();
    let folder = Folder::fresh(&format!("leakage-{name}"));
    let mut days: BTreeMap<Date, Vec<Row>> = BTreeMap::new();
    for hit in histories.values().flatten() {
        days.entry(day_of(hit.time_us, &mut offsets)).or_default().push(hit.row.clone());
    }
    let read = |(day, rows): (&Date, &Vec<Row>)| -> CleanEvents {
        read_day(&[day_file(&folder, "export", *day, rows)], *day, &ReadOptions::default()).unwrap().0
    };
    let events: Vec<CleanEvents> = days.iter().map(read).collect();
    let total: usize = events.iter().map(|e| e.rows.len()).sum();
    assert_eq!(total, histories.values().map(Vec::len).sum::<usize>(), "no row is lost on the way");
    let options = SnapshotOptions { from: FROM, to: TO, active_days: ACTIVE_DAYS, keep_one_in: 1 };
    let mut maker = SnapshotMaker::new(profile, options, |_| true).unwrap();
    let mut resolvers: Vec<_> = events.iter().map(|e| Resolver::new(profile, e).unwrap()).collect();
    merge_days(&events, |user, slices| maker.add(user, None, slices, &mut resolvers)).unwrap();
    let rows = maker.finish();
    (rows.session, rows.daily)
}

fn profile() -> Profile {
    SiteProfile::load("northgate-university").unwrap().profile
}

/// The bits of a row's features.
fn bits(rows: &Snapshots, i: usize) -> Vec<u32> {
    rows.columns.iter().map(|column| column[i].to_bits()).collect()
}

/// Indices of the rows of each visitor, by the visitor's place among those that have events.
fn by_visitor(rows: &Snapshots) -> BTreeMap<u32, Vec<usize>> {
    let mut found: BTreeMap<u32, Vec<usize>> = BTreeMap::new();
    for i in 0..rows.day.len() {
        found.entry(rows.visitor[i]).or_default().push(i);
    }
    found
}

/// The rows that a plain reading of the rules gives: (page view number, converts later in the session).
fn expected_session(hits: &[Hit]) -> Vec<(u32, bool)> {
    let mut rows = Vec::new();
    for session in hits.iter().map(|h| h.session).collect::<BTreeSet<_>>() {
        let hits: Vec<&Hit> = hits.iter().filter(|h| h.session == session).collect();
        let first_conversion = hits.iter().filter(|h| h.conversion).map(|h| h.time_us).min();
        for moment in hits.iter().filter(|h| h.page_view).map(|h| h.time_us).collect::<BTreeSet<_>>() {
            if first_conversion.is_none_or(|at| moment < at) {
                let number = hits.iter().filter(|h| h.page_view && h.time_us <= moment).count() as u32;
                rows.push((number, first_conversion.is_some()));
            }
        }
    }
    rows
}

/// (Day, converts within the horizon) for every day whose end a visitor reaches without having converted.
fn expected_daily(hits: &[Hit], offsets: &Offsets) -> Vec<(i32, bool)> {
    let first_conversion = hits.iter().filter(|h| h.conversion).map(|h| h.time_us).min();
    let mut rows = Vec::new();
    for day in FROM.series(1.day()).take_while(|d| *d + HORIZON.days() <= TO) {
        let (end, until) = (offsets.end_of(day).unwrap().0, offsets.end_of(day + HORIZON.days()).unwrap().0);
        let last = hits.iter().filter(|h| h.time_us < end).map(|h| h.time_us).max();
        let active = last.is_some_and(|last| last >= end - i64::from(ACTIVE_DAYS) * 86_400_000_000);
        if active && first_conversion.is_none_or(|at| at >= end) {
            rows.push(((day - date(1970, 1, 1)).get_days(), first_conversion.is_some_and(|at| at <= until)));
        }
    }
    rows
}

#[test]
fn rows_and_labels_are_those_of_the_rules() {
    let (histories, profile) = (histories(), profile());
    let (session, daily) = rows_of("labels", &histories, &profile);
    let offsets = Offsets::new("Europe/London").unwrap();
    let (of_session, of_daily) = (by_visitor(&session), by_visitor(&daily));
    for (visitor, (user, hits)) in histories.iter().filter(|(_, hits)| !hits.is_empty()).enumerate() {
        let visitor = visitor as u32;
        let rows = of_session.get(&visitor).map_or(&[][..], Vec::as_slice);
        let found: Vec<_> = rows.iter().map(|i| (session.page_view[*i], session.label[*i])).collect();
        assert_eq!(found, expected_session(hits), "{user}: {hits:?}");
        let rows = of_daily.get(&visitor).map_or(&[][..], Vec::as_slice);
        let found: Vec<_> = rows.iter().map(|i| (daily.day[*i], daily.label[*i])).collect();
        assert_eq!(found, expected_daily(hits, &offsets), "{user}: {hits:?}");
    }
    let positives = |rows: &Snapshots| rows.label.iter().filter(|l| **l).count();
    let (n, m) = (session.day.len(), daily.day.len());
    println!("session: {n} rows, {} positive; daily: {m} rows, {} positive", positives(&session), positives(&daily));
    assert!(n > 2_000 && m > 1_000 && positives(&session) > 300 && positives(&daily) > 100);
}

/// Cut every history at a moment: the rows up to there keep their features to the bit.
#[test]
fn later_events_change_no_feature() {
    let (histories, profile) = (histories(), profile());
    let (whole_session, whole_daily) = rows_of("whole", &histories, &profile);
    let offsets = Offsets::new("Europe/London").unwrap();
    let (mut compared, mut became_true) = (0, 0);
    for (n, cut) in ["2026-10-23T10:00:00Z", "2026-10-24T23:00:00Z", "2026-10-26T03:00:00Z"].into_iter().enumerate() {
        let at = micros(cut);
        let before = |hits: &Vec<Hit>| hits.iter().filter(|h| h.time_us < at).cloned().collect::<Vec<_>>();
        let cut: Histories = histories.iter().map(|(user, hits)| (user.clone(), before(hits))).collect();
        let (session, daily) = rows_of(&format!("cut-{n}"), &cut, &profile);
        let number = |all: &Histories| -> BTreeMap<String, u32> {
            let seen = all.iter().filter(|(_, hits)| !hits.is_empty()).map(|(user, _)| user.clone());
            seen.enumerate().map(|(i, user)| (user, i as u32)).collect()
        };
        let (numbers, whole_numbers) = (number(&cut), number(&histories));
        let last_day = (FROM.series(1.day()).take_while(|d| offsets.end_of(*d).unwrap().0 <= at).last())
            .map_or(i32::MIN, |d| (d - date(1970, 1, 1)).get_days());
        for (part, whole, until) in [(&session, &whole_session, i32::MAX), (&daily, &whole_daily, last_day)] {
            let (rows, whole_rows) = (by_visitor(part), by_visitor(whole));
            for (user, number) in &numbers {
                let mine = rows.get(number).map_or(&[][..], Vec::as_slice);
                let theirs = whole_rows.get(&whole_numbers[user]).map_or(&[][..], Vec::as_slice);
                // A daily row after the cut speaks of days that the cut history does not have.
                for (k, i) in mine.iter().take_while(|i| part.day[**i] <= until).enumerate() {
                    assert!(bits(part, *i) == bits(whole, theirs[k]), "{user}: row {k}");
                    assert!(!part.label[*i] || whole.label[theirs[k]], "{user}: row {k}: a label was taken back");
                    became_true += usize::from(whole.label[theirs[k]] && !part.label[*i]);
                    compared += 1;
                }
            }
        }
    }
    assert!(compared > 3_000 && became_true > 50, "{compared} rows, {became_true}");
    println!(
        "{compared} rows of {} features compared, {became_true} came true after the cut",
        whole_session.columns.len()
    );
}
