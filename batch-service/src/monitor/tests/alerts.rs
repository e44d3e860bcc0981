//! Alerts from day to day.

use crate::jobs::{ExitKind, exit_kind};
use crate::monitor::finding::{Finding, Tile};
use crate::monitor::rows::{Cell, Row};
use crate::monitor::status::Status;
use crate::monitor::tables::ALERTS;
use crate::monitor::{acknowledge, alerts, open_alerts};
use crate::warehouse::scratch::Scratch;
use crate::warehouse::{Fence, LocalWarehouse, Warehouse};
use jiff::civil::date;
use model_core::Target;

fn finding(rule: &str, status: Status) -> Finding {
    let cause = format!("{rule} is {}", status.as_str());
    Finding { rule: rule.to_owned(), tile: Tile::Auc, status, value: 0.5, threshold: 0.6, cause }
}

/// Rule, day of the opening, and whether it is open, of each row.
fn told(rows: &[Row]) -> Vec<(String, String, bool)> {
    let day = |row: &Row| row[0].text().rsplitn(4, '-').take(3).collect::<Vec<_>>().join("-");
    rows.iter().map(|row| (row[4].text().to_owned(), day(row), row[2] == Cell::Null)).collect()
}

#[test]
fn alerts_of_a_model_that_serves_no_more_are_closed() {
    let folder = std::env::temp_dir().join(format!("inkling-alerts-{}", std::process::id()));
    let _ = std::fs::remove_dir_all(&folder);
    let warehouse = LocalWarehouse::open(&folder).unwrap();
    let of = |day: i8, findings: &[Finding], replaced: &[Target]| {
        let at = format!("2026-11-0{day}T06:00:00Z");
        let is_over = |rule: &str| replaced.iter().any(|target| rule.ends_with(target.as_str()));
        alerts::rows(&warehouse, date(2026, 11, day), "run", &at, 1, findings, is_over).unwrap()
    };
    let red = ["auc:session", "auc:visitor", "tag"].map(|rule| finding(rule, Status::Red));
    let opened = of(1, &red, &[]);
    warehouse.publish(vec![ALERTS.stage(&warehouse, date(2026, 11, 1), &opened).unwrap()], &Fence::none()).unwrap();

    let all = |rows: &[Row]| {
        let mut told = told(rows);
        told.sort();
        told
    };
    let is = |rule: &str, day: &str, open: bool| (rule.to_owned(), day.to_owned(), open);
    let [first, second] = ["01-11-2026", "02-11-2026"];
    // A check that cannot be made yet leaves the alert open while the same model serves, and not when another does.
    let grey =
        [finding("auc:session", Status::Grey), finding("auc:visitor", Status::Grey), finding("tag", Status::Red)];
    let same = [is("auc:session", first, true), is("auc:visitor", first, true), is("tag", first, true)];
    assert_eq!(all(&of(2, &grey, &[])), same);
    let other = [is("auc:session", first, true), is("auc:visitor", first, false), is("tag", first, true)];
    assert_eq!(all(&of(2, &grey, &[Target::Visitor])), other);
    // What is red of the other model is an alert of its own.
    let new = all(&of(2, &red, &[Target::Visitor]));
    assert_eq!(new.len(), 4);
    assert!(
        new.contains(&is("auc:visitor", first, false)) && new.contains(&is("auc:visitor", second, true)),
        "{new:?}"
    );
    std::fs::remove_dir_all(folder).unwrap();
}

