//! Whose word is taken: whoever shows an OIDC token that Google has made for this service and one of the accounts that may.
//!
//! Google's verifier knows the keys and checks the signature. What a token says is checked here, before and after: the
//! verifier passes tokens without issuer or audience, does not look at `nbf`, and panics at a token without the claim
//! `email_verified` when it is asked to look at e-mails. Headers such as `X-CloudScheduler` prove nothing and are not read.

use super::config::TriggerOptions;
use super::keys;
use axum::http::{HeaderMap, header};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use google_cloud_auth::credentials::idtoken::verifier::{Builder, Error, Verifier};
use google_cloud_auth::errors::CredentialsError;
use jiff::Timestamp;
use serde_json::{Map, Value};
use std::collections::HashSet;
use std::error::Error as _;
use std::time::{Duration, Instant};
use tokio::sync::Mutex;
use tokio::time::timeout;

/// Bytes of a token; Google's have about 1,200.
const LONGEST: usize = 8_192;
const ISSUERS: [&str; 2] = ["https://accounts.google.com", "accounts.google.com"];
/// Clocks may differ by this.
const LEEWAY: Duration = Duration::from_secs(10);
/// For looking up a key; the verifier has no limit of its own.
const LOOK_UP: Duration = Duration::from_secs(5);
/// What Cloud Run puts in place of the signature when it has checked a token itself.
const REMOVED: &str = "SIGNATURE_REMOVED_BY_GOOGLE";
/// Between two look-ups of keys that Google does not know, whoever asks.
const BETWEEN_MISSES: Duration = Duration::from_secs(1);

