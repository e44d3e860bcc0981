//! Reading exports: the traps of real data, and files that are not what they should be.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod export;
mod files;
mod formats;
mod own;

use std::path::PathBuf;

use jiff::civil::{Date, date};

use self::export::{NOON, P, Style, TestEvent, event, parquet, text};
use super::{ReadFailure, ReadOptions, ReadReport, read_day};
use crate::events::{CleanEvents, EventView, Reason};
use crate::warehouse::scratch::Scratch;

const DAY: Date = date(2020, 12, 5);

fn read(files: &[PathBuf]) -> anyhow::Result<(CleanEvents, ReadReport)> {
    read_day(files, DAY, &ReadOptions::default())
}

/// Reads events; any number may be rejected.
fn day_of(events: &[TestEvent]) -> (CleanEvents, ReadReport) {
    let scratch = Scratch::new();
    let file = scratch.write("events_20201205.parquet", parquet(events, &Style::PYARROW));
    read_day(&[file], DAY, &ReadOptions { max_fault_share: 1.0 }).unwrap()
}

fn views(events: &CleanEvents) -> Vec<EventView<'_>> {
    events.rows.iter().map(|row| events.view(row)).collect()
}

#[test]
fn a_row_becomes_an_event() {
    let mut row = event("u1", 5, "view_item")
        .with("ga_session_id", P::Int(77))
        .with("ga_session_number", P::Int(3))
        .with("engagement_time_msec", P::Int(1200))
        .with("page_location", text("https://a.example/p?utm_source=news&mail=x"))
        .with("page_title", text("Nothing to see"))
        .with("page_referrer", text("https://g.example/search?q=a"))
        .with("source", text("news"))
        .with("medium", text("(none)"))
        .with("campaign", text("autumn"));
    row.prices = vec![Some(10.0), None, Some(12.5)];
    row.transaction = Some("T1".to_owned());
    let (events, report) = day_of(&[row]);
    assert_eq!(
        views(&events),
        [EventView {
            user: "u1",
            time_us: NOON + 5_000_000,
            name: "view_item",
            session_id: 77,
            session_number: 3,
            engaged_ms: 1200,
            page: "https://a.example/p?utm_source=news",
            referrer: "https://g.example/search",
            source: "news",
            medium: "(none)",
            campaign: "autumn",
            device: "desktop",
            language: "",
            items: 3,
            price: Some(12.5),
            first_touch_us: 0,
            transaction: "T1",
            stream: "",
        }]
    );
    assert_eq!((report.rows, report.events, report.visitors, report.fault_share), (1, 1, 1, 0.0));
    assert_eq!(report.files[0].missing_columns, [""; 0]);
}

#[test]
fn placeholders_are_missing() {
    let mut row = event("u1", 0, "page_view");
    row.device = Some("<Other>".to_owned());
    row.transaction = Some("(not set)".to_owned());
    let row = row
        .with("page_location", text("(data deleted)"))
        .with("source", text("<obfuscated>"))
        .with("medium", text("(direct)"))
        .with("campaign", text("(none)"))
        .with("ga_session_id", text("(not set)"));
    let (events, _) = day_of(&[row]);
    let view = views(&events)[0];
    assert_eq!((view.device, view.transaction, view.page, view.source, view.campaign), ("", "", "", "", ""));
    assert_eq!((view.medium, view.session_id), ("(direct)", 0));
}

#[test]
fn numbers_come_as_text_int_float_and_double() {
    for value in [text("42"), text("42.0"), P::Int(42), P::Float(42.0), P::Double(42.0)] {
        let row = event("u1", 0, "page_view")
            .with("ga_session_id", value.clone())
            .with("ga_session_number", value.clone())
            .with("engagement_time_msec", value.clone());
        let (events, _) = day_of(&[row]);
        let view = views(&events)[0];
        assert_eq!((view.session_id, view.session_number, view.engaged_ms), (42, 42, 42), "{value:?}");
    }
    let (events, _) = day_of(&[event("u1", 0, "x").with("source", P::Int(7)).with("ga_session_id", P::Null)]);
    assert_eq!((views(&events)[0].source, views(&events)[0].session_id), ("7", 0));
}

#[test]
fn engagement_is_clipped() {
    let rows =
        [70_920_000, 1_800_001, 1_800_000, -5].map(|ms| event("u1", 0, "x").with("engagement_time_msec", P::Int(ms)));
    let (events, _) = day_of(&rows);
    let engaged: Vec<u32> = events.rows.iter().map(|row| row.engaged_ms).collect();
    // The first three became one and the same row.
    assert_eq!(engaged, [0, 1_800_000]);
}

#[test]
fn rows_without_consent_are_counted_and_are_no_fault() {
    let mut rows = vec![event("u1", 0, "page_view")];
    for id in [None, Some(""), Some("(not set)")] {
        rows.push(TestEvent { user: id.map(str::to_owned), ..event("", 0, "page_view") });
    }
    let (events, report) = day_of(&rows);
    assert_eq!(events.rows.len(), 1);
    assert_eq!(report.dropped.count(Reason::NoVisitorId), 3);
    assert_eq!(report.dropped.faults(), 0);
}

