//! Requests that change something: what is known of them when they fail decides whether they may be sent again.

use crate::cloud::failure::{advised, without_token};
use crate::cloud::patience::{Failure, passes, retry_after};
use crate::cloud::{self, Patience};
use crate::logs::{Severity, line};
use anyhow::{Context, Result, anyhow};
use google_cloud_auth::credentials::{CacheableResource, Credentials};
use reqwest::header::HeaderMap;
use reqwest::redirect::Policy;
use reqwest::{Method, Url};
use std::time::Duration;
use tokio::runtime::Runtime;
use tokio::time::{Instant, sleep};

/// Characters of an answer that are shown.
const SHOWN: usize = 600;
/// Shorter numbers with a dot are not taken for a client id.
const LEAST_ID: usize = 8;

/// What came back.
#[derive(Debug)]
pub(super) enum Reply {
    /// 2xx, with the body; `None` when it broke off.
    Taken(Option<String>),
    /// 413.
    TooLarge,
    /// The request was answered, and will be answered the same way another time.
    Refused(anyhow::Error),
    /// It was not received, or the server said that it did nothing with it.
    NotReceived(anyhow::Error),
    /// No answer, or one of somebody in between.
    Unknown(anyhow::Error),
}

/// A request.
#[derive(Clone, Debug)]
pub(super) struct Request<'a> {
    /// POST or GET.
    pub method: Method,
    /// With the query.
    pub url: Url,
    /// JSON; none for GET.
    pub body: Option<&'a str>,
}

/// Limits of one request: an attempt that takes longer has no known end, so that it is given more time than others.
pub(super) fn patience() -> Patience {
    let seconds = Duration::from_secs;
    Patience { attempts: 8, attempt: seconds(90), total: seconds(600), wait: seconds(1), longest_wait: seconds(60) }
}

/// Sends requests within limits of time.
#[derive(Debug)]
pub(super) struct Http {
    client: reqwest::Client,
    runtime: Runtime,
    patience: Patience,
    /// None for a destination that has a secret of its own.
    credentials: Option<Credentials>,
    advice: fn(u16) -> Option<&'static str>,
    /// For messages. Addresses may hold a secret, and are never shown.
    name: &'static str,
}

impl Http {
    /// A client for `name`, with what to do about a status.
    ///
    /// # Errors
    /// When the system gives no client.
    pub fn new(name: &'static str, patience: Patience, advice: fn(u16) -> Option<&'static str>) -> Result<Self> {
        // The first runtime also says whose TLS is used, which a client asks for when it is made.
        let runtime = cloud::runtime("activation")?;
        let client = reqwest::Client::builder().redirect(Policy::none()).timeout(patience.attempt);
        let client = client.connect_timeout(Duration::from_secs(10)).build().context("the HTTP client")?;
        Ok(Self { client, runtime, patience, credentials: None, advice, name })
    }

    /// With access tokens, which are made inside the client's runtime.
    ///
    /// # Errors
    /// The error of `make`.
    pub fn with_credentials(mut self, make: impl FnOnce() -> Result<Credentials>) -> Result<Self> {
        let inside = self.runtime.enter();
        let credentials = make()?;
        drop(inside);
        self.credentials = Some(credentials);
        Ok(self)
    }

    /// Sends a request, again and again while it is certain that nothing was received. If that cannot be said, it is sent
    /// once more: the same values once more do no harm, visitors without them do.
    pub fn send_twice(&self, request: &Request<'_>) -> Reply {
        match self.send(request) {
            Reply::Unknown(error) => {
                let text = format!("{error:#}; it may have been received, and is sent once more");
                line(Severity::Warning, text).print();
                self.send(request)
            }
            reply => reply,
        }
    }

    /// Sends a request, again and again while it is certain that nothing was received.
    pub fn send(&self, request: &Request<'_>) -> Reply {
        self.runtime.block_on(self.patiently(request))
    }

