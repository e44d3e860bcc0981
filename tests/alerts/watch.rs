//! `inkling watch`: the alarm when no run succeeds, its end, and the weekly test.

use super::start::{Alerting, lines};
use conformance::world::mail::{body, header};

#[test]
fn no_success_is_mailed_once_and_so_is_its_end() {
    let (alerting, server) = Alerting::with_server("watch");
    // The backfill has folded days and scored none.
    for _ in 0..2 {
        let ran = alerting.call(&["watch"]);
        assert_eq!(ran.code, 1, "{}", ran.stderr);
        assert!(ran.stdout.contains("no run has ever succeeded here"), "{}", ran.stdout);
    }
    let received = server.messages();
    assert_eq!(received.len(), 1);
    assert_eq!(header(&received[0], "Subject"), "Northgate: no run has succeeded lately");
    assert!(body(&received[0]).contains("docs/RUNBOOK.md#no-success"), "{}", body(&received[0]));

    let ran = alerting.run(alerting.day);
    assert_eq!((ran.code, server.messages().len()), (0, 1), "{}", ran.stderr);
    for _ in 0..2 {
        let ran = alerting.call(&["watch", "--hours", "1", "--output", "json"]);
        assert_eq!(ran.code, 0, "{}", ran.stderr);
        let said: serde_json::Value = serde_json::from_str(&ran.stdout).unwrap();
        assert_eq!((&said["in_time"], said["last_day"].as_str()), (&true.into(), Some(&*alerting.day.to_string())));
    }
    let received = server.messages();
    assert_eq!(received.len(), 2);
    assert_eq!(header(&received[1], "Subject"), "Northgate: runs succeed again");
    assert_eq!(header(&received[1], "In-Reply-To"), header(&received[0], "Message-ID"));
}

#[test]
fn a_watch_that_sees_nothing_is_mailed_too() {
    let (alerting, server) = Alerting::with_server("watch-blind");
    assert_eq!(alerting.run(alerting.day).code, 0);
    let good = alerting.folder.contents(&["warehouse/runs"]);
    assert!(!good.is_empty());
    for name in good.keys() {
        alerting.folder.write(name, "no table");
    }
    for _ in 0..2 {
        let ran = alerting.call(&["watch"]);
        assert_eq!(ran.code, 1, "{}", ran.stderr);
    }
    let received = server.messages();
    assert_eq!(received.len(), 1, "{received:?}");
    let text = body(&received[0]);
    assert!(text.contains("Step:         watch") && text.contains("inkling watch --hours 26"), "{text}");
    for (name, bytes) in good {
        alerting.folder.write(&name, bytes);
    }
    assert_eq!(alerting.call(&["watch"]).code, 0);
}

#[test]
fn the_accepted_time_is_the_first_limit_of_the_dashboard() {
    let alerting = Alerting::copy("watch-hours");
    let hours = |arguments: &[&str]| {
        let ran = alerting.call(&[&["watch", "--output", "json"], arguments].concat());
        assert_eq!(ran.code, 1, "{}", ran.stderr);
        let said: serde_json::Value = serde_json::from_str(&ran.stdout).unwrap();
        said["hours"].as_u64().unwrap()
    };
    let configure = |more: &str| alerting.folder.write("inkling.toml", format!("warehouse = \"warehouse\"\n{more}"));
    configure("");
    assert_eq!(hours(&[]), 26);
    configure("[dashboard.thresholds]\nfresh_hours = [29.5, 50.0]\n");
    assert_eq!((hours(&[]), hours(&["--hours", "1"])), (30, 1));
}

#[test]
fn the_test_mail_tells_whether_mail_works() {
    let (alerting, server) = Alerting::with_server("test-mail");
    let ran = alerting.call(&["watch", "--test"]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    assert_eq!(header(&server.messages()[0], "Subject"), "Northgate: test of the alerts");
    assert!(!alerting.folder.at("warehouse/store/alerts").exists());
    // One bad address is enough to look into.
    server.refuse(&["bo@example.org"]);
    let ran = alerting.call(&["watch", "--test"]);
    assert_eq!((ran.code, lines(&ran, "WARNING").len()), (1, 1), "{}", ran.stderr);
    alerting.configure("smtp = \"localhost:1\"\ndeadline_seconds = 1\n");
    let ran = alerting.call(&["watch", "--test"]);
    assert_eq!((ran.code, lines(&ran, "CRITICAL").len()), (1, 1), "{}", ran.stderr);
    alerting.folder.write("inkling.toml", "warehouse = \"warehouse\"\n");
    assert_eq!(alerting.call(&["watch", "--test"]).code, 2);
}
