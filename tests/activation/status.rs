//! What Google says of requests later, and what its own checks say beforehand.

use super::visitors::{write_all, yesterday_and_today};
use super::world::World;
use conformance::analytics::Fault;
use jiff::SignedDuration;
use serde_json::Value;

fn json(world: &World, arguments: &[&str], code: i32) -> Value {
    let output = world.inkling(&[arguments, &["--output", "json"]].concat()).output().unwrap();
    assert_eq!(output.status.code(), Some(code), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

#[test]
fn the_status_of_requests_is_asked_until_it_is_known() {
    const COUNT: usize = 5_000;
    let (day, next) = yesterday_and_today();
    let world = World::scored("activation-status", day, COUNT);
    world.server.state().processing.takes = SignedDuration::from_mins(30);
    // Of 5,000 one fails while it is processed: one request of three.
    world.server.state().processing.fails = Some((4_500, "PROCESSING_ERROR_REASON_INVALID_EVENT"));
    world.server.clock.set(jiff::Timestamp::now() + SignedDuration::from_mins(1));
    let upload = ["upload", "--date", &day.to_string()];
    json(&world, &upload, 0);
    let asked = json(&world, &upload, 0);
    assert_eq!(asked["arrival"][0]["requests"], serde_json::json!({"PROCESSING": 3}), "{asked}");
    world.server.clock.advance(SignedDuration::from_hours(1));
    let asked = json(&world, &upload, 0);
    assert_eq!(asked["arrival"][0]["requests"], serde_json::json!({"PARTIAL_SUCCESS": 1, "SUCCESS": 2}), "{asked}");
    let before = world.server.requests("requestStatus.retrieve");
    json(&world, &upload, 0);
    assert_eq!(world.server.requests("requestStatus.retrieve"), before, "what is known is not asked again");
    assert_eq!(asked["plan"]["planned"], 0);

    // A request that has failed as a whole is sent again with the next upload.
    world.server.state().processing.fails = Some((1, "PROCESSING_ERROR_REASON_INTERNAL_ERROR"));
    write_all(&world.place(), next, COUNT, true);
    let upload = ["upload", "--date", &next.to_string()];
    let sent = json(&world, &upload, 0);
    assert_eq!(sent["plan"]["planned"], 100, "2 % have changed: {sent}");
    world.server.clock.advance(SignedDuration::from_hours(1));
    world.server.state().processing.fails = None;
    let again = json(&world, &upload, 0);
    assert_eq!(again["plan"]["planned"], 100, "{again}");
    assert_eq!(json(&world, &upload, 0)["plan"]["planned"], 0);
}

#[test]
fn googles_own_checks_are_asked_and_keep_nothing() {
    let (day, _) = yesterday_and_today();
    let world = World::scored("activation-validate", day, 300);
    let date = day.to_string();
    for (way, call) in [("data-manager", "events.ingest"), ("measurement-protocol", "mp.debug")] {
        let check = ["upload", "--date", &date, "--validate", "--destination", way];
        let said = json(&world, &check, 0);
        assert_eq!((&said["complaints"], &said["plan"]["planned"]), (&serde_json::json!([]), &Value::from(300)));
        assert!(world.server.requests(call) > 0);
    }
    let complaint = r#"{"validationMessages": [{"fieldPath": "events", "description": "Bad.", "validationCode": "VALUE_INVALID"}]}"#;
    world.server.always("mp.debug", Fault::Says(complaint));
    let check = ["upload", "--date", &date, "--validate", "--destination", "measurement-protocol"];
    let said = json(&world, &check, 1);
    assert!(said["complaints"].to_string().contains("VALUE_INVALID"), "{said}");
    // The check of the Data Manager API refuses what it would refuse.
    world.server.state().property.measurement_id = "G-OTHER".to_owned();
    let mut command = world.inkling(&["upload", "--date", &date, "--validate", "--output", "json"]);
    let output = command.env("INKLING__GA4__MEASUREMENT_ID", "G-TEST123456").output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.code() == Some(1) && text.contains("INVALID_DESTINATION"), "{text}");
    let state = world.server.state();
    assert!(state.events.is_empty() && state.requests.is_empty() && state.dropped.is_empty());
    drop(state);

    // A dry run does not even ask, and shows no id.
    let asked = world.server.requests("events.ingest");
    let dry = json(&world, &["upload", "--date", &date, "--dry-run"], 0);
    assert_eq!((dry["samples"].as_array().unwrap().len(), &dry["plan"]["planned"]), (3, &Value::from(300)));
    assert!(!dry.to_string().contains(".1700000"), "{dry}");
    assert_eq!(world.server.requests("events.ingest"), asked);
}
