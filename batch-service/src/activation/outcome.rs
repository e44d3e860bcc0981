//! Asks the destination what came of the requests that it has taken.

use super::ledger::{Ledger, State, Word};
use super::{Destination, Status};
use crate::progress;
use std::collections::HashMap;

/// Asks for every request of the destination whose end is not known. Gives whether a row has changed. A destination that
/// cannot be asked now is asked another time.
pub(super) fn ask(destination: &dyn Destination, ledger: &mut Ledger) -> bool {
    let way = destination.way().as_str();
    let mut known: HashMap<u32, Option<(Word, Word, bool)>> = HashMap::new();
    let mut changed = false;
    for row in 0..ledger.len() {
        let entry = ledger.entries()[row];
        let request = ledger.text(entry.request_id);
        let decided = Status { word: ledger.text(entry.request_status).to_owned(), ..Status::default() }.is_final();
        if request.is_empty() || decided || entry.state == State::Planned || ledger.text(entry.destination) != way {
            continue;
        }
        let request = request.to_owned();
        let found = match known.get(&entry.request_id.number()) {
            Some(found) => *found,
            None => {
                let found = asked(destination, &request).map(|status| {
                    let failed = status.word == "FAILED";
                    (ledger.word(&status.word), ledger.word(&reason(&status)), failed)
                });
                known.insert(entry.request_id.number(), found);
                found
            }
        };
        let Some((status, reason, failed)) = found else { continue };
        let entry = &mut ledger.entries_mut()[row];
        changed |= entry.request_status != status;
        entry.request_status = status;
        if reason != Word::default() {
            entry.reason = reason;
        }
        // What was seen has arrived, whatever else is said.
        if failed && entry.state == State::Sent {
            entry.state = State::Refused;
        }
    }
    changed
}

fn asked(destination: &dyn Destination, request: &str) -> Option<Status> {
    match destination.status(request) {
        Ok(status) => status,
        Err(error) => {
            progress::warning(format_args!(
                "a request's status could not be asked, and is asked another time: {error:#}"
            ));
            None
        }
    }
}

/// Errors by reason, as one text; empty without any.
fn reason(status: &Status) -> String {
    if status.errors.is_empty() {
        return String::new();
    }
    let errors: Vec<String> = status.errors.iter().map(|(reason, rows)| format!("{reason}: {rows}")).collect();
    format!("{} ({})", status.word, errors.join(", "))
}