    async fn patiently(&self, request: &Request<'_>) -> Reply {
        let start = Instant::now();
        for tries in 1.. {
            let (error, asked) = match self.once(request).await {
                Attempt::Over(reply) => return reply,
                Attempt::Again(error, asked) => (error, asked),
            };
            let wait = asked.unwrap_or_default().max(self.patience.random_wait(tries));
            let passed = start.elapsed();
            if tries >= self.patience.attempts || passed + wait >= self.patience.total {
                let text = match asked {
                    Some(asked) => format!("{}: asked to come back in {} s", self.name, asked.as_secs()),
                    None => format!("{}: gave up after {tries} attempts in {:.1} s", self.name, passed.as_secs_f64()),
                };
                return Reply::NotReceived(error.context(text));
            }
            let text = format!("{}: {error:#}; trying again in {:.1} s", self.name, wait.as_secs_f64());
            line(Severity::Warning, text).print();
            sleep(wait).await;
        }
        Reply::NotReceived(anyhow!("{}: no attempt was made", self.name))
    }

    async fn once(&self, request: &Request<'_>) -> Attempt {
        let headers = match self.authorization().await {
            Ok(headers) => headers,
            Err(Failure::Passing(error, after)) => return Attempt::Again(error, after),
            Err(Failure::Lasting(error)) => return Attempt::Over(Reply::NotReceived(error.context(self.name))),
        };
        let mut sent = self.client.request(request.method.clone(), request.url.clone()).headers(headers);
        if let Some(body) = request.body {
            sent = sent.header("content-type", "application/json").body(body.to_owned());
        }
        let answer = match sent.send().await {
            Ok(answer) => answer,
            Err(error) => return self.unanswered(error),
        };
        let (status, after) = (answer.status().as_u16(), retry_after(answer.headers()));
        let body = answer.text().await.ok();
        let shown = without_ids(body.as_deref().unwrap_or_default()).chars().take(SHOWN).collect::<String>();
        let told = || anyhow!("status {status}{}{}", if shown.is_empty() { "" } else { ": " }, shown.trim());
        match status {
            200..=299 => Attempt::Over(Reply::Taken(body)),
            413 => Attempt::Over(Reply::TooLarge),
            // These say that the server itself did not take it; a gateway's word says nothing about the server behind it.
            429 | 500 | 503 => Attempt::Again(told(), after),
            _ if passes(status) => Attempt::Over(Reply::Unknown(told().context(self.name))),
            _ => Attempt::Over(Reply::Refused(advised(told(), status, self.advice).context(self.name))),
        }
    }

    async fn authorization(&self) -> Result<HeaderMap, Failure> {
        let Some(credentials) = &self.credentials else { return Ok(HeaderMap::new()) };
        match credentials.headers(Default::default()).await {
            Ok(CacheableResource::New { data, .. }) => Ok(data),
            Ok(CacheableResource::NotModified) => Ok(HeaderMap::new()),
            Err(error) => Err(without_token(&error)),
        }
    }

    fn unanswered(&self, error: reqwest::Error) -> Attempt {
        let connecting = error.is_connect() || error.is_builder();
        // The address may hold a secret.
        let told = anyhow::Error::from(error.without_url());
        if connecting {
            return Attempt::Again(anyhow!("no connection: {told:#}"), None);
        }
        Attempt::Over(Reply::Unknown(anyhow!("no answer: {told:#}").context(self.name)))
    }
}

enum Attempt {
    Over(Reply),
    Again(anyhow::Error, Option<Duration>),
}

/// A text of the other side without what may be a visitor: two numbers with a dot between them.
fn without_ids(text: &str) -> String {
    let of_id = |c: char| c.is_ascii_digit() || c == '.';
    let mut shown = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find(of_id) {
        let (before, from) = rest.split_at(start);
        let (word, after) = from.split_at(from.find(|c| !of_id(c)).unwrap_or(from.len()));
        let is_id = word.len() >= LEAST_ID && word.split('.').filter(|half| !half.is_empty()).count() == 2;
        shown.push_str(before);
        shown.push_str(if is_id { "(client id)" } else { word });
        rest = after;
    }
    shown + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn visitors_are_taken_out_of_answers() {
        let told = "events[0].clientId '1234567890.1612345678.' is wrong, see v1.2 (status 400, 2026-11-20)";
        let shown = "events[0].clientId '(client id)' is wrong, see v1.2 (status 400, 2026-11-20)";
        assert_eq!(without_ids(told), shown);
        assert_eq!(without_ids("1234567890.1612345678"), "(client id)");
        assert_eq!(without_ids(""), "");
    }
}
