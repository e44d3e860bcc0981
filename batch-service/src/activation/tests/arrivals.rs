//! What the export says of what was sent.

use super::visitors;
use super::world::{DAY, Fate, Site, World, id};
use crate::activation::ledger::{self, State};
use crate::config::CloudConfig;
use crate::ga4;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde_json::{Value, json};

/// A row of the export; `string` says how whole numbers are written.
fn event(user: &str, name: &str, score: Value, band: &str) -> Value {
    json!({
        "event_date": "x", "event_timestamp": 1, "event_name": name, "user_pseudo_id": user, "event_params": [],
        "user_properties": [{"key": "other", "value": {"string_value": "x"}},
            {"key": "inkling_score", "value": score}, {"key": "inkling_band", "value": {"string_value": band}}],
    })
}

#[test]
fn what_is_in_the_export_was_seen_and_the_rest_is_missing_and_sent_again() {
    let (world, rows) = (World::new(), visitors(100, 1));
    world.score(DAY, &rows);
    let site = Site::new(40, |_, _| Fate::Taken);
    let done = world.upload(DAY, &site).unwrap();
    assert_eq!((done.arrival.len(), done.sending.sent), (0, 100));

    // The export of the day on which it was sent, in the property's time zone.
    let zone = TimeZone::get(&world.place.site.profile.parts().time_zone).unwrap();
    let today = Timestamp::now().to_zoned(zone).date();
    let kept = site.kept.lock().unwrap().values.clone();
    let mut lines = Vec::new();
    for (number, (user, (score, band))) in kept.iter().enumerate() {
        lines.push(match number {
            // Of ten visitors nothing comes back, or something else.
            0..5 => event(user, "inkling_score", json!({"string_value": "95"}), "low"),
            5..10 => json!({"event_name": "inkling_score", "user_pseudo_id": user, "event_params": []}),
            10..15 => event(user, "page_view", json!({"int_value": score.parse::<i64>().unwrap()}), band),
            15..20 => event(user, "inkling_score", json!({"int_value": score}), band),
            _ => event(user, "inkling_score", json!({"string_value": score}), band),
        });
    }
    lines.push(event(&id(7_777), "inkling_score", json!({"string_value": "05"}), "low"));
    let write = |lines: &[Value]| {
        let text: String = lines.iter().map(|line| format!("{line}\n")).collect();
        let name = |day: jiff::civil::Date| format!("export/events_{}.json", day.strftime("%Y%m%d"));
        world.scratch.write(&name(today), text);
        // Near midnight the next day is looked at, too.
        world.scratch.write(&name(today.tomorrow().unwrap()), "");
        ga4::open(&[world.scratch.path().join("export").display().to_string()], &CloudConfig::default()).unwrap()
    };
    let next = DAY.tomorrow().unwrap();
    world.score(next, &rows);
    let second = world.upload_and_look(next, &site, Some(&*write(&lines))).unwrap();
    let first = &second.arrival[0];
    assert_eq!((first.day.as_str(), first.rows["seen"], first.rows["missing"]), ("2026-11-20", 90, 10));
    assert_eq!((first.seen_share, first.alarm), (Some(0.9), true));
    assert_eq!(first.requests["SUCCESS"], 3);
    assert!(second.failed() && second.alarm().unwrap().contains("10 missing"), "{second}");
    assert_eq!((second.plan.planned, second.plan.unchanged), (10, 90), "missing rows are sent again");

    // Google has written the day anew: nothing is missing any more.
    let all: Vec<Value> =
        kept.iter().map(|(u, (s, b))| event(u, "inkling_score", json!({"string_value": s}), b)).collect();
    let third = world.upload_and_look(next, &site, Some(&*write(&all))).unwrap();
    assert_eq!((third.arrival[0].rows["seen"], third.arrival[0].alarm, third.failed()), (100, false, false));
    let ledger = ledger::load(&*world.place.warehouse, DAY).unwrap();
    assert_eq!(ledger.counts()[State::Seen as usize], 100);
}
