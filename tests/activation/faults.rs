//! Every fault of a batch, and what the program makes of it.

use super::visitors::{id, write_all, yesterday_and_today};
use super::world::{World, patience};
use batch_service::activation::{Bucket, Destination, Item, Sent};
use batch_service::cloud::Patience;
use conformance::analytics::{Fault, Limit};
use jiff::{SignedDuration, Timestamp};
use model_core::Band;
use std::time::{Duration, Instant};

const ROWS: usize = 3;

/// How a batch ended, in a word.
fn word(sent: &Sent) -> &'static str {
    match sent {
        Sent::Received(Some(_)) => "received",
        Sent::Received(None) => "received, name lost",
        Sent::Partly { .. } => "partly",
        Sent::TooLarge => "too large",
        Sent::Refused(_) => "refused",
        Sent::NotReceived(_) => "not received",
        Sent::Unknown(_) => "unknown",
    }
}

/// Sends a batch of three with these faults in its first requests; gives how it ended, and how often each was kept.
fn batch(world: &World, call: &'static str, destination: &dyn Destination, faults: &[Fault]) -> (&'static str, usize) {
    world.server.state().forget();
    world.server.plan(call, faults);
    let ids: Vec<String> = (0..ROWS).map(id).collect();
    let bucket = Bucket::of(0.87).unwrap();
    let items: Vec<Item<'_>> = ids.iter().map(|id| Item { client_id: id, bucket, band: Band::High }).collect();
    let sent = destination.send(&items, Timestamp::now());
    let kept = world.server.state().events.len();
    assert_eq!(kept % ROWS, 0, "all or nothing of a batch");
    (word(&sent), kept / ROWS)
}

#[test]
fn what_a_fault_of_the_data_manager_comes_to() {
    let world = World::new("activation-faults");
    let short = Patience { attempt: Duration::from_millis(700), ..patience() };
    let destination = world.data_manager_within(short);
    let come = |faults: &[Fault]| batch(&world, "events.ingest", &*destination, faults);
    assert_eq!(come(&[]), ("received", 1));
    // It is certain that nothing was done: again, and once.
    assert_eq!(come(&[Fault::Status(500), Fault::Status(503), Fault::Status(429)]), ("received", 1));
    assert_eq!(come(&[Fault::Status(500); 5]), ("not received", 0));
    let start = Instant::now();
    assert_eq!(come(&[Fault::RetryAfter(429, 1)]), ("received", 1));
    assert!(start.elapsed() >= Duration::from_secs(1), "it was asked to wait");
    assert_eq!(come(&[Fault::RetryAfter(429, 3_600)]), ("not received", 0));
    // It will be the same another time.
    assert_eq!(come(&[Fault::Status(400)]), ("refused", 0));
    assert_eq!(come(&[Fault::Status(403)]), ("refused", 0));
    assert_eq!(come(&[Fault::Status(413)]), ("too large", 0));
    // It was done, and only the answer is lost, or a part of it.
    assert_eq!(come(&[Fault::ResetAfter]), ("received", 2));
    assert_eq!(come(&[Fault::StallAfter]), ("received", 2));
    assert_eq!(come(&[Fault::Truncated]), ("received, name lost", 1));
    assert_eq!(come(&[Fault::ResetAfter, Fault::ResetAfter]), ("unknown", 2));
    assert_eq!(come(&[Fault::Delay(Duration::from_millis(300))]), ("received", 1));
    assert_eq!(come(&[Fault::Delay(Duration::from_millis(1_500))]), ("received", 2));
    // Nobody knows.
    assert_eq!(come(&[Fault::Reset]), ("received", 1));
    assert_eq!(come(&[Fault::Stall, Fault::Stall]), ("unknown", 0));
    assert_eq!(come(&[Fault::Html(502), Fault::Html(502)]), ("unknown", 0));
    assert_eq!(come(&[Fault::Says("{")]), ("unknown", 0));
    assert_eq!(come(&[Fault::Says("<html>")]), ("unknown", 0));
    assert_eq!(world.server.state().tokens_seen, 0, "no credentials go to an address on this machine");
}

