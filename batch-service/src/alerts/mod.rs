//! Who hears of a failed run: one mail when an incident opens, one when it is over, a line on stderr when mail is down.
//!
//! Nothing here returns an error: trouble with mail never changes what a run gives.

mod config;
mod delivery;
mod incident;
mod kind;
mod last_resort;
mod mail;
mod smtp;
mod text;

#[cfg(test)]
mod tests;

pub use config::{AlertsConfig, Tls};
pub use delivery::{Delivery, deliver};
pub use incident::{Incident, Incidents, NAME};
pub use kind::Kind;
pub use mail::{Answer, Mail, Mailer, Trouble};
pub use smtp::SmtpMailer;
pub use text::{Failure, Overdue, Recovery};

use crate::store::ObjectStore;
use jiff::Timestamp;
use std::sync::Arc;
use std::time::Duration;
use text::Texts;

/// Variable with the password of the mail server.
pub const PASSWORD: &str = "INKLING_SMTP_PASSWORD";

/// Tells the admins, and remembers what they have been told.
pub struct Alerts<'a> {
    texts: Texts,
    to: Vec<String>,
    total: Duration,
    mailer: Result<Arc<dyn Mailer>, String>,
    store: Option<&'a dyn ObjectStore>,
}

impl<'a> Alerts<'a> {
    /// As configured. Without a store every failure is mailed.
    #[must_use]
    pub fn new(config: &AlertsConfig, password: Option<String>, store: Option<&'a dyn ObjectStore>) -> Self {
        let mailer = SmtpMailer::new(config, password).map(|m| Arc::new(m) as Arc<dyn Mailer>);
        Self::with(config, mailer, store)
    }

    /// With another way to send.
    #[must_use]
    pub fn with(
        config: &AlertsConfig,
        mailer: Result<Arc<dyn Mailer>, String>,
        store: Option<&'a dyn ObjectStore>,
    ) -> Self {
        let total = Duration::from_secs(config.deadline_seconds);
        Self { texts: Texts::new(config), to: config.to.clone(), total, mailer, store }
    }

    /// A run failed: mailed once for an incident.
    pub fn failed(&self, failure: &Failure, now: Timestamp) {
        let mut incidents = self.load();
        let told = incidents.failed(failure.kind, failure.date, &failure.cause(), now, |incident| {
            self.texts.failure(failure, incident)
        });
        if told {
            note("the admins have been told of this incident already; no further mail");
        }
        self.settle(incidents, now);
    }

    /// A run succeeded: the incidents of its day and of days before it are over.
    pub fn succeeded(&self, recovery: &Recovery<'_>, now: Timestamp) {
        let mut incidents = self.load();
        incidents.succeeded(recovery.date, now, |incident| self.texts.recovery(recovery, incident));
        self.settle(incidents, now);
    }

    /// No run has succeeded for too long.
    pub fn overdue(&self, overdue: &Overdue, now: Timestamp) {
        let mut incidents = self.load();
        let day = now.to_zoned(jiff::tz::TimeZone::UTC).date();
        let _ = incidents
            .failed(Kind::NoSuccess, day, &overdue.headline(), now, |incident| self.texts.overdue(overdue, incident));
        self.settle(incidents, now);
    }

    /// A run has succeeded lately.
    pub fn in_time(&self, last: &str, now: Timestamp) {
        let mut incidents = self.load();
        incidents.in_time(now, |incident| self.texts.in_time(last, incident));
        self.settle(incidents, now);
    }

    /// The weekly test mail. Gives whether every recipient's address was accepted.
    #[must_use]
    pub fn test(&self, now: Timestamp) -> bool {
        let mail = self.texts.test(now);
        let delivery = self.send(&mail, now);
        if delivery.accepted.is_empty() {
            last_resort::critical(&mail, &delivery.cause());
        }
        delivery.accepted.len() == self.to.len()
    }

    fn load(&self) -> Incidents {
        let Some(store) = self.store else { return Incidents::default() };
        Incidents::load(store).unwrap_or_else(|error| {
            // Rather a mail too many than none.
            last_resort::warning(&format!("the open incidents cannot be read, so this may be mailed again: {error:#}"));
            Incidents::default()
        })
    }

    /// Sends what is unsent. The state is kept before and after, so that a mail is lost at no point.
    fn settle(&self, mut incidents: Incidents, now: Timestamp) {
        self.keep(&incidents);
        let mut down: Option<String> = None;
        for mail in incidents.unsent() {
            if let Some(cause) = &down {
                last_resort::critical(&mail, cause);
                continue;
            }
            let delivery = self.send(&mail, now);
            if delivery.accepted.is_empty() {
                let cause = delivery.cause();
                last_resort::critical(&mail, &cause);
                down = Some(cause);
            } else {
                incidents.sent(&mail.id);
                self.keep(&incidents);
            }
        }
        if incidents.drop_finished() {
            self.keep(&incidents);
        }
    }

    fn send(&self, mail: &Mail, now: Timestamp) -> Delivery {
        let delivery = match &self.mailer {
            Ok(mailer) => deliver(Arc::clone(mailer), mail.clone(), now, &self.to, self.total),
            Err(why) => Delivery::impossible(&self.to, why),
        };
        if !delivery.accepted.is_empty() {
            note(&format!("mailed: {}", mail.subject));
            for (who, why) in delivery.refused.iter().chain(&delivery.waiting) {
                last_resort::warning(&format!("the mail server does not take mail to {who}: {why}"));
            }
        }
        delivery
    }

    fn keep(&self, incidents: &Incidents) {
        let Some(store) = self.store else { return };
        if let Err(error) = incidents.keep(store) {
            last_resort::warning(&format!("the open incidents cannot be kept, so this may be mailed again: {error:#}"));
        }
    }
}

fn note(text: &str) {
    crate::progress::note(text);
}
