//! The Measurement Protocol: <https://developers.google.com/analytics/devguides/collection/protocol/ga4>.
//!
//! User properties belong to a request, and so does the client id: there is one request a visitor. It answers 2xx to
//! whatever it receives, so that only the export tells what has arrived.

use super::config::{Ga4Config, Secret, Way};
use super::http::{Http, Reply, Request, patience};
use super::rules::{BODY_BYTES, EVENTS_PER_REQUEST, Refused, USER_PROPERTIES, Why};
use super::{Destination, Item, Names, Sent, Status};
use crate::cloud::{Endpoint, Patience, Service};
use anyhow::{Context, Result, anyhow, bail};
use jiff::Timestamp;
use reqwest::{Method, Url};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

const SERVICE: Service = Service { name: "Measurement Protocol", google: "https://www.google-analytics.com" };
/// The servers in the European Union.
const EU: Service = Service { name: SERVICE.name, google: "https://region1.google-analytics.com" };
/// Visitors of a batch.
const BATCH: usize = 256;
/// Requests under way at a time.
const AT_ONCE: usize = 16;
/// Of a request of ours.
const COUNTS: (usize, usize) = (1, 2);
const _: () = assert!(COUNTS.0 <= EVENTS_PER_REQUEST && COUNTS.1 <= USER_PROPERTIES);

/// Events by `/mp/collect`.
#[derive(Debug)]
pub struct MeasurementProtocol {
    http: Http,
    endpoint: Endpoint,
    names: Names,
    measurement_id: String,
    secret: Secret,
}

/// Without a time, which makes it the moment of its arrival; without a session, which would be a new one; without consent,
/// which is the visitor's as Google Analytics knows it.
#[derive(Serialize)]
struct Collected<'a> {
    client_id: &'a str,
    user_properties: BTreeMap<&'a str, Property>,
    events: [Event<'a>; COUNTS.0],
}

#[derive(Serialize)]
struct Property {
    value: String,
}

#[derive(Serialize)]
struct Event<'a> {
    name: &'a str,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Validated {
    validation_messages: Vec<Message>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Message {
    field_path: String,
    description: String,
    validation_code: String,
}

impl MeasurementProtocol {
    /// As configured.
    ///
    /// # Errors
    /// Exit code 2 when measurement id or secret are not configured, or the endpoint is bad.
    pub fn open(config: &Ga4Config, names: Names) -> Result<Self> {
        Self::with_patience(config, names, patience())
    }

    /// The same with other limits of time.
    ///
    /// # Errors
    /// As for `open`.
    pub fn with_patience(config: &Ga4Config, names: Names, patience: Patience) -> Result<Self> {
        let measurement_id = config.needed("measurement_id", config.measurement_id.as_deref())?.to_owned();
        let secret = config.secret()?;
        let service = if config.eu { EU } else { SERVICE };
        let endpoint = Endpoint::choose(service, config.measurement_endpoint.as_deref(), None)?;
        Ok(Self { http: Http::new(SERVICE.name, patience, |_| None)?, endpoint, names, measurement_id, secret })
    }

    fn body(&self, item: &Item<'_>) -> Result<String, Refused> {
        let score = (self.names.score.as_str(), Property { value: item.bucket.word() });
        let band = (self.names.band.as_str(), Property { value: item.band.as_str().to_owned() });
        let request = Collected {
            client_id: item.client_id,
            user_properties: BTreeMap::from([score, band]),
            events: [Event { name: self.names.event }],
        };
        let body = serde_json::to_string(&request);
        let body = body.map_err(|_| Refused { field: "request", why: Why::Characters })?;
        if body.len() >= BODY_BYTES {
            return Err(Refused { field: "request", why: Why::BodyTooLarge(BODY_BYTES) });
        }
        Ok(body)
    }

    fn url(&self, path: &str) -> Result<Url> {
        let mut url = Url::parse(&format!("{}{path}", self.endpoint.url))?;
        let (id, secret) = (&self.measurement_id, self.secret.reveal());
        url.query_pairs_mut().append_pair("measurement_id", id).append_pair("api_secret", secret);
        Ok(url)
    }

