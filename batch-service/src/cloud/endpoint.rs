//! Where requests go, and whether with credentials.

use crate::jobs::{ExitKind, exit};
use anyhow::Result;
use reqwest::Url;

/// Where requests go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Endpoint {
    /// `SCHEME://HOST[:PORT]`.
    pub url: String,
    /// Without credentials: a stand-in on this machine.
    pub anonymous: bool,
}

/// A service of Google's that may be elsewhere.
#[derive(Clone, Copy, Debug)]
pub struct Service {
    /// For messages.
    pub name: &'static str,
    /// Its usual address.
    pub google: &'static str,
}

/// Objects.
pub const STORAGE: Service = Service { name: "Cloud Storage", google: "https://storage.googleapis.com" };
/// Tables and jobs.
pub const BIGQUERY: Service = Service { name: "BigQuery", google: "https://bigquery.googleapis.com" };
/// Rows as Arrow.
pub const BIGQUERY_STORAGE: Service =
    Service { name: "BigQuery Storage", google: "https://bigquerystorage.googleapis.com" };
/// The settings of properties of Google Analytics.
pub const ANALYTICS_ADMIN: Service =
    Service { name: "Google Analytics Admin API", google: "https://analyticsadmin.googleapis.com" };
/// The reports of properties of Google Analytics.
pub const ANALYTICS_DATA: Service =
    Service { name: "Google Analytics Data API", google: "https://analyticsdata.googleapis.com" };

/// Keys.
pub const KMS: Service = Service { name: "Cloud KMS", google: "https://cloudkms.googleapis.com" };

impl Endpoint {
    /// Google's, or the configured one, or that of the variable `STORAGE_EMULATOR_HOST`.
    ///
    /// # Errors
    /// Exit code 2 for an endpoint to which credentials would go in the clear, or that is no URL.
    pub fn choose(service: Service, configured: Option<&str>, emulator: Option<&str>) -> Result<Self> {
        let (word, emulator) = match (configured, emulator) {
            (Some(word), _) => (word.to_owned(), false),
            (None, Some(word)) if word.contains("://") => (word.to_owned(), true),
            (None, Some(word)) => (format!("http://{word}"), true),
            (None, None) => (service.google.to_owned(), false),
        };
        let refused = |why: &str| exit(ExitKind::Usage, format!("{} endpoint {word}: {why}", service.name));
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
    fn credentials_stay_away_from_stand_ins_and_off_the_clear() {
        let choose = |endpoint: Option<&str>, emulator: Option<&str>| {
            Endpoint::choose(STORAGE, endpoint, emulator).ok().map(|e| (e.url, e.anonymous))
        };
        let is = |url: &str, anonymous| Some((url.to_owned(), anonymous));
        assert_eq!(choose(None, None), is(STORAGE.google, false));
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
