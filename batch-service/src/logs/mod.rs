//! What the program says while it works, on stderr: lines for people, or JSON that Cloud Logging understands.
//!
//! Nothing here may hold a visitor's id, a client's address or a secret: lines are made of what the program knows of
//! itself, of steps, counts, days, files and errors.

mod line;
mod steps;
mod trace;

#[cfg(test)]
mod tests;

pub use line::{Line, Request, Severity};
pub use steps::{ended as step_ended, latest as latest_steps, run_ended};
pub use trace::{Trace, within};

use serde::Deserialize;
use std::fmt::Display;
use std::sync::{Mutex, Once, PoisonError, RwLock};

/// How lines are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Format {
    /// For people.
    #[default]
    Text,
    /// One JSON object a line, in the form of Cloud Logging.
    Json,
}

impl Format {
    /// What is right where the program runs: Cloud Run collects JSON.
    #[must_use]
    pub fn of_platform(variable: impl Fn(&str) -> Option<String>) -> Self {
        let on_cloud_run = ["K_SERVICE", "CLOUD_RUN_JOB"].iter().any(|name| variable(name).is_some());
        if on_cloud_run { Self::Json } else { Self::Text }
    }
}

/// `[log]`
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct LogConfig {
    /// `text` or `json`; by default what is right where the program runs.
    pub format: Option<Format>,
}

/// What all lines share.
#[derive(Clone, Debug, Default)]
pub struct Settings {
    /// How lines are written.
    pub format: Format,
    /// Project of Google Cloud, for the names of traces.
    pub project: Option<String>,
    /// The command that runs, as a label.
    pub command: String,
}

static SETTINGS: RwLock<Settings> =
    RwLock::new(Settings { format: Format::Text, project: None, command: String::new() });

/// Where a thread has panicked last: the place, not the message, for that may be made of data.
static PANIC: Mutex<String> = Mutex::new(String::new());

/// Writes lines like this from now on. In JSON a panic is a line, too.
pub fn install(settings: Settings) {
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        let before = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |panic| {
            let place = panic.location().map_or_else(String::new, |l| format!(" at {}:{}", l.file(), l.line()));
            PANIC.lock().unwrap_or_else(PoisonError::into_inner).clone_from(&place);
            match format() {
                Format::Json => line(Severity::Critical, format_args!("panic{place}")).print(),
                Format::Text => before(panic),
            }
        }));
    });
    *SETTINGS.write().unwrap_or_else(PoisonError::into_inner) = settings;
}

/// ` at FILE:LINE` of the latest panic; nothing when there was none.
#[must_use]
pub fn latest_panic() -> String {
    PANIC.lock().unwrap_or_else(PoisonError::into_inner).clone()
}

/// How lines are written now.
#[must_use]
pub fn format() -> Format {
    SETTINGS.read().unwrap_or_else(PoisonError::into_inner).format
}

fn settings() -> Settings {
    SETTINGS.read().unwrap_or_else(PoisonError::into_inner).clone()
}

/// A line that is not written yet.
pub fn line(severity: Severity, message: impl Display) -> Line {
    Line::new(severity, message)
}
