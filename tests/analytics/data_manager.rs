//! The Data Manager API: a request is taken or refused as a whole, and what became of it is told later.

use super::http::{Answer, Asked, error};
use super::ingestion::{Destination, Violation, read};
use super::state::State;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use std::collections::{BTreeMap, HashMap};

/// What becomes of requests that were taken.
#[derive(Clone, Debug)]
pub struct Processing {
    /// How long their status is `PROCESSING`.
    pub takes: SignedDuration,
    /// Of all events that are taken every so-many-th fails while it is processed, for this reason.
    pub fails: Option<(usize, &'static str)>,
    /// Events that were taken so far.
    pub seen: usize,
}

impl Default for Processing {
    fn default() -> Self {
        Self { takes: SignedDuration::ZERO, fails: None, seen: 0 }
    }
}

/// A request that was taken.
#[derive(Clone, Debug)]
pub struct Taken {
    destination: Destination,
    records: usize,
    failed: BTreeMap<&'static str, usize>,
    ready: Timestamp,
}

/// Requests by their id.
pub type Requests = HashMap<String, Taken>;

/// Why an event with a denied consent fails; the request is taken.
const DENIED: &str = "PROCESSING_ERROR_REASON_DENIED_CONSENT";

pub(super) fn ingest(state: &mut State, asked: &Asked) -> Answer {
    let now = state.now();
    let read = match read(&asked.body, &state.property, now.as_microsecond(), state.taken_requests) {
        Ok(read) => read,
        Err(violations) => return refused(&violations),
    };
    let number = state.taken_requests;
    // Its form is nobody's business; it is not to be guessed from the request.
    let id = format!("{:016x}", (number as u64 + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15));
    if read.validate_only {
        return (200, json!({"requestId": id}));
    }
    state.taken_requests += 1;
    let (records, mut failed) = (read.events.len(), BTreeMap::new());
    for event in read.events {
        state.processing.seen += 1;
        let denied = event.consent.is_some_and(|(data, _)| data == Some(false)).then_some(DENIED);
        let fails = state.processing.fails.filter(|(nth, _)| state.processing.seen.is_multiple_of(*nth));
        match denied.or(fails.map(|(_, reason)| reason)) {
            Some(reason) => *failed.entry(reason).or_default() += 1,
            None => {
                let session = event.params.iter().find(|(name, _)| name == "session_id");
                state.sessions.extend(session.map(|(_, id)| (event.client.clone(), id.to_string())));
                state.events.push(event);
            }
        }
    }
    let ready = now.checked_add(state.processing.takes).unwrap();
    state.requests.insert(id.clone(), Taken { destination: read.destination, records, failed, ready });
    (200, json!({"requestId": id}))
}

/// The error of a request, with all that is wrong with it.
fn refused(violations: &[Violation]) -> Answer {
    let Some(first) = violations.first() else { return error(500, "refused without a reason") };
    let status = if first.reason == "PERMISSION_DENIED" { 403 } else { 400 };
    let (status, mut answer) = error(status, "There was a problem with the request.");
    // Google's answers are not longer either.
    let fields: Vec<Value> = violations.iter().take(100).map(Violation::shown).collect();
    answer["error"]["details"] = json!([
        {"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": first.reason, "domain": "datamanager.googleapis.com"},
        {"@type": "type.googleapis.com/google.rpc.BadRequest", "fieldViolations": fields},
    ]);
    (status, answer)
}

pub(super) fn status(state: &State, asked: &Asked) -> Answer {
    let id = asked.query.get("requestId").map(String::as_str).unwrap_or_default();
    let Some(taken) = state.requests.get(id) else {
        return refused(&[Violation::new("request_id", "INVALID_REQUEST_ID")]);
    };
    let mut shown = json!({
        "destination": taken.destination.shown(),
        "requestStatus": "PROCESSING",
        // Numbers of 64 bits are texts in Google's JSON.
        "eventsIngestionStatus": {"recordCount": taken.records.to_string()},
    });
    if state.now() >= taken.ready {
        let failed: usize = taken.failed.values().sum();
        shown["requestStatus"] = match failed {
            0 => "SUCCESS",
            some if some < taken.records => "PARTIAL_SUCCESS",
            _ => "FAILED",
        }
        .into();
        if failed > 0 {
            let counts = taken.failed.iter();
            let counts: Vec<Value> =
                counts.map(|(reason, n)| json!({"recordCount": n.to_string(), "reason": reason})).collect();
            shown["errorInfo"] = json!({"errorCounts": counts});
        }
    }
    (200, json!({"requestStatusPerDestination": [shown]}))
}
