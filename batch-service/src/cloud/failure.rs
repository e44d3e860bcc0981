//! What an error of Google's clients means: whether it may pass, and what to do about it.

use super::patience::{Failure, passes, retry_after};
use anyhow::anyhow;
use google_cloud_gax::error::rpc::Code;
use google_cloud_gax::error::{CredentialsError, Error};
use std::error::Error as _;

/// Whether an error may pass; `advice` says what to do about a status.
pub(crate) fn judge(error: Error, advice: fn(u16) -> Option<&'static str>) -> Failure {
    let after = error.http_headers().and_then(retry_after);
    if let Some(error) = error.source().and_then(|e| e.downcast_ref::<CredentialsError>()) {
        return without_token(error);
    }
    let status = error.http_status_code().or_else(|| error.status().and_then(|s| status_of(s.code)));
    let told = anyhow!(told(status, &error));
    match status {
        Some(status) if passes(status) => Failure::Passing(told, after),
        Some(status) => Failure::Lasting(advised(told, status, advice)),
        // A connection that broke, an answer that was cut short, a wrong checksum.
        None => Failure::Passing(told, None),
    }
}

/// The HTTP status that says the same; `None` where a broken connection may look like it.
fn status_of(code: Code) -> Option<u16> {
    match code {
        Code::InvalidArgument | Code::FailedPrecondition | Code::OutOfRange => Some(400),
        Code::Unauthenticated => Some(401),
        Code::PermissionDenied => Some(403),
        Code::NotFound => Some(404),
        Code::AlreadyExists => Some(409),
        Code::ResourceExhausted => Some(429),
        Code::Unimplemented => Some(405),
        Code::Internal => Some(500),
        Code::Unavailable => Some(503),
        Code::DeadlineExceeded => Some(504),
        _ => None,
    }
}

/// The metadata server may be late; other faults of credentials stay.
pub(crate) fn without_token(error: &CredentialsError) -> Failure {
    let told =
        anyhow!(told(None, error)).context("no access token (`gcloud auth application-default login` gives one)");
    if error.is_transient() { Failure::Passing(told, None) } else { Failure::Lasting(told) }
}

/// The status, and every cause that the ones before do not repeat.
fn told(status: Option<u16>, error: &dyn std::error::Error) -> String {
    let mut text = status.map_or_else(String::new, |status| format!("status {status}: "));
    let mut next = Some(error);
    while let Some(cause) = next {
        let said = cause.to_string();
        if !text.contains(&said) {
            let between = if text.is_empty() || text.ends_with(": ") { "" } else { ": " };
            text = format!("{text}{between}{said}");
        }
        next = cause.source();
    }
    // A proxy's page can be long.
    text.chars().take(600).collect()
}

/// An error with what to do about its status.
pub(crate) fn advised(error: anyhow::Error, status: u16, advice: fn(u16) -> Option<&'static str>) -> anyhow::Error {
    match (status, advice(status)) {
        (401, _) => error.context("the credentials are not accepted; `gcloud auth application-default login`"),
        (_, Some(advice)) => error.context(advice),
        _ => error,
    }
}
