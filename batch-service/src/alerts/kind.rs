//! Kinds of failure: each has a section in docs/RUNBOOK.md.

use crate::ga4::ReadFailure;
use crate::jobs::run::{ARRIVAL, StepFailed, UPLOAD};
use crate::jobs::{ExitKind, exit_kind};
use crate::monitor::finding::Group;
use serde::{Deserialize, Serialize};
use std::io::ErrorKind;

/// What went wrong, as far as it matters for what to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// Flags or configuration.
    Configuration,
    /// A file of the export cannot be read.
    BrokenExport,
    /// Too many rows of the export were rejected.
    RejectedRows,
    /// Something that is signed, hashed or versioned does not fit.
    Integrity,
    /// No model is in service.
    NoModel,
    /// Disk full, no permission.
    Storage,
    /// Scores were not sent to Google Analytics, or did not arrive.
    Upload,
    /// Anything else.
    Failed,
    /// No run has succeeded for too long.
    NoSuccess,
    /// A run is done, and the data of the day are not as usual.
    Data,
    /// A run is done, and its scores cannot be relied on.
    Scores,
    /// A run is done, and scores do not get where they should.
    Delivery,
}

impl Kind {
    /// All of them.
    pub const ALL: [Self; 12] = [
        Self::Configuration,
        Self::BrokenExport,
        Self::RejectedRows,
        Self::Integrity,
        Self::NoModel,
        Self::Storage,
        Self::Upload,
        Self::Failed,
        Self::NoSuccess,
        Self::Data,
        Self::Scores,
        Self::Delivery,
    ];

    /// Those that are found in the figures of a run that is done.
    pub const MONITORED: [Self; 3] = [Self::Data, Self::Scores, Self::Delivery];

    /// The kind of an error of the daily job.
    #[must_use]
    pub fn of(error: &anyhow::Error) -> Self {
        match error.downcast_ref::<ReadFailure>() {
            Some(ReadFailure::TooManyRejected { .. }) => return Self::RejectedRows,
            Some(_) => return Self::BrokenExport,
            None => {}
        }
        match exit_kind(error) {
            ExitKind::Usage => return Self::Configuration,
            ExitKind::Integrity => return Self::Integrity,
            ExitKind::CheckFailed | ExitKind::NotReady => {}
        }
        let step = error.downcast_ref::<StepFailed>().map(|failed| failed.step);
        if step.is_some_and(|step| [UPLOAD, ARRIVAL].contains(&step)) {
            return Self::Upload;
        }
        let mut causes = error.chain().filter_map(|c| c.downcast_ref::<std::io::Error>());
        let full = [
            ErrorKind::StorageFull,
            ErrorKind::QuotaExceeded,
            ErrorKind::ReadOnlyFilesystem,
            ErrorKind::PermissionDenied,
        ];
        if causes.any(|e| full.contains(&e.kind())) { Self::Storage } else { Self::Failed }
    }

    /// The kind of a group of findings.
    #[must_use]
    pub fn of_group(group: Group) -> Self {
        match group {
            Group::Data => Self::Data,
            Group::Model => Self::Scores,
            Group::Delivery => Self::Delivery,
        }
    }

    /// Its section in the runbook.
    #[must_use]
    pub fn anchor(self) -> &'static str {
        match self {
            Self::Configuration => "configuration",
            Self::BrokenExport => "broken-export",
            Self::RejectedRows => "rejected-rows",
            Self::Integrity => "integrity",
            Self::NoModel => "no-model",
            Self::Storage => "storage",
            Self::Upload => "upload",
            Self::Failed => "failed",
            Self::NoSuccess => "no-success",
            Self::Data => "data",
            Self::Scores => "scores",
            Self::Delivery => "delivery",
        }
    }

    /// A few words for a subject.
    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Self::Configuration => "the configuration is refused",
            Self::BrokenExport => "a file of the export cannot be read",
            Self::RejectedRows => "too many rows of the export were rejected",
            Self::Integrity => "models, profile and data do not fit together",
            Self::NoModel => "no model is in service",
            Self::Storage => "the disk is full or refuses to be written",
            Self::Upload => "scores do not reach Google Analytics",
            Self::Failed => "a step failed",
            Self::NoSuccess => "no run has succeeded lately",
            Self::Data => "the data of the day are not as usual",
            Self::Scores => "the scores may not be right",
            Self::Delivery => "scores do not get where they should",
        }
    }
}
