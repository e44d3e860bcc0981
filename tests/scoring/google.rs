//! Callers with an account of Google's: the tokens that it makes for the server, of the accounts that are listed, and no others.

use super::start::{AUDIENCE, Serving, filled, problem};
use conformance::world::google_keys::{INVOKER, KeyServer, Mood, claims, head, now, pair, signed};
use serde_json::{Value, json};
use std::time::{Duration, Instant};

const SCORER: &str = "call-centre@my-project.iam.gserviceaccount.com";
const EVENT: &str = r#"{"events":[{"name":"page_view","time_us":1700000000000000}]}"#;

/// What a token of the account claims, with one claim that is another.
fn with(field: &str, value: impl Into<Value>) -> Value {
    let mut claims = claims();
    claims["aud"] = AUDIENCE.into();
    claims["email"] = SCORER.into();
    claims[field] = value.into();
    claims
}

fn serving(keys: &KeyServer, name: &str) -> Serving {
    let variables = [
        ("INKLING_TEST_NAME", name),
        ("INKLING__SERVE__INVOKER", INVOKER),
        ("INKLING__SERVE__SCORERS", SCORER),
        ("INKLING__SERVE__JWKS", &keys.url),
    ];
    Serving::start(&filled().site.folder, &variables)
}

#[test]
fn listed_accounts_are_answered_and_no_others() {
    let keys = KeyServer::start();
    let serving = serving(&keys, "google");
    let token = |claims: &Value| signed(&head(), claims, pair(0));
    let good = token(&with("sub", "1"));
    let answer = serving.ask("/v1/score", &good, EVENT);
    assert_eq!(answer.status, 200, "{}", String::from_utf8_lossy(&answer.body));
    let first = answer.json();
    assert!(first["scores"][0]["score"].as_f64().is_some_and(|score| score > 0.0 && score < 1.0), "{first}");
    for (path, body) in
        [("/v1/score:batch", json!({"requests": [{}]})), ("/v1/score", json!({"state": first["state"]}))]
    {
        assert_eq!(serving.ask(path, &good, &body.to_string()).status, 200, "{path}");
    }
    // A caller's state is no account's.
    let state = serving.score(&json!({"events": []}))["state"].clone();
    problem(&serving.ask("/v1/score", &good, &json!({"state": state}).to_string()), 422, "the shop's state");

    for (what, token, status) in [
        ("the account that starts jobs", token(&with("email", INVOKER)), 403),
        ("another account", token(&with("email", "someone@my-project.iam.gserviceaccount.com")), 403),
        ("not verified", token(&with("email_verified", false)), 403),
        ("another audience", token(&with("aud", "https://other.example")), 401),
        ("another issuer", token(&with("iss", "https://accounts.google.com.evil.example")), 401),
        ("expired", token(&with("exp", now(-11))), 401),
        ("another key", signed(&head(), &with("sub", "2"), pair(1)), 401),
        ("a key that is not shown", signed(&json!({"alg": "RS256", "kid": "key-9"}), &with("sub", "3"), pair(0)), 401),
    ] {
        problem(&serving.ask("/v1/score", &token, EVENT), status, what);
    }
}

#[test]
fn without_the_keys_known_tokens_pass_and_others_are_told_to_wait() {
    let keys = KeyServer::start();
    keys.mood(Mood::Fails);
    let serving = serving(&keys, "google-keys");
    let token = signed(&head(), &with("sub", "1"), pair(0));
    let answer = serving.ask("/v1/score", &token, EVENT);
    problem(&answer, 503, "no keys");
    assert!(answer.header("retry-after").parse::<u32>().is_ok());
    keys.mood(Mood::Well);
    // Keys that could not be had are not asked for again at once.
    let start = Instant::now();
    while serving.ask("/v1/score", &token, EVENT).status != 200 {
        assert!(start.elapsed() < Duration::from_secs(20), "keys that are there again are not found");
        std::thread::sleep(Duration::from_millis(100));
    }
    let asked = keys.asked();
    keys.mood(Mood::Fails);
    for _ in 0..20 {
        assert_eq!(serving.ask("/v1/score", &token, EVENT).status, 200);
    }
    assert_eq!(keys.asked(), asked, "a token that is known is not checked again");
}
