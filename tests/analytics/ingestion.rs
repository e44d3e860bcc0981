//! What a request of `events:ingest` must look like. One record that is wrong refuses all of them: "Understand API
//! errors", fast-fail. Reasons are those of `google/ads/datamanager/v1/error.proto`.

use super::measurement::WINDOW_US;
use super::rules::{self, Wrong};
use super::state::{Kept, Property, Way};
use jiff::Timestamp;
use serde_json::{Value, json};
use std::collections::BTreeSet;

const EVENTS: usize = 2_000;
const DESTINATIONS: usize = 10;

/// Something that is wrong with a request.
#[derive(Clone, Debug)]
pub(super) struct Violation {
    pub field: String,
    pub reason: &'static str,
}

impl Violation {
    pub fn new(field: impl Into<String>, reason: &'static str) -> Self {
        Self { field: field.into(), reason }
    }

    pub fn shown(&self) -> Value {
        json!({"field": self.field, "reason": self.reason, "description": "There was a problem with the field."})
    }
}

/// Where the events of a request go.
#[derive(Clone, Debug)]
pub(super) struct Destination {
    shown: Value,
}

impl Destination {
    pub fn shown(&self) -> &Value {
        &self.shown
    }
}

/// A request that is right.
pub(super) struct Read {
    pub destination: Destination,
    pub events: Vec<Kept>,
    pub validate_only: bool,
}

/// What a rule says of a text.
type Rule = fn(&str) -> Option<Wrong>;

/// Finds everything that is wrong.
struct Reader {
    found: Vec<Violation>,
}

impl Reader {
    fn say(&mut self, field: impl Into<String>, reason: &'static str) {
        self.found.push(Violation::new(field, reason));
    }

    /// Names that are not in the protocol refuse the request, too.
    fn known(&mut self, path: &str, value: &Value, names: &[&str]) {
        match value.as_object() {
            Some(object) => {
                for name in object.keys().filter(|name| !names.contains(&name.as_str())) {
                    self.say(format!("{path}.{name}"), "INVALID_ARGUMENT");
                }
            }
            None if value.is_null() => {}
            None => self.say(path, "INVALID_FORMAT"),
        }
    }

    fn checked(&mut self, path: impl Into<String>, wrong: Option<Wrong>) {
        match wrong {
            None => {}
            Some(Wrong::Missing) => self.say(path, "REQUIRED_FIELD_MISSING"),
            Some(Wrong::Long) => self.say(path, "FIELD_VALUE_TOO_LONG"),
            Some(Wrong::Form) => self.say(path, "INVALID_FORMAT"),
            Some(Wrong::Reserved) => self.say(path, "RESERVED_NAME_USED"),
        }
    }

    fn account(&mut self, path: &str, account: &Value, property: &Property) {
        self.known(path, account, &["accountType", "accountId", "product"]);
        if account["accountType"] != "GOOGLE_ANALYTICS_PROPERTY" {
            self.say(format!("{path}.account_type"), "INVALID_DESTINATION");
        }
        match account["accountId"].as_str() {
            None | Some("") => self.say(format!("{path}.account_id"), "REQUIRED_FIELD_MISSING"),
            Some(id) if id == property.id => {}
            Some(_) => self.found.insert(0, Violation::new(format!("{path}.account_id"), "PERMISSION_DENIED")),
        }
    }

