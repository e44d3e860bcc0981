//! The release's files, and whether there is one.

use super::problem::Problem;
use super::{Shared, typed};
use crate::store::{ObjectStore, content_type};
use anyhow::Result;
use axum::extract::{Path as UrlPath, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use std::path::Path;
use std::sync::Arc;

/// Ready when there is a release to serve.
pub async fn ready(State(server): State<Shared>) -> Response {
    let not_ready = |why: String| Problem::new(StatusCode::SERVICE_UNAVAILABLE, why).into_response();
    match object(&server, "release/release.json".to_owned()).await {
        Ok(Some(_)) => "ready".into_response(),
        Ok(None) => not_ready("no release is published; `inkling release publish`".into()),
        Err(error) => not_ready(format!("{error:#}")),
    }
}

pub async fn file(State(server): State<Shared>, UrlPath(path): UrlPath<String>) -> Response {
    let cache = if path.starts_with("files/") { "public, max-age=31536000, immutable" } else { "no-store" };
    match object(&server, format!("release/{path}")).await {
        Ok(Some(bytes)) => typed(content_type(Path::new(&path)), cache, bytes),
        Ok(None) => Problem::new(StatusCode::NOT_FOUND, "no such file in the release").into_response(),
        Err(error) => Problem::new(StatusCode::BAD_GATEWAY, format!("{error:#}")).into_response(),
    }
}

/// An object of the store. Stores block.
async fn object(server: &Shared, name: String) -> Result<Option<Vec<u8>>> {
    let server = Arc::clone(server);
    tokio::task::spawn_blocking(move || server.place.store.get(&name)).await?
}