    /// Sends one visitor's request.
    fn send_one(&self, item: &Item<'_>) -> Result<Reply> {
        let body = self.body(item)?;
        let request = Request { method: Method::POST, url: self.url("/mp/collect")?, body: Some(&body) };
        Ok(self.http.send_twice(&request))
    }
}

/// What came of the requests of a batch so far.
#[derive(Default)]
struct Tally {
    received: usize,
    refused: Vec<(usize, anyhow::Error)>,
    not_received: Option<anyhow::Error>,
    unknown: Option<anyhow::Error>,
}

impl Tally {
    fn take(&mut self, index: usize, reply: Result<Reply>) {
        match reply {
            Ok(Reply::Taken(_)) => self.received += 1,
            Ok(Reply::TooLarge) => self.refused.push((index, anyhow!("the request is too large"))),
            Ok(Reply::Refused(error)) => self.refused.push((index, error)),
            Ok(Reply::NotReceived(error)) | Err(error) => self.not_received = Some(error),
            Ok(Reply::Unknown(error)) => self.unknown = Some(error),
        }
    }

    fn judged(self) -> Sent {
        let Self { received, mut refused, not_received, unknown } = self;
        match (unknown, not_received) {
            (Some(error), _) => Sent::Unknown(error),
            // The batch goes on where nobody knows: a part of it was received.
            (None, Some(error)) if received > 0 => Sent::Unknown(error),
            (None, Some(error)) => Sent::NotReceived(error),
            (None, None) if refused.is_empty() => Sent::Received(None),
            (None, None) => {
                let which = refused.iter().map(|(index, _)| *index).collect();
                let why = refused.swap_remove(0).1;
                if received == 0 { Sent::Refused(why) } else { Sent::Partly { refused: which, why } }
            }
        }
    }
}

impl Destination for MeasurementProtocol {
    fn way(&self) -> Way {
        Way::MeasurementProtocol
    }

    fn batch_rows(&self) -> usize {
        BATCH
    }

    fn check(&self, item: &Item<'_>) -> Result<(), Refused> {
        self.names.check_item(item)
    }

    fn payloads(&self, items: &[Item<'_>], _at: Timestamp) -> Result<Vec<String>, Refused> {
        items.iter().map(|item| self.body(item)).collect()
    }

    fn validate(&self, items: &[Item<'_>], _at: Timestamp) -> Result<Vec<String>> {
        let mut lines = Vec::new();
        for item in items {
            let body = self.body(item)?;
            let request = Request { method: Method::POST, url: self.url("/debug/mp/collect")?, body: Some(&body) };
            let answer = match self.http.send(&request) {
                Reply::Taken(Some(answer)) => answer,
                Reply::Taken(None) | Reply::TooLarge => bail!("{}: the answer broke off", SERVICE.name),
                Reply::Refused(error) | Reply::NotReceived(error) | Reply::Unknown(error) => return Err(error),
            };
            let found: Validated = serde_json::from_str(&answer).context("an answer without validationMessages")?;
            lines.extend(found.validation_messages.into_iter().map(|message| {
                let Message { field_path, description, validation_code } = message;
                format!("{validation_code} {field_path}: {description}")
            }));
        }
        Ok(lines)
    }

    fn send(&self, items: &[Item<'_>], _at: Timestamp) -> Sent {
        let (next, trouble) = (AtomicUsize::new(0), AtomicBool::new(false));
        let tally = Mutex::new(Tally::default());
        std::thread::scope(|scope| {
            for _ in 0..AT_ONCE.min(items.len()) {
                scope.spawn(|| {
                    // Trouble is not made larger: what is left of the batch is not begun.
                    while !trouble.load(Ordering::Relaxed) {
                        let index = next.fetch_add(1, Ordering::Relaxed);
                        let Some(item) = items.get(index) else { return };
                        let reply = self.send_one(item);
                        if !matches!(reply, Ok(Reply::Taken(_) | Reply::Refused(_) | Reply::TooLarge)) {
                            trouble.store(true, Ordering::Relaxed);
                        }
                        tally.lock().unwrap_or_else(PoisonError::into_inner).take(index, reply);
                    }
                });
            }
        });
        tally.into_inner().unwrap_or_else(PoisonError::into_inner).judged()
    }

    fn status(&self, _request_id: &str) -> Result<Option<Status>> {
        Ok(None)
    }

    fn echoes(&self) -> bool {
        true
    }
}
