//! What servers of the tests answer, whatever they pretend to be.

use axum::body::Body;
use axum::http::Response;
use serde_json::Value;

/// What a proxy in between says.
pub const PAGE: &str = "<html><body>A proxy speaks.</body></html>";

/// An answer of some kind.
pub fn typed(status: u16, kind: &str, body: impl Into<Body>) -> Response<Body> {
    Response::builder().status(status).header("content-type", kind).body(body.into()).unwrap()
}

/// A proxy's page.
#[must_use]
pub fn html(status: u16) -> Response<Body> {
    typed(status, "text/html", PAGE)
}

/// JSON, or nothing for null.
#[must_use]
pub fn json(status: u16, answer: &Value) -> Response<Body> {
    if answer.is_null() {
        return Response::builder().status(status).body(Body::empty()).unwrap();
    }
    typed(status, "application/json", answer.to_string())
}

/// The same, long enough to be cut in its body.
#[must_use]
pub fn long_json(status: u16, answer: &Value) -> Response<Body> {
    if answer.is_null() {
        return json(status, answer);
    }
    typed(status, "application/json", format!("{}{answer}", " ".repeat(4_000)))
}
