//! Who may ask for scores: `[[serve.callers]]`.

use super::rate::Rate;
use crate::cloud::is_loopback;
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use reqwest::Url;
use serde::Deserialize;
use std::collections::HashSet;

/// Requests per second of callers that nothing else is said of, and of each Google account.
pub const RATE: u32 = 50;
/// The highest rate that can be said.
const HIGHEST_RATE: u32 = 1_000_000;
/// Bytes of a name.
const LONGEST_NAME: usize = 64;

/// A caller, as the configuration says it.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CallerConfig {
    /// Name: `iss` of its tokens.
    pub name: String,
    /// Ed25519 keys that its tokens may be signed by: base64 of 32 bytes each. Several while a new one takes over.
    pub keys: Vec<String>,
    /// Origins of pages that may send its tokens, to the letter; none: no page may.
    #[serde(default)]
    pub origins: Vec<String>,
    /// Requests per second, on average; so many may come at once.
    #[serde(default = "rate")]
    pub requests_per_second: u32,
}

fn rate() -> u32 {
    RATE
}

/// A caller that requests are counted for.
#[derive(Debug)]
pub struct Caller {
    /// Its name, or the e-mail of a Google account.
    pub name: String,
    /// Ed25519 keys; none for a Google account, whose tokens Google signs.
    pub keys: Vec<[u8; 32]>,
    /// Origins of pages.
    pub origins: Vec<String>,
    /// What it may still ask for.
    pub rate: Rate,
}

impl Caller {
    /// A Google account.
    pub fn account(email: &str) -> Self {
        Self { name: email.to_owned(), keys: Vec::new(), origins: Vec::new(), rate: Rate::new(RATE) }
    }

    /// A caller of the configuration.
    ///
    /// # Errors
    /// The key of the configuration, and what is wrong.
    pub fn of(config: &CallerConfig) -> Result<Self, String> {
        let CallerConfig { name, keys, origins, requests_per_second } = config;
        let plain = |c: u8| c.is_ascii_lowercase() || c.is_ascii_digit() || b"-_.".contains(&c);
        if name.is_empty() || name.len() > LONGEST_NAME || !name.bytes().all(plain) {
            let allowed = format!("1 to {LONGEST_NAME} of a-z, 0-9, `-`, `_` and `.`");
            return Err(format!("serve.callers: the name `{name}` is not {allowed}"));
        }
        let keys: Option<Vec<_>> = keys.iter().map(|key| BASE64_STANDARD.decode(key).ok()?.try_into().ok()).collect();
        let Some(keys) = keys.filter(|keys| !keys.is_empty()) else {
            let how = "`inkling token key` makes one and prints its public half";
            return Err(format!("serve.callers: {name}: keys are base64 of 32 bytes, at least one; {how}"));
        };
        if let Some(bad) = origins.iter().find(|origin| !is_origin(origin)) {
            let like = "https://www.example.org, and http:// only on this machine";
            return Err(format!(
                "serve.callers: {name}: `{bad}` is no origin; write it as browsers do, such as {like}"
            ));
        }
        if !(1..=HIGHEST_RATE).contains(requests_per_second) {
            return Err(format!("serve.callers: {name}: requests_per_second is 1 to {HIGHEST_RATE}"));
        }
        let rate = Rate::new(*requests_per_second);
        Ok(Self { name: name.clone(), keys, origins: origins.clone(), rate })
    }

    /// All callers of the configuration.
    ///
    /// # Errors
    /// As for [`Caller::of`]; for two of one name.
    pub fn all(configs: &[CallerConfig]) -> Result<Vec<Self>, String> {
        let mut names = HashSet::new();
        if let Some(twice) = configs.iter().find(|config| !names.insert(&config.name)) {
            return Err(format!("serve.callers: two callers are named {}", twice.name));
        }
        configs.iter().map(Self::of).collect()
    }
}

/// Whether a text is an origin as browsers write it: scheme, host and a port that is not the scheme's.
fn is_origin(text: &str) -> bool {
    let Ok(url) = Url::parse(text) else { return false };
    let safe = url.scheme() == "https" || (url.scheme() == "http" && is_loopback(&url));
    safe && url.origin().ascii_serialization() == text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config(name: &str, key: &str, origin: &str) -> CallerConfig {
        let (keys, origins) = (vec![key.to_owned()], vec![origin.to_owned()]);
        CallerConfig { name: name.to_owned(), keys, origins, requests_per_second: 5 }
    }

    #[test]
    fn callers_are_read_strictly() {
        let key = BASE64_STANDARD.encode([7; 32]);
        let good = "https://www.example.org";
        for origin in [good, "https://example.org:8443", "http://127.0.0.1:8080", "http://localhost:1"] {
            assert_eq!(Caller::of(&config("shop", &key, origin)).unwrap().keys, [[7; 32]], "{origin}");
        }
        for origin in ["*", "null", "https://example.org/", "https://EXAMPLE.org", "https://a.b:443", "http://a.b", ""]
        {
            assert!(Caller::of(&config("shop", &key, origin)).unwrap_err().contains("no origin"), "{origin}");
        }
        for name in ["", "Shop", "a b", "a/b", &"x".repeat(65)] {
            assert!(Caller::of(&config(name, &key, good)).unwrap_err().contains("name"), "{name}");
        }
        for key in ["", "x", &BASE64_STANDARD.encode([7; 31])] {
            assert!(Caller::of(&config("shop", key, good)).unwrap_err().contains("keys"), "{key}");
        }
        let none = CallerConfig { requests_per_second: 0, ..config("shop", &key, good) };
        assert!(Caller::of(&none).unwrap_err().contains("requests_per_second"));
        assert!(Caller::all(&[config("shop", &key, good), config("shop", &key, good)]).unwrap_err().contains("two"));
    }
}
