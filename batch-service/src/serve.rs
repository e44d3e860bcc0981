//! The local server: demo site, release files, dashboard, health.

use crate::dashboard;
use crate::place::Place;
use crate::store::{ObjectStore, content_type};
use anyhow::{Context, Result};
use axum::Router;
use axum::body::Body;
use axum::extract::{Path as UrlPath, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use serde_json::json;
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

/// How to serve.
#[derive(Clone, Debug)]
pub struct ServeOptions {
    /// Address and port; port 0 takes a free one.
    pub address: String,
    /// The address is written here once the server is ready.
    pub address_file: Option<PathBuf>,
    /// Folder with the built site, loader and scorer.
    pub web: PathBuf,
    /// Environment that pages expect of the release.
    pub environment: String,
    /// Base64 of the key that pages pin.
    pub public_key: Option<String>,
}

struct Server {
    place: Place,
    options: ServeOptions,
}

type Shared = Arc<Server>;

/// Serves until the process is told to stop; `started` gets the address once it is listened on.
///
/// # Errors
/// When the address cannot be taken, or the error of `started`.
pub fn serve(place: Place, options: ServeOptions, started: impl FnOnce(&str) -> Result<()>) -> Result<()> {
    let server = Arc::new(Server { place, options });
    let router = Router::new()
        .route("/health/live", get(|| async { "ok" }))
        .route("/health/ready", get(ready))
        .route("/demo-config.js", get(demo_config))
        .route("/loader.js", get(loader))
        .route("/release/{*path}", get(release_file))
        .route("/replay/visits.json", get(visits))
        .route("/dashboard", get(dashboard_page))
        .fallback(get(site))
        .with_state(Arc::clone(&server));
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    runtime.block_on(async {
        let address = &server.options.address;
        let listener =
            tokio::net::TcpListener::bind(address).await.with_context(|| format!("listening on {address}"))?;
        let url = format!("http://{}", listener.local_addr()?);
        if let Some(path) = &server.options.address_file {
            std::fs::write(path, &url).with_context(|| path.display().to_string())?;
        }
        started(&url)?;
        axum::serve(listener, router).with_graceful_shutdown(stopped()).await?;
        Ok(())
    })
}

async fn stopped() {
    let mut terminate = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()).ok();
    let terminated = async {
        match &mut terminate {
            Some(signal) => signal.recv().await,
            None => std::future::pending().await,
        }
    };
    tokio::select! {
        _ = tokio::signal::ctrl_c() => {}
        _ = terminated => {}
    }
}

/// Ready when there is a release to serve.
async fn ready(State(server): State<Shared>) -> Response {
    match object(&server, "release/release.json".to_owned()).await {
        Ok(Some(_)) => "ready".into_response(),
        Ok(None) => problem(StatusCode::SERVICE_UNAVAILABLE, "no release is published; `inkling release publish`"),
        Err(error) => problem(StatusCode::SERVICE_UNAVAILABLE, &format!("{error:#}")),
    }
}

async fn demo_config(State(server): State<Shared>) -> Response {
    let config = json!({
        "key": server.options.public_key,
        "site": server.place.site.profile.parts().name,
        "environment": server.options.environment,
        "base": "/release/",
    });
    typed("text/javascript; charset=utf-8", "no-store", format!("window.inkling={config};"))
}

async fn loader(State(server): State<Shared>) -> Response {
    file(&server.options.web.join("loader.js"), "no-store")
}

async fn release_file(State(server): State<Shared>, UrlPath(path): UrlPath<String>) -> Response {
    let cache = if path.starts_with("files/") { "public, max-age=31536000, immutable" } else { "no-store" };
    match object(&server, format!("release/{path}")).await {
        Ok(Some(bytes)) => typed(content_type(Path::new(&path)), cache, bytes),
        Ok(None) => problem(StatusCode::NOT_FOUND, "no such file in the release"),
        Err(error) => problem(StatusCode::BAD_GATEWAY, &format!("{error:#}")),
    }
}

/// An object of the store. Stores block.
async fn object(server: &Shared, name: String) -> Result<Option<Vec<u8>>> {
    let server = Arc::clone(server);
    tokio::task::spawn_blocking(move || server.place.store.get(&name)).await?
}

async fn visits(State(server): State<Shared>) -> Response {
    file(&server.place.warehouse.folder().join("visits.json"), "no-store")
}

async fn dashboard_page(State(server): State<Shared>) -> Response {
    let page = tokio::task::spawn_blocking(move || dashboard::render(&dashboard::collect(&server.place)?)).await;
    match page {
        Ok(Ok(page)) => typed("text/html; charset=utf-8", "no-store", page),
        Ok(Err(error)) => problem(StatusCode::INTERNAL_SERVER_ERROR, &format!("{error:#}")),
        Err(error) => problem(StatusCode::INTERNAL_SERVER_ERROR, &error.to_string()),
    }
}

/// The demo site: `/x` is the file `x` or `x/index.html`.
async fn site(State(server): State<Shared>, uri: axum::http::Uri) -> Response {
    let relative = Path::new(uri.path().trim_matches('/')).to_path_buf();
    if relative.components().any(|c| !matches!(c, Component::Normal(_))) {
        return problem(StatusCode::NOT_FOUND, "no such page");
    }
    let path = server.options.web.join("site").join(relative);
    let index = path.join("index.html");
    file(if index.is_file() { &index } else { &path }, "no-store")
}

fn file(path: &Path, cache: &'static str) -> Response {
    match std::fs::read(path) {
        Ok(bytes) => typed(content_type(path), cache, bytes),
        Err(_) => problem(StatusCode::NOT_FOUND, "no such page"),
    }
}

fn typed(content_type: &'static str, cache: &'static str, body: impl Into<Body>) -> Response {
    ([(header::CONTENT_TYPE, content_type), (header::CACHE_CONTROL, cache)], body.into()).into_response()
}

fn problem(status: StatusCode, detail: &str) -> Response {
    let body =
        json!({"type": "about:blank", "title": status.canonical_reason(), "status": status.as_u16(), "detail": detail});
    (status, [(header::CONTENT_TYPE, "application/problem+json")], body.to_string()).into_response()
}