#[test]
fn repeated_rows_go_and_repeated_purchases_stay() {
    let purchase = TestEvent { transaction: Some("T1".to_owned()), ..event("u1", 0, "purchase") };
    let later = TestEvent { time: Some(NOON + 9), ..purchase.clone() };
    let other_bundle = TestEvent { bundle: Some(2), ..purchase.clone() };
    let other_batch = purchase.clone().with("batch_ordering_id", P::Int(2));
    let rows = [purchase.clone(), later, purchase.clone(), other_bundle, other_batch, purchase];
    let (events, report) = day_of(&rows);
    assert_eq!(events.rows.len(), 4);
    assert_eq!(report.dropped.count(Reason::Duplicate), 2);
    assert_eq!(report.dropped.faults(), 0);
}

#[test]
fn audience_triggers_are_dropped() {
    let (events, report) = day_of(&[event("u1", 0, "x").with("synthetic_bundle", P::Int(1)), event("u1", 0, "y")]);
    assert_eq!((events.rows.len(), report.dropped.count(Reason::SyntheticBundle)), (1, 1));
}

#[test]
fn ties_are_kept_and_ordered_by_content() {
    let rows = [event("u2", 0, "b"), event("u1", 0, "b"), event("u1", 0, "a"), event("u1", -1, "z")];
    let (events, _) = day_of(&rows);
    let order: Vec<_> = views(&events).iter().map(|view| (view.user, view.name)).collect();
    assert_eq!(order, [("u1", "z"), ("u1", "a"), ("u1", "b"), ("u2", "b")]);
    let visitors: Vec<_> = events.visitors().map(|(user, rows)| (events.text(user), rows.len())).collect();
    assert_eq!(visitors, [("u1", 3), ("u2", 1)]);
}

#[test]
fn an_empty_day_has_no_events() {
    let (events, report) = day_of(&[]);
    assert_eq!(events, CleanEvents::default());
    assert_eq!((report.rows, report.events, report.fault_share), (0, 0, 0.0));
}

#[test]
fn faulty_rows_are_counted_by_reason_with_examples() {
    let rows = [
        event("u1", 0, "fine"),
        TestEvent { time: None, ..event("u1", 0, "x") },
        TestEvent { name: None, ..event("u1", 0, "x") },
        TestEvent { date: Some("20201206".to_owned()), ..event("u1", 0, "x") },
        TestEvent { time: Some(NOON + 40 * 3_600_000_000), ..event("u1", 0, "x") },
        event("u1", 0, "x").with("ga_session_id", text("seven")),
        event("u1", 0, "x").with("ga_session_number", P::Int(-1)),
    ];
    let (events, report) = day_of(&rows);
    assert_eq!(events.rows.len(), 1);
    let names: Vec<_> = report.dropped.iter().map(|(name, dropped)| (name, dropped.rows)).collect();
    assert_eq!(
        names,
        [
            ("bad_value(event_params.ga_session_id)", 1),
            ("bad_value(event_params.ga_session_number)", 1),
            ("no_event_name", 1),
            ("no_timestamp", 1),
            ("timestamp_out_of_range", 1),
            ("wrong_day", 1)
        ]
    );
    let (_, wrong_day) = report.dropped.iter().last().unwrap();
    let example = &wrong_day.examples[0];
    assert_eq!((example.row, example.column.as_str(), example.found.as_str()), (4, "event_date", "20201206"));
}

#[test]
fn over_one_percent_rejected_stops_the_day() {
    let mut rows: Vec<_> = (0..198).map(|second| event("u1", second, "x")).collect();
    rows.push(TestEvent { name: None, ..event("u1", 0, "x") });
    rows.push(TestEvent { user: None, ..event("u1", 0, "x") });
    let scratch = Scratch::new();
    let file = |name: &str, rows: &[TestEvent]| scratch.write(name, parquet(rows, &Style::PYARROW));
    let (_, report) = read(&[file("one", &rows)]).unwrap();
    assert_eq!(report.fault_share, 0.005);

    rows.extend((0..2).map(|_| TestEvent { name: None, ..event("u1", 0, "x") }));
    let Err(error) = read(&[file("two", &rows)]) else { panic!("no error") };
    let Some(ReadFailure::TooManyRejected { report, .. }) = error.downcast_ref() else { panic!("{error:#}") };
    assert_eq!(report.dropped.faults(), 3);
    assert!(error.to_string().contains("no_event_name: 3 (first: "), "{error}");
}

#[test]
fn the_order_of_rows_in_a_file_changes_nothing() {
    let mut rows = formats::many_events(300);
    let (expected, _) = day_of(&rows);
    let mut seed = 7_u64;
    for _ in 0..20 {
        for i in (1..rows.len()).rev() {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            rows.swap(i, (seed >> 33) as usize % (i + 1));
        }
        let (events, _) = day_of(&rows);
        assert!(events == expected);
    }
}
