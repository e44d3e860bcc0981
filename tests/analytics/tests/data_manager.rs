use super::{NOW, call, json, started};
use crate::analytics::{Fault, Limit, Server};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

const PATH: &str = "/v1/events:ingest";

fn event(client: &str) -> Value {
    let property = |name: &str, value: &str| json!({"propertyName": name, "value": value});
    json!({
        "eventName": "inkling_score", "clientId": client, "eventTimestamp": NOW, "eventSource": "WEB",
        "transactionId": format!("of-{client}"),
        "userProperties": {"additionalUserProperties": [property("inkling_score", "85"), property("inkling_band", "high")]},
    })
}

fn request(events: &[Value]) -> Value {
    let account = json!({"accountType": "GOOGLE_ANALYTICS_PROPERTY", "accountId": "123456789"});
    json!({"destinations": [{"operatingAccount": account, "productDestinationId": "G-TEST123456"}], "events": events})
}

/// The reason for which a request is refused; empty when it is taken.
fn refused(server: &Server, change: impl FnOnce(&mut Value)) -> String {
    let mut body = request(&[event("1.1"), event("2.2")]);
    change(&mut body);
    let before = server.state().events.len();
    let (status, answer) = json(server, "POST", PATH, &body);
    if status == 200 {
        return String::new();
    }
    assert_eq!(server.state().events.len(), before, "all or nothing");
    assert_eq!(answer["error"]["code"], status);
    answer["error"]["details"][0]["reason"].as_str().unwrap().to_owned()
}

#[test]
fn a_request_is_taken_whole() {
    let server = started();
    let (status, answer) = json(&server, "POST", PATH, &request(&[event("1.1"), event("2.2")]));
    assert_eq!(status, 200, "{answer}");
    let state = server.state();
    assert_eq!(state.events.len(), 2);
    assert_eq!(state.events[0].id.as_deref(), Some("of-1.1"));
    assert_eq!(state.profiles()["2.2"]["inkling_band"], "high");
    assert!(state.sessions.is_empty() && state.events[0].consent.is_none() && state.tokens_seen == 0);
}

#[test]
fn one_wrong_record_refuses_all() {
    let server = started();
    let is = |reason: &str, change: &dyn Fn(&mut Value)| assert_eq!(refused(&server, change), reason);
    is("", &|_| {});
    is("INVALID_EVENT_NAME", &|b| b["events"][1]["eventName"] = "first_visit".into());
    is("REQUIRED_FIELD_MISSING", &|b| b["events"][1]["eventName"] = "".into());
    is("REQUIRED_FIELD_MISSING", &|b| drop(b["events"][0].as_object_mut().unwrap().remove("clientId")));
    is("INVALID_FORMAT", &|b| b["events"][0]["clientId"] = "GA1.1.2.3".into());
    is("EVENT_TIME_INVALID", &|b| b["events"][0]["eventTimestamp"] = "2026-11-17T11:59:59Z".into());
    is("", &|b| b["events"][0]["eventTimestamp"] = "2026-11-17T12:00:00Z".into());
    is("EVENT_TIME_INVALID", &|b| b["events"][0]["eventTimestamp"] = "2026-11-20T12:00:01Z".into());
    is("INVALID_FORMAT", &|b| b["events"][0]["eventTimestamp"] = 1_795_000_000.into());
    is("INVALID_ENUM_VALUE", &|b| b["events"][0]["eventSource"] = "SERVER".into());
    is("INVALID_ARGUMENT", &|b| b["events"][0]["client_id"] = "1.1".into());
    is("INVALID_ENUM_VALUE", &|b| b["events"][0]["consent"] = json!({"adUserData": "GRANTED"}));
    is("REQUIRED_FIELD_MISSING", &|b| b["events"] = json!([]));
    is("TOO_MANY_EVENTS", &|b| b["events"] = vec![event("1.1"); 2_001].into());
    is("", &|b| b["events"] = vec![event("1.1"); 2_000].into());
    is("INVALID_ARGUMENT", &|b| b["validate_only"] = true.into());
}

#[test]
fn user_properties_have_limits() {
    let server = started();
    let is = |reason: &str, list: Value| {
        let change = |b: &mut Value| b["events"][0]["userProperties"]["additionalUserProperties"] = list;
        assert_eq!(refused(&server, change), reason);
    };
    let of = |name: &str, value: &str| json!([{"propertyName": name, "value": value}]);
    is("", of(&"a".repeat(24), &"ä".repeat(36)));
    is("FIELD_VALUE_TOO_LONG", of(&"a".repeat(25), "x"));
    is("FIELD_VALUE_TOO_LONG", of("a", &"x".repeat(37)));
    is("RESERVED_NAME_USED", of("user_id", "x"));
    is("INVALID_FORMAT", of("a b", "x"));
    is("REQUIRED_FIELD_MISSING", of("a", ""));
    is("REQUIRED_FIELD_MISSING", json!([{"propertyName": "a", "value": 85}]));
    is("INVALID_ARGUMENT", json!([{"propertyName": "a", "value": "1"}, {"propertyName": "a", "value": "2"}]));
    let many: Vec<Value> = (0..26).map(|i| json!({"propertyName": format!("p{i}"), "value": "x"})).collect();
    is("", many[..25].into());
    is("TOO_MANY_ELEMENTS", many.into());
}

