//! Sessions over midnight, repeated conversions, days that are missing.

use super::{DAY, NEXT, features, filled};
use batch_service::fold::{StateReader, StateRow};
use batch_service::ga4::{ReadOptions, read_day};
use batch_service::jobs::{train, visits};
use batch_service::warehouse::events_clean;
use conformance::world::{Folder, Row, Site, micros};
use jiff::civil::date;
use model_core::{Target, Visitor};

/// 23:00 UTC is midnight in London.
fn around_midnight(minute: i64) -> i64 {
    micros("2026-10-05T23:00:00Z") + minute * 60_000_000
}

fn view(user: &str, minute: i64, path: &str) -> Row {
    Row::new(user, around_midnight(minute), "page_view").page(path).session(1_795_000_000, 7)
}

#[test]
fn a_session_over_midnight_is_one_session() {
    let before = vec![view("anna", -12, "/"), view("anna", -7, "/courses"), view("bert", -3, "/fees")];
    let submit = Row::new("anna", around_midnight(9), "application_submit").page("/apply/thank-you");
    let after = vec![
        view("anna", 0, "/fees"),
        view("anna", 6, "/apply/start"),
        submit.session(1_795_000_000, 7),
        view("bert", 28, "/courses/law"),
    ];
    let site = filled("midnight", &[(DAY, before), (NEXT, after)]);
    let found = features(&site);
    let of = |user: &str, name: &str| found[user][name];
    assert_eq!((of("anna", "session.page_views"), of("anna", "session.number")), (4.0, 7.0));
    assert_eq!((of("anna", "session.seconds"), of("anna", "visitor.active_days")), (21.0 * 60.0, 2.0));
    assert_eq!((of("bert", "session.page_views"), of("bert", "session.number")), (2.0, 7.0));
    assert!(!found["anna"].contains_key("visitor.seconds_since_last_session"), "there is no earlier session");

    // All four page views of the converting session come true, the two before midnight too.
    let rows = train::snapshots(&site.place, None, date(2026, 10, 6)).unwrap().session;
    let of_anna: Vec<_> =
        (0..rows.len()).filter(|i| rows.visitor[*i] == 0).map(|i| (rows.page_view[i], rows.label[i])).collect();
    assert_eq!(of_anna, [(1, true), (2, true), (3, true), (4, true)]);
    let days: Vec<_> = (0..4).map(|i| rows.day[i] - rows.day[0]).collect();
    assert_eq!(days, [0, 0, 1, 1], "the day of a row is that of its own moment");
}

/// Day by day with saved states, or everything in one go: the same bytes.
#[test]
fn days_one_by_one_are_the_days_in_one_go() {
    let site = Site::simulated(Folder::fresh("traps-one-go"), 6, 3_000);
    let days = site.days();
    site.backfill(days[0], days[5]);
    let profile = &site.place.site.profile;
    let events: Vec<_> =
        days.iter().map(|d| read_day(&site.found.days[d], *d, &ReadOptions::default()).unwrap().0).collect();
    let mut resolvers: Vec<_> =
        events.iter().map(|e| batch_service::fold::Resolver::new(profile, e).unwrap()).collect();
    let mut states = StateReader::open(&*site.place.warehouse, days[5]).unwrap();
    let (mut visitors, mut over_midnight) = (0, 0);
    batch_service::fold::merge_days(&events, |user, slices| {
        let mut visitor = Visitor::new(profile);
        for (i, slice) in slices.iter().enumerate() {
            for (j, row) in slice.rows.iter().enumerate() {
                let session = visitor.session_start_us();
                visitor.observe(&resolvers[slice.day].event(row));
                over_midnight += u32::from(i > 0 && j == 0 && visitor.session_start_us() == session);
            }
        }
        let StateRow { user: stored, state, .. } = states.next()?.expect("a state of every visitor");
        assert_eq!(stored, user);
        assert!(state == visitor.save(), "{user}");
        visitors += 1;
        Ok(())
    })
    .unwrap();
    assert!(states.next().unwrap().is_none() && over_midnight > 0);
    println!("{visitors} visitors, {over_midnight} sessions over midnight");
}

