//! The live dashboard: who sees it, for which days and model, and that asking often costs nothing.

use super::start::{Place, Serving};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use conformance::world::google_keys::{INVOKER, KeyServer, claims, head, pair, signed, token};
use conformance::world::http::{Answer, send};
use conformance::world::page::document_of;
use serde_json::Value;

const PASSWORD: &str = "correct horse battery";
const VIEWER: &str = "anna@example.org";

fn ask(serving: &Serving, path: &str, headers: &[(&str, &str)]) -> Answer {
    send(&serving.address, "GET", path, headers, b"")
}

fn basic(password: &str) -> String {
    format!("Basic {}", BASE64_STANDARD.encode(format!("anyone:{password}")))
}

fn document(answer: &Answer) -> Value {
    assert_eq!(answer.status, 200, "{}", String::from_utf8_lossy(&answer.body));
    document_of(std::str::from_utf8(&answer.body).unwrap())
}

fn of_account(email: &str) -> String {
    let mut claims = claims();
    claims["email"] = email.into();
    format!("Bearer {}", signed(&head(), &claims, pair(0)))
}

#[test]
fn the_page_is_that_of_the_views_now_for_days_and_a_model() {
    let place = Place::copy("live");
    assert_eq!(
        place
            .inkling
            .call(&["run", "--date", &place.day.to_string(), "--events", "export", "--warehouse", "warehouse"])
            .code,
        0
    );
    let serving = place.serve_with(&[], &[]);
    let answer = ask(&serving, "/dashboard", &[]);
    let all = document(&answer);
    assert_eq!(all["as_of"], place.day.to_string());
    let models = all["selection"]["models"].as_array().unwrap();
    assert_eq!(models.len(), 1);
    assert_eq!(answer.header("cache-control"), "no-store");
    assert_eq!(answer.header("content-security-policy"), "frame-ancestors 'none'");
    let rows = |document: &Value| document["views"]["v_volume_daily"]["rows"].as_array().unwrap().len();
    assert_eq!(rows(&all), 1);
    let model = models[0].as_str().unwrap();
    let chosen = document(&ask(&serving, &format!("/dashboard?from=&to=2020-01-01&model={model}"), &[]));
    assert_eq!(
        (rows(&chosen), &chosen["selection"]["to"], &chosen["selection"]["from"]),
        (0, &"2020-01-01".into(), &Value::Null)
    );
    assert_eq!(chosen["selection"]["model"], model);
    for bad in [
        "from=yesterday",
        "to=2026-02-30",
        "from=2026-02-02&to=2026-02-01",
        "model=visitor-1",
        "from=2026-01-01&from=2026-01-02",
    ] {
        let answer = ask(&serving, &format!("/dashboard?{bad}"), &[]);
        assert_eq!((answer.status, answer.header("content-type")), (400, "application/problem+json"), "{bad}");
        assert!(answer.json()["detail"].as_str().is_some_and(|text| !text.is_empty()), "{bad}");
    }
    let packed = ask(&serving, "/dashboard", &[("Accept-Encoding", "br")]);
    assert_eq!((packed.status, packed.header("content-encoding")), (200, "br"));
    assert!(packed.body.len() < answer.body.len() / 2, "{} bytes", packed.body.len());
    // What was read is shown to everybody for a while: a run that another process does is not seen at once.
    let again = ask(&serving, "/dashboard", &[]);
    assert_eq!(document(&again)["generated_at"], all["generated_at"]);
}

#[test]
fn without_its_page_or_its_views_it_says_so() {
    let place = Place::copy("live-missing");
    std::fs::remove_file(place.folder.at("web/dashboard.html")).unwrap();
    let serving = place.serve_with(&[], &[]);
    let answer = ask(&serving, "/dashboard", &[]);
    assert_eq!(answer.status, 500);
    assert!(answer.json()["detail"].as_str().unwrap().contains("scripts/build-web"), "{}", answer.json());
}

