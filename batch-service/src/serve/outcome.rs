//! How a job ended, for those who asked for it.

use crate::alerts::Kind;
use crate::jobs::run::{NO_MODEL, StepFailed};
use crate::jobs::{ExitKind, exit_kind};
use crate::stop::Stopped;
use anyhow::Result;
use jiff::civil::Date;
use serde_json::Value;

/// What the job gave.
#[derive(Clone, Debug)]
pub struct DayRun {
    /// Exit code of `inkling run`: 0, or 1 when nothing was scored.
    pub code: u8,
    /// What it prints with `--output json`.
    pub summary: Value,
}

/// How a job ended.
#[derive(Clone, Debug)]
pub enum Ended {
    /// It is done; the summary.
    Done(Value),
    /// The export is not there yet.
    NotReady(String),
    /// The process was told to stop.
    Stopped(String),
    /// It failed.
    Failed(Failed),
}

/// A job that failed.
#[derive(Clone, Debug)]
pub struct Failed {
    /// What went wrong.
    pub kind: Kind,
    /// Exit code of `inkling run`.
    pub code: u8,
    /// The step, if there was one.
    pub step: Option<&'static str>,
    /// The error with its causes.
    pub detail: String,
    /// The innermost cause.
    pub cause: String,
}

impl Failed {
    fn because(kind: Kind, code: u8, step: Option<&'static str>, cause: &str) -> Self {
        Self { kind, code, step, detail: cause.to_owned(), cause: cause.to_owned() }
    }
}

impl Ended {
    pub(super) fn of(result: Result<DayRun>) -> Self {
        match result {
            Ok(run) if run.code == 0 => Self::Done(run.summary),
            Ok(run) => Self::Failed(Failed::because(Kind::NoModel, run.code, Some("write_scores"), NO_MODEL)),
            Err(error) if error.is::<Stopped>() => Self::Stopped(format!("{error:#}")),
            Err(error) if exit_kind(&error) == ExitKind::NotReady => Self::NotReady(format!("{error:#}")),
            Err(error) => Self::Failed(Failed {
                kind: Kind::of(&error),
                code: exit_kind(&error) as u8,
                step: error.downcast_ref::<StepFailed>().map(|s| s.step),
                detail: format!("{error:#}"),
                cause: error.root_cause().to_string(),
            }),
        }
    }

    /// A job that broke off.
    pub(super) fn panicked() -> Self {
        Self::Failed(Failed::because(Kind::Failed, 101, None, "the job has panicked"))
    }

    /// A word for metrics.
    #[must_use]
    pub fn word(&self) -> &'static str {
        match self {
            Self::Done(summary) if summary["unchanged"] == true => "unchanged",
            Self::Done(_) => "done",
            Self::NotReady(_) => "not_ready",
            Self::Stopped(_) => "stopped",
            Self::Failed(_) => "failed",
        }
    }
}

/// What came of asking for a job.
#[derive(Clone, Debug)]
pub enum Answer {
    /// It was started, and has ended.
    Ran(Ended),
    /// It was running already, and has ended.
    Joined(Ended),
    /// It has succeeded a moment ago.
    JustDone(Ended),
    /// The job of another date is running.
    Busy(Date),
}
