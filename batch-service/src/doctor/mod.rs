//! `inkling doctor`: tries everything that the daily job needs, a line each, and says what to do about what fails. It
//! writes nothing but small probes, which it removes where it can.

mod data;
mod mail;
mod models;
mod places;
mod trigger;
mod upload;

use crate::config::Config;
use anyhow::Result;
use jiff::Timestamp;
use serde::Serialize;
use std::fmt;

/// How a check ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Outcome {
    /// It works.
    Ok,
    /// It is not set up; that may be meant so.
    Unset,
    /// It does not work.
    Failed,
}

/// One line.
#[derive(Clone, Debug, Serialize)]
pub struct Check {
    /// What was looked at.
    pub what: &'static str,
    /// How it ended.
    pub outcome: Outcome,
    /// What was found.
    pub found: String,
    /// What to do about it.
    pub fix: Option<String>,
}

impl Check {
    fn of(what: &'static str, tried: Result<String>, fix: impl Into<String>) -> Self {
        match tried {
            Ok(found) => Self { what, outcome: Outcome::Ok, found, fix: None },
            Err(error) => Self { what, outcome: Outcome::Failed, found: format!("{error:#}"), fix: Some(fix.into()) },
        }
    }

    fn unset(what: &'static str, found: impl Into<String>, fix: impl Into<String>) -> Self {
        Self { what, outcome: Outcome::Unset, found: found.into(), fix: Some(fix.into()) }
    }
}

/// What the doctor found.
#[derive(Clone, Debug, Serialize)]
pub struct Findings {
    /// In the order in which the daily job needs them.
    pub checks: Vec<Check>,
}

impl Findings {
    /// Whether nothing failed.
    #[must_use]
    pub fn well(&self) -> bool {
        self.checks.iter().all(|check| check.outcome != Outcome::Failed)
    }
}

impl fmt::Display for Findings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for check in &self.checks {
            let word = match check.outcome {
                Outcome::Ok => "ok",
                Outcome::Unset => "unset",
                Outcome::Failed => "FAILED",
            };
            writeln!(f, "{word:<7} {:<18} {}", check.what, check.found)?;
            if let Some(fix) = &check.fix {
                writeln!(f, "{:<26} -> {fix}", "")?;
            }
        }
        let count = |outcome| self.checks.iter().filter(|check| check.outcome == outcome).count();
        write!(f, "{} ok, {} unset, {} failed", count(Outcome::Ok), count(Outcome::Unset), count(Outcome::Failed))
    }
}

/// Looks at everything that is configured. `password` is that of the mail server.
#[must_use]
pub fn examine(config: &Config, password: Option<String>, now: Timestamp) -> Findings {
    let mut checks = Vec::new();
    checks.extend(data::export(config, now));
    let (places, place) = places::examine(config);
    checks.extend(places);
    if let Some(place) = place {
        checks.extend(models::examine(&place, config, now));
    }
    checks.push(mail::examine(&config.alerts, password));
    checks.push(trigger::examine(&config.serve));
    checks.push(upload::examine(&config.ga4));
    Findings { checks }
}
