//! What the trigger starts, and what it answers.

use super::start::{Place, ROUTE};
use batch_service::jobs::read_runs;
use batch_service::warehouse::local::LocalWarehouse;
use conformance::world::google_keys::{KeyServer, token};
use conformance::world::http::send;
use conformance::world::mail::{MailServer, PASSWORD, USER};
use jiff::ToSpan;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::Barrier;
use std::time::{Duration, Instant};

#[test]
fn eight_triggers_at_once_start_one_job() {
    let (place, keys) = (Place::copy("eight"), KeyServer::start());
    let serving = place.serve(&keys, &[], &[]);
    let barrier = Barrier::new(8);
    let mut started: Vec<String> = std::thread::scope(|scope| {
        let asked: Vec<_> = (0..8)
            .map(|_| {
                scope.spawn(|| {
                    barrier.wait();
                    // An empty body means yesterday.
                    let answer = serving.trigger("");
                    let body = answer.json();
                    assert_eq!(answer.status, 200, "{body}");
                    assert_eq!(answer.header("content-type"), "application/json");
                    assert_eq!(body["date"], place.last.to_string());
                    assert_eq!(body["summary"]["run"]["run_date"], place.last.to_string());
                    assert!(body["summary"]["run"]["scored"].as_u64().unwrap() > 0, "{body}");
                    body["started"].as_str().unwrap().to_owned()
                })
            })
            .collect();
        asked.into_iter().map(|a| a.join().unwrap()).collect()
    });
    started.sort();
    assert_eq!(started.iter().filter(|s| *s == "now").count(), 1, "{started:?}");
    assert!(started.iter().all(|s| ["now", "already running", "already done"].contains(&s.as_str())));
    assert_eq!((serving.jobs(), serving.metric("inkling_job_runs_total{outcome=\"done\"}")), (1.0, 1.0));
    let runs = read_runs(&LocalWarehouse::open(place.folder.at("warehouse")).unwrap()).unwrap();
    assert_eq!(runs.iter().filter(|r| r.run_date == place.last.to_string() && r.status == "done").count(), 1);
    assert!(serving.metric("inkling_job_last_success_timestamp_seconds") > 1.7e9);
    assert!(serving.metric("inkling_job_step_seconds{step=\"read\"}") > 0.0);
    assert!(serving.metric("process_resident_memory_bytes") > 1e6);
}

#[test]
fn a_failure_is_a_problem_and_a_mail_and_what_is_late_is_neither() {
    let (place, keys) = (Place::copy("failure"), KeyServer::start());
    let mail = MailServer::start(&place.folder, None);
    place.folder.write(
        "inkling.toml",
        format!(
            "[alerts]\nsmtp = \"{}\"\nca_file = \"mail/ca.pem\"\nuser = \"{USER}\"\nfrom = \"inkling@example.org\"\n\
             to = [\"anna@example.org\"]\nrunbook = \"https://wiki.example.org/RUNBOOK.md\"\n",
            mail.address()
        ),
    );
    let serving = place.serve(&keys, &["--output", "json"], &[("INKLING_SMTP_PASSWORD", PASSWORD)]);

    let never = place.day.checked_sub(90.days()).unwrap();
    let answer = serving.trigger_day(never);
    assert_eq!((answer.status, answer.header("retry-after")), (503, "900"), "{}", answer.json());
    assert_eq!(answer.json()["type"], "https://wiki.example.org/RUNBOOK.md#not-ready");
    assert!(mail.messages().is_empty());

    place.break_export(place.day);
    for attempt in 1..=2 {
        let answer = serving.trigger_day(place.day);
        let told = answer.json();
        assert_eq!((answer.status, answer.header("content-type")), (500, "application/problem+json"), "{told}");
        assert_eq!(told["type"], "https://wiki.example.org/RUNBOOK.md#broken-export");
        assert_eq!(
            (&told["step"], &told["exit_code"], told["date"].as_str()),
            (&"read".into(), &4.into(), Some(&*place.day.to_string()))
        );
        assert!(told["cause"].as_str().unwrap().contains("the file is truncated"), "{told}");
        // A failure is not remembered as done, and mailed once.
        assert_eq!(
            (serving.metric("inkling_job_runs_total{outcome=\"failed\"}"), mail.messages().len()),
            (f64::from(attempt), 1)
        );
    }
    let body = mail.messages()[0]["body"].as_str().unwrap().to_owned();
    assert!(body.contains(&format!("    inkling run --date {}\n", place.day)), "{body}");

    place.mend_export(place.day);
    let answer = serving.trigger_day(place.day);
    assert_eq!((answer.status, mail.messages().len()), (200, 2), "{}", answer.json());

    std::fs::remove_dir_all(place.folder.at("warehouse/store/models")).unwrap();
    let answer = serving.trigger_day(place.last);
    assert_eq!((answer.status, mail.messages().len()), (500, 3), "{}", answer.json());
    assert_eq!(answer.json()["type"], "https://wiki.example.org/RUNBOOK.md#no-model");
}

