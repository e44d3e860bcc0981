use super::super::callers::CallerConfig;
use super::*;
use crate::release::FileKey;
use base64::prelude::BASE64_STANDARD;
use serde_json::Value;

const AUDIENCE: &str = "https://scores.example";
const NOW: i64 = 1_800_000_000;

/// A key in a file of its own.
fn key(name: &str) -> FileKey {
    let path = std::env::temp_dir().join(format!("inkling-token-{}-{name}", std::process::id()));
    let _ = std::fs::remove_file(&path);
    let key = FileKey::create(&path).unwrap();
    std::fs::remove_file(&path).unwrap();
    key
}

fn caller(name: &str, keys: &[&FileKey]) -> Arc<Caller> {
    let keys = keys.iter().map(|key| BASE64_STANDARD.encode(key.public())).collect();
    let config = CallerConfig { name: name.to_owned(), keys, origins: Vec::new(), requests_per_second: 1 };
    Arc::new(Caller::of(&config).unwrap())
}

/// Signs any head and claims, as text.
fn signed(key: &FileKey, head: &str, claims: &str) -> String {
    let part = |text: &str| BASE64_URL_SAFE_NO_PAD.encode(text);
    let message = format!("{}.{}", part(head), part(claims));
    let signature = key.sign(message.as_bytes()).unwrap();
    format!("{message}.{}", BASE64_URL_SAFE_NO_PAD.encode(signature))
}

type Change = fn(&mut Value);

const HEAD: &str = r#"{"alg":"EdDSA"}"#;

fn claims(change: impl FnOnce(&mut Value)) -> String {
    let mut claims = json!({"iss": "shop", "aud": AUDIENCE, "iat": NOW - 60, "exp": NOW + 60});
    change(&mut claims);
    claims.to_string()
}

#[test]
fn a_token_is_for_one_caller_audience_and_hour() {
    let (old, new, other) = (key("old"), key("new"), key("other"));
    let callers = [caller("shop", &[&old, &new]), caller("phone", &[&other])];
    let verify_at = |token: &str, now: i64| verify(token, AUDIENCE, &callers, now as f64).map(|(c, _)| c.name.clone());
    let good = |claims: String| verify_at(&signed(&old, HEAD, &claims), NOW);
    for key in [&old, &new] {
        let token = issue(key, "shop", AUDIENCE, NOW, 900).unwrap();
        assert_eq!(verify_at(&token, NOW).unwrap(), "shop");
        assert_eq!((verify_at(&token, NOW - 10).is_ok(), verify_at(&token, NOW - 11).is_ok()), (true, false));
        assert_eq!((verify_at(&token, NOW + 909).is_ok(), verify_at(&token, NOW + 910).is_ok()), (true, false));
    }
    assert!(issue(&old, "shop", AUDIENCE, NOW, 3_601).is_err() && issue(&old, "shop", AUDIENCE, NOW, 0).is_err());
    assert!(good(claims(|c| c["jti"] = "x".into())).is_ok());
    let wrong: [(&str, Change); 16] = [
        ("unknown issuer", |c| c["iss"] = "shoq".into()),
        ("signature", |c| c["iss"] = "phone".into()),
        ("audience", |c| c["aud"] = "https://scores.example/".into()),
        ("lacks", |c| c["aud"] = json!([AUDIENCE])),
        ("expired", |c| c["exp"] = (NOW - 11).into()),
        ("expired", |c| c["exp"] = (-1).into()),
        ("lacks", |c| c["exp"] = (NOW + 60).to_string().into()),
        ("not valid yet", |c| c["nbf"] = (NOW + 60).into()),
        ("not valid yet", |c| c["iat"] = (NOW + 60).into()),
        ("more than an hour", |c| c["exp"] = (NOW + 3_541).into()),
        ("more than an hour", |c| c["iat"] = 0.into()),
        ("more than an hour", |c| c["iat"] = (NOW + 1).into()),
        ("lacks", |c| _ = c.as_object_mut().unwrap().remove("iss")),
        ("lacks", |c| _ = c.as_object_mut().unwrap().remove("aud")),
        ("lacks", |c| _ = c.as_object_mut().unwrap().remove("exp")),
        ("lacks", |c| _ = c.as_object_mut().unwrap().remove("iat")),
    ];
    for (says, change) in wrong {
        let exp_before_iat = says == "more than an hour" && claims(change).contains(&(NOW + 1).to_string());
        let text =
            if exp_before_iat { claims(|c| (c["iat"], c["exp"]) = (NOW.into(), NOW.into())) } else { claims(change) };
        let error = good(text.clone()).unwrap_err();
        assert!(error.contains(says), "{text}: {error}");
    }
    let twice = claims(|_| ()).replace("\"iss\"", "\"iss\":\"phone\",\"iss\"");
    assert!(good(twice).is_err(), "a claim twice");
}

#[test]
fn a_token_has_one_form_and_one_algorithm() {
    let key = key("form");
    let callers = [caller("shop", &[&key])];
    let refused = |token: &str| verify(token, AUDIENCE, &callers, NOW as f64).is_err();
    let good = signed(&key, HEAD, &claims(|_| ()));
    assert!(!refused(&good) && !refused(&signed(&key, r#"{"alg":"EdDSA","typ":"JWT","kid":"1"}"#, &claims(|_| ()))));
    for head in [
        r#"{"alg":"none"}"#,
        r#"{"alg":"HS256"}"#,
        r#"{"alg":"RS256"}"#,
        r#"{"alg":"ES256"}"#,
        r#"{"alg":"eddsa"}"#,
        r#"{"alg":["EdDSA"]}"#,
        r#"{"alg":"EdDSA","alg":"EdDSA"}"#,
        r#"{"alg":"EdDSA","crit":["exp"]}"#,
        r#"{"alg":"EdDSA","b64":false}"#,
        r#"{"alg":"EdDSA","jwk":{"kty":"OKP"}}"#,
        r#"{"alg":"EdDSA","jku":"https://evil.example"}"#,
        r#"{"alg":"EdDSA","typ":"JWE"}"#,
        r#"{"typ":"JWT"}"#,
        "[]",
        "",
    ] {
        assert!(refused(&signed(&key, head, &claims(|_| ()))), "{head}");
    }
    let (message, signature) = good.rsplit_once('.').unwrap();
    let mut bytes = BASE64_URL_SAFE_NO_PAD.decode(signature).unwrap();
    for at in 0..bytes.len() {
        bytes[at] ^= 4;
        assert!(refused(&format!("{message}.{}", BASE64_URL_SAFE_NO_PAD.encode(&bytes))), "byte {at}");
        bytes[at] ^= 4;
    }
    // 64 bytes leave bits of the last digit open, which must be 0.
    let last = signature.chars().last().unwrap();
    let next = char::from(u8::try_from(last).unwrap() + 1);
    for bad in [
        format!("{message}.{}{next}", &signature[..signature.len() - 1]),
        format!("{message}."),
        message.to_owned(),
        format!("{good}="),
        format!("{good}\n"),
        format!(" {good}"),
        format!("{good}.{signature}"),
        format!(".{good}"),
        good.replace('.', ".."),
        String::new(),
        ".".to_owned(),
        "..".to_owned(),
    ] {
        assert!(refused(&bad), "{bad}");
    }
}
