//! The Data Manager API: <https://developers.google.com/data-manager/api>, `google/ads/datamanager/v1`.

use super::config::{Ga4Config, Way};
use super::http::{Http, Reply, Request, patience};
use super::rules::{EVENTS_PER_INGESTION, Refused, USER_PROPERTIES, Why};
use super::{Destination, Item, Names, Sent, Status};
use crate::cloud::{self, Endpoint, Patience, Service};
use anyhow::{Context, Result, anyhow, bail};
use jiff::Timestamp;
use reqwest::{Method, Url};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;

const SERVICE: Service = Service { name: "Data Manager API", google: "https://datamanager.googleapis.com" };
const SCOPE: &str = "https://www.googleapis.com/auth/datamanager";
/// User properties of an event of ours.
const PROPERTIES: usize = 2;
const _: () = assert!(PROPERTIES <= USER_PROPERTIES);

/// Events by `events:ingest`.
#[derive(Debug)]
pub struct DataManager {
    http: Http,
    endpoint: Endpoint,
    names: Names,
    property: String,
    measurement_id: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Ingestion<'a> {
    destinations: [Target<'a>; 1],
    events: Vec<Event<'a>>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    validate_only: bool,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Target<'a> {
    operating_account: Account<'a>,
    product_destination_id: &'a str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Account<'a> {
    account_type: &'static str,
    account_id: &'a str,
}

/// Without a session, which would be a new one, and without consent, which is the visitor's as Google Analytics knows it.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Event<'a> {
    event_name: &'a str,
    client_id: &'a str,
    event_timestamp: &'a str,
    event_source: &'static str,
    user_properties: UserProperties<'a>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct UserProperties<'a> {
    additional_user_properties: [Property<'a>; PROPERTIES],
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Property<'a> {
    property_name: &'a str,
    value: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Ingested {
    request_id: String,
    #[serde(default)]
    field_warnings: Vec<Value>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Statuses {
    #[serde(default)]
    request_status_per_destination: Vec<StatusOf>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct StatusOf {
    request_status: String,
    #[serde(default)]
    error_info: ErrorInfo,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct ErrorInfo {
    error_counts: Vec<ErrorCount>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct ErrorCount {
    /// Whole numbers of 64 bits are texts in Google's JSON.
    record_count: Value,
    reason: String,
}

impl DataManager {
    /// As configured, with Application Default Credentials; with none at an endpoint on this machine.
    ///
    /// # Errors
    /// Exit code 2 when property or measurement id are not configured, or endpoint or credentials are bad.
    pub fn open(config: &Ga4Config, names: Names) -> Result<Self> {
        Self::with_patience(config, names, patience())
    }

    /// The same with other limits of time.
    ///
    /// # Errors
    /// As for `open`.
    pub fn with_patience(config: &Ga4Config, names: Names, patience: Patience) -> Result<Self> {
        let property = config.needed("property", config.property.as_deref())?.to_owned();
        let measurement_id = config.needed("measurement_id", config.measurement_id.as_deref())?.to_owned();
        let endpoint = Endpoint::choose(SERVICE, config.data_manager_endpoint.as_deref(), None)?;
        let http = Http::new(SERVICE.name, patience, advice)?;
        let http = http.with_credentials(|| cloud::credentials(&endpoint, &[SCOPE], SERVICE.name))?;
        Ok(Self { http, endpoint, names, property, measurement_id })
    }

    fn body(&self, items: &[Item<'_>], at: Timestamp, validate_only: bool) -> Result<String> {
        let at = at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string();
        let account = Account { account_type: "GOOGLE_ANALYTICS_PROPERTY", account_id: &self.property };
        let events = items.iter().map(|item| {
            let score = Property { property_name: &self.names.score, value: item.bucket.word() };
            let band = Property { property_name: &self.names.band, value: item.band.as_str().to_owned() };
            Event {
                event_name: self.names.event,
                client_id: item.client_id,
                event_timestamp: &at,
                event_source: "WEB",
                user_properties: UserProperties { additional_user_properties: [score, band] },
            }
        });
        let request = Ingestion {
            destinations: [Target { operating_account: account, product_destination_id: &self.measurement_id }],
            events: events.collect(),
            validate_only,
        };
        serde_json::to_string(&request).context("the request")
    }

    fn ingest(&self, body: &str, only_validate: bool) -> Result<Reply> {
        let url = Url::parse(&format!("{}/v1/events:ingest", self.endpoint.url))?;
        let request = Request { method: Method::POST, url, body: Some(body) };
        // A check changes nothing, and may be repeated like anything that is only read.
        Ok(if only_validate { self.http.send(&request) } else { self.http.send_twice(&request) })
    }
}

/// The count of a JSON number or text.
fn count(value: &Value) -> u64 {
    value.as_u64().or_else(|| value.as_str()?.parse().ok()).unwrap_or(0)
}

impl Destination for DataManager {
    fn way(&self) -> Way {
        Way::DataManager
    }

    fn batch_rows(&self) -> usize {
        EVENTS_PER_INGESTION
    }

    fn check(&self, item: &Item<'_>) -> Result<(), Refused> {
        self.names.check_item(item)
    }

    fn payloads(&self, items: &[Item<'_>], at: Timestamp) -> Result<Vec<String>, Refused> {
        let unprintable = Refused { field: "request", why: Why::Characters };
        if items.len() > EVENTS_PER_INGESTION {
            return Err(Refused { field: "events", why: Why::TooMany(EVENTS_PER_INGESTION) });
        }
        Ok(vec![self.body(items, at, false).map_err(|_| unprintable)?])
    }

    fn validate(&self, items: &[Item<'_>], at: Timestamp) -> Result<Vec<String>> {
        let body = self.body(items, at, true)?;
        match self.ingest(&body, true)? {
            Reply::Taken(Some(body)) => {
                let answer: Ingested = serde_json::from_str(&body).context("an answer without requestId")?;
                Ok(answer.field_warnings.iter().map(ToString::to_string).collect())
            }
            Reply::Taken(None) => bail!("{}: the answer broke off", SERVICE.name),
            Reply::TooLarge => Ok(vec!["the request is too large".to_owned()]),
            Reply::Refused(error) => Ok(vec![format!("{error:#}")]),
            Reply::NotReceived(error) | Reply::Unknown(error) => Err(error),
        }
    }

    fn send(&self, items: &[Item<'_>], at: Timestamp) -> Sent {
        let reply = self.body(items, at, false).and_then(|body| self.ingest(&body, false));
        match reply {
            Ok(Reply::Taken(Some(body))) => match serde_json::from_str::<Ingested>(&body) {
                Ok(answer) => Sent::Received(Some(answer.request_id)),
                Err(_) => Sent::Unknown(anyhow!("an answer without requestId; is this the {}?", SERVICE.name)),
            },
            // It was taken; only its name is lost.
            Ok(Reply::Taken(None)) => Sent::Received(None),
            Ok(Reply::TooLarge) => Sent::TooLarge,
            Ok(Reply::Refused(error)) => Sent::Refused(error),
            Ok(Reply::NotReceived(error)) | Err(error) => Sent::NotReceived(error),
            Ok(Reply::Unknown(error)) => Sent::Unknown(error),
        }
    }

    fn status(&self, request_id: &str) -> Result<Option<Status>> {
        let mut url = Url::parse(&format!("{}/v1/requestStatus:retrieve", self.endpoint.url))?;
        url.query_pairs_mut().append_pair("requestId", request_id);
        let request = Request { method: Method::GET, url, body: None };
        let body = match self.http.send_twice(&request) {
            Reply::Taken(Some(body)) => body,
            Reply::Taken(None) | Reply::TooLarge => bail!("{}: the answer broke off", SERVICE.name),
            Reply::Refused(error) | Reply::NotReceived(error) | Reply::Unknown(error) => return Err(error),
        };
        let answer: Statuses = serde_json::from_str(&body).context("an answer without requestStatusPerDestination")?;
        // There is one destination in each of our requests.
        let Some(of) = answer.request_status_per_destination.into_iter().next() else {
            return Ok(Some(Status { word: "PROCESSING".to_owned(), ..Status::default() }));
        };
        let mut errors = BTreeMap::new();
        for error in of.error_info.error_counts {
            *errors.entry(error.reason).or_default() += count(&error.record_count);
        }
        Ok(Some(Status { word: of.request_status, errors }))
    }

    fn echoes(&self) -> bool {
        true
    }
}

fn advice(status: u16) -> Option<&'static str> {
    match status {
        403 => Some(
            "not permitted: the account needs the role Editor on the property, the API `datamanager.googleapis.com` \
             enabled in its project, and the scope `datamanager`",
        ),
        404 => Some("not found: are `property` and `measurement_id` in [ga4] right?"),
        _ => None,
    }
}
