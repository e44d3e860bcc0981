//! What mails say. Texts only: no clock, no store.

use super::config::AlertsConfig;
use super::incident::{Incident, Red};
use super::kind::Kind;
use super::mail::{LINE, Mail, clean};
use jiff::Timestamp;
use jiff::civil::Date;
use std::fmt::Write;

/// Causes of an error that are told.
const CAUSES: usize = 12;

/// A run that failed.
#[derive(Clone, Debug)]
pub struct Failure {
    /// What went wrong.
    pub kind: Kind,
    /// The day that was worked on.
    pub date: Date,
    /// Exit code of the run.
    pub code: u8,
    /// The step that failed; `None` before the first one.
    pub step: Option<String>,
    /// The error, then its causes.
    pub causes: Vec<String>,
    /// The day of the tables below: that of the run, or an earlier one that the run has looked at again.
    pub tables_of: Date,
    /// Tables of the day that this run has replaced.
    pub written: Vec<String>,
    /// Tables of the day that are as they were before.
    pub untouched: Vec<String>,
    /// Tables of the day that this run may have replaced.
    pub perhaps: Vec<String>,
    /// What to type once the cause is gone.
    pub next: Vec<String>,
}

impl Failure {
    /// The innermost cause.
    #[must_use]
    pub fn cause(&self) -> String {
        self.causes.last().cloned().unwrap_or_default()
    }
}

/// No run has succeeded for too long.
#[derive(Clone, Debug)]
pub struct Overdue {
    /// The accepted time in hours.
    pub hours: u32,
    /// When a run succeeded last and for which day, if ever.
    pub last: Option<(Timestamp, String)>,
    /// What to type.
    pub next: Vec<String>,
}

impl Overdue {
    /// One line.
    #[must_use]
    pub fn headline(&self) -> String {
        match &self.last {
            Some((at, day)) => format!(
                "no run has succeeded for {} hours; the last one, of {day}, ended at {}",
                self.hours,
                at.strftime("%Y-%m-%d %H:%M UTC")
            ),
            None => "no run has ever succeeded here".to_owned(),
        }
    }
}

/// Figures of a run that is done, as far as they are not what they should be.
#[derive(Clone, Debug)]
pub struct Figures {
    /// The day.
    pub date: Date,
    /// Checks that are red, the most telling first.
    pub red: Vec<Red>,
    /// What to type.
    pub next: Vec<String>,
}

/// A run that succeeded.
pub struct Recovery<'a> {
    /// The day that was worked on.
    pub date: Date,
    /// Days from the first to the second one that still have no run that succeeded.
    pub missing: &'a dyn Fn(Date, Date) -> Vec<Date>,
    /// Today's run again, for another day.
    pub again: &'a dyn Fn(Date) -> String,
}

/// The texts, with the configured words in them.
pub struct Texts {
    prefix: String,
    runbook: String,
}

impl Texts {
    /// With the words of the configuration.
    #[must_use]
    pub fn new(config: &AlertsConfig) -> Self {
        Self { prefix: clean(&config.prefix, 40), runbook: clean(&config.runbook, 200) }
    }

    /// A run failed.
    #[must_use]
    pub fn failure(&self, failure: &Failure, incident: &Incident) -> Mail {
        let subject = format!("{}: run of {} failed: {}", self.prefix, failure.date, failure.kind.title());
        let mut body = format!("The daily run of {} failed: {}.\n\n", failure.date, failure.kind.title());
        let step = failure.step.as_deref().unwrap_or("before the first step");
        let _ = writeln!(body, "Step:         {step}");
        let _ = writeln!(body, "Exit code:    {}", failure.code);
        for (i, cause) in failure.causes.iter().take(CAUSES).enumerate() {
            let label = if i == 0 { "Cause:        " } else { "  because     " };
            let _ = writeln!(body, "{label}{}", clean(cause, LINE - label.len()));
        }
        let list = |tables: &[String]| if tables.is_empty() { "nothing".to_owned() } else { tables.join(", ") };
        let label = |word: &str| match failure.tables_of == failure.date {
            true => format!("{:<13} ", format!("{word}:")),
            false => format!("{word} ({}): ", failure.tables_of),
        };
        body.push('\n');
        if failure.perhaps.is_empty() {
            let _ = writeln!(body, "{}{}", label("Written"), list(&failure.written));
        } else {
            let _ = writeln!(body, "{}{} (the next run settles it)", label("Perhaps written"), list(&failure.perhaps));
        }
        if failure.perhaps.is_empty() || !failure.untouched.is_empty() {
            let _ = writeln!(body, "{}{} (as before this run)", label("Not written"), list(&failure.untouched));
        }
        self.what_to_do(&mut body, failure.kind, &failure.next);
        body += "\nThere is no further mail about this until a run succeeds; then there is one more.\n";
        Mail::new(&format!("{}.opened", incident.id), &subject, &body)
    }

