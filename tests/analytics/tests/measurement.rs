use super::super::{Fault, Server};
use super::{NOW, call, hours_ago, json, started};
use crate::world::micros;
use serde_json::{Value, json};
use std::time::{Duration, Instant};

const PATH: &str = "/mp/collect?measurement_id=G-TEST123456&api_secret=api-secret-of-the-test";

fn body(change: impl FnOnce(&mut Value)) -> Value {
    let mut body = json!({
        "client_id": "123.456",
        "user_properties": {"inkling_score": {"value": "85"}, "inkling_band": {"value": "high"}},
        "events": [{"name": "inkling_score"}],
    });
    change(&mut body);
    body
}

/// What production keeps and debug says of a body.
fn both(change: impl FnOnce(&mut Value)) -> (usize, usize, Vec<(String, String)>) {
    let (server, body) = (started(), body(change));
    assert_eq!(call(&server, "POST", PATH, &body.to_string()).status, 204, "production says nothing");
    let (status, said) = json(&server, "POST", "/debug/mp/collect", &body);
    assert_eq!(status, 200);
    let text = |m: &Value, key: &str| m[key].as_str().unwrap().to_owned();
    let said = said["validationMessages"].as_array().unwrap().iter();
    let said = said.map(|m| (text(m, "fieldPath"), text(m, "validationCode"))).collect();
    let state = server.state();
    let properties = state.events.iter().map(|event| event.properties.len()).sum();
    (state.events.len(), properties, said)
}

fn said(path: &str, code: &str) -> Vec<(String, String)> {
    vec![(path.to_owned(), code.to_owned())]
}

#[test]
fn what_is_right_is_kept_and_debug_keeps_nothing() {
    assert_eq!(both(|_| {}), (1, 2, Vec::new()));
    let server = started();
    assert_eq!(call(&server, "POST", PATH, &body(|_| {}).to_string()).status, 204);
    let state = server.state();
    assert_eq!(state.profiles()["123.456"]["inkling_score"], "85");
    assert_eq!((state.events[0].time_us, state.events[0].timed), (micros(NOW), false));
    assert!(state.sessions.is_empty() && state.events[0].consent.is_none());
}

#[test]
fn what_is_wrong_is_dropped_without_a_word() {
    let long = "a".repeat(41);
    for (name, code) in [
        ("", "VALUE_REQUIRED"),
        ("session_start", "NAME_RESERVED"),
        ("ga_x", "NAME_RESERVED"),
        ("_x", "NAME_RESERVED"),
        ("a b", "NAME_INVALID"),
        ("1a", "NAME_INVALID"),
        ("é", "NAME_INVALID"),
        (&long, "VALUE_OUT_OF_BOUNDS"),
    ] {
        assert_eq!(both(|b| b["events"][0]["name"] = name.into()), (0, 0, said("events[0].name", code)), "{name}");
    }
    for id in [json!("x"), json!(""), json!(null), json!(123.456), json!("1.2\n"), json!("1.2.3")] {
        assert_eq!(both(|b| b["client_id"] = id.clone()).0, 0, "{id}");
    }
    let event = json!({"name": "inkling_score"});
    assert_eq!(both(|b| b["events"] = vec![event.clone(); 25].into()).0, 25);
    assert_eq!(both(|b| b["events"] = vec![event.clone(); 26].into()), (0, 0, said("events", "EXCEEDED_MAX_ENTITIES")));
    let params: serde_json::Map<String, Value> = (0..26).map(|i| (format!("p{i}"), json!(1))).collect();
    assert_eq!(both(|b| b["events"][0]["params"] = params.into()).0, 0);
    assert_eq!(both(|b| b["events"] = json!([])).2, said("events", "VALUE_REQUIRED"));
    assert_eq!(both(|b| b["invented"] = json!(1)).2, said("invented", "VALUE_INVALID"));
}

#[test]
fn user_properties_are_dropped_one_by_one() {
    for (name, value, code) in [
        ("a".repeat(25), "x".to_owned(), "VALUE_OUT_OF_BOUNDS"),
        ("a".to_owned(), "x".repeat(37), "VALUE_OUT_OF_BOUNDS"),
        ("first_visit_time".to_owned(), "x".to_owned(), "NAME_RESERVED"),
        ("google_x".to_owned(), "x".to_owned(), "NAME_RESERVED"),
        ("a-b".to_owned(), "x".to_owned(), "NAME_INVALID"),
    ] {
        let (events, properties, messages) = both(|b| b["user_properties"][&name] = json!({ "value": value }));
        assert_eq!((events, properties), (1, 2), "{name}");
        assert_eq!(messages, said(&format!("user_properties.{name}"), code));
    }
    assert_eq!(both(|b| b["user_properties"]["a"] = json!({"value": "ä".repeat(36)})), (1, 3, Vec::new()));
    let many = |n: usize| (0..n).map(|i| (format!("p{i}"), json!({"value": "x"}))).collect::<serde_json::Map<_, _>>();
    assert_eq!(both(|b| b["user_properties"] = many(25).into()).1, 25);
    assert_eq!(both(|b| b["user_properties"] = many(26).into()).1, 0);
    assert_eq!(both(|b| b["user_properties"]["a"] = json!("bare")).1, 2);
}