#[test]
fn orders_are_read_strictly() {
    let (place, keys) = (Place::copy("orders"), KeyServer::start());
    let serving = place.serve(&keys, &[], &[]);
    let tomorrow = place.last.checked_add(2.days()).unwrap();
    for (body, says) in [
        ("{", "YYYY-MM-DD"),
        ("[]", "YYYY-MM-DD"),
        ("{\"date\":\"yesterday\"}", "YYYY-MM-DD"),
        ("{\"date\":\"2026-13-01\"}", "YYYY-MM-DD"),
        ("{\"day\":\"2026-10-05\"}", "unknown field `day`"),
        (&format!("{{\"date\":\"{}\"}}", place.last.tomorrow().unwrap()), "is not over"),
        (&format!("{{\"date\":\"{tomorrow}\"}}"), "is not over"),
    ] {
        let answer = serving.trigger(body);
        assert_eq!(answer.status, 400, "{body}");
        assert!(answer.json()["detail"].as_str().unwrap().contains(says), "{body}: {}", answer.json());
    }
    let answer = serving.trigger(&" ".repeat(16 * 1024 + 1));
    assert_eq!((answer.status, answer.header("content-type")), (413, "application/problem+json"));
    // Without a length told before.
    let mut stream = TcpStream::connect(&serving.address).unwrap();
    let chunk = format!("2000\r\n{}\r\n", " ".repeat(0x2000)).repeat(3);
    let head = format!("POST {ROUTE} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n");
    write!(stream, "{head}Authorization: Bearer {}\r\n\r\n{chunk}0\r\n\r\n", token()).unwrap();
    let mut answer = String::new();
    let _ = stream.read_to_string(&mut answer);
    assert!(answer.starts_with("HTTP/1.1 413 "), "{answer}");
    for (method, status) in [("GET", 405), ("PUT", 405), ("DELETE", 405)] {
        let answer = send(&serving.address, method, ROUTE, &[], b"");
        assert_eq!((answer.status, answer.json()["status"].as_u64()), (status, Some(u64::from(status))), "{method}");
    }
    assert_eq!(serving.jobs(), 0.0);
    // White space is nothing.
    assert_eq!(serving.trigger(" \r\n").status, 200);
}

#[test]
fn a_server_that_is_stopped_leaves_its_job_at_a_border() {
    let (place, keys) = (Place::copy("stopped"), KeyServer::start());
    let mut answers = Vec::new();
    for attempt in 0..80 {
        let mut serving = place.serve(&keys, &[], &[]);
        // So that the key is known and the job starts at once.
        assert_eq!(serving.trigger("{").status, 400);
        let start = Instant::now();
        let address = serving.address.clone();
        let head = [("Authorization", format!("Bearer {}", token()))];
        let asked = std::thread::spawn(move || {
            let head: Vec<_> = head.iter().map(|(name, value)| (*name, value.as_str())).collect();
            send(&address, "POST", ROUTE, &head, b"")
        });
        std::thread::sleep(Duration::from_micros(4_000 + 500 * attempt));
        serving.signal("-TERM");
        // One that had not come yet is not under way, and finds a closed door.
        let Ok(answer) = asked.join() else {
            assert_eq!(serving.ended().code(), Some(0), "{}", serving.log());
            continue;
        };
        assert_eq!(serving.ended().code(), Some(0), "{}", serving.log());
        assert!(start.elapsed() < Duration::from_secs(8));
        let log = serving.log();
        assert!(!log.contains("leaving at once") && !log.contains("CRITICAL"), "{log}");
        let stopped = answer.status == 503;
        answers.push(answer.status);
        if stopped {
            assert!(answer.json()["type"].as_str().unwrap().ends_with("#stopped"), "{}", answer.json());
            break;
        }
        assert_eq!(answer.status, 200, "{}", answer.json());
        // Once more, from the start.
        for table in ["events_clean", "visitor_state", "scores", "runs"] {
            let _ = std::fs::remove_dir_all(place.folder.at(&format!("warehouse/{table}/date={}", place.last)));
        }
    }
    assert_eq!(answers.last(), Some(&503), "{answers:?}");
    let serving = place.serve(&keys, &[], &[]);
    assert_eq!(serving.trigger("").status, 200);
}
