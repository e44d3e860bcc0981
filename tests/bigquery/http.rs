//! The calls of the REST API, and what goes wrong with them.

use super::{Fault, Inner};
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{Method, Response};
use conformance::world::answers;
use serde_json::{Value, json};
use std::sync::Arc;

/// What a call answers: a status, and JSON unless it is null.
pub type Answer = (u16, Value);

/// An error as BigQuery shows it.
pub fn error(status: u16, reason: &str, message: &str) -> Answer {
    let name = match status {
        400 => "INVALID_ARGUMENT",
        401 => "UNAUTHENTICATED",
        403 => "PERMISSION_DENIED",
        404 => "NOT_FOUND",
        409 => "ALREADY_EXISTS",
        412 => "FAILED_PRECONDITION",
        429 => "RESOURCE_EXHAUSTED",
        503 => "UNAVAILABLE",
        _ => "INTERNAL",
    };
    let errors = [json!({"message": message, "domain": "global", "reason": reason})];
    (status, json!({"error": {"code": status, "message": message, "errors": errors, "status": name}}))
}

fn usual_reason(status: u16) -> &'static str {
    match status {
        400 => "invalid",
        401 => "authError",
        403 => "accessDenied",
        404 => "notFound",
        409 => "duplicate",
        412 => "conditionNotMet",
        429 => "rateLimitExceeded",
        _ => "backendError",
    }
}

/// A path below `/bigquery/v2/projects/`.
struct Path<'a> {
    project: &'a str,
    rest: Vec<&'a str>,
}

fn path(path: &str) -> Option<Path<'_>> {
    let mut parts = path.strip_prefix("/bigquery/v2/projects/")?.split('/');
    Some(Path { project: parts.next()?, rest: parts.collect() })
}

/// The name of a call, as in Google's reference.
fn call(method: &Method, rest: &[&str]) -> Option<&'static str> {
    Some(match (method.as_str(), rest) {
        ("POST", ["jobs"]) => "jobs.insert",
        ("GET", ["jobs", _]) => "jobs.get",
        ("POST", ["queries"]) => "jobs.query",
        ("GET", ["queries", _]) => "jobs.getQueryResults",
        ("POST", ["datasets"]) => "datasets.insert",
        ("GET", ["datasets", _]) => "datasets.get",
        ("POST", ["datasets", _, "tables"]) => "tables.insert",
        ("GET", ["datasets", _, "tables"]) => "tables.list",
        ("GET", ["datasets", _, "tables", _]) => "tables.get",
        ("PATCH", ["datasets", _, "tables", _]) => "tables.patch",
        ("DELETE", ["datasets", _, "tables", _]) => "tables.delete",
        ("POST", ["datasets", _, "tables", _, "insertAll"]) => "tabledata.insertAll",
        _ => return None,
    })
}

pub async fn answer(State(inner): State<Arc<Inner>>, request: Request) -> Response<Body> {
    let (parts, body) = request.into_parts();
    // The request is read whole in any case, so that a reset is one of the answer.
    let body = axum::body::to_bytes(body, 1 << 24).await.unwrap();
    let Some(path) = path(parts.uri.path()) else { return answers::html(404) };
    let Some(call) = call(&parts.method, &path.rest) else { return answers::html(404) };
    let query = parts.uri.query().unwrap_or_default();
    let fault = inner.fault(call, format!("{}?{query}", path.rest.join("/")));
    match fault {
        Fault::Status(status) => return sent(error(status, usual_reason(status), "as planned")),
        Fault::Reason(status, reason) => return sent(error(status, reason, "as planned")),
        Fault::RetryAfter(status, seconds) => {
            let mut response = sent(error(status, usual_reason(status), "later"));
            response.headers_mut().insert("retry-after", seconds.into());
            return response;
        }
        Fault::Html(status) => return answers::html(status),
        Fault::Says(text) => return answers::typed(200, "application/json", text),
        Fault::Stall => return std::future::pending().await,
        Fault::Reset => {
            inner.cut.after(0);
            return answers::typed(500, "text/plain", "nobody reads this");
        }
        _ => {}
    }
    let body = if body.is_empty() { Value::Null } else { serde_json::from_slice(&body).expect("JSON") };
    let answer = inner.state.lock().unwrap().answer(call, path.project, &path.rest, query, &body);
    match fault {
        Fault::ResetAfter => inner.cut.after(0),
        // More than the head of the answer, less than its body; an answer without a body ends in its head.
        Fault::Truncated => inner.cut.after(if answer.1.is_null() { 10 } else { 1_000 }),
        _ => {}
    }
    sent(answer)
}

/// Long enough to be cut in its body.
fn sent((status, answer): Answer) -> Response<Body> {
    answers::long_json(status, &answer)
}
