//! `[serve]`: where the server listens, and who may start the daily job.

use super::schedule::Schedule;
use super::score::{Caller, CallerConfig};
use crate::cloud::{is_loopback, user};
use reqwest::Url;
use serde::Deserialize;

/// How `inkling serve` listens, and what starts the daily job.
#[derive(Clone, Debug, Deserialize)]
#[serde(default)]
pub struct ServeConfig {
    /// Address and port.
    pub address: String,
    /// What tokens must be made for, as the scheduler is told: the address of the service.
    pub audience: Option<String>,
    /// Service account whose tokens start the job; no other.
    pub invoker: Option<String>,
    /// Accounts whose tokens show the dashboard, besides the invoker's.
    pub viewers: Vec<String>,
    /// Who may ask for scores, by tokens signed with keys of their own.
    pub callers: Vec<CallerConfig>,
    /// Google accounts whose tokens ask for scores.
    pub scorers: Vec<String>,
    /// Keys of tokens, at an address of this machine, for tests. Google's by default.
    pub jwks: Option<String>,
    /// Time of day, `HH:MM` in the property's time zone, at which the server starts the job by itself.
    pub schedule: Option<Schedule>,
}

impl Default for ServeConfig {
    fn default() -> Self {
        Self {
            address: "127.0.0.1:8080".into(),
            audience: None,
            invoker: None,
            viewers: Vec::new(),
            callers: Vec::new(),
            scorers: Vec::new(),
            jwks: None,
            schedule: None,
        }
    }
}

/// Whose tokens start the job.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TriggerOptions {
    /// Audience of the tokens.
    pub audience: String,
    /// E-mail of the service account.
    pub invoker: String,
    /// Where the keys are, if not at Google.
    pub jwks: Option<String>,
}

impl ServeConfig {
    /// Whose tokens start the job; `None` when nobody's do.
    ///
    /// # Errors
    /// The key, and what is wrong.
    pub fn trigger(&self) -> Result<Option<TriggerOptions>, String> {
        Caller::all(&self.callers)?;
        if let Some(jwks) = &self.jwks {
            let url = Url::parse(jwks).map_err(|e| format!("serve.jwks: {e}"))?;
            if !matches!(url.scheme(), "http" | "https") || !is_loopback(&url) || user(&url) {
                return Err("serve.jwks is for tests: it must be at this machine (http://127.0.0.1:PORT/...)".into());
            }
        }
        let filled = |word: &Option<String>| word.clone().filter(|word| !word.trim().is_empty());
        match (filled(&self.audience), filled(&self.invoker)) {
            (Some(audience), Some(invoker)) => Ok(Some(TriggerOptions { audience, invoker, jwks: self.jwks.clone() })),
            (_, None) if !self.viewers.is_empty() || !self.scorers.is_empty() => {
                let which = if self.viewers.is_empty() { "scorers" } else { "viewers" };
                let why = "what are their tokens made for?";
                Err(format!("serve.{which} without serve.audience and serve.invoker: {why}"))
            }
            (None, None) if self.callers.is_empty() => Ok(None),
            (None, None) => Err("serve.callers without serve.audience: what are their tokens made for?".into()),
            (Some(_), None) if !self.callers.is_empty() => Ok(None),
            (Some(_), None) => {
                Err("serve.audience without serve.invoker: which service account may start jobs?".into())
            }
            (None, Some(_)) => Err("serve.invoker without serve.audience: what are its tokens made for?".into()),
        }
    }
}

impl ServeConfig {
    /// Whether anybody may ask for scores.
    #[must_use]
    pub fn scores(&self) -> bool {
        !self.callers.is_empty() || !self.scorers.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_trigger_is_whole_or_closed() {
        let config = |audience: &str, invoker: &str, jwks: Option<&str>| ServeConfig {
            audience: Some(audience.into()),
            invoker: Some(invoker.into()),
            jwks: jwks.map(str::to_owned),
            ..ServeConfig::default()
        };
        assert_eq!(ServeConfig::default().trigger(), Ok(None));
        assert_eq!(config("", " ", None).trigger(), Ok(None));
        assert!(config("a", "", None).trigger().unwrap_err().contains("serve.invoker"));
        assert!(config("", "b", None).trigger().unwrap_err().contains("serve.audience"));
        assert_eq!(config("a", "b", None).trigger().unwrap().unwrap().invoker, "b");
        let viewers = |config: ServeConfig| ServeConfig { viewers: vec!["c".into()], ..config };
        assert!(viewers(ServeConfig::default()).trigger().unwrap_err().contains("serve.viewers"));
        assert!(viewers(config("a", "b", None)).trigger().is_ok());
        for good in ["http://127.0.0.1:1/certs", "http://[::1]:1/", "http://localhost:1/x"] {
            assert!(config("a", "b", Some(good)).trigger().is_ok(), "{good}");
        }
        for bad in [
            "https://www.googleapis.com/oauth2/v3/certs",
            "http://10.0.0.1/certs",
            "http://127.0.0.1@evil.example/",
            "http://127.0.0.1.evil.example/",
            "http://u:p@127.0.0.1/",
            "file:///keys.json",
            "certs",
        ] {
            assert!(config("a", "b", Some(bad)).trigger().unwrap_err().contains("serve.jwks"), "{bad}");
        }
    }
}
