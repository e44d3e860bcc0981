//! Who hears of what goes wrong, and what can be looked at afterwards.

use super::cloud::Cloud;
use super::export::{small, table};
use super::tables::{published, runs};
use batch_service::config::CloudConfig;
use batch_service::jobs::daily::alone;
use batch_service::jobs::lease::LeaseOptions;
use batch_service::monitor::rows::{Cell, Row};
use batch_service::monitor::tables::ALERTS;
use batch_service::place::Place;
use batch_service::warehouse::read::TableReader;
use conformance::world::mail::{MailServer, PASSWORD, USER};
use conformance::world::page::document_of;
use conformance::world::{Ran, web};
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde_json::{Value, json};
use std::path::Path;

/// Calls the program with a mail server.
fn call(cloud: &Cloud, server: &MailServer, arguments: &[&str]) -> Ran {
    let mut command = cloud.command(arguments);
    command.env("INKLING__ALERTS__SMTP", server.address()).env("INKLING__ALERTS__CA_FILE", "mail/ca.pem");
    command.env("INKLING__ALERTS__USER", USER).env("INKLING_SMTP_PASSWORD", PASSWORD);
    command.env("INKLING__ALERTS__FROM", "inkling@example.org").env("INKLING__ALERTS__TO", "anna@example.org");
    Ran::of(command.output().expect("the program starts"))
}

fn subject(mail: &Value) -> &str {
    mail["headers"]["Subject"].as_str().unwrap()
}

fn says(mail: &Value, texts: &[&str]) {
    assert_eq!((&mail["encrypted"], &mail["authenticated"]), (&true.into(), &true.into()), "{mail}");
    let body = mail["body"].as_str().unwrap();
    for text in texts {
        assert!(body.contains(text), "{text:?} in {body}");
    }
}