/// Why a request is turned away.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refused {
    /// It shows no good token.
    Unauthorised(&'static str),
    /// The token is good, and somebody else's.
    Forbidden(&'static str),
    /// It cannot be told now.
    Unavailable(String),
}

/// Lets accounts in.
pub struct Gate {
    options: TriggerOptions,
    /// One at a time: the verifier refuses a second caller while it looks up a key.
    keeper: Mutex<Keeper>,
}

struct Keeper {
    verifier: Verifier,
    known: HashSet<String>,
    missed: Option<Instant>,
}

impl Gate {
    /// For tokens of one audience.
    #[must_use]
    pub fn new(options: TriggerOptions) -> Self {
        keys::install();
        // The first one stays; the look-up of keys uses it.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let mut builder = Builder::new([options.audience.clone()]).with_clock_skew(LEEWAY);
        if let Some(jwks) = &options.jwks {
            builder = builder.with_jwks_url(jwks);
        }
        let keeper = Keeper { verifier: builder.build(), known: HashSet::new(), missed: None };
        Self { options, keeper: Mutex::new(keeper) }
    }

    /// Lets a request of the account pass that starts the daily job, or says why not.
    ///
    /// # Errors
    /// Why not.
    pub async fn admit(&self, headers: &HeaderMap, now: Timestamp) -> Result<(), Refused> {
        self.admit_any(headers, now, std::slice::from_ref(&self.options.invoker)).await
    }

    /// Lets a request of one of these accounts pass, or says why not.
    ///
    /// # Errors
    /// Why not.
    pub async fn admit_any(&self, headers: &HeaderMap, now: Timestamp, accounts: &[String]) -> Result<(), Refused> {
        let token = bearer(headers)?;
        let (key, claims) = read(token)?;
        // Most nonsense ends here, and costs no look-up.
        self.made_for_us(&claims, now)?;
        let claims = self.keeper.lock().await.verify(&key, token).await?;
        self.made_for_us(&claims, now)?;
        if claims.get("email_verified") != Some(&Value::Bool(true)) {
            return Err(Refused::Forbidden("the e-mail of the token is not verified"));
        }
        let email = claims.get("email").and_then(Value::as_str);
        if !accounts.iter().any(|account| Some(account.as_str()) == email) {
            return Err(Refused::Forbidden("the token is another account's"));
        }
        Ok(())
    }

    fn made_for_us(&self, claims: &Map<String, Value>, now: Timestamp) -> Result<(), Refused> {
        let text = |name: &str| claims.get(name).and_then(Value::as_str);
        let time = |name: &str| claims.get(name).and_then(Value::as_f64);
        let (now, leeway) = (now.as_second() as f64, LEEWAY.as_secs_f64());
        if !text("iss").is_some_and(|issuer| ISSUERS.contains(&issuer)) {
            return Err(Refused::Unauthorised("the token is of another issuer"));
        }
        if text("aud") != Some(&self.options.audience) {
            return Err(Refused::Unauthorised("the token is for another audience"));
        }
        if !time("exp").is_some_and(|end| now < end + leeway) {
            return Err(Refused::Unauthorised("the token has expired"));
        }
        let started = |name| !claims.contains_key(name) || time(name).is_some_and(|start| start - leeway <= now);
        if !claims.contains_key("iat") || !started("iat") || !started("nbf") {
            return Err(Refused::Unauthorised("the token is not valid yet"));
        }
        Ok(())
    }
}

impl Keeper {
    async fn verify(&mut self, key: &str, token: &str) -> Result<Map<String, Value>, Refused> {
        let recently = self.missed.is_some_and(|missed| missed.elapsed() < BETWEEN_MISSES);
        if recently && !self.known.contains(key) {
            return Err(Refused::Unavailable("another key is being looked up".into()));
        }
        match timeout(LOOK_UP, self.verifier.verify(token)).await {
            Ok(Ok(claims)) => {
                self.known.insert(key.to_owned());
                Ok(claims)
            }
            Ok(Err(error)) if error.is_load_cert() => {
                self.missed = Some(Instant::now());
                Err(without_key(&error))
            }
            Ok(Err(_)) => Err(Refused::Unauthorised("the signature of the token is wrong")),
            Err(_) => Err(Refused::Unavailable(format!("Google's keys: no answer within {} s", LOOK_UP.as_secs()))),
        }
    }
}

/// A key that is not there, or keys that cannot be had.
fn without_key(error: &Error) -> Refused {
    match error.source().and_then(|e| e.downcast_ref::<CredentialsError>()) {
        // Errors of the look-up have causes, a key that is not in the answer has none.
        Some(error) if error.source().is_none() => Refused::Unauthorised("the key of the token is unknown"),
        _ => Refused::Unavailable("Google's keys cannot be had".into()),
    }
}

/// The token of `Authorization: Bearer TOKEN`, if the header is there once.
pub(super) fn bearer(headers: &HeaderMap) -> Result<&str, Refused> {
    let mut all = headers.get_all(header::AUTHORIZATION).iter();
    let (Some(value), None) = (all.next(), all.next()) else {
        return Err(Refused::Unauthorised("one header `Authorization: Bearer TOKEN` is needed"));
    };
    let words = value.to_str().ok().and_then(|text| text.split_once(' '));
    let token = words.filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer")).map(|(_, token)| token);
    token.filter(|t| t.len() <= LONGEST).ok_or(Refused::Unauthorised("that is no bearer token"))
}

/// The name of its key and what it claims, not verified.
fn read(token: &str) -> Result<(String, Map<String, Value>), Refused> {
    let object = |part: Option<&str>| {
        let bytes = URL_SAFE_NO_PAD.decode(part?).ok()?;
        serde_json::from_slice::<Map<String, Value>>(&bytes).ok()
    };
    let mut parts = token.split('.');
    let read = (object(parts.next()), object(parts.next()), parts.next(), parts.next());
    let (Some(head), Some(claims), Some(signature), None) = read else {
        return Err(Refused::Unauthorised("that is no token"));
    };
    if signature == REMOVED {
        let why = "Cloud Run has taken the signature off the token, for it checks callers itself; let it pass them to \
                   this check (--no-invoker-iam-check) and keep others out by --ingress=internal";
        return Err(Refused::Unauthorised(why));
    }
    // `crit` names what must be understood, and nothing of that is here.
    if head.get("alg").and_then(Value::as_str) != Some("RS256") || head.contains_key("crit") {
        return Err(Refused::Unauthorised("the token is not signed with RS256"));
    }
    match head.get("kid").and_then(Value::as_str) {
        Some(key) => Ok((key.to_owned(), claims)),
        None => Err(Refused::Unauthorised("the token names no key")),
    }
}
