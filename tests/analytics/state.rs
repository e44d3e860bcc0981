//! What the server knows, and its answers when nothing is wrong.

use super::clock::Clock;
use super::data::Data;
use super::data_manager::{Processing, Requests};
use super::http::{Answer, Asked, error};
use super::quota::{Limit, TokenQuota, Windows};
use super::{admin, audiences, data, data_manager, measurement};
use jiff::Timestamp;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// The property that all calls are about.
#[derive(Clone, Debug)]
pub struct Property {
    /// Its number.
    pub id: String,
    /// Of its one web stream.
    pub measurement_id: String,
    /// The secret of the Measurement Protocol.
    pub api_secret: String,
    /// Number of the stream.
    pub stream: String,
    /// Time zone of its days.
    pub zone: String,
}

impl Default for Property {
    fn default() -> Self {
        Self {
            id: "123456789".to_owned(),
            measurement_id: "G-TEST123456".to_owned(),
            api_secret: "api-secret-of-the-test".to_owned(),
            stream: "987654321".to_owned(),
            zone: "Europe/London".to_owned(),
        }
    }
}

/// How an event came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// Measurement Protocol.
    Measurement,
    /// Data Manager API.
    DataManager,
}

/// An event that Analytics has taken.
#[derive(Clone, Debug)]
pub struct Kept {
    /// How it came.
    pub way: Way,
    /// The request in which it came, from 0, counted for all ways.
    pub request: usize,
    /// The browser.
    pub client: String,
    /// Its name.
    pub name: String,
    /// When it happened, microseconds, after clamping.
    pub time_us: i64,
    /// Whether the time was given by the sender.
    pub timed: bool,
    /// The sender's own id of the event, if there is a field for one.
    pub id: Option<String>,
    /// User properties by name.
    pub properties: Vec<(String, String)>,
    /// Parameters by name.
    pub params: Vec<(String, Value)>,
    /// `ad_user_data` and `ad_personalization`: whether granted, where the sender says so.
    pub consent: Option<(Option<bool>, Option<bool>)>,
}

/// The user properties of a browser as they stand.
pub type Profile = BTreeMap<String, String>;

/// Everything about the one property.
pub struct State {
    /// The property.
    pub property: Property,
    /// Events that were taken, in the order in which they came.
    pub events: Vec<Kept>,
    /// What the Measurement Protocol dropped without a word, by reason.
    pub dropped: BTreeMap<String, usize>,
    /// Sessions that were begun by what was sent, as client and id.
    pub sessions: BTreeSet<(String, String)>,
    /// Requests of the Data Manager API that were taken, with their status.
    pub requests: Requests,
    /// What becomes of them.
    pub processing: Processing,
    /// The token without which Google's APIs refuse; none is asked for when this is absent.
    pub token: Option<String>,
    /// Requests that came with any token.
    pub tokens_seen: usize,
    /// Custom dimensions, as the Admin API shows them.
    pub dimensions: Vec<Value>,
    /// Audiences, as the Admin API shows them.
    pub audiences: Vec<Value>,
    /// Entries on a page of the Admin API, whatever is asked for.
    pub admin_page: usize,
    /// What reports are made of.
    pub data: Data,
    /// Tokens of the Data API.
    pub tokens: TokenQuota,
    /// Requests that are answered in a span of time, by call.
    pub limits: BTreeMap<&'static str, Limit>,
    pub(super) windows: Windows,
    pub(super) taken_requests: usize,
    clock: Clock,
}

impl State {
    pub(super) fn of(property: Property, clock: Clock) -> Self {
        Self {
            property,
            events: Vec::new(),
            dropped: BTreeMap::new(),
            sessions: BTreeSet::new(),
            requests: Requests::new(),
            processing: Processing::default(),
            token: None,
            tokens_seen: 0,
            dimensions: Vec::new(),
            audiences: Vec::new(),
            admin_page: 3,
            data: Data::default(),
            tokens: TokenQuota::default(),
            limits: BTreeMap::new(),
            windows: Windows::default(),
            taken_requests: 0,
            clock,
        }
    }

    pub(super) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// The user properties of every browser: of each property the value with the latest time, and of those the one that
    /// came last.
    #[must_use]
    pub fn profiles(&self) -> HashMap<String, Profile> {
        let mut times: HashMap<(&str, &str), i64> = HashMap::new();
        let mut profiles: HashMap<String, Profile> = HashMap::new();
        for event in &self.events {
            for (name, value) in &event.properties {
                let time = times.entry((&event.client, name)).or_insert(i64::MIN);
                if event.time_us >= *time {
                    *time = event.time_us;
                    profiles.entry(event.client.clone()).or_default().insert(name.clone(), value.clone());
                }
            }
        }
        profiles
    }

    /// Forgets the events that were sent, but not what is set up, nor the requests, whose status may be asked for.
    pub fn forget(&mut self) {
        self.events.clear();
        self.dropped.clear();
        self.sessions.clear();
    }

    /// The answer to a call, with seconds for `Retry-After`.
    pub(super) fn answer(&mut self, asked: &Asked) -> (Answer, Option<u32>) {
        let now = self.now();
        if let Some(seconds) = self.limits.get_mut(asked.call).and_then(|limit| limit.exceeded(now)) {
            return (error(429, "Quota exceeded for quota metric"), Some(seconds));
        }
        if asked.call.starts_with("mp.") {
            return (measurement::answer(self, asked), None);
        }
        self.tokens_seen += usize::from(asked.bearer.is_some());
        if self.token.as_ref().is_some_and(|token| asked.bearer.as_ref() != Some(token)) {
            return (error(401, "Request had invalid authentication credentials."), None);
        }
        if !asked.property.is_empty() && asked.property != self.property.id {
            return (error(403, "User does not have sufficient permissions for this property."), None);
        }
        let answer = match asked.call {
            "events.ingest" => data_manager::ingest(self, asked),
            "requestStatus.retrieve" => data_manager::status(self, asked),
            "customDimensions.list" => admin::list(self, asked),
            "customDimensions.create" => admin::create(self, asked),
            "customDimensions.patch" => admin::patch(self, asked),
            "audiences.list" => audiences::list(self, asked),
            "audiences.create" => audiences::create(self, asked),
            "runReport" => data::run_report(self, asked),
            "getMetadata" => data::metadata(self),
            other => error(501, other),
        };
        (answer, None)
    }
}