#[test]
fn times_are_clamped_or_refused() {
    let kept = |hours: i64, enforced: bool| {
        let server = started();
        let body = body(|b| {
            b["timestamp_micros"] = hours_ago(hours).into();
            if enforced {
                b["validation_behavior"] = "ENFORCE_RECOMMENDATIONS".into();
            }
        });
        assert_eq!(call(&server, "POST", PATH, &body.to_string()).status, 204);
        server.state().events.first().map(|event| event.time_us)
    };
    for enforced in [false, true] {
        assert_eq!(kept(72, enforced), Some(hours_ago(72)));
        assert_eq!(kept(0, enforced), Some(hours_ago(0)));
    }
    assert_eq!(kept(73, false), Some(hours_ago(72)));
    assert_eq!(kept(73, true), None);
    assert_eq!(kept(-1, true), None);
}

#[test]
fn secret_stream_size_and_form_of_a_request() {
    let server = started();
    for path in [
        "/mp/collect?measurement_id=G-TEST123456&api_secret=wrong",
        "/mp/collect?measurement_id=G-OTHER&api_secret=api-secret-of-the-test",
        "/mp/collect",
    ] {
        assert_eq!(call(&server, "POST", path, &body(|_| {}).to_string()).status, 204);
    }
    assert_eq!(call(&server, "POST", PATH, "{\"client_id\": ").status, 204);
    let padded = |bytes: usize| {
        let text = body(|_| {}).to_string();
        format!("{text}{}", " ".repeat(bytes - text.len()))
    };
    assert_eq!(call(&server, "POST", PATH, &padded(130_000)).status, 413);
    assert!(server.state().events.is_empty());
    assert_eq!(server.state().dropped["wrong api_secret or measurement_id"], 3);
    assert_eq!(call(&server, "POST", PATH, &padded(129_999)).status, 204);
    assert_eq!(server.state().events.len(), 1);
    assert_eq!(call(&server, "GET", PATH, "").status, 404);
}

#[test]
fn sessions_and_consent_are_remembered() {
    let server = started();
    let with = body(|b| {
        b["events"][0]["params"] = json!({"session_id": "77", "engagement_time_msec": 1});
        b["consent"] = json!({"ad_user_data": "DENIED", "ad_personalization": "perhaps"});
    });
    assert_eq!(call(&server, "POST", PATH, &with.to_string()).status, 204);
    assert_eq!(server.state().sessions.len(), 1);
    assert_eq!(server.state().events[0].consent, Some((Some(false), None)));
}

/// Which faults leave an event behind, and which an answer.
#[test]
fn faults() {
    let server = started();
    let text = body(|_| {}).to_string();
    let address = server.url.strip_prefix("http://").unwrap().to_owned();
    let raw = |server: &Server, fault: Fault| {
        server.state().forget();
        server.plan("mp.collect", &[fault]);
        let (address, text) = (address.clone(), text.clone());
        let answer =
            std::panic::catch_unwind(move || crate::world::http::send(&address, "POST", PATH, &[], text.as_bytes()));
        let events = server.state().events.len();
        (answer.ok().map(|answer| (answer.status, answer.header("retry-after").to_owned())), events)
    };
    let said = |status: u16, after: &str| Some((status, after.to_owned()));
    assert_eq!(raw(&server, Fault::Status(500)), (said(500, ""), 0));
    assert_eq!(raw(&server, Fault::Status(413)), (said(413, ""), 0));
    assert_eq!(raw(&server, Fault::RetryAfter(429, 7)), (said(429, "7"), 0));
    assert_eq!(raw(&server, Fault::Html(502)), (said(502, ""), 0));
    assert_eq!(raw(&server, Fault::Says("{")), (said(200, ""), 0));
    assert_eq!(raw(&server, Fault::Reset), (None, 0));
    assert_eq!(raw(&server, Fault::ResetAfter), (None, 1));
    assert_eq!(raw(&server, Fault::Truncated), (None, 1));
    let start = Instant::now();
    assert_eq!(raw(&server, Fault::Delay(Duration::from_millis(300))), (said(204, ""), 1));
    assert!(start.elapsed() >= Duration::from_millis(300));
    assert_eq!(raw(&server, Fault::Fine), (said(204, ""), 1));
    assert_eq!((server.requests("mp.collect"), server.stalled()), (10, 0));
}