    fn destinations(&mut self, destinations: &Value, property: &Property) -> Vec<String> {
        let empty = Vec::new();
        let destinations = destinations.as_array().unwrap_or(&empty);
        match destinations.len() {
            0 => self.say("destinations", "REQUIRED_FIELD_MISSING"),
            1..=DESTINATIONS => {}
            _ => self.say("destinations", "TOO_MANY_DESTINATIONS"),
        }
        let mut references = Vec::new();
        for (i, destination) in destinations.iter().enumerate() {
            let path = format!("destinations[{i}]");
            let names = ["reference", "loginAccount", "linkedAccount", "operatingAccount", "productDestinationId"];
            self.known(&path, destination, &names);
            self.account(&format!("{path}.operating_account"), &destination["operatingAccount"], property);
            if let Some(login) = destination.get("loginAccount") {
                if login["accountId"] != destination["operatingAccount"]["accountId"] {
                    self.say(format!("{path}.login_account"), "OPERATING_ACCOUNT_LOGIN_ACCOUNT_MISMATCH");
                }
                self.account(&format!("{path}.login_account"), login, property);
            }
            match destination["productDestinationId"].as_str() {
                None | Some("") => self.say(format!("{path}.product_destination_id"), "REQUIRED_FIELD_MISSING"),
                Some(id) if id == property.measurement_id => {}
                Some(_) => self.say(format!("{path}.product_destination_id"), "INVALID_DESTINATION"),
            }
            let reference = destination["reference"].as_str().unwrap_or_default().to_owned();
            if !reference.is_empty() && references.contains(&reference) {
                self.say(format!("{path}.reference"), "DUPLICATE_DESTINATION_REFERENCE");
            }
            references.push(reference);
        }
        references
    }

    /// Names and values of a list of pairs.
    fn pairs(
        &mut self,
        path: &str,
        list: &Value,
        key: &str,
        (name_is, value_is): (Rule, Rule),
    ) -> Vec<(String, String)> {
        let empty = Vec::new();
        let list = list.as_array().unwrap_or(&empty);
        if list.len() > rules::MOST {
            self.say(path, "TOO_MANY_ELEMENTS");
        }
        let (mut pairs, mut seen) = (Vec::new(), BTreeSet::new());
        for (i, pair) in list.iter().enumerate() {
            let path = format!("{path}[{i}]");
            self.known(&path, pair, &[key, "value"]);
            let name = pair[key].as_str().unwrap_or_default();
            self.checked(format!("{path}.{key}"), name_is(name));
            if !seen.insert(name) {
                self.say(format!("{path}.{key}"), "INVALID_ARGUMENT");
            }
            // Values are texts, whatever they stand for.
            match pair["value"].as_str() {
                None | Some("") => self.say(format!("{path}.value"), "REQUIRED_FIELD_MISSING"),
                Some(value) => {
                    self.checked(format!("{path}.value"), value_is(value));
                    pairs.push((name.to_owned(), value.to_owned()));
                }
            }
        }
        pairs
    }

    fn consent(&mut self, path: &str, given: &Value) -> Option<(Option<bool>, Option<bool>)> {
        self.known(path, given, &["adUserData", "adPersonalization"]);
        let mut of = |key: &str| match given.get(key).map(|word| word.as_str().unwrap_or_default()) {
            Some("CONSENT_GRANTED") => Some(true),
            Some("CONSENT_DENIED") => Some(false),
            None | Some("CONSENT_STATUS_UNSPECIFIED") => None,
            Some(_) => {
                self.say(format!("{path}.{key}"), "INVALID_ENUM_VALUE");
                None
            }
        };
        let both = (of("adUserData"), of("adPersonalization"));
        (!given.is_null()).then_some(both)
    }

