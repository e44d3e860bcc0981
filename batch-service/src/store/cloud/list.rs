//! Names in a bucket, by the JSON API: Google's Rust client lists by gRPC only.

use super::CloudStore;
use super::transfer::advice;
use crate::cloud::failure::{advised, without_token};
use crate::cloud::patience::{Failure, passes, retry_after};
use anyhow::{Context, Result, anyhow};
use google_cloud_auth::credentials::CacheableResource;
use serde::Deserialize;
use std::collections::BTreeSet;

/// More pages than this are a server that goes round in circles.
const MAX_PAGES: usize = 1_000;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Page {
    /// `storage#objects`: an answer of something else is not taken for an empty folder.
    kind: String,
    #[serde(default)]
    items: Vec<Item>,
    #[serde(default)]
    prefixes: Vec<String>,
    next_page_token: Option<String>,
}

#[derive(Debug, Deserialize)]
struct Item {
    name: String,
}

impl CloudStore {
    /// Names right below a prefix that ends with a slash, without it.
    pub(super) async fn names(&self, prefix: &str, shown: &str) -> Result<Vec<String>> {
        let what = format!("listing {shown}");
        let mut names = BTreeSet::new();
        let mut token = None;
        for _ in 0..MAX_PAGES {
            let page = self.patience.call(&what, || self.page(prefix, token.as_deref())).await?;
            let all = page.items.into_iter().map(|item| item.name).chain(page.prefixes);
            names.extend(all.filter_map(|name| {
                let name = name.strip_prefix(prefix)?.trim_end_matches('/');
                (!name.is_empty()).then(|| name.to_owned())
            }));
            token = page.next_page_token.filter(|token| !token.is_empty());
            if token.is_none() {
                return Ok(names.into_iter().collect());
            }
        }
        Err(anyhow!("{what}: more than {MAX_PAGES} pages"))
    }

    async fn page(&self, prefix: &str, token: Option<&str>) -> Result<Page, Failure> {
        let url = format!("{}/storage/v1/b/{}/o", self.endpoint.url, self.address.bucket);
        let mut query =
            vec![("prefix", prefix), ("delimiter", "/"), ("fields", "kind,items(name),prefixes,nextPageToken")];
        query.extend(token.map(|token| ("pageToken", token)));
        let request = self.http.get(url).query(&query).headers(self.authorization().await?);
        let passing = |error: reqwest::Error| Failure::Passing(error.into(), None);
        let response = request.send().await.map_err(passing)?;
        let (status, after) = (response.status(), retry_after(response.headers()));
        let body = response.bytes().await.map_err(passing)?;
        if !status.is_success() {
            let error = anyhow!("status {status}: {}", String::from_utf8_lossy(&body[..body.len().min(300)]));
            return Err(match status.as_u16() {
                code if passes(code) => Failure::Passing(error, after),
                code => Failure::Lasting(advised(error, code, advice)),
            });
        }
        let page: Result<Page> = serde_json::from_slice(&body).context("the answer is not a list of objects");
        page.and_then(
            |page| if page.kind == "storage#objects" { Ok(page) } else { Err(anyhow!("a list of {}", page.kind)) },
        )
        .map_err(|error| Failure::Passing(error, None))
    }

    async fn authorization(&self) -> Result<reqwest::header::HeaderMap, Failure> {
        match self.credentials.headers(Default::default()).await {
            Ok(CacheableResource::New { data, .. }) => Ok(data),
            Ok(CacheableResource::NotModified) => Ok(Default::default()),
            Err(error) => Err(without_token(&error)),
        }
    }
}