#[test]
fn a_conversion_that_fires_again_and_again_counts_once_a_session() {
    let submit = |minute, bundle: &str| {
        let row = Row::new("anna", around_midnight(minute), "application_submit").page("/apply/thank-you");
        row.session(1_795_000_000, 7).with("event_bundle_sequence_id", bundle.into())
    };
    let thanks = |minute| view("anna", minute, "/apply/thank-you");
    let rows = vec![
        view("anna", -50, "/"),
        view("anna", -49, "/apply/start"),
        thanks(-40),
        submit(-40, "1"),
        submit(-40, "2"),
        submit(-39, "3"),
        thanks(-30),
        submit(-30, "4"),
        view("anna", -29, "/fees"),
    ];
    let later = Row::new("anna", around_midnight(600), "page_view").page("/").session(1_795_036_000, 8);
    let site = filled("again", &[(DAY, rows), (NEXT, vec![later])]);
    let found = features(&site);
    assert_eq!(found["anna"]["visitor.conversions"], 1.0);
    let rows = train::snapshots(&site.place, None, date(2026, 10, 6)).unwrap().session;
    let rows: Vec<_> = (0..rows.len()).map(|i| (rows.page_view[i], rows.label[i])).collect();
    // Nothing at the conversion or after it in its session; the next session is a new one.
    assert_eq!(rows, [(1, true), (2, true), (1, false)]);
}

/// Equal events that came in different bundles are different events, in the export and in the warehouse.
#[test]
fn equal_events_of_different_bundles_survive_the_warehouse() {
    let twice = |bundle: &str| view("anna", -20, "/fees").with("event_bundle_sequence_id", bundle.into());
    let site = filled("bundles", &[(DAY, vec![view("anna", -30, "/"), twice("1"), twice("2"), twice("2")])]);
    let (read, report) = read_day(&site.found.days[&DAY], DAY, &ReadOptions::default()).unwrap();
    assert_eq!((read.rows.len(), report.dropped.iter().map(|(_, d)| d.rows).sum::<u64>()), (3, 1));
    let kept = events_clean::load(&*site.place.warehouse, DAY).unwrap().unwrap();
    assert!(kept == read, "{} events were written and {} come back", read.rows.len(), kept.rows.len());
}

#[test]
fn a_missing_day_is_a_gap_and_no_label() {
    let visit = |user: &str, day: i64, session: i64| {
        let row = Row::new(user, micros("2026-10-05T10:00:00Z") + day * 86_400_000_000, "page_view").page("/fees");
        row.session(1_795_000_000 + session, session)
    };
    let days = [
        (date(2026, 10, 5), vec![visit("anna", 0, 1), visit("bert", 0, 1)]),
        // The 6th and the 7th are missing.
        (date(2026, 10, 8), vec![visit("anna", 3, 2)]),
    ];
    let folder = Folder::fresh("traps-gap");
    for (day, rows) in &days {
        conformance::world::day_file(&folder, "export", *day, rows);
    }
    let site = Site::of_export(folder, &["export"]);
    let done = site.backfill(date(2026, 10, 5), date(2026, 10, 8));
    assert_eq!((done.days_folded, done.days_missing), (2, vec!["2026-10-06".to_owned(), "2026-10-07".to_owned()]));
    let found = features(&site);
    assert_eq!((found["anna"]["visitor.active_days"], found["anna"]["session.number"]), (2.0, 2.0));
    assert_eq!(found["anna"]["visitor.seconds_since_last_session"], 3.0 * 86_400.0);
    assert_eq!(found["bert"]["visitor.active_days"], 1.0, "who is not seen is passed on");
    let daily = train::snapshots(&site.place, None, date(2026, 10, 8)).unwrap().daily;
    assert!(daily.day.is_empty(), "no label of seven days is known after four");
    assert!(visits::each(&site.place, DAY, NEXT, |_, _, _| Ok(true)).is_err(), "no model is in service");
    assert_eq!(Target::ALL.len(), 2);
}
