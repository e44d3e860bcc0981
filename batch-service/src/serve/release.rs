//! The release's files, and whether there is one.

use super::problem::Problem;
use super::score::Scoring;
use super::{Server, Shared, typed};
use crate::release::integrity::{beside, headers as signature_headers};
use crate::release::{Expected, FOLDER, RELEASE, verify_documents};
use crate::store::{BROTLI, ObjectStore, content_type};
use anyhow::{Result, anyhow, bail};
use axum::extract::{Path as UrlPath, RawQuery, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use jiff::Timestamp;
use std::path::Path;
use std::sync::Arc;

/// Ready when there is a release to serve, and, where a root is known, one that pages take; and where somebody may ask for
/// scores, when there is a model.
pub async fn ready(State((server, scoring)): State<(Shared, Option<Arc<Scoring>>)>) -> Response {
    let not_ready = |why: String| Problem::new(StatusCode::SERVICE_UNAVAILABLE, why).into_response();
    if let Some(Err(why)) = scoring.as_ref().map(|scoring| scoring.ready()) {
        return not_ready(format!("no scores: {why}"));
    }
    // Without a root, models are those in service, and there need not be a release.
    if scoring.is_some() && server.options.root.is_none() {
        return "ready".into_response();
    }
    match tokio::task::spawn_blocking(move || state(&server)).await {
        Ok(Ok(())) => "ready".into_response(),
        Ok(Err(error)) => not_ready(format!("{error:#}")),
        Err(error) => not_ready(error.to_string()),
    }
}

fn state(server: &Server) -> Result<()> {
    let Some(root) = &server.options.root else {
        let there = server.place.store.get(&format!("{FOLDER}/{RELEASE}"))?.is_some();
        return if there { Ok(()) } else { bail!("no release is published; `inkling release publish`") };
    };
    let (environment, site) = (&*server.options.environment, &*server.place.site.profile.parts().name);
    let expected = Expected { root, environment, site, now: Timestamp::now() };
    verify_documents(&*server.place.store, &expected).map_err(|refused| anyhow!("release refused: {refused}"))?;
    Ok(())
}

/// A file of the release; packed, if the browser takes that, and with its signature by the key that the query names.
pub async fn file(
    State(server): State<Shared>,
    UrlPath(path): UrlPath<String>,
    RawQuery(key): RawQuery,
    headers: HeaderMap,
) -> Response {
    let signed = key.and_then(|key| beside(&format!("{FOLDER}/{path}"), &key));
    let mut response = plain(&server, path, &headers).await;
    if let (Some(name), true) = (signed, response.status().is_success()) {
        match object(&server, name).await {
            Ok(text) => sign(response.headers_mut(), &text.unwrap_or_default()),
            Err(error) => return Problem::new(StatusCode::BAD_GATEWAY, format!("{error:#}")).into_response(),
        }
    }
    response
}

/// Adds the headers of a signature.
pub(super) fn sign(response: &mut HeaderMap, text: &[u8]) {
    for (name, value) in signature_headers(std::str::from_utf8(text).unwrap_or_default()) {
        if let Ok(value) = HeaderValue::from_str(value) {
            response.insert(name, value);
        }
    }
}

async fn plain(server: &Shared, path: String, headers: &HeaderMap) -> Response {
    // Everything but the two files that lead to the rest has a version or a hash in its name.
    let immutable = path != RELEASE && path != "timestamp.json";
    let cache = if immutable { "public, max-age=31536000, immutable" } else { "no-store" };
    let name = format!("{FOLDER}/{path}");
    if path.starts_with("targets/") && takes_brotli(headers) {
        match object(server, format!("{name}{BROTLI}")).await {
            Ok(Some(bytes)) => {
                let mut response = typed(content_type(Path::new(&path)), cache, bytes);
                response.headers_mut().insert(header::CONTENT_ENCODING, HeaderValue::from_static("br"));
                return varying(response);
            }
            // Releases of before have none.
            Ok(None) => {}
            Err(error) => return Problem::new(StatusCode::BAD_GATEWAY, format!("{error:#}")).into_response(),
        }
    }
    match object(server, name).await {
        Ok(Some(bytes)) => varying(typed(content_type(Path::new(&path)), cache, bytes)),
        Ok(None) => Problem::new(StatusCode::NOT_FOUND, "no such file in the release").into_response(),
        Err(error) => Problem::new(StatusCode::BAD_GATEWAY, format!("{error:#}")).into_response(),
    }
}

/// Caches must not give the packed file to those that cannot read it.
fn varying(mut response: Response) -> Response {
    response.headers_mut().insert(header::VARY, HeaderValue::from_static("Accept-Encoding"));
    response
}

/// Whether `Accept-Encoding` names Brotli, and not with `q=0`.
/// Whether a client says that it takes Brotli.
pub(super) fn takes_brotli(headers: &HeaderMap) -> bool {
    let values = headers.get_all(header::ACCEPT_ENCODING).iter().filter_map(|value| value.to_str().ok());
    values.flat_map(|value| value.split(',')).any(|coding| {
        let mut words = coding.split(';').map(str::trim);
        let named = words.next().is_some_and(|name| name.eq_ignore_ascii_case("br"));
        let refused = words.any(|word| word.strip_prefix("q=").is_some_and(|q| q.parse() == Ok(0.0)));
        named && !refused
    })
}

/// An object of the store. Stores block.
async fn object(server: &Shared, name: String) -> Result<Option<Vec<u8>>> {
    let server = Arc::clone(server);
    tokio::task::spawn_blocking(move || server.place.store.get(&name)).await?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn brotli_goes_to_those_that_take_it() {
        let takes = |value: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(header::ACCEPT_ENCODING, value.parse().unwrap());
            takes_brotli(&headers)
        };
        for value in ["br", "gzip, deflate, br, zstd", "gzip;q=0.5, BR;q=0.1"] {
            assert!(takes(value), "{value}");
        }
        for value in ["", "gzip", "gzip, br;q=0", "brotli", "br; q=0.0"] {
            assert!(!takes(value), "{value}");
        }
        assert!(!takes_brotli(&HeaderMap::new()));
    }
}
