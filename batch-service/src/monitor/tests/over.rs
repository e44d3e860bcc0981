//! Alerts about scores that are neither sent nor told any more.

use crate::activation::Bucket;
use crate::activation::ledger::{self, Entry, Ledger, State};
use crate::config::CloudConfig;
use crate::jobs::RunRecord;
use crate::monitor::finding::{Finding, Tile};
use crate::monitor::rows::{Cell, row};
use crate::monitor::status::Status;
use crate::monitor::tables::{ALERTS, PARITY};
use crate::monitor::{MonitorOptions, Thresholds, alerts, monitor, open_alerts};
use crate::place::Place;
use crate::profile::SiteProfile;
use crate::warehouse::Fence;
use crate::warehouse::scratch::Scratch;
use jiff::civil::{Date, date};
use model_core::Band;
use serde_json::json;

fn november(day: i8) -> Date {
    date(2026, 11, day)
}

/// Both alerts are open since the first.
fn place(scratch: &Scratch) -> Place {
    let profile = || SiteProfile::load("ga4-default");
    let place = Place::open(scratch.path(), None, None, &CloudConfig::default(), profile).unwrap();
    let red = [("activation", Tile::Activation), ("parity", Tile::Parity)].map(|(rule, tile)| {
        let cause = format!("{rule} is red");
        Finding { rule: rule.to_owned(), tile, status: Status::Red, value: 0.5, threshold: 0.6, cause }
    });
    let warehouse = &*place.warehouse;
    let rows = alerts::rows(warehouse, november(1), "run", "2026-11-02T06:00:00Z", 1, &red, |_| false).unwrap();
    warehouse.publish(vec![ALERTS.stage(warehouse, november(1), &rows).unwrap()], &Fence::none()).unwrap();
    place
}

/// Rules that are open after a look at a day without scores.
fn open_after(place: &Place, day: i8) -> Vec<String> {
    let run: RunRecord = serde_json::from_value(json!({
        "run_id": day.to_string(), "run_date": november(day).to_string(), "status": "done",
        "started_at": format!("{}T05:00:00Z", november(day + 1)), "seconds": 2.0, "steps": [], "input_fingerprint": "",
        "state_fingerprint": "", "events": 0, "visitors": 0, "scored": 0, "visitors_scored": 0, "dropped": [],
        "models": [], "error": null,
    }))
    .unwrap();
    let options = MonitorOptions { thresholds: Thresholds::default(), recipients: 1, force: false };
    let _ = monitor(place, None, &run, &options, &Fence::none()).unwrap();
    open_alerts(&*place.warehouse).unwrap().into_iter().map(|alert| alert.rule).collect()
}

#[test]
fn an_alert_about_uploads_is_closed_when_nothing_is_uploaded_any_more() {
    let scratch = Scratch::new();
    let place = place(&scratch);
    let mut sent = Ledger::default();
    let (bucket, destination, sent_to) = (Bucket::parse("05").unwrap(), sent.word("data_manager"), sent.word("1"));
    let entry = Entry { state: State::Refused, destination, sent_to, ..Entry::planned(bucket, Band::Low, 1) };
    sent.push("1.2", entry).unwrap();
    let content = ledger::stage(&*place.warehouse, november(2), &sent).unwrap();
    place.warehouse.publish(vec![content], &Fence::none()).unwrap();
    assert_eq!(open_after(&place, 9), ["activation"], "a week later");
    assert_eq!(open_after(&place, 10), Vec::<String>::new());
}

#[test]
fn an_alert_about_scores_of_browsers_is_closed_when_none_comes_back_any_more() {
    let scratch = Scratch::new();
    let place = place(&scratch);
    let told = vec![row![november(2), "session-a", 5_u64, 5_u64, 0_u64, Some(0.5), 0_u64, Status::Red]];
    let content = PARITY.stage(&*place.warehouse, november(2), &told).unwrap();
    place.warehouse.publish(vec![content], &Fence::none()).unwrap();
    assert_eq!(open_after(&place, 9), ["parity"], "a week later");
    assert_eq!(open_after(&place, 10), Vec::<String>::new());
    let closed = ALERTS.read(&*place.warehouse, november(10)).unwrap();
    assert_eq!((closed.len(), &closed[0][2]), (1, &Cell::from("2026-11-11T05:00:02Z")));
}
