//! Uploads that die, lose replies and go on.

mod arrivals;
mod world;

use super::ledger::{self, State};
use crate::events::{DayBuilder, RawRow, date_number, rules::Kind};
use crate::jobs::{ExitKind, exit_kind};
use crate::warehouse::{Fence, events_clean};
use std::panic::{AssertUnwindSafe, catch_unwind};
use world::{DAY, Fate, Site, World, id, word};

/// A number that looks random, the same for the same input.
fn random(number: usize, seed: u64) -> u64 {
    farmhash::fingerprint64(format!("{seed}.{number}").as_bytes())
}

fn visitors(count: usize, day: u64) -> Vec<(String, f64)> {
    // On the second day every fiftieth has another score.
    let score = |n: usize| if day > 1 && n.is_multiple_of(50) { 0.99 } else { (random(n, 7) % 900) as f64 / 1_000.0 };
    (0..count).map(|n| (id(n), score(n))).collect()
}

fn right(site: &Site, rows: &[(String, f64)]) {
    let kept = site.kept.lock().unwrap();
    assert_eq!(kept.values.len(), rows.len());
    for (user, score) in rows {
        let expected = (format!("{:02}", (score * 20.0) as u32 * 5), word(*score).to_owned());
        assert_eq!(kept.values.get(user), Some(&expected), "{user}: {score}");
    }
}

#[test]
fn crashes_and_lost_replies_repeat_a_batch_each_and_lose_nothing() {
    const BATCH: usize = 100;
    let (world, rows) = (World::new(), visitors(10_000, 1));
    world.score(DAY, &rows);
    let site = Site::new(BATCH, |number, _| match random(number, 3) % 8 {
        0 => Fate::DiesBefore,
        1 => Fate::DiesAfter,
        2 => Fate::ReplyLost,
        3 => Fate::Lost,
        _ => Fate::Taken,
    });
    let mut interrupted = 0;
    let done = loop {
        match catch_unwind(AssertUnwindSafe(|| world.upload(DAY, &site))) {
            Ok(Ok(done)) => break done,
            Ok(Err(error)) => assert_eq!(exit_kind(&error), ExitKind::CheckFailed, "{error:#}"),
            Err(_) => {}
        }
        interrupted += 1;
        assert!(interrupted < 1_000, "it does not end");
    };
    assert!(interrupted > 50 && done.resumed, "{interrupted}");
    right(&site, &rows);
    let sent = site.kept.lock().unwrap().rows;
    assert!(sent > rows.len() && sent <= rows.len() + interrupted * BATCH, "{sent} rows, {interrupted} interruptions");
    let ledger = ledger::load(&*world.place.warehouse, DAY).unwrap();
    assert_eq!(ledger.counts()[State::Sent as usize], 10_000);

    // The same day once more has nothing to send; the next one sends what has changed.
    let honest = Site { fate: std::sync::Arc::new(|_, _| Fate::Taken), ..site };
    let again = world.upload(DAY, &honest).unwrap();
    assert_eq!((again.plan.planned, again.plan.unchanged, again.sending.batches), (0, 10_000, 0));
    let (next, rows) = (DAY.tomorrow().unwrap(), visitors(10_000, 2));
    world.score(next, &rows);
    let second = world.upload(next, &honest).unwrap();
    assert_eq!((second.plan.planned, second.sending.sent, second.sending.batches), (200, 200, 2));
    right(&honest, &rows);
    let older = world.upload(DAY, &honest).unwrap_err();
    assert_eq!(exit_kind(&older), ExitKind::Usage, "older scores do not replace newer ones: {older:#}");
}

#[test]
fn an_upload_that_never_ended_is_overtaken_by_the_next_day() {
    let (world, rows) = (World::new(), visitors(1_000, 1));
    world.score(DAY, &rows);
    let dies = Site::new(100, |number, _| if number == 4 { Fate::ReplyLost } else { Fate::Taken });
    world.upload(DAY, &dies).unwrap_err();
    let next = DAY.tomorrow().unwrap();
    world.score(next, &rows);
    let honest = Site { fate: std::sync::Arc::new(|_, _| Fate::Taken), ..dies };
    let done = world.upload(next, &honest).unwrap();
    // Three batches are known to be there, the fourth is not.
    assert_eq!((done.plan.unchanged, done.sending.sent), (300, 700));
    right(&honest, &rows);
    let counts = ledger::load(&*world.place.warehouse, DAY).unwrap().counts();
    let of = |state| counts[state as usize];
    assert_eq!((of(State::Sent), of(State::Sending), of(State::Planned)), (300, 100, 600));
}

