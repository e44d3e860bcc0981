//! The picture of the day's figures in a mail.

use super::start::Alerting;
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use conformance::world::mail::body;
use serde_json::Value;

#[test]
fn a_mail_about_a_failed_run_shows_the_figures_of_the_last_day() {
    let (alerting, server) = Alerting::with_server("picture");
    let ran = alerting.run(alerting.day);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    let before = server.messages().len();
    alerting.break_export(alerting.next);
    let ran = alerting.run(alerting.next);
    assert_eq!(ran.code, 4, "{}", ran.stderr);
    let received = server.messages();
    assert_eq!(received.len(), before + 1, "{}", ran.stderr);
    let mail = received.last().unwrap();
    let parts = mail["parts"].as_array().unwrap();
    let kinds: Vec<&str> = parts.iter().map(|part| part["kind"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["multipart/alternative", "text/plain", "multipart/related", "text/html", "image/png"]);
    // The text is there for those who see nothing else, and is the same below the picture.
    assert!(body(mail).contains("the file is truncated"), "{mail}");
    let (page, picture) = (parts[3]["content"].as_str().unwrap(), &parts[4]);
    assert!(page.contains("the file is truncated") && page.contains("What to do:"), "{page}");
    for bad in ["<script", "http://", "https://", "<link", "onerror", "url("] {
        assert!(!page.contains(bad), "{bad} in {page}");
    }
    let id = picture["id"].as_str().unwrap().trim_matches(['<', '>']);
    assert!(page.contains(&format!("src=\"cid:{id}\"")), "{id} in {page}");
    assert_eq!(picture["shown"], "inline");
    let day = alerting.day.to_string();
    assert!(!page.contains("can be trusted"), "the figures of the day before say nothing of the run that failed");
    let failed = format!("The run of {} failed; these are figures of {day}.", alerting.next);
    for says in [&*failed, "Visitors scored: ", "Calibration: ", "Delivery: "] {
        assert!(page.contains(says), "{says} in the alternative text: {page}");
    }
    let bytes = BASE64_STANDARD.decode(picture["content"].as_str().unwrap()).unwrap();
    assert_eq!(bytes[..8], [0x89, b'P', b'N', b'G', b'\r', b'\n', 0x1a, b'\n']);
    println!("{} bytes of picture", bytes.len());
    assert!(bytes.len() < 60_000);
    if let Ok(folder) = std::env::var("INKLING_MAIL_PICTURE") {
        std::fs::write(folder, &bytes).unwrap();
    }
}

#[test]
fn without_figures_a_mail_is_a_text() {
    let (alerting, server) = Alerting::with_server("no-picture");
    alerting.break_export(alerting.day);
    assert_eq!(alerting.run(alerting.day).code, 4);
    let received = server.messages();
    let kinds: Vec<&Value> = received[0]["parts"].as_array().unwrap().iter().map(|part| &part["kind"]).collect();
    assert_eq!(kinds, ["text/plain"]);
}
