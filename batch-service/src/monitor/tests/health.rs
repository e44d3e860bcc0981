//! The sentence of the day.

use crate::jobs::RunRecord;
use crate::monitor::health::{Figures, row_of};
use crate::monitor::tables::HEALTH;
use jiff::civil::{Date, date};
use serde_json::json;

/// The reason of a run that began on 2 November at half past eleven in the evening, UTC.
fn reason(day: Date, zone: &str, models: &[&str], scored: u64) -> String {
    let run: RunRecord = serde_json::from_value(json!({
        "run_id": "1", "run_date": day.to_string(), "status": "done", "started_at": "2026-11-02T23:30:00Z", "seconds": 2.0,
        "steps": [], "input_fingerprint": "", "state_fingerprint": "", "events": 1, "visitors": scored, "scored": scored,
        "visitors_scored": scored, "dropped": [], "models": models, "error": null,
    }))
    .unwrap();
    let row = row_of(&run, day, zone, &Figures::default(), &[]).unwrap();
    row[HEALTH.position("status_reason").unwrap()].text().to_owned()
}

#[test]
fn what_was_missing_is_said() {
    let day = date(2026, 11, 1);
    assert_eq!(reason(day, "UTC", &[], 0), "no model is in service, so nothing was scored");
    assert!(reason(day, "UTC", &["visitor-a"], 0).starts_with("nobody was there to be scored"));
}

#[test]
fn a_day_that_is_older_than_yesterday_is_named() {
    let of = |day: i8, zone: &str| reason(date(2026, 11, day), zone, &["visitor-a"], 5);
    let usual = of(1, "UTC");
    assert_eq!(usual, "too few outcomes of the scores are known yet");
    assert_eq!(of(2, "Europe/Berlin"), usual);
    // In Berlin it was the third already.
    assert_eq!(of(1, "Europe/Berlin"), format!("{usual}; the scores are of 2026-11-01"));
}
