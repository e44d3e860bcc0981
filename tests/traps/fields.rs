//! Values that are missing, stand for missing ones, or come in another type.

use super::{DAY, NEXT, features, filled};
use batch_service::jobs::run::{DayOptions, run_day};
use conformance::world::{Row, micros};
use serde_json::{Value, json};

fn at(minute: i64) -> i64 {
    micros("2026-10-05T10:00:00Z") + minute * 60_000_000
}

#[test]
fn rows_without_a_visitor_are_counted_and_never_scored() {
    let nobody = |minute| Row::new("", at(minute), "page_view").page("/fees").with("user_pseudo_id", Value::Null);
    let rows = vec![nobody(0), Row::new("anna", at(1), "page_view").page("/"), nobody(2), nobody(3)];
    let site = filled("no-visitor", &[(DAY, rows)]);
    let options = DayOptions { score: true, force: true, ..DayOptions::default() };
    let done = run_day(&site.place, &site.found, DAY, options).unwrap();
    let dropped: Vec<_> = done.run.dropped.iter().map(|d| (d.reason.as_str(), d.rows)).collect();
    assert_eq!(dropped, [("no_visitor_id", 3)]);
    assert_eq!((done.run.rejected(), done.run.events, done.run.visitors), (0, 1, 1));
    assert_eq!(features(&site).into_keys().collect::<Vec<_>>(), ["anna"]);
}

#[test]
fn without_a_session_id_half_an_hour_of_silence_ends_a_session() {
    let null = |user: &str, minute| {
        let row = Row::new(user, at(minute), "page_view").page("/fees");
        row.param("ga_session_id", Value::Null).param("ga_session_number", Value::Null)
    };
    let absent = |user: &str, minute| Row::new(user, at(minute), "page_view").page("/fees");
    let rows = vec![
        null("one visit", 0),
        null("one visit", 29),
        absent("one visit", 58),
        null("two visits", 0),
        absent("two visits", 31),
        null("found later", 0),
        absent("found later", 10).session(77, 4),
    ];
    let found = features(&filled("no-session", &[(DAY, rows)]));
    let of = |user: &str, name: &str| found[user][name];
    assert_eq!((of("one visit", "session.page_views"), of("one visit", "session.number")), (3.0, 1.0));
    assert_eq!((of("two visits", "session.page_views"), of("two visits", "session.number")), (1.0, 2.0));
    assert_eq!(of("two visits", "visitor.seconds_since_last_session"), 31.0 * 60.0);
    assert_eq!((of("found later", "session.page_views"), of("found later", "session.number")), (2.0, 4.0));
}

#[test]
fn placeholders_are_as_good_as_nothing() {
    let row = |user: &str, minute| Row::new(user, at(minute), "page_view").page("/courses/law").session(5, 1);
    let mut rows = Vec::new();
    for (i, word) in ["(not set)", "<Other>", "(data deleted)", "(none)", ""].into_iter().enumerate() {
        let user = format!("word {i}");
        let row = row(&user, 0).param("page_referrer", word).param("campaign", word);
        let row = if word == "(none)" { row } else { row.param("source", word).param("medium", word) };
        rows.push(row.with("device", json!({"category": word, "language": word})));
    }
    rows.push(row("without", 0).with("device", Value::Null));
    rows.push(row("with", 0).param("source", "newsletter").param("medium", "email"));
    let found = features(&filled("placeholders", &[(DAY, rows)]));
    for i in 0..5 {
        assert_eq!(found[&format!("word {i}")], found["without"]);
    }
    assert_ne!(found["with"], found["without"]);
    for name in ["session.channel", "session.device", "session.language"] {
        assert!(!found["without"].contains_key(name) && found["with"].contains_key(name), "{name}");
    }
}

#[test]
fn numbers_and_flags_come_as_texts_or_numbers() {
    let row = |user: &str| Row::new(user, at(0), "user_engagement").page("/fees");
    let rows = vec![
        row("int").session(1_795_447_700, 3).param("engagement_time_msec", 4_200).param("session_engaged", 1),
        row("text")
            .param("ga_session_id", "1795447700")
            .param("ga_session_number", "3")
            .param("engagement_time_msec", "4200")
            .param("session_engaged", "1"),
        row("double")
            .param("ga_session_id", 1_795_447_700.0)
            .param("ga_session_number", 3.0)
            .param("engagement_time_msec", 4_200.0)
            .param("session_engaged", "0"),
    ];
    let found = features(&filled("types", &[(DAY, rows)]));
    assert_eq!((found["int"]["session.number"], found["int"]["session.engaged_ms"]), (3.0, 4_200.0));
    assert_eq!(found["text"], found["int"]);
    assert_eq!(found["double"], found["int"]);
}

#[test]
fn engagement_of_hours_is_clipped() {
    let row =
        |user: &str, ms: i64| Row::new(user, at(0), "user_engagement").session(1, 1).param("engagement_time_msec", ms);
    let rows = vec![
        row("19.7 hours", 70_920_000),
        row("half an hour", 1_800_000),
        row("beyond any number", i64::from(u32::MAX) * 9),
        row("a minute", 60_000),
        row("before it began", -5),
    ];
    let site = filled("engagement", &[(DAY, rows.into_iter().map(|r| r.page("/")).collect()), (NEXT, vec![])]);
    let found = features(&site);
    let engaged = |user: &str| found[user].get("session.engaged_ms").copied();
    for user in ["19.7 hours", "beyond any number"] {
        assert_eq!(found[user], found["half an hour"]);
    }
    assert_eq!((engaged("half an hour"), engaged("a minute")), (Some(1_800_000.0), Some(60_000.0)));
    assert_eq!(engaged("before it began"), Some(0.0));
}
