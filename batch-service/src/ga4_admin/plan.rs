//! What is to be done, a step for each thing that is wanted.

use crate::jobs::{ExitKind, exit};
use anyhow::Result;
use serde::Serialize;
use std::fmt;

/// What a step is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// A user-scoped custom dimension.
    CustomDimension,
    /// An audience.
    Audience,
}

/// What a step does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    /// Nothing: it is there.
    Keep,
    /// It is not there.
    Create,
    /// It is there, and is to be changed.
    Change,
    /// Something else is in its way.
    Conflict,
}

/// A step.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Step {
    /// What it is about.
    pub kind: Kind,
    /// Parameter name of a custom dimension, display name of an audience.
    pub name: String,
    /// What is done.
    pub action: Action,
    /// More about it; of a conflict, what to do.
    pub note: String,
    /// Google's name of what is there already.
    #[serde(skip)]
    pub resource: String,
}

/// The plan, and whether it was carried out.
#[derive(Clone, Debug, Serialize)]
pub struct Setup {
    /// Number of the property.
    pub property: String,
    /// Whether the steps were carried out.
    pub applied: bool,
    /// In the order in which they are carried out.
    pub steps: Vec<Step>,
}

impl Setup {
    /// The steps of a kind.
    pub(super) fn of(&self, kind: Kind) -> impl Iterator<Item = &Step> {
        self.steps.iter().filter(move |step| step.kind == kind)
    }

    /// How many steps would write.
    #[must_use]
    pub fn open(&self) -> usize {
        self.steps.iter().filter(|step| matches!(step.action, Action::Create | Action::Change)).count()
    }

    /// For whoever is about to rely on the plan.
    ///
    /// # Errors
    /// Exit code 2 when something is in the way, with what to do about each.
    pub fn refuse_conflicts(&self) -> Result<()> {
        let conflicts: Vec<String> = self
            .steps
            .iter()
            .filter(|step| step.action == Action::Conflict)
            .map(|step| format!("{}: {}", step.name, step.note))
            .collect();
        if conflicts.is_empty() {
            return Ok(());
        }
        let text = format!("property {}: nothing was written: {}", self.property, conflicts.join("; "));
        Err(exit(ExitKind::Usage, text))
    }
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = match self.kind {
            Kind::CustomDimension => "custom dimension",
            Kind::Audience => "audience",
        };
        let action = match self.action {
            Action::Keep => "keep",
            Action::Create => "create",
            Action::Change => "change",
            Action::Conflict => "CONFLICT",
        };
        write!(f, "{action:<8} {kind} {}", self.name)?;
        if self.note.is_empty() { Ok(()) } else { write!(f, ": {}", self.note) }
    }
}

impl fmt::Display for Setup {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "property {}", self.property)?;
        self.steps.iter().try_for_each(|step| writeln!(f, "  {step}"))?;
        match (self.open(), self.applied) {
            (0, _) => write!(f, "nothing to do"),
            (n, true) => write!(f, "done: {n} of {} written", self.steps.len()),
            (n, false) => write!(f, "{n} of {} to be written; nothing was, `--apply` does it", self.steps.len()),
        }
    }
}
