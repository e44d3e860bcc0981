//! Which bucket, at which endpoint, and whether with credentials.

use crate::config::CloudConfig;
use crate::jobs::{ExitKind, exit};
use anyhow::Result;
use reqwest::Url;

const GOOGLE: &str = "https://storage.googleapis.com";

/// A bucket and the start of all names in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Address {
    /// Name of the bucket.
    pub bucket: String,
    /// Empty, or ends with a slash.
    pub prefix: String,
}

impl Address {
    /// Parses `gs://BUCKET[/PREFIX]`.
    ///
    /// # Errors
    /// Exit code 2 when it is not one.
    pub fn parse(word: &str) -> Result<Self> {
        let rest = word.strip_prefix("gs://").unwrap_or_default();
        let (bucket, prefix) = rest.split_once('/').unwrap_or((rest, ""));
        let prefix = prefix.trim_end_matches('/');
        let known = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "-_.".contains(c);
        let parts = prefix.split('/').all(|part| !part.is_empty() && part != "." && part != "..");
        if !(3..=222).contains(&bucket.len()) || !bucket.chars().all(known) || !(prefix.is_empty() || parts) {
            return Err(exit(ExitKind::Usage, format!("store {word}: write gs://BUCKET or gs://BUCKET/PREFIX")));
        }
        let prefix = if prefix.is_empty() { String::new() } else { format!("{prefix}/") };
        Ok(Self { bucket: bucket.to_owned(), prefix })
    }
}

/// Where requests go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Endpoint {
    /// `SCHEME://HOST[:PORT]`.
    pub url: String,
    /// Without credentials: a stand-in on this machine.
    pub anonymous: bool,
}

impl Endpoint {
    /// Google's, or the configured one, or that of `STORAGE_EMULATOR_HOST`.
    ///
    /// # Errors
    /// Exit code 2 for an endpoint to which credentials would go in the clear, or that is no URL.
    pub fn choose(config: &CloudConfig) -> Result<Self> {
        let (word, emulator) = match (&config.storage_endpoint, &config.storage_emulator) {
            (Some(word), _) => (word.clone(), false),
            (None, Some(word)) if word.contains("://") => (word.clone(), true),
            (None, Some(word)) => (format!("http://{word}"), true),
            (None, None) => (GOOGLE.to_owned(), false),
        };
        let refused = |why: &str| exit(ExitKind::Usage, format!("Cloud Storage endpoint {word}: {why}"));
        let url = Url::parse(&word).map_err(|e| refused(&e.to_string()))?;
        if !matches!(url.scheme(), "http" | "https") || url.path() != "/" || url.query().is_some() || user(&url) {
            return Err(refused("write http://127.0.0.1:PORT or https://HOST"));
        }
        let anonymous = is_loopback(&url);
        if !anonymous && emulator {
            return Err(refused("STORAGE_EMULATOR_HOST is for a stand-in on this machine (127.0.0.1, localhost)"));
        }
        if !anonymous && url.scheme() == "http" {
            return Err(refused("credentials go over https only"));
        }
        Ok(Self { url: word.trim_end_matches('/').to_owned(), anonymous })
    }
}

/// Whether a name or a password stands before the host.
pub(crate) fn user(url: &Url) -> bool {
    !url.username().is_empty() || url.password().is_some()
}

/// Whether an address is on this machine, by its name and not by what a name server says.
pub(crate) fn is_loopback(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default();
    let address = host.trim_start_matches('[').trim_end_matches(']');
    host == "localhost" || address.parse::<std::net::IpAddr>().is_ok_and(|a| a.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses() {
        let parse = |word| Address::parse(word).ok().map(|a| (a.bucket, a.prefix));
        let is = |bucket: &str, prefix: &str| Some((bucket.to_owned(), prefix.to_owned()));
        assert_eq!(parse("gs://my-bucket"), is("my-bucket", ""));
        assert_eq!(parse("gs://my-bucket/"), is("my-bucket", ""));
        assert_eq!(parse("gs://my.bucket_1/a/b"), is("my.bucket_1", "a/b/"));
        assert_eq!(parse("gs://my-bucket/a/"), is("my-bucket", "a/"));
        for word in [
            "gs://",
            "gs://ab",
            "gs://My-Bucket",
            "gs://my bucket",
            "gs://bucket//a",
            "gs://bucket/../a",
            "s3://bucket",
        ] {
            assert_eq!(parse(word), None, "{word}");
        }
    }

    #[test]
    fn credentials_stay_away_from_stand_ins_and_off_the_clear() {
        let choose = |endpoint: Option<&str>, emulator: Option<&str>| {
            let owned = |word: Option<&str>| word.map(str::to_owned);
            let config =
                CloudConfig { storage_endpoint: owned(endpoint), storage_emulator: owned(emulator), project: None };
            Endpoint::choose(&config).ok().map(|e| (e.url, e.anonymous))
        };
        let is = |url: &str, anonymous| Some((url.to_owned(), anonymous));
        assert_eq!(choose(None, None), is(GOOGLE, false));
        assert_eq!(choose(Some("http://127.0.0.1:4443"), None), is("http://127.0.0.1:4443", true));
        assert_eq!(choose(Some("http://[::1]:4443/"), None), is("http://[::1]:4443", true));
        assert_eq!(choose(None, Some("localhost:9000")), is("http://localhost:9000", true));
        assert_eq!(choose(None, Some("http://localhost:9000")), is("http://localhost:9000", true));
        assert_eq!(
            choose(Some("https://restricted.googleapis.com"), Some("localhost:1")),
            is("https://restricted.googleapis.com", false)
        );
        for refused in [
            "http://storage.googleapis.com",
            "http://127.0.0.1@evil.example",
            "http://127.0.0.1.evil.example",
            "http://localhost.evil.example",
            "ftp://127.0.0.1",
            "127.0.0.1:4443",
            "http://127.0.0.1:4443/storage/v1",
            "",
        ] {
            assert_eq!(choose(Some(refused), None), None, "{refused}");
        }
        for refused in ["storage.example:80", "https://storage.example", "10.0.0.1:80"] {
            assert_eq!(choose(None, Some(refused)), None, "{refused}");
        }
    }
}
