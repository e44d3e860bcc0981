//! Answers that something went wrong: `application/problem+json` (RFC 9457).

use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Map, Value};
use std::time::Duration;

/// A problem, before it is an answer.
#[derive(Clone, Debug)]
#[must_use]
pub struct Problem {
    status: StatusCode,
    fields: Map<String, Value>,
    headers: Vec<(HeaderName, HeaderValue)>,
}

impl Problem {
    /// A problem that its status says all about; `detail` is for people.
    pub fn new(status: StatusCode, detail: impl Into<String>) -> Self {
        let title = status.canonical_reason().unwrap_or("Problem");
        Self { status, fields: Map::new(), headers: Vec::new() }
            .with("type", "about:blank")
            .with("title", title)
            .with("status", status.as_u16())
            .with("detail", detail.into())
    }

    /// Of a kind that has a section in the runbook.
    pub fn of_kind(self, runbook: &str, anchor: &str, title: &str) -> Self {
        self.with("type", format!("{runbook}#{anchor}")).with("title", title)
    }

    /// With a further field.
    pub fn with(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.fields.insert(name.to_owned(), value.into());
        self
    }

    /// Another attempt may succeed after this time.
    pub fn retry_after(mut self, after: Duration) -> Self {
        self.headers.push((header::RETRY_AFTER, after.as_secs().into()));
        self
    }

    /// The caller must show a token (RFC 6750).
    pub fn challenge(self) -> Self {
        self.ask(HeaderValue::from_static("Bearer error=\"invalid_token\""))
    }

    /// What the caller must show.
    pub fn ask(mut self, challenge: HeaderValue) -> Self {
        self.headers.push((header::WWW_AUTHENTICATE, challenge));
        self
    }
}

/// The body of the answer.
impl std::fmt::Display for Problem {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&serde_json::to_string(&self.fields).unwrap_or_default())
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let body = self.to_string();
        let head = [(header::CONTENT_TYPE, "application/problem+json"), (header::CACHE_CONTROL, "no-store")];
        let mut response = (self.status, head, body).into_response();
        response.headers_mut().extend(self.headers);
        response
    }
}
