//! One file per job.

pub mod agreement;
pub mod backfill;
pub mod compare;
pub mod daily;
pub mod demo;
pub mod import;
pub mod lease;
mod ledger;
pub mod models;
pub mod parts;
pub mod promote;
pub mod recalibrate;
pub mod replay;
pub mod retrain;
pub mod run;
pub mod shadow;
mod steps;
mod text;
pub mod train;
pub mod train_set;
pub mod visits;
pub mod watch;

pub use ledger::{DroppedRows, RunRecord, StepTime, between as runs_between, read_runs};

use crate::ga4::ReadFailure;

/// A failure that a caller tells apart by exit code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ExitKind {
    /// Done, but a check failed.
    CheckFailed = 1,
    /// Usage or configuration.
    Usage = 2,
    /// Upstream is not ready; try later.
    NotReady = 3,
    /// Signature, hash, parity or schema.
    Integrity = 4,
}

/// An error with an exit code.
#[derive(Debug)]
pub struct Exit {
    /// The code.
    pub kind: ExitKind,
    /// What happened and what to do.
    pub text: String,
}

impl std::fmt::Display for Exit {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.text)
    }
}

impl std::error::Error for Exit {}

/// An error with an exit code.
pub fn exit(kind: ExitKind, text: impl Into<String>) -> anyhow::Error {
    Exit { kind, text: text.into() }.into()
}

/// The exit code of an error.
#[must_use]
pub fn exit_kind(error: &anyhow::Error) -> ExitKind {
    match error.downcast_ref::<Exit>() {
        Some(exit) => exit.kind,
        None if error.downcast_ref::<ReadFailure>().is_some() => ExitKind::Integrity,
        None => ExitKind::CheckFailed,
    }
}
