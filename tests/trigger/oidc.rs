//! Every token that is not exactly right is refused, and starts nothing.

use super::start::{Place, Serving};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use conformance::world::google_keys::{
    AUDIENCE, KeyServer, Mood, claims, encoded, head, now, pair, signed, signed_512, token,
};
use conformance::world::http::Answer;
use ring::hmac;
use serde_json::{Value, json};
use std::time::{Duration, Instant};

fn problem(answer: &Answer, what: &str) -> Value {
    assert_eq!(answer.header("content-type"), "application/problem+json", "{what}");
    let problem = answer.json();
    assert_eq!(problem["status"], answer.status, "{what}");
    for field in ["type", "title", "detail"] {
        assert!(problem[field].as_str().is_some_and(|text| !text.is_empty()), "{what}: {field} in {problem}");
    }
    problem
}

fn with(field: &str, value: impl Into<Value>) -> Value {
    let mut claims = claims();
    claims[field] = value.into();
    claims
}

fn without(field: &str) -> Value {
    let mut claims = claims();
    claims.as_object_mut().unwrap().remove(field);
    claims
}

/// Tokens whose claims are not right, well signed.
fn claimed() -> Vec<(&'static str, Value, u16)> {
    vec![
        ("another audience", with("aud", "https://other.example"), 401),
        ("audiences, ours among them", with("aud", json!([AUDIENCE, "https://other.example"])), 401),
        ("the audience and more", with("aud", format!("{AUDIENCE}/")), 401),
        ("no audience", without("aud"), 401),
        ("another issuer", with("iss", "https://accounts.google.com.evil.example"), 401),
        ("no issuer", without("iss"), 401),
        ("another account", with("email", "someone@my-project.iam.gserviceaccount.com"), 403),
        ("the account in capitals", with("email", "SCHEDULER@my-project.iam.gserviceaccount.com"), 403),
        ("no account", without("email"), 403),
        ("not verified", with("email_verified", false), 403),
        ("verified, as a text", with("email_verified", "true"), 403),
        ("not said whether verified", without("email_verified"), 403),
        ("expired", with("exp", now(-11)), 401),
        ("never expires", without("exp"), 401),
        ("expires, as a text", with("exp", now(3_600).to_string()), 401),
        ("not yet valid", with("nbf", now(60)), 401),
        ("made in the future", with("iat", now(60)), 401),
        ("made at no time", without("iat"), 401),
    ]
}

/// Tokens that are not well signed, or no tokens.
fn forged() -> Vec<(&'static str, String)> {
    let changed = |field: &str, value: Value| {
        let mut head = head();
        head[field] = value;
        head
    };
    let good = token();
    let (message, signature) = good.rsplit_once('.').unwrap();
    let none = format!("{}.{}", encoded(&changed("alg", "none".into())), encoded(&claims()));
    let symmetric = format!("{}.{}", encoded(&changed("alg", "HS256".into())), encoded(&claims()));
    let secret = hmac::Key::new(hmac::HMAC_SHA256, pair(0).public().as_ref());
    let tag = URL_SAFE_NO_PAD.encode(hmac::sign(&secret, symmetric.as_bytes()));
    let mut flipped = URL_SAFE_NO_PAD.decode(signature).unwrap();
    flipped[7] ^= 1;
    let other_claims = format!("{}.{}", encoded(&head()), encoded(&with("x", 1)));
    let mut nameless = head();
    nameless.as_object_mut().unwrap().remove("kid");
    vec![
        ("alg none", format!("{none}.")),
        ("alg none, with a signature", format!("{none}.{signature}")),
        ("HS256 with the public key as its secret", format!("{symmetric}.{tag}")),
        ("RS512, well signed", signed_512(&changed("alg", "RS512".into()), &claims(), pair(0))),
        ("RS256, signed as RS512", signed_512(&head(), &claims(), pair(0))),
        ("signed by another key", signed(&head(), &claims(), pair(1))),
        ("an unknown key", signed(&changed("kid", "key-2".into()), &claims(), pair(1))),
        ("no key named", signed(&nameless, &claims(), pair(0))),
        ("something critical", signed(&changed("crit", json!(["exp"])), &claims(), pair(0))),
        ("a bit of the signature flipped", format!("{message}.{}", URL_SAFE_NO_PAD.encode(&flipped))),
        ("other claims under the signature", format!("{other_claims}.{signature}")),
        ("no signature", format!("{message}.")),
        ("a signature that Cloud Run has removed", format!("{message}.SIGNATURE_REMOVED_BY_GOOGLE")),
        ("two parts", message.to_owned()),
        ("four parts", format!("{good}.{signature}")),
        ("padding", format!("{good}==")),
        ("a space behind it", format!("{good} x")),
        ("garbage", "garbage".to_owned()),
        ("an object and no more", "e30.e30.e30".to_owned()),
        ("nothing", String::new()),
        ("much", "a".repeat(20_000)),
    ]
}

