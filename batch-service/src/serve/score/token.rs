//! Tokens of callers: compact JWS (RFC 7515) signed with Ed25519 (RFC 8037) and nothing else, made by `inkling token issue`
//! or any library for JSON Web Tokens.

use super::callers::Caller;
use crate::release::Signer;
use anyhow::{Result, bail};
use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use ring::signature::{ED25519, UnparsedPublicKey};
use serde::Deserialize;
use serde_json::json;
use std::sync::Arc;

/// Clocks may differ by this, seconds.
pub const LEEWAY: f64 = 10.0;
/// The longest time between `iat` and `exp`, seconds.
pub const LONGEST_LIFE: f64 = 3_600.0;

/// The head. What it may say besides, such as `crit` or a key of its own, nobody here obeys: it is refused.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Head {
    alg: String,
    typ: Option<String>,
    #[serde(rename = "kid")]
    _kid: Option<String>,
}

/// What a token claims, as far as it matters.
#[derive(Deserialize)]
struct Claims {
    iss: String,
    aud: String,
    exp: f64,
    iat: f64,
    nbf: Option<f64>,
}

/// Whose token it is, and the end of its time, seconds since 1970.
///
/// # Errors
/// Why it is none for this server.
pub fn verify<'a>(
    token: &str,
    audience: &str,
    callers: &'a [Arc<Caller>],
    now: f64,
) -> Result<(&'a Arc<Caller>, f64), &'static str> {
    let (message, signature) = token.rsplit_once('.').ok_or("that is no token")?;
    let (head, claims) = message.split_once('.').ok_or("that is no token")?;
    // Neither padding nor bits behind the last byte are taken, so that a token has one form.
    let decoded = |part: &str| BASE64_URL_SAFE_NO_PAD.decode(part).map_err(|_| "that is no token");
    let (head, claims, signature) = (decoded(head)?, decoded(claims)?, decoded(signature)?);
    let head: Head = serde_json::from_slice(&head).map_err(|_| "the head of the token is not one of this service")?;
    if head.alg != "EdDSA" || head.typ.is_some_and(|typ| !typ.eq_ignore_ascii_case("JWT")) {
        return Err("the token is not signed with EdDSA");
    }
    let claims: Claims = serde_json::from_slice(&claims).map_err(|_| "the token lacks iss, aud, iat or exp")?;
    let caller = callers.iter().find(|caller| caller.name == claims.iss).ok_or("the token is of an unknown issuer")?;
    let signs = |key: &[u8; 32]| UnparsedPublicKey::new(&ED25519, key).verify(message.as_bytes(), &signature).is_ok();
    if !caller.keys.iter().any(signs) {
        return Err("the signature of the token is wrong");
    }
    if claims.aud != audience {
        return Err("the token is for another audience");
    }
    // Written so that what is no number passes none of them.
    let started = |time: f64| time - LEEWAY <= now;
    if !started(claims.iat) || !claims.nbf.is_none_or(started) {
        return Err("the token is not valid yet");
    }
    let in_time = now < claims.exp + LEEWAY;
    if !in_time {
        return Err("the token has expired");
    }
    let short = claims.exp - claims.iat <= LONGEST_LIFE && claims.exp > claims.iat;
    if !short {
        return Err("the token is good for more than an hour");
    }
    Ok((caller, claims.exp))
}

/// A token for `seconds` from `now` on.
///
/// # Errors
/// When that is too long, or the key cannot be used.
pub fn issue(signer: &dyn Signer, caller: &str, audience: &str, now: i64, seconds: i64) -> Result<String> {
    if seconds < 1 || seconds as f64 > LONGEST_LIFE {
        bail!("a token is good for 1 s to 1 h");
    }
    let claims = json!({"iss": caller, "aud": audience, "iat": now, "exp": now + seconds});
    let part = |value: serde_json::Value| BASE64_URL_SAFE_NO_PAD.encode(value.to_string());
    let message = format!("{}.{}", part(json!({"alg": "EdDSA", "typ": "JWT"})), part(claims));
    let signature = signer.sign(message.as_bytes())?;
    Ok(format!("{message}.{}", BASE64_URL_SAFE_NO_PAD.encode(signature)))
}

#[cfg(test)]
#[path = "tests/token.rs"]
mod tests;
