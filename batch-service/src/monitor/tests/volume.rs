//! Hours without an event.

use crate::jobs::RunRecord;
use crate::monitor::status::{Status, Thresholds};
use crate::monitor::volume::{History, Shape, Usual, row_of};
use jiff::civil::date;
use serde_json::json;

/// What a day of `hours` hours in a row without an event says, when `usual` of them are usual.
fn status(hours: usize, usual: Option<usize>, thresholds: &Thresholds) -> Status {
    let run: RunRecord = serde_json::from_value(json!({
        "run_id": "1", "run_date": "2026-11-02", "status": "done", "started_at": "2026-11-03T04:00:00Z", "seconds": 2.0,
        "steps": [], "input_fingerprint": "", "state_fingerprint": "", "events": 5_000, "visitors": 400, "scored": 400,
        "visitors_scored": 400, "dropped": [], "models": [], "error": null,
    }))
    .unwrap();
    let shape = Shape { gap: (3, hours), ..Shape::default() };
    let usual = Usual { gap: usual, single_view_share: 0.0 };
    let (_, findings) = row_of(&run, None, &shape, &History::of(&[], date(2026, 11, 2)), &usual, thresholds);
    let volume = &findings[0];
    assert_eq!(
        volume.cause.contains("there are no events from 03:00"),
        volume.status == Status::Red,
        "{}",
        volume.cause
    );
    volume.status
}

#[test]
fn so_many_more_hours_than_usual_are_red() {
    let default = Thresholds::default();
    assert_eq!([status(8, Some(2), &default), status(7, Some(2), &default)], [Status::Red, Status::Grey]);
    assert_eq!(status(12, None, &default), Status::Grey, "without a usual day nothing is judged");
    let strict = Thresholds { gap_hours: [4.0], ..default };
    assert_eq!([status(6, Some(2), &strict), status(5, Some(2), &strict)], [Status::Red, Status::Grey]);
}

#[test]
fn a_limit_that_is_no_number_of_hours_is_refused() {
    let check = |hours: f64| Thresholds { gap_hours: [hours], ..Thresholds::default() }.check();
    assert_eq!([check(1.0), check(24.0)], [Ok(()), Ok(())]);
    for wrong in [0.0, -1.0, 25.0, f64::NAN] {
        assert!(check(wrong).unwrap_err().contains("gap_hours"), "{wrong}");
    }
}
