//! Who hears of a failed run: one mail when an incident opens, one when it is over, a line on stderr when mail is down.
//!
//! Nothing here returns an error: trouble with mail never changes what a run gives.

pub mod board;
mod book;
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
pub use incident::Red;
pub use kind::Kind;
pub use mail::Mail;
pub use smtp::SmtpMailer;
pub use text::{Failure, Figures, Overdue, Recovery};

use crate::store::ObjectStore;
use board::Board;
use book::Book;
use delivery::{Delivery, deliver};
use incident::{Due, Incident, Incidents};
use jiff::Timestamp;
use mail::Mailer;
use std::sync::Arc;
use std::time::Duration;
use text::Texts;

/// Variable with the password of the mail server.
pub const PASSWORD: &str = "INKLING_SMTP_PASSWORD";

/// What a mail may take beyond its deadline before its sender counts as dead.
const MARGIN: Duration = Duration::from_secs(60);

/// Tells the admins, and remembers what they have been told.
pub struct Alerts<'a> {
    texts: Texts,
    to: Vec<String>,
    total: Duration,
    mailer: Result<Arc<dyn Mailer>, String>,
    store: Option<&'a dyn ObjectStore>,
    board: Option<Board>,
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
        Self { texts: Texts::new(config), to: config.to.clone(), total, mailer, store, board: None }
    }

    /// With the figures of the day, for mails about a failure and about figures.
    #[must_use]
    pub fn with_board(self, board: Option<Board>) -> Self {
        Self { board, ..self }
    }

    fn pictured(&self, mail: Mail) -> Mail {
        Mail { board: self.board.clone(), ..mail }
    }

    /// A run failed: mailed once for an incident.
    pub fn failed(&self, failure: &Failure, now: Timestamp) {
        let mut told = false;
        self.tell(now, |incidents| {
            told = incidents.failed(failure.kind, failure.date, &failure.cause(), now, |incident| {
                let mail = self.texts.failure(failure, incident);
                let board = self.board.clone().map(|board| board.of_failure(&failure.date.to_string()));
                Mail { board, ..mail }
            });
        });
        if told {
            note("the admins have been told of this incident already; no further mail");
        }
    }

    /// A run succeeded: the incidents of its day and of days before it are over.
    pub fn succeeded(&self, recovery: &Recovery<'_>, now: Timestamp) {
        self.tell(now, |incidents| {
            incidents.succeeded(recovery.date, now, |incident| self.texts.recovery(recovery, incident));
        });
    }

    /// What the figures of a run that is done say.
    pub fn figures(&self, figures: &Figures, now: Timestamp) {
        self.tell(now, |incidents| {
            let opened = |incident: &Incident| self.pictured(self.texts.figures(figures, incident));
            let recovered = |incident: &Incident| self.texts.figures_recovered(figures.date, incident);
            incidents.monitored(figures.date, &figures.red, now, opened, recovered);
        });
    }

    /// No run has succeeded for too long.
    pub fn overdue(&self, overdue: &Overdue, now: Timestamp) {
        let day = now.to_zoned(jiff::tz::TimeZone::UTC).date();
        self.tell(now, |incidents| {
            let mail = |incident: &Incident| self.texts.overdue(overdue, incident);
            let _ = incidents.failed(Kind::NoSuccess, day, &overdue.headline(), now, mail);
        });
    }

    /// A run has succeeded lately.
    pub fn in_time(&self, last: &str, now: Timestamp) {
        self.tell(now, |incidents| incidents.in_time(now, |incident| self.texts.in_time(last, incident)));
    }

    /// What the weekly look at the models has found. It is told once: what it proposes is kept beside the model.
    pub fn look(&self, headline: &str, report: &str, now: Timestamp) {
        let _ = self.once(&self.texts.look(headline, report, now), now);
    }

    /// The weekly test mail. Gives whether every recipient's address was accepted.
    #[must_use]
    pub fn test(&self, now: Timestamp) -> bool {
        self.once(&self.texts.test(now), now)
    }

    fn once(&self, mail: &Mail, now: Timestamp) -> bool {
        let delivery = self.send(mail, now, &self.to, false);
        if delivery.accepted.is_empty() {
            last_resort::critical(mail, &delivery.cause());
        }
        delivery.accepted.len() == self.to.len()
    }

    /// Takes in what has happened, and sends what is unsent. A mail is claimed by the same swap that keeps it, so that of
    /// several processes one sends it; it is kept until it was accepted, so that it is lost at no point.
    fn tell(&self, now: Timestamp, mut change: impl FnMut(&mut Incidents)) {
        let book = Book::new(self.store);
        // Two claims must differ even when the clock does not.
        let me = format!("{:016x}", getrandom::u64().unwrap_or_else(|_| u64::from(std::process::id())));
        let (due, gone) = book.change(|incidents| {
            change(incidents);
            let gone = incidents.give_up(now);
            let due = incidents.claim(&me, now, self.total + MARGIN, &self.to);
            incidents.drop_finished();
            (due, gone)
        });
        for who in gone {
            last_resort::warning(&format!("{who} has not been told: the mail server has put it off for three days"));
        }
        let (mut down, mut unsent): (Option<String>, bool) = (None, false);
        for Due { mail, to, first } in due {
            if let Some(cause) = &down {
                last_resort::critical(&mail, cause);
                continue;
            }
            let delivery = self.send(&mail, now, &to, true);
            if first && delivery.accepted.is_empty() {
                let cause = delivery.cause();
                last_resort::critical(&mail, &cause);
                unsent = true;
                // A server that refuses this mail may take another one.
                if delivery.refused.is_empty() {
                    down = Some(cause);
                }
            } else {
                book.change(|incidents| {
                    incidents.sent(&mail.id, &delivery.left());
                    incidents.drop_finished();
                });
            }
        }
        if unsent {
            book.change(|incidents| incidents.release(&me));
        }
    }

    fn send(&self, mail: &Mail, now: Timestamp, to: &[String], kept: bool) -> Delivery {
        let delivery = match &self.mailer {
            // Those who were left are no longer configured.
            _ if to.is_empty() => Delivery::default(),
            Ok(mailer) => deliver(Arc::clone(mailer), mail.clone(), now, to, self.total),
            Err(why) => Delivery::impossible(to, why),
        };
        if !delivery.accepted.is_empty() {
            note(&format!("mailed: {}", mail.subject));
        }
        if !delivery.accepted.is_empty() || to.len() < self.to.len() {
            let later = if kept { "; it is tried again at the next failure, success or watch" } else { "" };
            for (who, why) in &delivery.refused {
                last_resort::warning(&format!("the mail server refuses mail to {who}: {why}"));
            }
            for (who, why) in &delivery.waiting {
                last_resort::warning(&format!("mail to {who} is put off: {why}{later}"));
            }
        }
        delivery
    }
}

fn note(text: &str) {
    crate::progress::note(text);
}