#[test]
fn what_a_fault_of_the_measurement_protocol_comes_to() {
    let world = World::new("activation-faults-mp");
    let destination = world.measurement_protocol();
    let come = |faults: &[Fault]| {
        world.server.state().forget();
        world.server.plan("mp.collect", faults);
        let bucket = Bucket::of(0.07).unwrap();
        let sent = destination.send(&[Item { client_id: "12.34", bucket, band: Band::Low }], Timestamp::now());
        (word(&sent), world.server.state().events.len())
    };
    assert_eq!(come(&[]), ("received, name lost", 1));
    assert_eq!(come(&[Fault::Status(500), Fault::RetryAfter(429, 0)]), ("received, name lost", 1));
    assert_eq!(come(&[Fault::Status(413)]).1, 0);
    assert_eq!(come(&[Fault::ResetAfter]), ("received, name lost", 2));
    assert_eq!(come(&[Fault::ResetAfter, Fault::ResetAfter]), ("unknown", 2));
    let state = world.server.state();
    assert!(state.sessions.is_empty() && state.dropped.is_empty());
    assert!(state.events.iter().all(|event| !event.timed && event.consent.is_none() && event.params.is_empty()));
}

/// The usual limits of the program are longer than a minute: a slow answer is waited for, and nothing is sent twice.
#[test]
fn an_answer_after_a_minute_is_waited_for() {
    let (day, _) = yesterday_and_today();
    let world = World::scored("activation-slow", day, 10);
    world.server.plan("events.ingest", &[Fault::Delay(Duration::from_secs(60))]);
    let output = world.inkling(&["upload", "--date", &day.to_string()]).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!((world.server.state().events.len(), world.server.requests("events.ingest")), (10, 1));
}

#[test]
fn a_quota_stops_an_upload_that_goes_on_later() {
    const COUNT: usize = 10_000;
    let (day, _) = yesterday_and_today();
    let world = World::scored("activation-quota", day, COUNT);
    // The clock of the quota stands while the program asks.
    world.server.clock.set(Timestamp::now() + SignedDuration::from_secs(60));
    world.server.state().limits.insert("events.ingest", Limit::new(2, SignedDuration::from_hours(1)));
    let arguments = ["upload", "--date", &day.to_string()];
    let mut uploads = 0;
    loop {
        let output = world.inkling(&arguments).output().unwrap();
        uploads += 1;
        if output.status.success() {
            break;
        }
        let text = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(1), "{text}");
        assert!(text.contains("asked to come back in"), "{text}");
        assert!(uploads < 5, "{text}");
        world.server.clock.advance(SignedDuration::from_hours(1));
    }
    let state = world.server.state();
    assert_eq!((uploads, state.events.len(), state.profiles().len()), (3, COUNT, COUNT), "none twice");
}

#[test]
fn a_request_that_is_too_large_is_halved() {
    const COUNT: usize = 4_100;
    let (day, _) = yesterday_and_today();
    let world = World::new("activation-too-large");
    write_all(&world.place(), day, COUNT, false);
    world.server.plan("events.ingest", &[Fault::Status(413), Fault::Status(413), Fault::Fine, Fault::Status(413)]);
    let summary = world.send(day, world.data_manager(), None).unwrap();
    assert_eq!((summary.sending.sent, summary.sending.refused), (COUNT as u64, 0));
    let state = world.server.state();
    assert_eq!((state.events.len(), state.profiles().len()), (COUNT, COUNT));
}

#[test]
fn a_request_that_is_refused_leaves_nothing_behind() {
    let (day, _) = yesterday_and_today();
    let world = World::scored("activation-refused", day, 100);
    world.server.state().property.id = "999".to_owned();
    let mut command = world.inkling(&["upload", "--date", &day.to_string()]);
    let output = command.env("INKLING__GA4__PROPERTY", "123456789").output().unwrap();
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(1), "{text}");
    assert!(text.contains("role Editor") && text.contains("nothing was sent"), "{text}");
    assert!(!text.contains(&id(3)), "no visitor's id is shown: {text}");
    // When that is mended, the same upload sends everything.
    let output = world.inkling(&["upload", "--date", &day.to_string()]).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(world.server.state().events.len(), 100);
}
