//! Google's APIs without a client of their own here: JSON over HTTPS.

use super::failure::{advised, without_token};
use super::patience::{Failure, passes, retry_after};
use super::{Endpoint, Patience, credentials, runtime};
use anyhow::{Context, Result, anyhow};
use google_cloud_auth::credentials::{CacheableResource, Credentials};
use reqwest::header::HeaderMap;
use reqwest::redirect::Policy;
use reqwest::{Method, RequestBuilder};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::fmt;
use std::time::Duration;
use tokio::runtime::Runtime;

/// Characters of an error's message that are shown.
const SHOWN: usize = 400;

/// An answer that says no; found by `error.downcast_ref::<Refusal>()`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Refusal {
    /// HTTP status.
    pub status: u16,
    /// What the server says about it.
    pub message: String,
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "status {}: {}", self.status, self.message)
    }
}

impl std::error::Error for Refusal {}

impl Refusal {
    /// The message of Google's form of errors, or else the beginning of whatever came.
    fn of(status: u16, body: &[u8]) -> Self {
        #[derive(Deserialize)]
        struct Answer {
            error: Told,
        }
        #[derive(Deserialize)]
        struct Told {
            message: String,
        }
        let told = serde_json::from_slice(body).map(|answer: Answer| answer.error.message);
        let text = told.unwrap_or_else(|_| String::from_utf8_lossy(&body[..body.len().min(SHOWN * 4)]).into_owned());
        Self { status, message: text.trim().chars().take(SHOWN).collect() }
    }
}

/// How an API is called.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Manners {
    /// For messages.
    pub name: &'static str,
    /// The right that a token is asked for.
    pub scope: &'static str,
    /// What to do about a status.
    pub advice: fn(u16) -> Option<&'static str>,
    /// Whether it is of no use to try again soon, though the status is one that may pass.
    pub hopeless: fn(&Refusal) -> bool,
}

/// A client of one API.
#[derive(Debug)]
pub(crate) struct JsonApi {
    manners: Manners,
    endpoint: Endpoint,
    http: reqwest::Client,
    credentials: Credentials,
    patience: Patience,
    runtime: Runtime,
}

impl JsonApi {
    /// A client with Application Default Credentials; without any for a stand-in.
    ///
    /// # Errors
    /// Exit code 2 when credentials cannot be read.
    pub fn open(manners: Manners, endpoint: Endpoint, patience: Patience) -> Result<Self> {
        // The first runtime also says whose TLS is used, which a client asks for when it is made.
        let runtime = runtime(manners.name)?;
        let http = reqwest::Client::builder().redirect(Policy::none()).connect_timeout(Duration::from_secs(10));
        let http = http.build().context("the HTTP client")?;
        let inside = runtime.enter();
        let credentials = credentials(&endpoint, &[manners.scope], manners.name)?;
        drop(inside);
        Ok(Self { manners, endpoint, http, credentials, patience, runtime })
    }

    /// Reads something.
    ///
    /// # Errors
    /// With `what` in front; [`Refusal`] in its chain when the server said no.
    pub fn get<T: DeserializeOwned>(&self, what: &str, path: &str, query: &[(&str, &str)]) -> Result<T> {
        self.call(what, &self.patience, &|| self.request(Method::GET, path).query(query))
    }

    /// Makes something, or asks with a body. What is tried again may have been done before.
    ///
    /// # Errors
    /// As for `get`.
    pub fn post<T: DeserializeOwned>(&self, what: &str, path: &str, body: &Value) -> Result<T> {
        self.call(what, &self.patience, &|| with_body(self.request(Method::POST, path), body))
    }

    /// The same, tried once only: for what is likely to be refused.
    ///
    /// # Errors
    /// As for `get`.
    pub fn post_once<T: DeserializeOwned>(&self, what: &str, path: &str, body: &Value) -> Result<T> {
        let once = Patience { attempts: 1, ..self.patience.clone() };
        self.call(what, &once, &|| with_body(self.request(Method::POST, path), body))
    }

    /// Changes the named fields of something.
    ///
    /// # Errors
    /// As for `get`.
    pub fn patch<T: DeserializeOwned>(&self, what: &str, path: &str, fields: &str, body: &Value) -> Result<T> {
        let request = || self.request(Method::PATCH, path).query(&[("updateMask", fields)]);
        self.call(what, &self.patience, &|| with_body(request(), body))
    }

    fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.http.request(method, format!("{}/{path}", self.endpoint.url))
    }

    fn call<T: DeserializeOwned>(
        &self,
        what: &str,
        patience: &Patience,
        request: &dyn Fn() -> RequestBuilder,
    ) -> Result<T> {
        let what = format!("{}: {what}", self.manners.name);
        let bytes = self.runtime.block_on(patience.call(&what, || self.once(request())))?;
        serde_json::from_slice(&bytes).with_context(|| format!("{what}: the answer is not what the API describes"))
    }

    async fn once(&self, request: RequestBuilder) -> Result<Vec<u8>, Failure> {
        let passing = |error: reqwest::Error| Failure::Passing(error.without_url().into(), None);
        let response = request.headers(self.authorization().await?).send().await.map_err(passing)?;
        let (status, after) = (response.status().as_u16(), retry_after(response.headers()));
        let body = response.bytes().await.map_err(passing)?;
        match status {
            // A proxy's page, or an answer that was cut.
            200..=299 => match serde_json::from_slice::<serde::de::IgnoredAny>(&body) {
                Ok(_) => Ok(body.to_vec()),
                Err(error) => Err(Failure::Passing(anyhow!(error).context("the answer is no JSON"), None)),
            },
            _ => {
                let refusal = Refusal::of(status, &body);
                let tried_again = passes(status) && !(self.manners.hopeless)(&refusal);
                let told = anyhow::Error::from(refusal);
                Err(match tried_again {
                    true => Failure::Passing(told, after),
                    false => Failure::Lasting(advised(told, status, self.manners.advice)),
                })
            }
        }
    }

    async fn authorization(&self) -> Result<HeaderMap, Failure> {
        match self.credentials.headers(Default::default()).await {
            Ok(CacheableResource::New { data, .. }) => Ok(data),
            Ok(CacheableResource::NotModified) => Ok(HeaderMap::new()),
            Err(error) => Err(without_token(&error)),
        }
    }
}

fn with_body(request: RequestBuilder, body: &Value) -> RequestBuilder {
    request.header("content-type", "application/json").body(body.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_server_says_is_found_and_cut() {
        let google = br#"{"error":{"code":403,"message":"no access","status":"PERMISSION_DENIED"}}"#;
        assert_eq!(Refusal::of(403, google).to_string(), "status 403: no access");
        assert_eq!(Refusal::of(502, b" <html>bad gateway</html>\n").message, "<html>bad gateway</html>");
        assert_eq!(Refusal::of(500, "é".repeat(4_000).as_bytes()).message.chars().count(), SHOWN);
        assert_eq!(Refusal::of(500, b"").message, "");
    }
}