#[test]
fn who_is_not_at_the_machine_needs_a_token_or_the_password() {
    let (place, keys) = (Place::copy("viewers"), KeyServer::start());
    // Reached from elsewhere, with nothing said about who may.
    let serving = place.serve_at("0.0.0.0:0", &[], &[]);
    for headers in [&[][..], &[("Authorization", "Basic Og==")], &[("Host", "127.0.0.1")]] {
        let answer = ask(&serving, "/dashboard", headers);
        assert_eq!(answer.status, 403, "{headers:?}");
        assert!(answer.json()["detail"].as_str().unwrap().contains("INKLING_DASHBOARD_PASSWORD"));
    }
    drop(serving);
    // A page of another site whose name leads here.
    let serving = place.serve_with(&[], &[]);
    assert_eq!(ask(&serving, "/dashboard", &[]).status, 200);
    assert_eq!(ask(&serving, "/dashboard", &[("X-Forwarded-For", "10.0.0.1")]).status, 403);
    drop(serving);
    let variables = [("INKLING__SERVE__VIEWERS", VIEWER), ("INKLING_DASHBOARD_PASSWORD", PASSWORD)];
    let serving = place.serve(&keys, &[], &variables);
    let status = |authorization: &str| ask(&serving, "/dashboard", &[("Authorization", authorization)]).status;
    assert_eq!(ask(&serving, "/dashboard", &[]).status, 401);
    let asks = ask(&serving, "/dashboard", &[]);
    assert!(asks.header("www-authenticate").starts_with("Basic realm="), "{}", asks.header("www-authenticate"));
    assert_eq!((status(&basic(PASSWORD)), status(&basic("wrong")), status("Basic x")), (200, 401, 401));
    assert_eq!((status(&of_account(VIEWER)), status(&of_account(INVOKER))), (200, 200));
    assert_eq!(status(&of_account("bo@example.org")), 403);
    assert_eq!(status(&format!("Bearer {}x", token())), 401);
    // Who may look may not start jobs.
    assert_eq!(serving.post(&[("Authorization", &of_account(VIEWER))], "").status, 403);
    assert_eq!(serving.post(&[("Authorization", &basic(PASSWORD))], "").status, 401);
    assert!(!serving.log().contains(PASSWORD));
}

#[test]
fn a_password_that_can_be_guessed_is_refused_at_the_start() {
    let place = Place::copy("viewers-short");
    let output = place.command(&["serve"]).env("INKLING_DASHBOARD_PASSWORD", "hunter2").output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{said}");
    assert!(said.contains("at least 16 characters") && !said.contains("hunter2"), "{said}");
}

#[test]
fn many_who_ask_at_once_are_answered_or_turned_away_and_the_views_are_read_once() {
    let place = Place::copy("live-many");
    assert_eq!(
        place
            .inkling
            .call(&["run", "--date", &place.day.to_string(), "--events", "export", "--warehouse", "warehouse"])
            .code,
        0
    );
    let serving = place.serve_with(&[], &[]);
    let answers: Vec<Answer> = std::thread::scope(|scope| {
        let ask = || scope.spawn(|| ask(&serving, "/dashboard", &[]));
        let asked: Vec<_> = (0..48).map(|_| ask()).collect();
        asked.into_iter().map(|one| one.join().unwrap()).collect()
    });
    let made: std::collections::BTreeSet<String> =
        answers.iter().filter(|a| a.status == 200).map(|a| document(a)["generated_at"].to_string()).collect();
    assert_eq!(made.len(), 1, "{made:?}");
    let turned: Vec<&Answer> = answers.iter().filter(|answer| answer.status != 200).collect();
    for answer in &turned {
        assert_eq!((answer.status, answer.header("retry-after")), (503, "1"));
    }
    println!("{} of {} turned away", turned.len(), answers.len());
    assert_eq!(ask(&serving, "/dashboard", &[]).status, 200);
}
