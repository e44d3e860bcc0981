//! `inkling serve --schedule`: a time that has just passed is run at once.

use super::start::{Place, zone};
use jiff::{Timestamp, ToSpan};
use std::time::{Duration, Instant};

#[test]
fn the_schedule_runs_yesterday_by_itself() {
    let place = Place::copy("schedule");
    // At most an hour ago, and always on the day of yesterday's end.
    let now = Timestamp::now().to_zoned(zone());
    let due = now.checked_sub(1.minute()).unwrap().max(now.start_of_day().unwrap());
    let serving = place.serve_with(&["--schedule", &due.strftime("%H:%M").to_string()], &[]);
    let start = Instant::now();
    while serving.metric("inkling_job_runs_total{outcome=\"done\"}") < 1.0 {
        assert!(start.elapsed() < Duration::from_secs(60), "{}", serving.log());
        std::thread::sleep(Duration::from_millis(50));
    }
    assert!(place.folder.at(&format!("warehouse/scores/date={}", place.last)).is_dir());
    // The trigger stays closed, and the next time is tomorrow.
    assert_eq!(serving.trigger("").status, 404);
    std::thread::sleep(Duration::from_millis(500));
    assert_eq!(serving.jobs(), 1.0);
    let log = serving.log();
    assert!(log.contains(&format!("the daily job of {} is due at", place.last)), "{log}");
    assert!(log.contains(&format!("the daily job of {} is due at", place.last.tomorrow().unwrap())), "{log}");
}
