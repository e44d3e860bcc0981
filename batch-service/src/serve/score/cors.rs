//! Pages of other origins: which may ask, to the letter, and what their browsers are told.

use super::Scoring;
use crate::serve::problem::Problem;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use std::sync::Arc;

/// For how long a browser need not ask again, seconds.
const KEPT: &str = "600";

/// The origin that a browser names.
pub fn origin(headers: &HeaderMap) -> Option<&str> {
    headers.get(header::ORIGIN).map(|origin| origin.to_str().unwrap_or_default())
}

/// Around the routes: answers a browser that asks beforehand, and lets pages of listed origins read answers. Whether a page
/// may send the token that it sends is for the caller's own list.
pub async fn cors(State(scoring): State<Arc<Scoring>>, request: Request, next: Next) -> Response {
    let Some(origin) = request.headers().get(header::ORIGIN).cloned() else { return next.run(request).await };
    let listed = origin.to_str().is_ok_and(|origin| scoring.lists(origin));
    let before =
        request.method() == Method::OPTIONS && request.headers().contains_key(header::ACCESS_CONTROL_REQUEST_METHOD);
    let mut response = match (before, listed) {
        (true, true) => {
            let head = [
                (header::ACCESS_CONTROL_ALLOW_METHODS, "POST"),
                (header::ACCESS_CONTROL_ALLOW_HEADERS, "authorization, content-type"),
                (header::ACCESS_CONTROL_MAX_AGE, KEPT),
            ];
            (StatusCode::NO_CONTENT, head).into_response()
        }
        (true, false) => Problem::new(StatusCode::FORBIDDEN, "no caller has pages of this origin").into_response(),
        (false, _) => next.run(request).await,
    };
    let head = response.headers_mut();
    head.append(header::VARY, HeaderValue::from_static("origin"));
    if listed {
        head.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin);
        head.insert(header::ACCESS_CONTROL_EXPOSE_HEADERS, HeaderValue::from_static("retry-after"));
    }
    response
}
