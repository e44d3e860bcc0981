//! Which caller a request is of: by its token, which is checked once and then remembered until it expires.

use super::callers::Caller;
use super::token::{LEEWAY, verify};
use crate::serve::auth::{Gate, Refused, bearer};
use crate::serve::clock::now;
use axum::http::HeaderMap;
use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use ring::digest::{SHA256, SHA256_OUTPUT_LEN, digest};
use serde::Deserialize;
use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

/// Tokens that are remembered.
const REMEMBERED: usize = 4_096;

type Hash = [u8; SHA256_OUTPUT_LEN];

/// Knows callers by their tokens.
pub struct Admission {
    audience: String,
    callers: Vec<Arc<Caller>>,
    accounts: Vec<Arc<Caller>>,
    emails: Vec<String>,
    gate: Option<Arc<Gate>>,
    /// By the hash of the token: the caller, and until when.
    known: RwLock<HashMap<Hash, (Arc<Caller>, f64)>>,
}

/// The part of a token that says who signs: its head, and for Google's its end.
#[derive(Deserialize)]
struct Told {
    alg: Option<String>,
    email: Option<String>,
    exp: Option<f64>,
}

impl Admission {
    /// Callers with keys of their own, and Google accounts, whose tokens `gate` checks.
    pub fn new(audience: String, callers: Vec<Caller>, emails: Vec<String>, gate: Option<Arc<Gate>>) -> Self {
        let callers = callers.into_iter().map(Arc::new).collect();
        let accounts = emails.iter().map(|email| Arc::new(Caller::account(email))).collect();
        Self { audience, callers, accounts, emails, gate, known: RwLock::default() }
    }

    /// Whether a page of this origin may ask, with the token of some caller.
    pub fn lists(&self, origin: &str) -> bool {
        self.callers.iter().any(|caller| caller.origins.iter().any(|listed| listed == origin))
    }

    /// The caller of a request.
    ///
    /// # Errors
    /// Why there is none.
    pub async fn caller(&self, headers: &HeaderMap) -> Result<Arc<Caller>, Refused> {
        let token = bearer(headers)?;
        let mut hash = Hash::default();
        hash.copy_from_slice(digest(&SHA256, token.as_bytes()).as_ref());
        let now = now();
        let seconds = now.as_microsecond() as f64 / 1e6;
        if let Some((caller, end)) = self.known.read().unwrap_or_else(PoisonError::into_inner).get(&hash)
            && seconds < *end + LEEWAY
        {
            return Ok(Arc::clone(caller));
        }
        let (caller, end) = match &self.gate {
            Some(gate)
                if !self.emails.is_empty() && part(token, 0).and_then(|head| head.alg).as_deref() == Some("RS256") =>
            {
                gate.admit_any(headers, now, &self.emails).await?;
                // Verified by now.
                let told = part(token, 1).and_then(|claims| Some((claims.email?, claims.exp?)));
                let (email, end) = told.ok_or(Refused::Unauthorised("that is no token"))?;
                let account = self.accounts.iter().find(|account| account.name == email);
                (account.ok_or(Refused::Forbidden("the token is another account's"))?, end)
            }
            _ => verify(token, &self.audience, &self.callers, seconds).map_err(Refused::Unauthorised)?,
        };
        self.remember(hash, caller, end, seconds);
        Ok(Arc::clone(caller))
    }

    fn remember(&self, hash: Hash, caller: &Arc<Caller>, end: f64, now: f64) {
        let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= REMEMBERED {
            known.retain(|_, (_, end)| now < *end);
        }
        if known.len() >= REMEMBERED {
            known.clear();
        }
        known.insert(hash, (Arc::clone(caller), end));
    }
}

fn part(token: &str, index: usize) -> Option<Told> {
    let bytes = BASE64_URL_SAFE_NO_PAD.decode(token.split('.').nth(index)?).ok()?;
    serde_json::from_slice(&bytes).ok()
}
