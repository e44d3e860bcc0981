//! Pages: the demo site, its loader and visits.

use super::problem::Problem;
use super::release::sign;
use super::{Shared, typed};
use crate::store::content_type;
use axum::extract::State;
use axum::http::{Method, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use serde_json::json;
use std::path::{Component, Path};

/// Keeps what a page says to the loader before it is there.
const QUEUE: &str = "window.inkling=window.inkling||function(){(inkling.q=inkling.q||[]).push(arguments)};";

pub async fn demo_config(State(server): State<Shared>) -> Response {
    let config = json!({
        "root": server.options.root,
        "site": server.place.site.profile.parts().name,
        "environment": server.options.environment,
        "base": "/release/",
        "signed": true,
    });
    typed("text/javascript; charset=utf-8", "no-store", format!("{QUEUE}inkling(\"init\",{config});"))
}

pub async fn loader(State(server): State<Shared>) -> Response {
    let path = server.options.web.join("loader.js");
    let mut response = file(&path).await;
    if let Ok(text) = tokio::fs::read(path.with_extension("js.sig")).await {
        sign(response.headers_mut(), &text);
    }
    response
}

pub async fn visits(State(server): State<Shared>) -> Response {
    file(&server.place.warehouse.folder().join("visits.json")).await
}

/// The demo site: `/x` is the file `x` or `x/index.html`.
pub async fn page(State(server): State<Shared>, method: Method, uri: Uri) -> Response {
    if method != Method::GET && method != Method::HEAD {
        return wrong_method().into_response();
    }
    let relative = Path::new(uri.path().trim_matches('/')).to_path_buf();
    if relative.components().any(|c| !matches!(c, Component::Normal(_))) {
        return Problem::new(StatusCode::NOT_FOUND, "no such page").into_response();
    }
    let path = server.options.web.join("site").join(relative);
    let index = path.join("index.html");
    file(if index.is_file() { &index } else { &path }).await
}

/// A route that is there, by another method.
pub fn wrong_method() -> Problem {
    Problem::new(StatusCode::METHOD_NOT_ALLOWED, "not by this method")
}

/// Read where a slow disk keeps nobody else waiting.
async fn file(path: &Path) -> Response {
    match tokio::fs::read(path).await {
        Ok(bytes) => typed(content_type(path), "no-store", bytes),
        Err(_) => Problem::new(StatusCode::NOT_FOUND, "no such page").into_response(),
    }
}
