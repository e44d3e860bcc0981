//! When mail itself is in trouble: another attempt, another recipient, a line on stderr; never another exit code.

use super::start::{Alerting, lines};
use conformance::world::mail::MailServer;
use conformance::world::mail::body;
use std::time::{Duration, Instant};

#[test]
fn those_put_off_get_it_later_and_the_refused_do_not_matter() {
    let (alerting, server) = Alerting::with_server("later");
    alerting.break_export(alerting.day);
    // Both at the first attempt, one at the second.
    server.later(3);
    let ran = alerting.run(alerting.day);
    assert_eq!(ran.code, 4, "{}", ran.stderr);
    let received = server.messages();
    assert_eq!(received.iter().map(|m| m["to"].clone()).collect::<Vec<_>>().len(), 2, "{received:?}");
    let mut to: Vec<String> = received.iter().map(|m| m["to"][0].as_str().unwrap().to_owned()).collect();
    to.sort();
    assert_eq!(to, ["anna@example.org", "bo@example.org"]);
    assert!(lines(&ran, "CRITICAL").is_empty(), "{}", ran.stderr);

    // The mail that it is over goes to the one whose address is good.
    server.refuse(&["anna@example.org"]);
    alerting.mend_export(alerting.day);
    let ran = alerting.run(alerting.day);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    let received = server.messages();
    assert_eq!((received.len(), &received[2]["to"]), (3, &serde_json::json!(["bo@example.org"])));
    let warned = lines(&ran, "WARNING");
    let said = warned[0]["message"].as_str().unwrap();
    assert!(said.contains("Anna") && said.contains("no such user"), "{said}");
}

#[test]
fn a_server_that_is_not_trusted_hears_nothing() {
    let (alerting, server) = Alerting::with_server("ca");
    alerting.break_export(alerting.day);
    alerting.configure(&format!("smtp = \"{}\"\nca_file = \"mail/other-ca.pem\"\n", server.address()));
    let start = Instant::now();
    let ran = alerting.run(alerting.day);
    assert_eq!(ran.code, 4, "{}", ran.stderr);
    assert!(start.elapsed() < Duration::from_secs(15), "a certificate that is not trusted is not tried again");
    let critical = lines(&ran, "CRITICAL");
    assert_eq!(critical.len(), 1, "{}", ran.stderr);
    assert!(critical[0]["mail_error"].as_str().unwrap().contains("certificate"), "{}", critical[0]);
    assert!(critical[0]["mail"].as_str().unwrap().contains("the file is truncated"), "{}", critical[0]);
    assert!(server.messages().is_empty() && server.logins().is_empty());

    // The name in the certificate counts, too, and a file that is not there is trouble with mail and no more.
    let port = server.address().replace("localhost", "127.0.0.1");
    for alerts in [
        format!("smtp = \"{port}\"\nca_file = \"mail/ca.pem\"\n"),
        format!("smtp = \"{port}\"\nca_file = \"no.pem\"\n"),
    ] {
        alerting.configure(&alerts);
        let ran = alerting.run(alerting.day);
        assert_eq!((ran.code, lines(&ran, "CRITICAL").len()), (4, 1), "{}", ran.stderr);
    }
    assert!(server.messages().is_empty() && server.logins().is_empty());

    // Nobody has been told yet, so the next failure is mailed.
    alerting.configure(&format!("smtp = \"{}\"\nca_file = \"mail/ca.pem\"\n", server.address()));
    let ran = alerting.run(alerting.day);
    assert_eq!(ran.code, 4);
    assert_eq!(server.messages().len(), 1, "{}", ran.stderr);
}

#[test]
fn a_wrong_password_is_tried_once() {
    let (alerting, server) = Alerting::with_server("password");
    alerting.break_export(alerting.day);
    let ran = alerting.call_with(&["run", "--date", &alerting.day.to_string()], "hunter2-hunter2");
    assert_eq!(ran.code, 4);
    assert_eq!(server.logins(), ["PLAIN wrong"]);
    let critical = lines(&ran, "CRITICAL");
    assert!(critical[0]["mail_error"].as_str().unwrap().contains("535"), "{}", ran.stderr);
    assert!(server.messages().is_empty());
    // In the configuration it is refused, unseen.
    alerting.configure("smtp = \"localhost:1\"\npassword = \"hunter2-hunter2\"\n");
    let ran = alerting.call_with(&["run", "--date", &alerting.day.to_string()], "hunter2-hunter2");
    assert_eq!(ran.code, 2, "{}", ran.stderr);
    assert!(ran.stderr.contains("INKLING_SMTP_PASSWORD"), "{}", ran.stderr);
}

#[test]
fn a_server_that_is_down_costs_no_more_than_the_deadline() {
    let alerting = Alerting::copy("down");
    alerting.break_export(alerting.day);
    // A listener that never answers, and a port where nobody listens.
    let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = silent.local_addr().unwrap().port();
    for port in [port, 1] {
        alerting.configure(&format!("smtp = \"127.0.0.1:{port}\"\ntls = \"none\"\ndeadline_seconds = 2\n"));
        let start = Instant::now();
        let ran = alerting.run(alerting.day);
        assert_eq!((ran.code, lines(&ran, "CRITICAL").len()), (4, 1), "{}", ran.stderr);
        let took = start.elapsed();
        assert!(took > Duration::from_millis(1_900) && took < Duration::from_secs(12), "{took:?}");
    }
}

#[test]
fn implicit_tls_and_auth_login() {
    let alerting = Alerting::copy("implicit");
    let server = MailServer::start(&alerting.folder, Some("LOGIN"));
    for (tls, address) in [("implicit", server.implicit()), ("starttls", server.address())] {
        alerting.configure(&format!("smtp = \"{address}\"\ntls = \"{tls}\"\nca_file = \"mail/ca.pem\"\n"));
        let ran = alerting.call(&["watch", "--test"]);
        assert_eq!(ran.code, 0, "{tls}: {}", ran.stderr);
    }
    assert_eq!(server.logins(), ["LOGIN right", "LOGIN right"]);
    let received = server.messages();
    assert!(received.len() == 2 && received.iter().all(|m| m["encrypted"] == true), "{received:?}");
    assert!(body(&received[0]).contains("Nothing is wrong"));
}
