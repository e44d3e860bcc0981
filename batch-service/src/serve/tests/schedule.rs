//! The plan, by the clocks of several places.

use super::*;
use serde_json::Value;

fn plan(time: &str, zone: &str, now: &str) -> Plan {
    Plan::new(time.parse().unwrap(), TimeZone::get(zone).unwrap(), at(now)).unwrap()
}

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn done() -> Answer {
    Answer::Ran(Ended::Done(Value::Null))
}

fn not_ready() -> Answer {
    Answer::Ran(Ended::NotReady(String::new()))
}

/// The day of the job, and when.
fn next(plan: &Plan) -> (String, String) {
    (plan.day().unwrap().to_string(), plan.at.to_string())
}

fn is(day: &str, at: &str) -> (String, String) {
    (day.to_owned(), at.to_owned())
}

#[test]
fn times_are_read_strictly() {
    assert_eq!("06:30".parse::<Schedule>().unwrap().0, Time::constant(6, 30, 0, 0));
    for bad in ["", "6:30", "24:00", "12:60", "06:30:00", "06.30", "-1:30", "+6:30", "soon"] {
        assert!(bad.parse::<Schedule>().is_err(), "{bad}");
    }
}

#[test]
fn it_begins_with_the_latest_time_unless_that_is_long_ago() {
    let berlin = |now| next(&plan("06:00", "Europe/Berlin", now));
    assert_eq!(berlin("2026-10-05T03:59:00Z"), is("2026-10-04", "2026-10-05T04:00:00Z"));
    assert_eq!(berlin("2026-10-05T04:00:00Z"), is("2026-10-04", "2026-10-05T04:00:00Z"));
    assert_eq!(berlin("2026-10-05T23:59:00Z"), is("2026-10-04", "2026-10-05T04:00:00Z"));
    // 20 hours later.
    assert_eq!(berlin("2026-10-06T00:00:00Z"), is("2026-10-05", "2026-10-06T04:00:00Z"));
}

#[test]
fn clocks_that_leap_or_stand_still_make_no_day_more_or_less() {
    let mut spring = plan("02:30", "Europe/Berlin", "2026-03-28T01:30:00Z");
    let mut due = Vec::new();
    for _ in 0..3 {
        due.push(spring.at.to_string());
        assert_eq!(spring.tried(spring.at, &done()).unwrap(), Then::Next);
    }
    assert_eq!(due, ["2026-03-28T01:30:00Z", "2026-03-29T01:30:00Z", "2026-03-30T00:30:00Z"]);
    let autumn = plan("02:30", "Europe/Berlin", "2026-10-25T01:00:00Z");
    assert_eq!(next(&autumn), is("2026-10-24", "2026-10-25T00:30:00Z"), "the first of the two");

    for zone in ["Europe/Berlin", "America/New_York", "America/Santiago", "Australia/Lord_Howe", "Asia/Kolkata"] {
        for time in ["00:00", "00:30", "01:59", "02:00", "02:30", "03:00", "23:59"] {
            let mut plan = plan(time, zone, "2025-12-31T23:00:00Z");
            let mut before = (plan.day().unwrap(), plan.at);
            for _ in 0..3 * 365 {
                plan.tried(plan.at, &done()).unwrap();
                let now = (plan.day().unwrap(), plan.at);
                assert_eq!(now.0, before.0.tomorrow().unwrap(), "{zone} {time}");
                let hours = now.1.duration_since(before.1).as_secs_f64() / 3_600.0;
                assert!((22.9..25.1).contains(&hours), "{zone} {time}: {hours} hours before {}", now.1);
                before = now;
            }
        }
    }
}

#[test]
fn an_export_that_is_late_is_looked_for_every_15_minutes_for_20_hours() {
    let mut plan = plan("06:00", "UTC", "2026-10-05T05:00:00Z");
    let mut attempts = 0;
    let then = loop {
        attempts += 1;
        let now = plan.at;
        match plan.tried(now, &not_ready()).unwrap() {
            Then::Again => assert_eq!(plan.at.duration_since(now), AGAIN),
            then => break then,
        }
        assert_eq!(plan.day().unwrap().to_string(), "2026-10-04");
    };
    assert_eq!((then, attempts), (Then::Late, 81));
    assert_eq!(next(&plan), is("2026-10-05", "2026-10-06T06:00:00Z"));
    // A failure was mailed, and is for people.
    let failed = Answer::Ran(Ended::Stopped(String::new()));
    assert_eq!(plan.tried(plan.at, &failed).unwrap(), Then::Next);
}

#[test]
fn days_that_a_sleeping_machine_has_missed_are_run_at_once_and_in_order() {
    let mut plan = plan("06:00", "UTC", "2026-10-05T05:00:00Z");
    let woken = at("2026-10-08T09:00:00Z");
    let mut days = Vec::new();
    while plan.at <= woken {
        days.push(plan.day().unwrap().to_string());
        // The first is not there: its deadline is over, the later ones come all the same.
        let answer = if days.len() == 1 { not_ready() } else { done() };
        plan.tried(woken, &answer).unwrap();
    }
    assert_eq!(days, ["2026-10-04", "2026-10-05", "2026-10-06", "2026-10-07"]);
    assert_eq!(next(&plan), is("2026-10-08", "2026-10-09T06:00:00Z"));
    // While another job runs, a minute is enough.
    plan.tried(plan.at, &Answer::Busy(Date::constant(2026, 1, 1))).unwrap();
    assert_eq!(next(&plan), is("2026-10-08", "2026-10-09T06:01:00Z"));
}
