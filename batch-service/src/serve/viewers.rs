//! Who may see the dashboard: whoever knows its password, or shows a token of an account that may. Without either being
//! set, only who sits at this machine.

use super::auth::{Gate, Refused};
use super::clock::now;
use super::problem::Problem;
use super::trigger::BUSY;
use crate::jobs::{ExitKind, exit};
use anyhow::Result;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use sha2::{Digest, Sha256};
use std::sync::Arc;

/// Variable with the password of the dashboard.
pub const PASSWORD: &str = "INKLING_DASHBOARD_PASSWORD";
/// Characters of a password: one that cannot be guessed by trying.
const SHORTEST: usize = 16;
/// Bytes of what a browser sends.
const LONGEST: usize = 4_096;

/// Lets viewers in.
pub struct Viewers {
    gate: Option<Arc<Gate>>,
    accounts: Vec<String>,
    password: Option<Password>,
    /// Whether who sits at this machine needs neither.
    open: bool,
}

/// The hash of the password, so that comparing takes no longer the better it is guessed.
#[derive(Clone, PartialEq, Eq)]
pub struct Password([u8; 32]);

impl std::fmt::Debug for Password {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Password")
    }
}

impl Password {
    /// The password that the environment gives; none when it is empty.
    ///
    /// # Errors
    /// Exit code 2 when it is short enough to be guessed.
    pub fn of(text: Option<String>) -> Result<Option<Self>> {
        let Some(text) =
            text.map(|text| text.trim_end_matches(['\r', '\n']).to_owned()).filter(|text| !text.is_empty())
        else {
            return Ok(None);
        };
        if text.chars().count() < SHORTEST {
            let what = format!("{PASSWORD}: at least {SHORTEST} characters, such as `openssl rand -hex 16` gives");
            return Err(exit(ExitKind::Usage, what));
        }
        Ok(Some(Self::hash(text.as_bytes())))
    }

    fn hash(text: &[u8]) -> Self {
        Self(Sha256::digest(text).into())
    }
}

impl Viewers {
    /// `loopback`: whether the server can be reached from this machine only.
    #[must_use]
    pub fn new(
        gate: Option<Arc<Gate>>,
        invoker: Option<&str>,
        more: &[String],
        password: Option<Password>,
        loopback: bool,
    ) -> Self {
        let open = loopback && password.is_none() && more.is_empty();
        let accounts = invoker.into_iter().chain(more.iter().map(String::as_str)).map(str::to_owned).collect();
        Self { gate, accounts, password, open }
    }

    /// Lets a request pass, or says why not.
    ///
    /// # Errors
    /// The problem that is the answer.
    pub async fn admit(&self, headers: &HeaderMap) -> Result<(), Problem> {
        if self.open && from_here(headers) {
            return Ok(());
        }
        if self.password.is_some() && basic(headers) == self.password {
            return Ok(());
        }
        match &self.gate {
            Some(gate) => gate.admit_any(headers, now(), &self.accounts).await.map_err(|why| self.refusal(why)),
            None => Err(self.refusal(Refused::Unauthorised(""))),
        }
    }

    fn refusal(&self, why: Refused) -> Problem {
        match why {
            Refused::Unavailable(why) => Problem::new(StatusCode::SERVICE_UNAVAILABLE, why).retry_after(BUSY),
            Refused::Forbidden(why) => Problem::new(StatusCode::FORBIDDEN, why),
            // The way that a browser can go.
            Refused::Unauthorised(_) if self.password.is_some() => {
                let problem =
                    Problem::new(StatusCode::UNAUTHORIZED, "the dashboard has a password; any name goes with it");
                problem.ask(HeaderValue::from_static("Basic realm=\"Inkling dashboard\", charset=\"UTF-8\""))
            }
            Refused::Unauthorised(why) if self.gate.is_some() => {
                Problem::new(StatusCode::UNAUTHORIZED, why).challenge()
            }
            Refused::Unauthorised(_) => {
                let detail = format!(
                    "the dashboard is shown to browsers on the server's own machine only; to open it to others set {PASSWORD}"
                );
                Problem::new(StatusCode::FORBIDDEN, detail)
            }
        }
    }
}

/// Whether a request was made on this machine for this machine. The name is looked at because any page can give a name of
/// its own this machine's address (DNS rebinding), the others because a proxy sets them.
fn from_here(headers: &HeaderMap) -> bool {
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
    let name = match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|c| c.is_ascii_digit()) => name,
        _ => host,
    };
    let proxied = ["x-forwarded-for", "x-real-ip"].iter().any(|name| headers.contains_key(*name));
    ["127.0.0.1", "[::1]", "localhost"].contains(&name.to_ascii_lowercase().as_str())
        && !proxied
        && !headers.contains_key(header::FORWARDED)
}

/// The password of `Authorization: Basic`, if the header is there once.
fn basic(headers: &HeaderMap) -> Option<Password> {
    let mut all = headers.get_all(header::AUTHORIZATION).iter();
    let (Some(value), None) = (all.next(), all.next()) else { return None };
    let (scheme, code) = value.to_str().ok()?.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("basic") || code.len() > LONGEST {
        return None;
    }
    let decoded = BASE64_STANDARD.decode(code.trim()).ok()?;
    let colon = decoded.iter().position(|c| *c == b':')?;
    Some(Password::hash(decoded.get(colon + 1..)?))
}

#[cfg(test)]
#[path = "tests/viewers.rs"]
mod tests;
