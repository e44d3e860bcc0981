//! The crate `gcp-bigquery-client`, with Google's tokens. It knows no retries, no time limit and no checks of its own; all of
//! that is around it. Two things it hides: `Retry-After`, so that only our own waits are left, and the status of an answer
//! that is not BigQuery's, so that such an answer is always taken for one that may pass.

use super::advice;
use crate::cloud::Endpoint;
use crate::cloud::failure::{of_status, told, without_token};
use crate::cloud::patience::Failure;
use anyhow::{Result, anyhow};
use gcp_bigquery_client::Client;
use gcp_bigquery_client::auth::Authenticator;
use gcp_bigquery_client::error::BQError;
use google_cloud_auth::credentials::{CacheableResource, Credentials};
use std::sync::Arc;

/// Google's tokens for the other client.
#[derive(Clone)]
struct Tokens(Credentials);

#[async_trait::async_trait]
impl Authenticator for Tokens {
    async fn access_token(&self) -> Result<String, BQError> {
        match self.0.headers(Default::default()).await {
            Ok(CacheableResource::New { data, .. }) => {
                let bearer = data.get("authorization").and_then(|value| value.to_str().ok());
                // A stand-in wants none, but this client sends one in any case.
                Ok(bearer.and_then(|text| text.strip_prefix("Bearer ")).unwrap_or("none").to_owned())
            }
            Ok(CacheableResource::NotModified) => Err(BQError::NoToken),
            Err(error) => Err(match without_token(&error) {
                Failure::Passing(..) => BQError::ConnectionPoolError(error.to_string()),
                Failure::Lasting(_) => BQError::NoToken,
            }),
        }
    }
}

/// The other client, at the same endpoint.
pub(super) async fn client(endpoint: &Endpoint, credentials: Credentials) -> Result<Client> {
    gcp_bigquery_client::client_builder::ClientBuilder::new()
        .with_v2_base_url(format!("{}/bigquery/v2", endpoint.url))
        .build_from_authenticator(Arc::new(Tokens(credentials)))
        .await
        .map_err(|error| anyhow!("the client for tables: {error}"))
}

/// What an error of the other client means.
pub(super) fn judged(error: BQError) -> Failure {
    match error {
        BQError::ResponseError { error } => {
            let (status, error) = (u16::try_from(error.error.code).unwrap_or(500), error.error);
            let reason = error.errors.iter().find_map(|error| error.get("reason")).map(String::as_str);
            of_status(anyhow!("status {status}: {}", error.message), status, reason, None, advice)
        }
        BQError::NoToken => Failure::Lasting(anyhow!("no access token (`gcloud auth application-default login`)")),
        BQError::RequestError(error) if error.is_decode() => {
            Failure::Passing(anyhow!("{}; is this BigQuery?", told(None, &error)), None)
        }
        // A connection that broke.
        other => Failure::Passing(anyhow!(told(None, &other)), None),
    }
}

/// The status that BigQuery answers with.
pub(super) fn status(error: &BQError) -> Option<i64> {
    match error {
        BQError::ResponseError { error } => Some(error.error.code),
        _ => None,
    }
}
