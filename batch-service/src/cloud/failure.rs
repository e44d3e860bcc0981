//! What an error of Google's clients means: whether it may pass, and what to do about it.

use super::patience::{Failure, passes, retry_after};
use anyhow::anyhow;
use google_cloud_gax::error::rpc::{Code, StatusDetails};
use google_cloud_gax::error::{CredentialsError, Error};
use std::error::Error as _;
use std::time::Duration;

/// Reasons of BigQuery's that may pass, whatever the status: a rate limit, for example, is a 403. Google's own client
/// has the same list.
const PASSING: [&str; 6] = [
    "backendError",
    "internalError",
    "rateLimitExceeded",
    "jobBackendError",
    "jobInternalError",
    "jobRateLimitExceeded",
];

const QUOTA: &str = "over a quota of the project: wait for its next day, or ask Google for more (IAM & Admin, Quotas)";

/// Whether a reason may pass.
pub(crate) fn reason_passes(reason: &str) -> bool {
    PASSING.contains(&reason)
}

/// The reason that an error tells.
pub(crate) fn reason(error: &Error) -> Option<&str> {
    error.status()?.details.iter().find_map(|detail| match detail {
        StatusDetails::ErrorInfo(info) => Some(info.reason.as_str()),
        _ => None,
    })
}

/// When to come back, if the server says so: in a header, or in the details of gRPC.
fn asked(error: &Error) -> Option<Duration> {
    let told = || {
        error.status()?.details.iter().find_map(|detail| match detail {
            StatusDetails::RetryInfo(info) => info.retry_delay.and_then(|delay| delay.try_into().ok()),
            _ => None,
        })
    };
    error.http_headers().and_then(retry_after).or_else(told)
}

/// Whether an error may pass; `advice` says what to do about a status.
pub(crate) fn judge(error: Error, advice: fn(u16) -> Option<&'static str>) -> Failure {
    let (after, reason) = (asked(&error), reason(&error).map(str::to_owned));
    if let Some(error) = error.source().and_then(|e| e.downcast_ref::<CredentialsError>()) {
        return without_token(error);
    }
    let status = error.http_status_code().or_else(|| error.status().and_then(|s| status_of(s.code)));
    let told = anyhow!(told(status, &error));
    match status {
        Some(status) => of_status(told, status, reason.as_deref(), after, advice),
        // A connection that broke, an answer that was cut short, a wrong checksum.
        None => Failure::Passing(told, None),
    }
}

/// What a status with a reason means.
pub(crate) fn of_status(
    told: anyhow::Error,
    status: u16,
    reason: Option<&str>,
    after: Option<Duration>,
    advice: fn(u16) -> Option<&'static str>,
) -> Failure {
    match reason {
        Some(reason) if reason_passes(reason) => Failure::Passing(told, after),
        _ if passes(status) => Failure::Passing(told, after),
        Some("quotaExceeded") => Failure::Lasting(told.context(QUOTA)),
        _ => Failure::Lasting(advised(told, status, advice)),
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
pub(crate) fn told(status: Option<u16>, error: &dyn std::error::Error) -> String {
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

#[cfg(test)]
mod tests {
    use super::*;
    use google_cloud_gax::error::rpc::Status;

    fn advice(status: u16) -> Option<&'static str> {
        (status == 403).then_some("ask for permission")
    }

    /// Whether it passes, and what is told.
    fn judged(error: Error) -> (bool, String) {
        match judge(error, advice) {
            Failure::Passing(told, _) => (true, format!("{told:#}")),
            Failure::Lasting(told) => (false, format!("{told:#}")),
        }
    }

    #[test]
    fn a_token_may_be_late_and_may_never_come() {
        for transient in [true, false] {
            let error = Error::authentication(CredentialsError::from_msg(transient, "no such account"));
            let (passes, told) = judged(error);
            assert_eq!(passes, transient);
            assert!(told.starts_with("no access token (`gcloud auth") && told.contains("no such account"), "{told}");
        }
    }

    #[test]
    fn codes_of_grpc_mean_what_the_statuses_of_http_mean() {
        let of = |code: Code| judged(Error::service(Status::default().set_code(code).set_message("why")));
        for code in [
            Code::Cancelled,
            Code::Unknown,
            Code::DeadlineExceeded,
            Code::ResourceExhausted,
            Code::Aborted,
            Code::Internal,
            Code::Unavailable,
            Code::DataLoss,
        ] {
            assert!(of(code).0, "{code:?}");
        }
        for (code, begin) in [
            (Code::InvalidArgument, "status 400"),
            (Code::FailedPrecondition, "status 400"),
            (Code::OutOfRange, "status 400"),
            (Code::Unauthenticated, "the credentials are not accepted"),
            (Code::PermissionDenied, "ask for permission: status 403"),
            (Code::NotFound, "status 404"),
            (Code::AlreadyExists, "status 409"),
            (Code::Unimplemented, "status 405"),
        ] {
            let (passes, told) = of(code);
            assert!(!passes && told.starts_with(begin) && told.contains("why"), "{code:?}: {told}");
        }
    }
}