#[test]
fn destinations_are_one_property_and_its_stream() {
    let server = started();
    let is = |reason: &str, change: &dyn Fn(&mut Value)| {
        assert_eq!(refused(&server, |b| change(&mut b["destinations"])), reason);
    };
    is("PERMISSION_DENIED", &|d| d[0]["operatingAccount"]["accountId"] = "5".into());
    is("INVALID_DESTINATION", &|d| d[0]["operatingAccount"]["accountType"] = "GOOGLE_ADS".into());
    is("INVALID_DESTINATION", &|d| d[0]["productDestinationId"] = "G-OTHER".into());
    is("REQUIRED_FIELD_MISSING", &|d| *d = json!([]));
    is("MULTIPLE_DESTINATIONS_FOR_GOOGLE_ANALYTICS_EVENT", &|d| *d = json!([d[0], d[0]]));
    let other = json!({"accountType": "GOOGLE_ANALYTICS_PROPERTY", "accountId": "5"});
    assert!(!refused(&server, |b| b["destinations"][0]["loginAccount"] = other).is_empty());
    is("", &|d| d[0]["loginAccount"] = d[0]["operatingAccount"].clone());
}

fn status(server: &Server, id: &str) -> Value {
    let (status, answer) = json(server, "GET", &format!("/v1/requestStatus:retrieve?requestId={id}"), &Value::Null);
    assert_eq!(status, 200, "{answer}");
    answer["requestStatusPerDestination"][0].clone()
}

#[test]
fn the_status_comes_later() {
    let server = started();
    server.state().processing.takes = SignedDuration::from_mins(30);
    server.state().processing.fails = Some((3, "PROCESSING_ERROR_REASON_INVALID_EVENT"));
    let send =
        |events: &[Value]| json(&server, "POST", PATH, &request(events)).1["requestId"].as_str().unwrap().to_owned();
    let good = send(&[event("1.1"), event("2.2")]);
    let part = send(&[event("3.3"), event("4.4")]);
    let mut denied = event("5.5");
    denied["consent"] = json!({"adUserData": "CONSENT_DENIED"});
    let bad = send(&[denied]);
    assert_eq!(status(&server, &good)["requestStatus"], "PROCESSING");
    server.clock.advance(SignedDuration::from_mins(30));
    let is = |id: &str, word: &str, records: &str, errors: Value| {
        let status = status(&server, id);
        assert_eq!((&status["requestStatus"], &status["errorInfo"]), (&json!(word), &errors), "{status}");
        assert_eq!(status["eventsIngestionStatus"]["recordCount"], records);
    };
    let errors = |reason: &str| json!({"errorCounts": [{"recordCount": "1", "reason": reason}]});
    is(&good, "SUCCESS", "2", Value::Null);
    is(&part, "PARTIAL_SUCCESS", "2", errors("PROCESSING_ERROR_REASON_INVALID_EVENT"));
    is(&bad, "FAILED", "1", errors("PROCESSING_ERROR_REASON_DENIED_CONSENT"));
    let clients: Vec<String> = server.state().events.iter().map(|event| event.client.clone()).collect();
    assert_eq!(clients, ["1.1", "2.2", "4.4"]);
    assert_eq!(call(&server, "GET", "/v1/requestStatus:retrieve?requestId=x", "").status, 400);
}

#[test]
fn validate_only_keeps_nothing_and_has_no_status() {
    let server = started();
    let mut body = request(&[event("1.1")]);
    body["validateOnly"] = true.into();
    let (code, answer) = json(&server, "POST", PATH, &body);
    assert_eq!((code, server.state().events.len()), (200, 0));
    let path = format!("/v1/requestStatus:retrieve?requestId={}", answer["requestId"].as_str().unwrap());
    assert_eq!(call(&server, "GET", &path, "").status, 400);
}

#[test]
fn tokens_limits_and_lost_answers() {
    let server = started();
    server.state().token = Some("right".to_owned());
    let with = |token: &str| {
        let address = server.url.strip_prefix("http://").unwrap();
        let headers = [("Authorization", token)];
        let body = request(&[event("1.1")]).to_string();
        crate::world::http::send(address, "POST", PATH, &headers, body.as_bytes()).status
    };
    assert_eq!((with("Bearer wrong"), with("Bearer right")), (401, 200));
    server.state().token = None;
    server.state().limits.insert("events.ingest", Limit::new(2, SignedDuration::from_mins(1)));
    let again = || call(&server, "POST", PATH, &request(&[event("1.1")]).to_string());
    assert_eq!((again().status, again().status), (200, 200));
    server.clock.advance(SignedDuration::from_secs(20));
    let late = again();
    assert_eq!((late.status, late.header("retry-after")), (429, "41"));
    let now: Timestamp = server.clock.now();
    server.clock.set(now + SignedDuration::from_secs(41));
    assert_eq!(again().status, 200);
    // A request that is done, and hangs: whoever asked may be killed now.
    server.plan("events.ingest", &[Fault::StallAfter]);
    let events = server.state().events.len();
    let address = server.url.strip_prefix("http://").unwrap().to_owned();
    let mut stream = std::net::TcpStream::connect(&address).unwrap();
    let body = request(&[event("1.1")]).to_string();
    let head = format!("POST {PATH} HTTP/1.1\r\nHost: x\r\nContent-Length: {}\r\n\r\n{body}", body.len());
    std::io::Write::write_all(&mut stream, head.as_bytes()).unwrap();
    assert!(server.wait_for_stall(0, || false));
    assert_eq!(server.state().events.len(), events + 1);
}