#[test]
fn batches_that_are_too_large_are_halved_and_refused_ones_are_told() {
    let (world, rows) = (World::new(), visitors(1_000, 1));
    world.score(DAY, &rows);
    let small = Site::new(400, |number, rows| match (number, rows) {
        (_, 151..) => Fate::TooLarge,
        (5, _) => Fate::Refused,
        _ => Fate::Taken,
    });
    let done = world.upload(DAY, &small).unwrap();
    assert_eq!((done.sending.sent, done.sending.refused), (900, 100));
    // What was refused is sent again: on another day it may be taken.
    assert_eq!(world.upload(DAY, &small).unwrap().sending.sent, 100);
    right(&small, &rows);

    let (world, closed) = (World::new(), Site::new(400, |_, _| Fate::Refused));
    world.score(DAY, &rows);
    let error = format!("{:#}", world.upload(DAY, &closed).unwrap_err());
    assert!(error.contains("the first batch was refused; nothing was sent: status 400"), "{error}");
    let busy = Site::new(400, |number, _| if number == 2 { Fate::Busy } else { Fate::Taken });
    let error = format!("{:#}", world.upload(DAY, &busy).unwrap_err());
    assert!(error.contains("600 of 1000 rows are left") && error.contains("429"), "{error}");
    assert_eq!(
        world.upload(DAY, &busy).unwrap().sending,
        super::sender::Tally { batches: 2, repeated: 0, sent: 600, refused: 0 }
    );
    right(&busy, &rows);
}

#[test]
fn nothing_is_sent_for_who_denies_it() {
    let (world, rows) = (World::new(), visitors(6, 1));
    let heard = |day: jiff::civil::Date, of: &[(usize, Option<bool>, Option<bool>)]| {
        let mut builder = DayBuilder::new(day);
        let noon = day.at(12, 0, 0, 0).to_zoned(jiff::tz::TimeZone::UTC).unwrap().timestamp().as_microsecond();
        for (number, analytics, ads) in of {
            let (user, name) = (builder.text(Kind::Plain, &id(*number)), builder.text(Kind::Plain, "page_view"));
            let (analytics_storage, ads_storage) = (*analytics, *ads);
            let date = date_number(day);
            let row = RawRow { user, name, date, time_us: noon, analytics_storage, ads_storage, ..RawRow::EMPTY };
            builder.push(&row, ("", 0));
        }
        let content = events_clean::stage(&*world.place.warehouse, day, &builder.finish().0).unwrap();
        world.place.warehouse.publish(vec![content], &Fence::none()).unwrap();
    };
    let yesterday = DAY.yesterday().unwrap();
    heard(yesterday, &[(0, None, Some(false)), (1, Some(false), None), (2, None, Some(false)), (3, Some(true), None)]);
    heard(DAY, &[(2, None, Some(true)), (4, None, None)]);
    world.score(DAY, &rows);
    let site = Site::new(100, |_, _| Fate::Taken);
    let done = world.upload(DAY, &site).unwrap();
    assert_eq!((done.plan.denied, done.plan.planned), (2, 4));
    let sent: Vec<String> = site.kept.lock().unwrap().values.keys().cloned().collect();
    assert_eq!(sent, [id(2), id(3), id(4), id(5)], "the last word counts, and silence is none");
    // It is still known when the event is long ago.
    for day in 1..=10 {
        let day = DAY.checked_add(jiff::Span::new().days(day)).unwrap();
        world.score(day, &rows);
        assert_eq!(world.upload(day, &site).unwrap().plan.denied, 2, "{day}");
    }
}

#[test]
fn whatever_stands_in_an_id_is_sent_as_it_is_or_refused() {
    let world = World::new();
    let mut rows: Vec<(String, f64)> =
        ["", " ", "1.2 ", "\u{202e}1.2", "Ω≈ç√", "'; drop table scores;--", "１.２", "1.2\n", "{{1.2}}"]
            .map(|text| (text.to_owned(), 0.5))
            .into();
    rows.push((id(1), 0.5));
    rows.sort_by(|a, b| a.0.cmp(&b.0));
    world.score(DAY, &rows);
    let site = Site::new(100, |_, _| Fate::Taken);
    for _ in 0..2 {
        let done = world.upload(DAY, &site).unwrap();
        assert_eq!(done.plan.refused["client_id: not of the form digits.digits"], 9);
        assert!(serde_json::to_string(&done).unwrap().len() < 2_000, "visitors are not in the report");
    }
    assert_eq!(site.kept.lock().unwrap().values.keys().collect::<Vec<_>>(), [&id(1)]);
    assert_eq!(ledger::load(&*world.place.warehouse, DAY).unwrap().counts()[State::Refused as usize], 9);
}