    fn event(&mut self, i: usize, event: &Value, references: &[String], now: i64, request: usize) -> Kept {
        let path = format!("events[{i}]");
        self.known(&path, event, &EVENT);
        let named = event["destinationReferences"].as_array().map_or(0, Vec::len);
        let all = references.len();
        if (if named == 0 { all } else { named }) > 1 {
            self.say(format!("{path}.destination_references"), "MULTIPLE_DESTINATIONS_FOR_GOOGLE_ANALYTICS_EVENT");
        }
        for name in event["destinationReferences"].as_array().into_iter().flatten() {
            if !references.iter().any(|reference| name == reference.as_str()) {
                self.say(format!("{path}.destination_references"), "INVALID_DESTINATION");
            }
        }
        let text = |key: &str| event[key].as_str().unwrap_or_default();
        match rules::event_name(text("eventName")) {
            Some(Wrong::Missing) => self.say(format!("{path}.event_name"), "REQUIRED_FIELD_MISSING"),
            Some(_) => self.say(format!("{path}.event_name"), "INVALID_EVENT_NAME"),
            None => {}
        }
        self.checked(format!("{path}.client_id"), rules::client_id(text("clientId")));
        if event.get("eventSource").is_some_and(|source| source != "WEB") {
            self.say(format!("{path}.event_source"), "INVALID_ENUM_VALUE");
        }
        let time = text("eventTimestamp").parse::<Timestamp>().map(Timestamp::as_microsecond);
        let time = match time {
            Ok(time) if (now - WINDOW_US..=now).contains(&time) => time,
            Ok(_) => {
                self.say(format!("{path}.event_timestamp"), "EVENT_TIME_INVALID");
                0
            }
            Err(_) => {
                let missing = event.get("eventTimestamp").is_none_or(|given| given == "");
                let reason = if missing { "REQUIRED_FIELD_MISSING" } else { "INVALID_FORMAT" };
                self.say(format!("{path}.event_timestamp"), reason);
                0
            }
        };
        let of_user = &event["userProperties"];
        let names = ["customerType", "customerValueBucket", "additionalUserProperties"];
        self.known(&format!("{path}.user_properties"), of_user, &names);
        let properties = self.pairs(
            &format!("{path}.user_properties.additional_user_properties"),
            &of_user["additionalUserProperties"],
            "propertyName",
            (rules::property_name, rules::property_value),
        );
        let params = self.pairs(
            &format!("{path}.additional_event_parameters"),
            &event["additionalEventParameters"],
            "parameterName",
            (rules::parameter_name, rules::parameter_value),
        );
        Kept {
            way: Way::DataManager,
            request,
            client: text("clientId").to_owned(),
            name: text("eventName").to_owned(),
            time_us: time,
            timed: true,
            id: event["transactionId"].as_str().map(str::to_owned),
            properties,
            params: params.into_iter().map(|(name, value)| (name, value.into())).collect(),
            consent: self.consent(&format!("{path}.consent"), &event["consent"]),
        }
    }
}

const EVENT: [&str; 19] = [
    "destinationReferences",
    "transactionId",
    "eventTimestamp",
    "lastUpdatedTimestamp",
    "userData",
    "consent",
    "adIdentifiers",
    "currency",
    "conversionValue",
    "eventSource",
    "eventDeviceInfo",
    "cartData",
    "customVariables",
    "experimentalFields",
    "userProperties",
    "eventName",
    "clientId",
    "userId",
    "additionalEventParameters",
];

/// Reads a request for a property at a time; gives all that is wrong with it.
pub(super) fn read(body: &[u8], property: &Property, now: i64, request: usize) -> Result<Read, Vec<Violation>> {
    let mut reader = Reader { found: Vec::new() };
    let Ok(body) = serde_json::from_slice::<Value>(body) else {
        return Err(vec![Violation::new("", "INVALID_ARGUMENT")]);
    };
    let names = ["destinations", "events", "consent", "validateOnly", "encoding", "encryptionInfo"];
    reader.known("request", &body, &names);
    let references = reader.destinations(&body["destinations"], property);
    let of_all = reader.consent("consent", &body["consent"]);
    let empty = Vec::new();
    let events = body["events"].as_array().unwrap_or(&empty);
    match events.len() {
        0 => reader.say("events", "REQUIRED_FIELD_MISSING"),
        1..=EVENTS => {}
        _ => reader.say("events", "TOO_MANY_EVENTS"),
    }
    let mut kept = Vec::with_capacity(events.len());
    for (i, event) in events.iter().enumerate() {
        let mut event = reader.event(i, event, &references, now, request);
        event.consent = event.consent.or(of_all);
        kept.push(event);
    }
    if !reader.found.is_empty() {
        return Err(reader.found);
    }
    let destination = Destination { shown: body["destinations"][0].clone() };
    Ok(Read { destination, events: kept, validate_only: body["validateOnly"] == true })
}
