//! Whose tokens are taken, and that a state belongs to the caller that it was given to.

use super::start::{AUDIENCE, SHOP, SLOW, Serving, filled, key, now, problem, token};
use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use batch_service::release::{FileKey, Signer};
use conformance::world::repository;
use serde_json::{Value, json};

const VECTORS: &str = "../shared/corpora/wycheproof/json_web_signature_test.json";
const EVENT: &str = r#"{"events":[{"name":"page_view","time_us":1700000000000000}]}"#;

fn signed(key: &FileKey, head: &Value, claims: &Value) -> String {
    let part = |value: &Value| BASE64_URL_SAFE_NO_PAD.encode(value.to_string());
    let message = format!("{}.{}", part(head), part(claims));
    let signature = key.sign(message.as_bytes()).unwrap();
    format!("{message}.{}", BASE64_URL_SAFE_NO_PAD.encode(signature))
}

fn claims() -> Value {
    json!({"iss": SHOP, "aud": AUDIENCE, "iat": now() - 60, "exp": now() + 60})
}

fn with(field: &str, value: impl Into<Value>) -> Value {
    let mut claims = claims();
    claims[field] = value.into();
    claims
}

#[test]
fn nobody_but_a_caller_is_answered() {
    let serving = Serving::shared("tokens");
    let (good, head) = (key(SHOP), json!({"alg": "EdDSA"}));
    let other = FileKey::create(&filled().site.folder.at(&format!("other-{}.key", std::process::id()))).unwrap();
    let cases = [
        ("another audience", signed(&good, &head, &with("aud", "https://other.example"))),
        ("audiences", signed(&good, &head, &with("aud", json!([AUDIENCE])))),
        ("another issuer", signed(&good, &head, &with("iss", "nobody"))),
        ("another caller's name", signed(&good, &head, &with("iss", SLOW))),
        ("expired", signed(&good, &head, &with("exp", now() - 11))),
        ("not yet valid", signed(&good, &head, &with("nbf", now() + 60))),
        ("made in the future", signed(&good, &head, &with("iat", now() + 60))),
        ("good for too long", signed(&good, &head, &with("exp", now() + 3_600))),
        ("another key", signed(&other, &head, &claims())),
        ("no algorithm", signed(&good, &json!({"alg": "none"}), &claims())),
        ("another algorithm", signed(&good, &json!({"alg": "HS256"}), &claims())),
        ("Google's algorithm", signed(&good, &json!({"alg": "RS256", "kid": "1"}), &claims())),
        ("something critical", signed(&good, &json!({"alg": "EdDSA", "crit": ["exp"]}), &claims())),
        ("a key in the token", signed(&good, &json!({"alg": "EdDSA", "jwk": {}}), &claims())),
        ("no token", String::new()),
    ];
    for path in ["/v1/score", "/v1/score:batch", "/invocations"] {
        for (what, token) in &cases {
            let answer = serving.ask(path, token, EVENT);
            let told = problem(&answer, 401, what);
            assert!(told["type"].as_str().unwrap().ends_with("#score-token"), "{told}");
            assert!(answer.header("www-authenticate").starts_with("Bearer"), "{what}");
        }
        let json = ("Content-Type", "application/json");
        problem(&serving.post(path, &[json], EVENT.as_bytes()), 401, "no header");
        let bearer = format!("Bearer {}", token(SHOP));
        let twice = [json, ("Authorization", &*bearer), ("Authorization", &*bearer)];
        problem(&serving.post(path, &twice, EVENT.as_bytes()), 401, "two headers");
    }
    for name in [SHOP, SLOW] {
        assert_eq!(serving.ask("/v1/score", &token(name), EVENT).status, 200, "{name}");
    }
    // What `inkling token issue` prints is taken.
    let arguments = ["token", "issue", "--caller", SHOP, "--key", "callers/shop.key", "--ttl", "15m"];
    let output = Serving::command(&filled().site.folder, &arguments).output().unwrap();
    let issued = String::from_utf8(output.stdout).unwrap();
    assert_eq!(serving.ask("/v1/score", issued.trim(), EVENT).status, 200, "{issued}");
    let log = serving.log("tokens");
    assert!(!log.contains("eyJ"), "{log}");
}

#[test]
fn no_signature_of_wycheproof_is_taken() {
    let path = repository().join(VECTORS);
    let Ok(text) = std::fs::read_to_string(&path) else {
        println!("no vectors at {}", path.display());
        return;
    };
    let serving = Serving::shared("wycheproof");
    let vectors: Value = serde_json::from_str(&text).unwrap();
    let mut sent = 0;
    for test in vectors["testGroups"].as_array().unwrap().iter().flat_map(|group| group["tests"].as_array().unwrap()) {
        // Some are in the JSON form, or hold what no header can.
        let Some(jws) = test["jws"].as_str().filter(|jws| jws.bytes().all(|b| (0x20..0x7f).contains(&b))) else {
            continue;
        };
        problem(&serving.ask("/v1/score", jws, EVENT), 401, &test.to_string());
        sent += 1;
    }
    println!("{sent} of {} vectors", vectors["numberOfTests"]);
    assert!(sent > 350, "{sent}");
}

#[test]
fn a_state_is_its_callers() {
    let serving = Serving::shared("states");
    let state = serving.ask("/v1/score", &token(SHOP), EVENT).json()["state"].as_str().unwrap().to_owned();
    let send = |name: &str, state: &str| {
        let body = json!({"events": [], "state": state}).to_string();
        serving.ask("/v1/score", &token(name), &body)
    };
    assert_eq!(send(SHOP, &state).json()["known"], true);
    let mut changed = state.clone().into_bytes();
    changed[40] ^= 1;
    let raw = BASE64_URL_SAFE_NO_PAD.encode(filled().site.place.site.profile.fingerprint().to_le_bytes());
    let forged = [state[..state.len() - 4].to_owned(), String::from_utf8(changed).unwrap(), raw, String::new()];
    for (name, state) in forged.iter().map(|state| (SHOP, state)).chain([(SLOW, &state)]) {
        let told = problem(&send(name, state), 422, state);
        assert!(told["type"].as_str().unwrap().ends_with("#score-state"), "{told}");
    }
    // Another key, and the same one behind a new one.
    let text = |keys: &[[u8; 32]]| {
        let texts: Vec<_> = keys.iter().map(|key| base64::prelude::BASE64_STANDARD.encode(key)).collect();
        texts.join(",")
    };
    let folder = &filled().site.folder;
    for (name, keys, status) in [("other", text(&[[8; 32]]), 422), ("rotated", text(&[[8; 32], [9; 32]]), 200)] {
        let serving = Serving::start(folder, &[("INKLING_TEST_NAME", name), ("INKLING_STATE_KEY", &keys)]);
        let body = json!({"state": state}).to_string();
        assert_eq!(serving.ask("/v1/score", &token(SHOP), &body).status, status, "{name}");
    }
}