    /// An incident is over.
    #[must_use]
    pub fn recovery(&self, recovery: &Recovery<'_>, incident: &Incident) -> Mail {
        let subject = format!("{}: runs succeed again ({})", self.prefix, recovery.date);
        let mut body = format!("The daily run of {} succeeded.\n\n", recovery.date);
        self.what_was(&mut body, incident);
        let days = if incident.from == incident.to {
            incident.from.to_string()
        } else {
            format!("{} to {}", incident.from, incident.to)
        };
        let _ = writeln!(body, "Days:         {days}");
        let missing = (recovery.missing)(incident.from, incident.to);
        if !missing.is_empty() {
            body += "\nThese days still have no run that succeeded:\n";
            for day in missing {
                let _ = writeln!(body, "    {}", (recovery.again)(day));
            }
        }
        answer(incident, &subject, &body)
    }

    /// Nothing has succeeded for too long.
    #[must_use]
    pub fn overdue(&self, overdue: &Overdue, incident: &Incident) -> Mail {
        let subject = format!("{}: {}", self.prefix, Kind::NoSuccess.title());
        let mut body = format!("Watch: {}.\n", overdue.headline());
        body += "Either the job was not started, or it failed and could not say so.\n";
        self.what_to_do(&mut body, Kind::NoSuccess, &overdue.next);
        body += "\nThere is no further mail about this until a run succeeds; then there is one more.\n";
        Mail::new(&format!("{}.opened", incident.id), &subject, &body)
    }

    /// A run is done, and its figures are not what they should be.
    #[must_use]
    pub fn figures(&self, figures: &Figures, incident: &Incident) -> Mail {
        let subject = format!("{}: {}: {}", self.prefix, figures.date, incident.kind.title());
        let mut body = format!("The daily run of {} is done, but {}.\n\n", figures.date, incident.kind.title());
        for Red { rule, cause, .. } in figures.red.iter().filter(|red| incident.rules.contains(&red.rule)).take(CAUSES)
        {
            let label = format!("{:<13} ", format!("{rule}:"));
            let _ = writeln!(body, "{label}{}", clean(cause, LINE - label.len()));
        }
        body += "\nThe scores were written all the same. The dashboard shows the figures.\n";
        self.what_to_do(&mut body, incident.kind, &figures.next);
        body += "\nThere is no further mail about this until it is over; then there is one more.\n";
        Mail::new(&format!("{}.opened", incident.id), &subject, &body)
    }

    /// Nothing that was told of the figures is red any more.
    #[must_use]
    pub fn figures_recovered(&self, date: Date, incident: &Incident) -> Mail {
        let subject = format!("{}: {date}: as usual again", self.prefix);
        let mut body = format!("What was told then is red no more in the figures of the daily run of {date}.\n\n");
        self.what_was(&mut body, incident);
        answer(incident, &subject, &body)
    }

    /// A run has succeeded lately, after a time without.
    #[must_use]
    pub fn in_time(&self, last: &str, incident: &Incident) -> Mail {
        let subject = format!("{}: runs succeed again", self.prefix);
        let mut body = format!("Watch: {last}.\n\n");
        self.what_was(&mut body, incident);
        answer(incident, &subject, &body)
    }

    /// The weekly test.
    #[must_use]
    pub fn test(&self, now: Timestamp) -> Mail {
        let body = format!(
            "This is the test of the alerts, sent at {}. Nothing is wrong.\n\n\
             If it fails to come, alerts do not come either: {}#mail\n",
            now.strftime("%Y-%m-%d %H:%M UTC"),
            self.runbook
        );
        Mail::new(&format!("test-{}", now.as_second()), &format!("{}: test of the alerts", self.prefix), &body)
    }

    /// The weekly look at the models has made a challenger, could not, or has failed.
    #[must_use]
    pub fn look(&self, headline: &str, report: &str, now: Timestamp) -> Mail {
        let body = format!(
            "{report}\n\nNothing has changed: the model that was in service still is.\nWhat to do:   {}#a-model-is-proposed\n",
            self.runbook
        );
        Mail::new(&format!("look-{}", now.as_second()), &format!("{}: {headline}", self.prefix), &body)
    }

    fn what_was(&self, body: &mut String, incident: &Incident) {
        let _ = writeln!(body, "It was:       {}", incident.kind.title());
        let _ = writeln!(body, "Cause:        {}", incident.cause);
        let times = if incident.failures == 1 { "once".to_owned() } else { format!("{} times", incident.failures) };
        let _ = writeln!(body, "From:         {} to {}, seen {times}", incident.opened_at, incident.last_failed_at);
        if !incident.notified {
            *body += "The mail about the failure could not be sent at the time.\n";
        }
    }

    fn what_to_do(&self, body: &mut String, kind: Kind, next: &[String]) {
        let _ = writeln!(body, "\nWhat to do:   {}#{}", self.runbook, kind.anchor());
        *body += "Then type:\n";
        for command in next {
            let _ = writeln!(body, "    {command}");
        }
    }
}

fn answer(incident: &Incident, subject: &str, body: &str) -> Mail {
    let mail = Mail::new(&format!("{}.recovered", incident.id), subject, body);
    Mail { reply_to: incident.notified.then(|| format!("{}.opened", incident.id)), ..mail }
}
