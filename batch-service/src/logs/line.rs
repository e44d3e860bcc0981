//! One line of the log.

use super::{Format, Settings, Trace, settings, trace};
use jiff::Timestamp;
use serde_json::{Map, Value, json};
use std::fmt::Display;
use std::io::Write;
use std::time::Duration;

/// Characters of a message; Cloud Logging cuts lines at 256 kB.
const MESSAGE: usize = 16_000;
/// Characters of a path or a user agent, which strangers write.
const FOREIGN: usize = 300;

/// How bad it is, in the words of Cloud Logging.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Severity {
    /// What is done.
    Info,
    /// Something to know of; nothing is wrong for now.
    Warning,
    /// Something failed.
    Error,
    /// Somebody must look, and nobody else may tell them.
    Critical,
}

impl Severity {
    fn word(self) -> &'static str {
        match self {
            Self::Info => "INFO",
            Self::Warning => "WARNING",
            Self::Error => "ERROR",
            Self::Critical => "CRITICAL",
        }
    }
}

/// What a line says of an HTTP request.
#[derive(Clone, Debug)]
pub struct Request {
    /// The method.
    pub method: String,
    /// The path. What stands behind the `?` is never told.
    pub path: String,
    /// Status of the answer.
    pub status: u16,
    /// Until the answer began.
    pub latency: Duration,
    /// The program of the caller, as it says.
    pub agent: Option<String>,
}

/// A line that is not written yet.
#[derive(Clone, Debug)]
#[must_use]
pub struct Line {
    severity: Severity,
    message: String,
    fields: Map<String, Value>,
    trace: Option<Trace>,
    people: bool,
    always_json: bool,
}

impl Line {
    pub(super) fn new(severity: Severity, message: impl Display) -> Self {
        let message = message.to_string();
        Self { severity, message, fields: Map::new(), trace: trace::current(), people: true, always_json: false }
    }

    /// With a field. Names that Cloud Logging knows are for this module.
    pub fn with(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.fields.insert(name.to_owned(), value.into());
        self
    }

    /// About a request.
    pub fn request(mut self, request: &Request, trace: Option<Trace>) -> Self {
        let path = request.path.split('?').next().unwrap_or_default();
        let mut told = json!({
            "requestMethod": cut(&request.method, FOREIGN),
            "requestUrl": cut(path, FOREIGN),
            "status": request.status,
            "latency": format!("{:.3}s", request.latency.as_secs_f64()),
        });
        if let Some(agent) = &request.agent {
            told["userAgent"] = cut(agent, FOREIGN).into();
        }
        self.trace = trace.or(self.trace);
        self.with("httpRequest", told)
    }

    /// For machines: people who look at a terminal do not see it.
    pub fn detail(mut self) -> Self {
        self.people = false;
        self
    }

    /// JSON also in text: other programs look for this line.
    pub fn always_json(mut self) -> Self {
        self.always_json = true;
        self
    }

    /// Writes it. A stderr that is gone is no reason to stop.
    pub fn print(self) {
        let settings = settings();
        let text = if settings.format == Format::Json || self.always_json {
            self.json(&settings, Timestamp::now()).to_string()
        } else if self.people {
            self.message
        } else {
            return;
        };
        let _ = writeln!(std::io::stderr().lock(), "{text}");
    }

    /// As Cloud Logging reads it.
    pub(super) fn json(&self, settings: &Settings, now: Timestamp) -> Value {
        let mut line = self.fields.clone();
        line.insert("severity".into(), self.severity.word().into());
        line.insert("message".into(), cut(&self.message, MESSAGE).into());
        line.insert("time".into(), now.strftime("%Y-%m-%dT%H:%M:%S%.6fZ").to_string().into());
        if !settings.command.is_empty() {
            line.insert("logging.googleapis.com/labels".into(), json!({"command": settings.command}));
        }
        if let (Some(trace), Some(project)) = (&self.trace, &settings.project) {
            line.insert(
                "logging.googleapis.com/trace".into(),
                format!("projects/{project}/traces/{}", trace.id).into(),
            );
            line.insert("logging.googleapis.com/trace_sampled".into(), trace.sampled.into());
            if let Some(span) = &trace.span {
                line.insert("logging.googleapis.com/spanId".into(), span.as_str().into());
            }
        }
        line.into()
    }
}

fn cut(text: &str, limit: usize) -> &str {
    text.char_indices().nth(limit).map_or(text, |(end, _)| &text[..end])
}