#[test]
fn nobody_but_the_account_starts_the_job() {
    let (place, keys) = (Place::copy("oidc"), KeyServer::start());
    let serving = place.serve(&keys, &["--log-format", "json"], &[]);
    let before = place.folder.files("warehouse");
    let refused = |what: &str, answer: &Answer, status: u16| {
        let told = problem(answer, what);
        assert_eq!(answer.status, status, "{what}: {told}");
        assert_eq!(answer.header("www-authenticate").starts_with("Bearer"), status == 401, "{what}");
        println!("{status} {what}: {}", told["detail"]);
    };
    let bearer = |token: &str| serving.post(&[("Authorization", &format!("Bearer {token}"))], "");
    let mut shown = vec![token()];
    for (what, claims, status) in claimed() {
        shown.push(signed(&head(), &claims, pair(0)));
        refused(what, &bearer(shown.last().unwrap()), status);
    }
    for (what, token) in forged() {
        // Only one look-up of an unknown key a second.
        std::thread::sleep(Duration::from_millis(if what == "an unknown key" { 1_100 } else { 0 }));
        refused(what, &bearer(&token), 401);
    }
    let good = format!("Bearer {}", token());
    refused("no header", &serving.post(&[], ""), 401);
    refused("two headers", &serving.post(&[("Authorization", &good), ("Authorization", &good)], ""), 401);
    refused("another scheme", &serving.post(&[("Authorization", &good.replace("Bearer", "Basic"))], ""), 401);
    refused("no scheme", &serving.post(&[("Authorization", &token())], ""), 401);
    let proves_nothing = [
        ("X-CloudScheduler", "true"),
        ("X-CloudScheduler-JobName", "daily"),
        ("User-Agent", "Google-Cloud-Scheduler"),
        ("X-Goog-Authenticated-User-Email", "accounts.google.com:scheduler@my-project.iam.gserviceaccount.com"),
    ];
    refused("the scheduler's headers", &serving.post(&proves_nothing, ""), 401);
    refused(
        "in the address",
        &conformance::world::http::send(
            &serving.address,
            "POST",
            &format!("/v1/jobs/daily?access_token={}", token()),
            &[],
            b"",
        ),
        401,
    );

    assert_eq!((serving.jobs(), place.folder.files("warehouse")), (0.0, before), "nothing was started");
    let log = serving.log();
    for token in &shown {
        assert!(!log.contains(token.as_str()) && !log.contains(token.rsplit('.').next().unwrap()));
    }
    assert!(
        serving
            .lines()
            .iter()
            .any(|l| l["severity"] == "WARNING" && l["message"] == "trigger refused: the token has expired")
    );

    let answer = serving.trigger_day(place.day);
    assert_eq!(answer.status, 200, "{}", String::from_utf8_lossy(&answer.body));
    assert_eq!(serving.jobs(), 1.0);
}

#[test]
fn keys_are_looked_up_once_and_not_for_everybody() {
    let (place, keys) = (Place::copy("keys"), KeyServer::start());
    let serving = place.serve(&keys, &[], &[]);
    let bearer = |serving: &Serving, token: &str| serving.post(&[("Authorization", &format!("Bearer {token}"))], "x");
    let asked = |count: u32| assert_eq!(keys.asked(), count);
    // Nonsense costs no look-up.
    assert_eq!(bearer(&serving, &signed(&head(), &with("aud", "x"), pair(0))).status, 401);
    asked(0);
    for (mood, says) in [(Mood::Fails, "cannot be had"), (Mood::Nonsense, "cannot be had"), (Mood::Silent, "no answer")]
    {
        keys.mood(mood);
        let start = Instant::now();
        let answer = bearer(&serving, &token());
        assert_eq!(answer.status, 503, "{mood:?}: {}", answer.json());
        assert!(answer.json()["detail"].as_str().unwrap().contains(says), "{mood:?}: {}", answer.json());
        assert_eq!(answer.header("retry-after"), "60");
        assert!(start.elapsed() < Duration::from_secs(7));
        std::thread::sleep(Duration::from_millis(1_100));
    }
    asked(3);
    keys.mood(Mood::Well);
    // 400: the token is good, the body is not.
    for _ in 0..5 {
        assert_eq!(bearer(&serving, &token()).status, 400);
    }
    asked(4);
    // Many at once with keys that nobody knows, and one who is known.
    let mut unknown = head();
    unknown["kid"] = "key-9".into();
    std::thread::scope(|scope| {
        for _ in 0..20 {
            let token = signed(&unknown, &claims(), pair(1));
            let serving = &serving;
            scope.spawn(move || assert!([401, 503].contains(&bearer(serving, &token).status)));
        }
        assert_eq!(bearer(&serving, &token()).status, 400);
    });
    assert!(keys.asked() <= 6, "{} look-ups", keys.asked());
    assert_eq!(serving.jobs(), 0.0);
}

#[test]
fn without_configuration_the_route_is_closed() {
    let place = Place::copy("closed");
    let serving = place.serve_with(&["--schedule", "12:00"], &[]);
    let answer = serving.trigger("");
    assert_eq!(answer.status, 404);
    assert!(problem(&answer, "closed")["detail"].as_str().unwrap().contains("serve.audience"));
    // Half of a configuration, and keys from elsewhere, are none at all.
    for (variable, value, says) in [
        ("INKLING__SERVE__AUDIENCE", AUDIENCE, "serve.invoker"),
        ("INKLING__SERVE__INVOKER", "a@b", "serve.audience"),
        ("INKLING__SERVE__JWKS", "https://keys.example/", "at this machine"),
        ("INKLING__SERVE__SCHEDULE", "25:00", "HH:MM"),
        ("INKLING__SERVE__AUDIENC", "x", "did you mean `serve.audience`?"),
    ] {
        let output = place.command(&["serve"]).env(variable, value).output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.code() == Some(2) && said.contains(says), "{variable}: {said}");
    }
}
