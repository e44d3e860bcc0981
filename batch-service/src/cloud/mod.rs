//! What all of Google Cloud's services share: endpoints, credentials, limits of time.

mod endpoint;
pub(crate) mod failure;
pub(crate) mod patience;
pub(crate) mod rest;

pub use endpoint::{ANALYTICS_ADMIN, ANALYTICS_DATA, BIGQUERY, BIGQUERY_STORAGE, Endpoint, KMS, STORAGE, Service};
pub(crate) use endpoint::{is_loopback, user};
pub use patience::Patience;

use crate::jobs::{ExitKind, exit};
use anyhow::Result;
use google_cloud_auth::credentials::{Builder as DefaultCredentials, Credentials, anonymous};
use tokio::runtime::{Builder, Runtime};

/// A runtime for one service's calls. One worker: it renews tokens also while no call is made.
///
/// # Errors
/// When the system gives no thread.
pub fn runtime(name: &'static str) -> Result<Runtime> {
    // The first one stays; TLS and the signing of tokens use it.
    let _ = rustls::crypto::ring::default_provider().install_default();
    Ok(Builder::new_multi_thread().worker_threads(1).thread_name(name).enable_all().build()?)
}

/// Application Default Credentials for `what` with these scopes; none for a stand-in. To be called inside a runtime.
///
/// # Errors
/// Exit code 2 when credentials cannot be read.
pub fn credentials(endpoint: &Endpoint, scopes: &[&str], what: &str) -> Result<Credentials> {
    if endpoint.anonymous {
        return Ok(anonymous::Builder::new().build());
    }
    DefaultCredentials::default().with_scopes(scopes.iter().copied()).build().map_err(|e| {
        let text = format!("credentials for {what}: {e} (`gcloud auth application-default login` makes some)");
        exit(ExitKind::Usage, text)
    })
}
