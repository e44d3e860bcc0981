//! What is wrong at present and what the admins have been told of it.

use super::kind::Kind;
use super::mail::{Mail, clean};
use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp, ToSpan};
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// Characters of the cause that are kept.
const CAUSE: usize = 300;
/// For so long those are tried again whom the mail server puts off while it takes the mail for others.
const PUT_OFF: SignedDuration = SignedDuration::from_hours(3 * 24);

/// Failures of one kind on days without a gap.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Incident {
    /// Names it, and its mails.
    pub id: String,
    /// What went wrong.
    pub kind: Kind,
    /// What else is not as it should be and was told with it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub also: Vec<Kind>,
    /// The checks of the figures that were told with it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub rules: Vec<String>,
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
    /// Not accepted by the mail server yet, or not for everybody.
    pub unsent: Option<Mail>,
    /// Who is left to get `unsent`, once others have got it; before that, everybody is.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub left: Vec<String>,
    /// The process that is sending `unsent`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub claim: Option<Claim>,
}

/// A process sends a mail, and the others leave it alone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claim {
    /// A name that no other process has.
    pub by: String,
    /// From then on the process counts as dead.
    pub until: Timestamp,
}

/// A check of the figures that is red.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Red {
    /// What its group is.
    pub kind: Kind,
    /// Its name.
    pub rule: String,
    /// Why it is.
    pub cause: String,
}

/// A mail to send now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Due {
    /// The mail.
    pub mail: Mail,
    /// Who is left to get it.
    pub to: Vec<String>,
    /// Nobody has got it yet.
    pub first: bool,
}

impl Incident {
    /// It has failed for the first time.
    fn new(kind: Kind, day: Date, cause: &str, now: Timestamp) -> Self {
        Self {
            id: format!("{}-{day}-{}", kind.anchor(), now.as_second()),
            kind,
            also: Vec::new(),
            rules: Vec::new(),
            from: day,
            to: day,
            opened_at: text(now),
            last_failed_at: text(now),
            failures: 1,
            cause: clean(cause, CAUSE),
            recovered_at: None,
            notified: false,
            unsent: None,
            left: Vec::new(),
            claim: None,
        }
    }

    fn is_to_say(&mut self, mail: Option<Mail>) {
        (self.unsent, self.left, self.claim) = (mail, Vec::new(), None);
    }

    fn is_about(&self, red: &Red) -> bool {
        self.rules.contains(&red.rule)
    }

    /// Some have heard that it is over: what fails now is news to them.
    fn is_told_to_be_over(&self) -> bool {
        self.recovered_at.is_some() && !self.left.is_empty()
    }
}

/// Id of the mail that says that it has begun.
fn opened(incident: &Incident) -> String {
    format!("{}.opened", incident.id)
}

/// All that is open.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Incidents {
    /// Oldest first.
    pub incidents: Vec<Incident>,
}

