//! What is not of a browser: our own scores that come back, and the Measurement Protocol.

use super::*;
use crate::ga4::{Echo, EchoNames, read_files};
use serde_json::{Value, json};

const TODAY: Date = date(2026, 11, 20);

fn row(user: &str, second: i64, name: &str, more: Value) -> Value {
    let time = TODAY.at(12, 0, 0, 0).to_zoned(jiff::tz::TimeZone::UTC).unwrap().timestamp().as_microsecond();
    let mut row = json!({
        "event_date": "20261120", "event_timestamp": time + second * 1_000_000, "event_name": name,
        "user_pseudo_id": user, "stream_id": "1", "event_params": [{"key": "page_title", "value": {"string_value": "x"}}],
    });
    row.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    row
}

fn read_rows(rows: &[Value]) -> (CleanEvents, ReadReport) {
    let scratch = Scratch::new();
    let text: String = rows.iter().map(|row| format!("{row}\n")).collect();
    read_files(&[scratch.write("events_20261120.json", text)], TODAY).unwrap()
}

fn paged(user: &str, second: i64, name: &str) -> Value {
    row(user, second, name, json!({"batch_page_id": "7"}))
}

#[test]
fn own_scores_are_dropped_and_counted() {
    let (events, report) = read_rows(&[paged("1.1", 0, "page_view"), row("1.1", 1, "inkling_score", json!({}))]);
    assert_eq!(views(&events).iter().map(|view| view.name).collect::<Vec<_>>(), ["page_view"]);
    assert_eq!((report.dropped.count(Reason::OwnScore), report.dropped.faults()), (1, 0));
}

#[test]
fn the_measurement_protocol_is_told_by_the_missing_page_id_where_browsers_have_one() {
    let server = |user: &str, stream: &str| row(user, 5, "offline_sale", json!({"stream_id": stream}));
    let rows = [paged("1.1", 0, "page_view"), paged("1.2", 1, "page_view"), server("1.1", "1"), server("1.9", "2")];
    let (events, report) = read_rows(&rows);
    assert_eq!(report.dropped.count(Reason::MeasurementProtocol), 1);
    assert_eq!(report.dropped.faults(), 0);
    let left: Vec<_> = views(&events).iter().map(|view| (view.user, view.name)).collect();
    // A stream without any is an app.
    assert_eq!(left, [("1.1", "page_view"), ("1.2", "page_view"), ("1.9", "offline_sale")]);
    // Where most events have none, the export does not tell.
    let (events, report) = read_rows(&[paged("1.1", 0, "page_view"), server("1.1", "1"), server("1.2", "1")]);
    assert_eq!((events.rows.len(), report.dropped.count(Reason::MeasurementProtocol)), (3, 0));
}

#[test]
fn consent_comes_with_the_event() {
    let of = |second, says: Value| row("1.1", second, "page_view", json!({"privacy_info": says}));
    let (events, _) = read_rows(&[
        of(0, json!({"analytics_storage": "Yes", "ads_storage": "No"})),
        of(1, json!({"analytics_storage": "Unset"})),
    ]);
    let said: Vec<_> = events.rows.iter().map(|row| events.visit(row)).collect();
    assert_eq!((said[0].analytics_storage, said[0].ads_storage), (Some(true), Some(false)));
    assert_eq!((said[1].analytics_storage, said[1].ads_storage), (None, None));
    // As it is written and read again.
    let scratch = Scratch::new();
    let file = std::fs::File::create(scratch.path().join("part-000.parquet")).unwrap();
    crate::warehouse::events_clean::write(file, TODAY, &events).unwrap();
    assert!(crate::warehouse::events_clean::read(&[scratch.path().join("part-000.parquet")]).unwrap() == events);
}

#[test]
fn echoes_of_json_are_found_in_both_of_its_forms() {
    let properties = json!({"user_properties": [
        {"key": "inkling_score", "value": {"string_value": "85"}}, {"key": "inkling_band", "value": {"string_value": "high"}},
    ]});
    let rows =
        [row("1.1", 0, "page_view", properties), row("1.2", 0, "inkling_score", json!({})), paged("1.3", 0, "x")];
    let scratch = Scratch::new();
    let lines: String = rows.iter().map(|row| format!("{row}\n")).collect();
    let array = serde_json::to_string(&rows).unwrap();
    for text in [lines, array] {
        let file = scratch.write("events_20261120.json", text);
        let names = EchoNames { event: "inkling_score", score: "inkling_score", band: "inkling_band" };
        let mut found = Vec::new();
        let mut each = |echo: &Echo<'_>| found.push((echo.user.to_owned(), echo.carrier, echo.score.is_some()));
        super::super::echoes::read_files(&[file], &names, &mut each).unwrap();
        assert_eq!(found, [("1.1".to_owned(), false, true), ("1.2".to_owned(), true, false)]);
    }
}