#[test]
fn admins_hear_of_failures_and_of_their_end() {
    let cloud = Cloud::small("alarms", 5..=5);
    let server = MailServer::start(&cloud.folder, None);
    let day = small().files.days[6];
    let date = day.to_string();

    // A backfill is no success.
    let ran = call(&cloud, &server, &["watch"]);
    assert_eq!(ran.code, 1, "{}", ran.stderr);
    let received = server.messages();
    assert_eq!(received.len(), 1, "{}", ran.stderr);
    assert!(subject(&received[0]).ends_with("no run has succeeded lately"), "{}", received[0]);
    says(&received[0], &["docs/RUNBOOK.md#no-success"]);

    // The day's table is another table.
    let before = published(&cloud);
    let of_day = cloud.export.table(&table(day)).unwrap();
    cloud.execute(&format!("CREATE OR REPLACE TABLE `{of_day}` AS SELECT 'x' AS visitId, 1 AS hits"));
    let ran = call(&cloud, &server, &["run", "--date", &date]);
    assert_eq!(ran.code, 4, "{}", ran.stderr);
    assert_eq!(published(&cloud), before);
    let received = server.messages();
    assert_eq!(received.len(), 2, "{}", ran.stderr);
    says(
        &received[1],
        &[
            "Step:         read",
            "Exit code:    4",
            "Written:      nothing",
            "Not written:  events_clean, visitor_state, scores",
            "not a Google Analytics 4 export: no column event_timestamp",
            &format!("inkling run --date {date}"),
        ],
    );
    assert!(runs(&cloud).contains(&(date.clone(), "failed".to_owned(), 1)), "{:?}", runs(&cloud));

    cloud.put(&small().files, day);
    let ran = call(&cloud, &server, &["run", "--date", &date]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    assert!(runs(&cloud).contains(&(date.clone(), "done".to_owned(), 1)), "{:?}", runs(&cloud));
    let received = server.messages();
    assert_eq!(received.len(), 3, "{}", ran.stderr);
    assert!(subject(&received[2]).contains("runs succeed again"), "{}", received[2]);
    let ran = call(&cloud, &server, &["watch", "--hours", "1", "--output", "json"]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    assert_eq!(serde_json::from_str::<Value>(&ran.stdout).unwrap()["last_day"], *date);

    // What was done can be looked at.
    let ran = cloud.call(&["dashboard", "build", "--out", "dashboard.html", "--web", web().to_str().unwrap()]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    let page = std::fs::read_to_string(cloud.folder.at("dashboard.html")).unwrap();
    let document = document_of(&page);
    let runs = &document["views"]["v_run_history"];
    let at = |name: &str| runs["columns"].as_array().unwrap().iter().position(|c| c["name"] == name).unwrap();
    let of_day = runs["rows"].as_array().unwrap().iter().filter(|row| row[at("run_date")] == *date);
    let told: Vec<&str> = of_day.map(|row| row[at("status")].as_str().unwrap()).collect();
    assert!(told.contains(&"failed") && told.last() == Some(&"done"), "{told:?}");
    let reporting = cloud.reporting();
    assert!(document["dataset"].as_str().unwrap().ends_with(&format!(".{reporting}")), "{}", document["dataset"]);
    assert!(runs["sql"].as_str().unwrap().contains(&format!("{reporting}.v_run_history")), "{}", runs["sql"]);
    let link = cloud.call(&["dashboard", "link"]);
    assert_eq!(link.code, 0, "{}", link.stderr);
    assert!(
        link.stdout.contains("&ds.v_alerts.tableId=v_alerts") && link.stdout.contains(&reporting),
        "{}",
        link.stdout
    );
    // An alert is seen: in the table, and so in the view.
    assert_eq!(cloud.json(&["alert", "list"]), json!([]));
    open_alert(&cloud, day);
    let seen = cloud.json(&["alert", "acknowledge", "tag-1"]);
    assert!(seen["acknowledged_at"].is_string() && seen["cause"] == "a sentence", "{seen}");
    assert_eq!(cloud.json(&["alert", "list"]), json!([seen]));
    let replayed = cloud.json(&["replay", "--from", &date, "--to", &date, "--out", "replayed.parquet"]);
    let rows = TableReader::open(&cloud.folder.at("replayed.parquet")).unwrap().total_rows();
    assert!(rows > 50 && replayed["rows"] == rows, "{rows} {replayed}");
}

/// Writes an alert as a run does that opens it.
fn open_alert(cloud: &Cloud, day: Date) {
    let (dataset, scratch) = (Some(cloud.dataset.dataset.clone()), Some(cloud.folder.at("scratch-of-the-test")));
    let config = CloudConfig { dataset, scratch, ..cloud.google.config.clone() };
    let store = Some(Path::new(&cloud.store));
    let place = Place::look(Path::new("bigquery"), store, None, &config, || panic!("the warehouse is there")).unwrap();
    let mut row: Row = vec![Cell::Null; ALERTS.columns.len()];
    for (column, text) in
        [("alert_id", "tag-1"), ("opened_at", "2026-11-20T06:00:00Z"), ("rule", "tag"), ("cause", "a sentence")]
    {
        row[ALERTS.position(column).unwrap()] = text.into();
    }
    let publish = |fence: &_| place.warehouse.publish(vec![ALERTS.stage(&*place.warehouse, day, &[row])?], fence);
    alone(&place, LeaseOptions::default(), publish).unwrap();
}

#[test]
fn a_table_that_does_not_come_is_an_alarm_after_its_deadline() {
    let cloud = Cloud::small("deadline", 5..=5);
    let server = MailServer::start(&cloud.folder, None);
    let zone = TimeZone::get("Europe/London").unwrap();
    let today = || Timestamp::now().to_zoned(zone.clone()).date();
    // Without a date it is the day that is over where the property is. At midnight the day changes under this test.
    let (before, ran, after) = (today(), call(&cloud, &server, &["run"]), today());
    assert_eq!(ran.code, 1, "{}", ran.stderr);
    let received = server.messages();
    assert_eq!(received.len(), 1, "{}", ran.stderr);
    let first = small().files.days.last().unwrap().tomorrow().unwrap();
    let since = format!("nor for any day from {first} on");
    says(&received[0], &[&since, "is the export still on?", "Written:      nothing"]);
    let told = [before, after].map(|day| format!("the export has no table for {}", day.yesterday().unwrap()));
    assert!(told.iter().any(|text| ran.stderr.contains(text)), "{}", ran.stderr);
    // A day of long ago was asked for by a person.
    let ran = call(&cloud, &server, &["run", "--date", "2026-01-01"]);
    assert_eq!((ran.code, server.messages().len()), (3, 1), "{}", ran.stderr);
}
