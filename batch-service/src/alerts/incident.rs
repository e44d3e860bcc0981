//! What is wrong at present and what the admins have been told of it, as one object in the store.

use super::kind::Kind;
use super::mail::{Mail, clean};
use crate::store::ObjectStore;
use anyhow::{Context, Result};
use jiff::civil::Date;
use jiff::{Timestamp, ToSpan};
use serde::{Deserialize, Serialize};

/// Name of the object.
pub const NAME: &str = "alerts/incident.json";
/// Characters of the cause that are kept.
const CAUSE: usize = 300;

/// Failures of one kind on days without a gap.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Incident {
    /// Names it, and its mails.
    pub id: String,
    /// What went wrong.
    pub kind: Kind,
    /// First day that failed.
    pub from: Date,
    /// Last day that failed.
    pub to: Date,
    /// UTC, of the first failure.
    pub opened_at: String,
    /// UTC, of the latest failure.
    pub last_failed_at: String,
    /// How often it failed.
    pub failures: u32,
    /// Of the first failure.
    pub cause: String,
    /// UTC; from then on only the mail about it is left to send.
    pub recovered_at: Option<String>,
    /// A mail of it was accepted.
    pub notified: bool,
    /// Not accepted by the mail server yet.
    pub unsent: Option<Mail>,
}

/// All that is open.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Incidents {
    /// Oldest first.
    pub incidents: Vec<Incident>,
}

impl Incidents {
    /// What the store has.
    ///
    /// # Errors
    /// When the store fails or the object does not parse.
    pub fn load(store: &dyn ObjectStore) -> Result<Self> {
        let Some(bytes) = store.get(NAME)? else { return Ok(Self::default()) };
        serde_json::from_slice(&bytes).context(NAME)
    }

    /// Writes it, unless there is nothing to say and nothing has been said before.
    ///
    /// # Errors
    /// When the store fails.
    pub fn keep(&self, store: &dyn ObjectStore) -> Result<()> {
        if self.incidents.is_empty() && store.get(NAME)?.is_none() {
            return Ok(());
        }
        store.put(NAME, &serde_json::to_vec_pretty(self)?)
    }

    /// Takes in a failure. Gives whether the admins know of the incident already.
    pub fn failed(
        &mut self,
        kind: Kind,
        day: Date,
        cause: &str,
        now: Timestamp,
        mail: impl FnOnce(&Incident) -> Mail,
    ) -> bool {
        let near = |i: &Incident| {
            let before = i.from.checked_sub(1.day()).unwrap_or(i.from);
            let after = i.to.checked_add(1.day()).unwrap_or(i.to);
            // Being without a success has no days: there is one incident of it until a run succeeds.
            i.kind == kind && (kind == Kind::NoSuccess || (before..=after).contains(&day))
        };
        let at = text(now);
        if let Some(incident) = self.incidents.iter_mut().find(|i| near(i)) {
            (incident.from, incident.to) = (incident.from.min(day), incident.to.max(day));
            incident.failures += 1;
            incident.last_failed_at = at;
            incident.recovered_at = None;
            incident.unsent = if incident.notified { None } else { Some(mail(incident)) };
            return incident.notified;
        }
        let mut incident = Incident {
            id: format!("{}-{day}-{}", kind.anchor(), now.as_second()),
            kind,
            from: day,
            to: day,
            opened_at: at.clone(),
            last_failed_at: at,
            failures: 1,
            cause: clean(cause, CAUSE),
            recovered_at: None,
            notified: false,
            unsent: None,
        };
        incident.unsent = Some(mail(&incident));
        self.incidents.push(incident);
        false
    }

    /// Takes in a run of a day that succeeded: what failed on it or before it is over.
    pub fn succeeded(&mut self, day: Date, now: Timestamp, mail: impl FnMut(&Incident) -> Mail) {
        self.recovered(|i| i.kind != Kind::NoSuccess && i.from <= day, now, mail);
    }

    /// Takes in that some run has succeeded lately.
    pub fn in_time(&mut self, now: Timestamp, mail: impl FnMut(&Incident) -> Mail) {
        self.recovered(|i| i.kind == Kind::NoSuccess, now, mail);
    }

    fn recovered(
        &mut self,
        which: impl Fn(&Incident) -> bool,
        now: Timestamp,
        mut mail: impl FnMut(&Incident) -> Mail,
    ) {
        for incident in self.incidents.iter_mut().filter(|i| i.recovered_at.is_none() && which(i)) {
            incident.recovered_at = Some(text(now));
            incident.unsent = Some(mail(incident));
        }
    }

    /// The mails that are to be sent.
    #[must_use]
    pub fn unsent(&self) -> Vec<Mail> {
        self.incidents.iter().filter_map(|i| i.unsent.clone()).collect()
    }

    /// A mail was accepted.
    pub fn sent(&mut self, id: &str) {
        for incident in self.incidents.iter_mut().filter(|i| i.unsent.as_ref().is_some_and(|m| m.id == id)) {
            incident.notified = true;
            incident.unsent = None;
        }
    }

    /// Forgets what is over and told. Gives whether there was any.
    pub fn drop_finished(&mut self) -> bool {
        let before = self.incidents.len();
        self.incidents.retain(|i| i.recovered_at.is_none() || i.unsent.is_some());
        self.incidents.len() < before
    }
}

fn text(now: Timestamp) -> String {
    now.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}
