//! The Measurement Protocol: production takes everything with 204 and drops what it does not like without a word; the
//! debug server says what that is, keeps nothing, and looks at neither secret nor stream.

use super::http::{Answer, Asked, error};
use super::rules::{self, Wrong};
use super::state::{Kept, State, Way};
use serde_json::{Map, Value, json};

/// Events of a request.
const EVENTS: usize = 25;
/// A body is smaller than 130 kB.
const BODY: usize = 130_000;
/// How far back an event may lie.
pub(super) const WINDOW_US: i64 = 72 * 3_600 * 1_000_000;

/// What the debug server says about a field.
struct Message {
    path: String,
    code: &'static str,
    about: String,
}

/// What comes of a body.
#[derive(Default)]
struct Judged {
    messages: Vec<Message>,
    events: Vec<Kept>,
    sessions: Vec<(String, String)>,
}

impl Judged {
    fn say(&mut self, path: impl Into<String>, code: &'static str, about: impl Into<String>) {
        self.messages.push(Message { path: path.into(), code, about: about.into() });
    }

    fn say_of(&mut self, path: impl Into<String>, wrong: Wrong) {
        let (code, about) = match wrong {
            Wrong::Missing => ("VALUE_REQUIRED", "a value is required"),
            Wrong::Long => ("VALUE_OUT_OF_BOUNDS", "too many characters"),
            Wrong::Form => ("NAME_INVALID", "letters, digits and underscores, a letter first"),
            Wrong::Reserved => ("NAME_RESERVED", "the name is reserved"),
        };
        self.say(path, code, about);
    }
}

pub(super) fn answer(state: &mut State, asked: &Asked) -> Answer {
    if asked.body.len() >= BODY {
        return error(413, "the body is too large");
    }
    let judged = judge(&asked.body, state.now().as_microsecond(), state.taken_requests);
    if asked.call == "mp.debug" {
        let of = |m: &Message| json!({"fieldPath": m.path, "description": m.about, "validationCode": m.code});
        return (200, json!({"validationMessages": judged.messages.iter().map(of).collect::<Vec<_>>()}));
    }
    state.taken_requests += 1;
    for message in judged.messages {
        *state.dropped.entry(format!("{} {}", message.code, message.path)).or_default() += 1;
    }
    let of = |key: &str| asked.query.get(key).map(String::as_str).unwrap_or_default();
    let ours = of("measurement_id") == state.property.measurement_id && of("api_secret") == state.property.api_secret;
    if ours {
        state.events.extend(judged.events);
        state.sessions.extend(judged.sessions);
    } else {
        *state.dropped.entry("wrong api_secret or measurement_id".to_owned()).or_default() += judged.events.len();
    }
    (204, Value::Null)
}

const KEYS: [&str; 13] = [
    "client_id",
    "user_id",
    "timestamp_micros",
    "user_properties",
    "user_data",
    "consent",
    "non_personalized_ads",
    "user_location",
    "ip_override",
    "device",
    "user_agent",
    "validation_behavior",
    "events",
];

fn judge(body: &[u8], now: i64, request: usize) -> Judged {
    let mut judged = Judged::default();
    let Ok(Value::Object(body)) = serde_json::from_slice::<Value>(body) else {
        judged.say("", "VALUE_INVALID", "unable to parse the payload");
        return judged;
    };
    for key in body.keys().filter(|key| !KEYS.contains(&key.as_str())) {
        judged.say(key, "VALUE_INVALID", "unknown field");
    }
    let client = body.get("client_id").and_then(Value::as_str).unwrap_or_default();
    if let Some(wrong) = rules::client_id(client) {
        let code = if wrong == Wrong::Missing { "VALUE_REQUIRED" } else { "VALUE_INVALID" };
        judged.say("client_id", code, "the id of the browser");
        return judged;
    }
    if body.get("user_id").is_some_and(|id| id.as_str().is_none_or(|id| id.chars().count() > 256)) {
        judged.say("user_id", "VALUE_OUT_OF_BOUNDS", "at most 256 characters");
    }
    let enforced = body.get("validation_behavior").and_then(Value::as_str) == Some("ENFORCE_RECOMMENDATIONS");
    let consent = consent(&mut judged, body.get("consent"));
    let Some(time) = time(&mut judged, "timestamp_micros", body.get("timestamp_micros"), now, enforced) else {
        return judged;
    };
    let properties = properties(&mut judged, body.get("user_properties"));
    let Some(Value::Array(events)) =
        body.get("events").filter(|events| events.as_array().is_some_and(|e| !e.is_empty()))
    else {
        judged.say("events", "VALUE_REQUIRED", "at least one event");
        return judged;
    };
    if events.len() > EVENTS {
        judged.say("events", "EXCEEDED_MAX_ENTITIES", "at most 25 events");
        return judged;
    }
    for (i, event) in events.iter().enumerate() {
        let name = event["name"].as_str().unwrap_or_default();
        if let Some(wrong) = rules::event_name(name) {
            judged.say_of(format!("events[{i}].name"), wrong);
            continue;
        }
        let path = format!("events[{i}].timestamp_micros");
        let Some(own) = self::time(&mut judged, &path, event.get("timestamp_micros"), now, enforced) else { continue };
        let Some(params) = params(&mut judged, i, event.get("params")) else { continue };
        if let Some((_, id)) = params.iter().find(|(name, _)| name == "session_id") {
            judged.sessions.push((client.to_owned(), id.to_string()));
        }
        let given = own.or(time);
        judged.events.push(Kept {
            way: Way::Measurement,
            request,
            client: client.to_owned(),
            name: name.to_owned(),
            time_us: given.unwrap_or(now),
            timed: given.is_some(),
            id: None,
            // They belong to the request; the first event carries them.
            properties: if judged.events.is_empty() { properties.clone() } else { Vec::new() },
            params,
            consent,
        });
    }
    judged
}

