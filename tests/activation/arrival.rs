//! Proof of arrival: what the stand-in has taken comes back as an export, whole or in part.

use super::visitors::{write_all, yesterday_and_today};
use super::world::World;
use conformance::analytics::{Arrival, exported};
use conformance::world::day_file;
use jiff::civil::Date;
use serde_json::{Value, json};

const COUNT: usize = 2_000;

/// The export of the day on which was sent, and of the next one, for what was sent around midnight.
fn write_export(world: &World, arrival: Arrival) {
    let (_, today) = yesterday_and_today();
    let rows = |day: Date| exported(&world.server.state(), day, arrival);
    for day in [today, today.tomorrow().unwrap()] {
        day_file(&world.folder, "export", day, &rows(day));
    }
}

/// Uploads a day with an export in view; gives the exit code, the summary and stderr.
fn upload(world: &World, day: Date) -> (i32, Value, String) {
    let date = day.to_string();
    let arguments = ["upload", "--date", &date, "--events", "export", "--output", "json"];
    let output = world.inkling(&arguments).output().unwrap();
    let stderr = String::from_utf8(output.stderr).unwrap();
    let json = serde_json::from_slice(&output.stdout).unwrap_or_else(|e| panic!("{e}: {stderr}"));
    (output.status.code().unwrap(), json, stderr)
}

/// What was said of the upload of a day.
fn of(summary: &Value, day: Date) -> Value {
    let arrivals = summary["arrival"].as_array().unwrap();
    arrivals.iter().find(|arrival| arrival["day"] == day.to_string()).cloned().unwrap_or_default()
}

#[test]
fn what_arrived_is_told_and_less_than_95_percent_is_an_alarm() {
    let (first, second) = yesterday_and_today();
    for (share, missing, alarm) in [(1.0, 0, false), (0.96, 80, false), (0.9, 200, true)] {
        let world = World::scored(&format!("activation-arrival-{missing}"), first, COUNT);
        let (code, sent, stderr) = upload_without_export(&world, first);
        assert_eq!((code, &sent["sending"]["sent"]), (0, &json!(COUNT)), "{stderr}");
        write_export(&world, Arrival { share, seed: 7 });
        write_all(&world.place(), second, COUNT, false);
        let (code, summary, stderr) = upload(&world, second);
        let told = of(&summary, first);
        assert_eq!(told["rows"]["seen"], json!(COUNT - missing), "{told}");
        assert_eq!(told["rows"]["missing"], json!(missing), "{told}");
        assert_eq!(told["seen_share"], json!(1.0 - missing as f64 / COUNT as f64));
        assert_eq!((&told["alarm"], code), (&json!(alarm), i32::from(alarm)), "{stderr}");
        assert_eq!(stderr.contains("too little of what was sent is in the export"), alarm, "{stderr}");
        // Who has not got it gets it once more, and nobody else.
        assert_eq!(
            (&summary["plan"]["planned"], &summary["plan"]["unchanged"]),
            (&json!(missing), &json!(COUNT - missing))
        );
        assert_eq!(world.server.state().events.len(), COUNT + missing);
    }
}

fn upload_without_export(world: &World, day: Date) -> (i32, Value, String) {
    let date = day.to_string();
    let output = world.inkling(&["upload", "--date", &date, "--output", "json"]).output().unwrap();
    let stderr = String::from_utf8(output.stderr).unwrap();
    (output.status.code().unwrap(), serde_json::from_slice(&output.stdout).unwrap_or_default(), stderr)
}

/// The Measurement Protocol says 204 to a wrong secret, too; the export does not.
#[test]
fn a_wrong_secret_is_found_out_the_next_day() {
    let (first, second) = yesterday_and_today();
    let world = World::scored("activation-arrival-secret", first, 200);
    let date = first.to_string();
    let mut command =
        world.inkling(&["upload", "--date", &date, "--destination", "measurement-protocol", "--output", "json"]);
    let output = command.env("INKLING__GA4__API_SECRET", "of-yesterday").output().unwrap();
    let text = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "it cannot be known yet: {text}");
    assert!(!text.contains("of-yesterday"));
    assert!(world.server.state().events.is_empty());
    write_export(&world, Arrival::ALL);
    write_all(&world.place(), second, 200, false);
    let (code, summary, stderr) = upload(&world, second);
    assert_eq!((code, &of(&summary, first)["rows"]["missing"]), (1, &json!(200)), "{stderr}");
    assert_eq!(summary["plan"]["planned"], 200);
}
