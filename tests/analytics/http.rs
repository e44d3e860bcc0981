//! From a request to a call, and what goes wrong on the way.

use super::fault::Fault;
use super::server::Inner;
use crate::world::answers;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{Method, Response};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::Ordering;

/// What a call answers: a status, and JSON unless it is null.
pub(super) type Answer = (u16, Value);

/// More than any call may send.
const LARGEST: usize = 1 << 25;

/// An error as Google's APIs show it.
pub(super) fn error(status: u16, message: &str) -> Answer {
    (status, json!({"error": {"code": status, "message": message, "status": status_name(status)}}))
}

fn status_name(status: u16) -> &'static str {
    match status {
        400 => "INVALID_ARGUMENT",
        401 => "UNAUTHENTICATED",
        403 => "PERMISSION_DENIED",
        404 => "NOT_FOUND",
        409 => "ALREADY_EXISTS",
        429 => "RESOURCE_EXHAUSTED",
        503 => "UNAVAILABLE",
        _ => "INTERNAL",
    }
}

/// A request that is read whole.
pub(super) struct Asked {
    pub call: &'static str,
    /// The property in the path.
    pub property: String,
    /// The last part of the path.
    pub last: String,
    pub query: BTreeMap<String, String>,
    pub bearer: Option<String>,
    pub body: Vec<u8>,
}

/// The call of a path, and the property that it names.
fn call(method: &Method, path: &str) -> Option<(&'static str, String)> {
    let parts: Vec<&str> = path.split('/').skip(1).collect();
    let of = |name, property: &str| Some((name, property.to_owned()));
    match (method.as_str(), parts.as_slice()) {
        ("POST", ["mp", "collect"]) => of("mp.collect", ""),
        ("POST", ["debug", "mp", "collect"]) => of("mp.debug", ""),
        ("POST", ["v1", "events:ingest"]) => of("events.ingest", ""),
        ("GET", ["v1", "requestStatus:retrieve"]) => of("requestStatus.retrieve", ""),
        ("GET", ["v1beta", "properties", id, "customDimensions"]) => of("customDimensions.list", id),
        ("POST", ["v1beta", "properties", id, "customDimensions"]) => of("customDimensions.create", id),
        ("PATCH", ["v1beta", "properties", id, "customDimensions", _]) => of("customDimensions.patch", id),
        ("GET", ["v1alpha", "properties", id, "audiences"]) => of("audiences.list", id),
        ("POST", ["v1alpha", "properties", id, "audiences"]) => of("audiences.create", id),
        ("GET", ["v1beta", "properties", id, "metadata"]) => of("getMetadata", id),
        ("POST", ["v1beta", "properties", last]) => of("runReport", last.strip_suffix(":runReport")?),
        _ => None,
    }
}

pub(super) async fn answer(State(inner): State<Arc<Inner>>, request: Request) -> Response<Body> {
    let (parts, body) = request.into_parts();
    // The request is read whole in any case, so that a reset is one of the answer.
    let Ok(body) = axum::body::to_bytes(body, LARGEST).await else { return sent(error(413, "too large")) };
    let Some((call, property)) = call(&parts.method, parts.uri.path()) else { return answers::html(404) };
    let fault = inner.fault(call);
    match fault {
        Fault::Status(status) => return sent(error(status, "as planned")),
        Fault::RetryAfter(status, seconds) => {
            let mut response = sent(error(status, "later"));
            response.headers_mut().insert("retry-after", seconds.into());
            return response;
        }
        Fault::Html(status) => return answers::html(status),
        Fault::Says(text) => return answers::typed(200, "application/json", text),
        Fault::Stall => return stall(&inner).await,
        Fault::Reset => {
            inner.cut.after(0);
            return answers::typed(500, "text/plain", "nobody reads this");
        }
        _ => {}
    }
    let bearer = parts.headers.get("authorization").and_then(|v| v.to_str().ok()?.strip_prefix("Bearer "));
    let asked = Asked {
        call,
        property,
        last: parts.uri.path().rsplit('/').next().unwrap_or_default().to_owned(),
        query: query(parts.uri.query().unwrap_or_default()),
        bearer: bearer.map(str::to_owned),
        body: body.to_vec(),
    };
    let (answer, retry_after) = {
        let mut state = inner.state.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        state.answer(&asked)
    };
    match fault {
        Fault::StallAfter => return stall(&inner).await,
        Fault::Delay(duration) => tokio::time::sleep(duration).await,
        Fault::ResetAfter => inner.cut.after(0),
        // More than the head of the answer, less than its body; an answer without a body ends in its head.
        Fault::Truncated => inner.cut.after(if answer.1.is_null() { 10 } else { 1_000 }),
        _ => {}
    }
    let mut response = match fault {
        Fault::Truncated => answers::long_json(answer.0, &answer.1),
        _ => sent(answer),
    };
    if let Some(seconds) = retry_after {
        response.headers_mut().insert("retry-after", seconds.into());
    }
    response
}

async fn stall(inner: &Inner) -> Response<Body> {
    inner.stalled.fetch_add(1, Ordering::SeqCst);
    std::future::pending().await
}

fn sent((status, answer): Answer) -> Response<Body> {
    answers::json(status, &answer)
}

/// Keys and values of a query.
pub(super) fn query(text: &str) -> BTreeMap<String, String> {
    let pair = |pair: &str| {
        let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
        (decoded(key), decoded(&value.replace('+', " ")))
    };
    text.split('&').filter(|pair| !pair.is_empty()).map(pair).collect()
}

fn decoded(text: &str) -> String {
    let (bytes, mut out, mut at) = (text.as_bytes(), Vec::new(), 0);
    while at < bytes.len() {
        let code = (bytes[at] == b'%').then(|| u8::from_str_radix(text.get(at + 1..at + 3)?, 16).ok()).flatten();
        out.push(code.unwrap_or(bytes[at]));
        at += if code.is_some() { 3 } else { 1 };
    }
    String::from_utf8_lossy(&out).into_owned()
}