/// The time that is given, if any; nothing at all when it makes the event one that is refused.
#[expect(clippy::option_option, reason = "no time, and a time that is refused, are two things")]
fn time(judged: &mut Judged, path: &str, given: Option<&Value>, now: i64, enforced: bool) -> Option<Option<i64>> {
    let Some(given) = given else { return Some(None) };
    let Some(time) = given.as_i64().or_else(|| given.as_str()?.parse().ok()) else {
        judged.say(path, "VALUE_INVALID", "microseconds since 1970");
        return None;
    };
    if (now - WINDOW_US..=now).contains(&time) {
        return Some(Some(time));
    }
    judged.say(path, "VALUE_OUT_OF_BOUNDS", "at most 72 hours ago, and not in the future");
    (!enforced).then_some(Some(time.clamp(now - WINDOW_US, now)))
}

fn consent(judged: &mut Judged, given: Option<&Value>) -> Option<(Option<bool>, Option<bool>)> {
    let given = given?;
    let mut of = |key: &str| match given.get(key).map(|word| word.as_str().unwrap_or_default()) {
        None => None,
        Some("GRANTED") => Some(true),
        Some("DENIED") => Some(false),
        Some(_) => {
            judged.say(format!("consent.{key}"), "VALUE_INVALID", "GRANTED or DENIED");
            None
        }
    };
    Some((of("ad_user_data"), of("ad_personalization")))
}

fn properties(judged: &mut Judged, given: Option<&Value>) -> Vec<(String, String)> {
    let empty = Map::new();
    let given = given.map_or(&empty, |given| given.as_object().unwrap_or(&empty));
    if given.len() > rules::MOST {
        judged.say("user_properties", "EXCEEDED_MAX_ENTITIES", "at most 25 user properties");
        return Vec::new();
    }
    let mut kept = Vec::new();
    for (name, value) in given {
        let path = format!("user_properties.{name}");
        let text = match &value["value"] {
            Value::String(text) => text.clone(),
            Value::Number(number) => number.to_string(),
            _ => {
                judged.say(path, "VALUE_INVALID", "an object with a value");
                continue;
            }
        };
        match rules::property_name(name).or(rules::property_value(&text)) {
            Some(wrong) => judged.say_of(path, wrong),
            None => kept.push((name.clone(), text)),
        }
    }
    kept
}

/// The parameters, or nothing when there are too many: then the event is dropped.
fn params(judged: &mut Judged, event: usize, given: Option<&Value>) -> Option<Vec<(String, Value)>> {
    let empty = Map::new();
    let given = given.map_or(&empty, |given| given.as_object().unwrap_or(&empty));
    let path = format!("events[{event}].params");
    if given.len() > rules::MOST {
        judged.say(path, "EXCEEDED_MAX_ENTITIES", "at most 25 parameters");
        return None;
    }
    let mut kept = Vec::new();
    for (name, value) in given {
        let long = value.as_str().and_then(rules::parameter_value);
        match rules::parameter_name(name).or(long) {
            Some(wrong) => judged.say_of(format!("{path}.{name}"), wrong),
            None => kept.push((name.clone(), value.clone())),
        }
    }
    Some(kept)
}