impl Incidents {
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
            i.kind == kind && !i.is_told_to_be_over() && (kind == Kind::NoSuccess || (before..=after).contains(&day))
        };
        let at = text(now);
        if let Some(incident) = self.incidents.iter_mut().find(|i| near(i)) {
            (incident.from, incident.to) = (incident.from.min(day), incident.to.max(day));
            incident.failures += 1;
            incident.last_failed_at = at;
            let reopened = incident.recovered_at.take().is_some();
            let mail = if incident.notified { None } else { Some(mail(incident)) };
            if reopened {
                incident.is_to_say(mail);
            } else if mail.is_some() {
                // Whoever is sending it goes on.
                incident.unsent = mail;
            }
            return incident.notified;
        }
        let mut incident = Incident::new(kind, day, cause, now);
        incident.unsent = Some(mail(&incident));
        self.incidents.push(incident);
        false
    }

    /// Takes in what the figures of a run that is done say: the checks that are red. Those that were not told yet are one
    /// incident; it is over when none of them is red any more.
    pub fn monitored(
        &mut self,
        day: Date,
        red: &[Red],
        now: Timestamp,
        opened: impl FnOnce(&Incident) -> Mail,
        recovered: impl FnMut(&Incident) -> Mail,
    ) {
        let monitored = |i: &Incident| Kind::MONITORED.contains(&i.kind);
        let wrong = |i: &Incident| red.iter().any(|red| i.is_about(red));
        self.recovered(|i| monitored(i) && i.from <= day && !wrong(i), now, recovered);
        let mut new: Vec<&Red> = red.iter().collect();
        for incident in self.incidents.iter_mut().filter(|i| monitored(i) && !i.is_told_to_be_over() && wrong(i)) {
            (incident.from, incident.to) = (incident.from.min(day), incident.to.max(day));
            incident.failures += 1;
            incident.last_failed_at = text(now);
            new.retain(|red| !incident.is_about(red));
            if incident.recovered_at.take().is_some() {
                // The mail that it is over was not sent yet.
                incident.is_to_say(None);
            }
        }
        let Some(first) = new.first() else { return };
        let mut incident = Incident::new(first.kind, day, &first.cause, now);
        incident.rules = new.iter().map(|red| red.rule.clone()).collect();
        incident.also = new.iter().map(|red| red.kind).filter(|kind| *kind != first.kind).collect();
        incident.also.dedup();
        incident.unsent = Some(opened(&incident));
        self.incidents.push(incident);
    }

    /// Takes in a run of a day that succeeded: what failed on it or before it is over.
    pub fn succeeded(&mut self, day: Date, now: Timestamp, mail: impl FnMut(&Incident) -> Mail) {
        let ends = |kind: Kind| kind != Kind::NoSuccess && !Kind::MONITORED.contains(&kind);
        self.recovered(|i| ends(i.kind) && i.from <= day, now, mail);
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
            let mail = mail(incident);
            incident.is_to_say(Some(mail));
        }
    }

    /// Claims the mails that nobody else is sending, each of them taking `a_mail` at most.
    pub fn claim(&mut self, by: &str, now: Timestamp, a_mail: Duration, everybody: &[String]) -> Vec<Due> {
        let mine = |claim: &Claim| claim.by == by || claim.until <= now;
        let free = |i: &&mut Incident| i.unsent.is_some() && i.claim.as_ref().is_none_or(mine);
        let free: Vec<&mut Incident> = self.incidents.iter_mut().filter(free).collect();
        let time = a_mail.saturating_mul(free.len() as u32 + 1);
        let until = SignedDuration::try_from(time).ok().and_then(|time| now.checked_add(time).ok()).unwrap_or(now);
        let mut due = Vec::new();
        for incident in free {
            let first = incident.left.is_empty();
            let to = everybody.iter().filter(|who| first || incident.left.contains(who)).cloned().collect();
            incident.claim = Some(Claim { by: by.to_owned(), until });
            due.extend(incident.unsent.clone().map(|mail| Due { mail, to, first }));
        }
        due
    }

    /// A mail was taken for some; `left` are those who are to get it later.
    pub fn sent(&mut self, id: &str, left: &[String]) {
        for incident in &mut self.incidents {
            // By now it may be over, and another mail to be sent.
            incident.notified |= opened(incident) == id;
            if incident.unsent.as_ref().is_some_and(|mail| mail.id == id) {
                let mail = incident.unsent.take().filter(|_| !left.is_empty());
                incident.is_to_say(mail);
                incident.left = left.to_vec();
            }
        }
    }

    /// Gives back what `by` has claimed and not sent.
    pub fn release(&mut self, by: &str) {
        for incident in self.incidents.iter_mut().filter(|i| i.claim.as_ref().is_some_and(|claim| claim.by == by)) {
            incident.claim = None;
        }
    }

    /// Gives up recipients whom the server has put off for too long. Gives who they are.
    pub fn give_up(&mut self, now: Timestamp) -> Vec<String> {
        let mut gone = Vec::new();
        for incident in self.incidents.iter_mut().filter(|i| !i.left.is_empty()) {
            let since = incident.recovered_at.as_ref().unwrap_or(&incident.opened_at);
            let since = since.parse().unwrap_or(Timestamp::UNIX_EPOCH);
            if now.duration_since(since) > PUT_OFF {
                gone.append(&mut incident.left);
                incident.is_to_say(None);
            }
        }
        gone
    }

    /// Forgets what is over and told.
    pub fn drop_finished(&mut self) {
        self.incidents.retain(|i| i.recovered_at.is_none() || i.unsent.is_some());
    }
}

fn text(now: Timestamp) -> String {
    now.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}