#[test]
fn an_alert_that_is_acknowledged_stays_so_until_it_is_closed() {
    let folder = std::env::temp_dir().join(format!("inkling-acknowledged-{}", std::process::id()));
    let _ = std::fs::remove_dir_all(&folder);
    let warehouse = LocalWarehouse::open(&folder).unwrap();
    assert!(open_alerts(&warehouse).unwrap().is_empty());
    let again = |day: i8, run: &str, at: &str, recipients: usize, findings: &[Finding]| {
        let of = date(2026, 11, day);
        let rows = alerts::rows(&warehouse, of, run, at, recipients, findings, |_| false).unwrap();
        warehouse.publish(vec![ALERTS.stage(&warehouse, of, &rows).unwrap()], &Fence::none()).unwrap();
    };
    let look = |day: i8, findings: &[Finding]| again(day, "run", &format!("2026-11-0{day}T06:00:00Z"), 1, findings);
    let both = ["tag", "volume"].map(|rule| finding(rule, Status::Red));
    look(1, &both);
    let seen = |id: &str, at: &str| acknowledge(&warehouse, id, at, &Fence::none());
    let first = seen("tag-2026-11-01", "2026-11-01T09:00:00Z").unwrap();
    assert_eq!(first.acknowledged_at.as_deref(), Some("2026-11-01T09:00:00Z"));
    // The first time counts.
    assert_eq!(seen("tag-2026-11-01", "2026-11-01T10:00:00Z").unwrap(), first);
    let told = || -> Vec<_> {
        open_alerts(&warehouse).unwrap().into_iter().map(|alert| (alert.rule, alert.acknowledged_at)).collect()
    };
    let open = [("tag".to_owned(), first.acknowledged_at.clone()), ("volume".to_owned(), None)];
    assert_eq!(told(), open);
    // The same day looked at again: what is said of an alert is of the first look.
    let opened = ALERTS.read(&warehouse, date(2026, 11, 1)).unwrap();
    again(1, "later", "2026-11-05T06:00:00Z", 2, &both);
    assert_eq!(told(), open);
    assert_eq!(ALERTS.read(&warehouse, date(2026, 11, 1)).unwrap(), opened);
    // And the next one.
    look(2, &both);
    assert_eq!(told(), open);
    look(3, &[finding("tag", Status::Green), finding("volume", Status::Red)]);
    assert_eq!(told(), [open[1].clone()]);
    // One that is closed, and one that never was.
    for id in ["tag-2026-11-01", "tag", ""] {
        let error = seen(id, "2026-11-03T09:00:00Z").unwrap_err();
        let text = format!("no alert {id} is open; open are volume-2026-11-01");
        assert_eq!((exit_kind(&error), error.to_string()), (ExitKind::Usage, text));
    }
    std::fs::remove_dir_all(folder).unwrap();
}

#[test]
fn an_alert_stays_acknowledged_when_an_earlier_day_turns_red_later() {
    let scratch = Scratch::new();
    let warehouse = LocalWarehouse::open(scratch.path()).unwrap();
    let look = |day: i8, at: &str, status: Status| {
        let (of, finding) = (date(2026, 11, day), finding("tag", status));
        let rows = alerts::rows(&warehouse, of, "run", at, 1, &[finding], |_| false).unwrap();
        warehouse.publish(vec![ALERTS.stage(&warehouse, of, &rows).unwrap()], &Fence::none()).unwrap();
    };
    let open = || -> Vec<_> {
        open_alerts(&warehouse).unwrap().into_iter().map(|alert| (alert.alert_id, alert.acknowledged_at)).collect()
    };
    look(1, "2026-11-02T06:00:00Z", Status::Green);
    look(2, "2026-11-03T06:00:00Z", Status::Red);
    let at = "2026-11-03T09:00:00Z";
    let _ = acknowledge(&warehouse, "tag-2026-11-02", at, &Fence::none()).unwrap();
    look(1, "2026-11-04T06:00:00Z", Status::Red);
    look(2, "2026-11-04T06:01:00Z", Status::Red);
    assert_eq!(open(), [("tag-2026-11-01".to_owned(), Some(at.to_owned()))]);
    // And when it is red no more.
    look(1, "2026-11-05T06:00:00Z", Status::Green);
    look(2, "2026-11-05T06:01:00Z", Status::Red);
    assert_eq!(open(), [("tag-2026-11-02".to_owned(), Some(at.to_owned()))]);
    // One that is closed and turns red on another day is a new one.
    look(3, "2026-11-06T06:00:00Z", Status::Green);
    look(4, "2026-11-07T06:00:00Z", Status::Red);
    assert_eq!(open(), [("tag-2026-11-04".to_owned(), None)]);
}
