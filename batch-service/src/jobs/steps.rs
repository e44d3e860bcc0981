//! The steps of a day's work: named, timed, and told when one fails.

use super::ledger::StepTime;
use crate::fold::VISITOR_STATE;
use crate::logs;
use crate::scores;
use crate::warehouse::{Unpublished, events_clean};
use jiff::civil::Date;
use std::time::Instant;

/// In order.
const STEPS: [&str; 7] =
    ["fingerprint", "read", "write_events_clean", "fold_and_score", "write_visitor_state", "write_scores", "publish"];

/// The tables that a day's work replaces.
pub const DAY_TABLES: [&str; 3] = [events_clean::TABLE, VISITOR_STATE, scores::TABLE];

/// Which step of a day failed, and what had been written by then; found by `error.downcast_ref::<StepFailed>()`.
#[derive(Clone, Debug)]
pub struct StepFailed {
    /// The day.
    pub day: Date,
    /// The step.
    pub step: &'static str,
    /// Tables whose partition of the day is new.
    pub written: Vec<String>,
    /// Tables whose partition of the day is as it was.
    pub untouched: Vec<String>,
}

impl StepFailed {
    /// The step after those that are done failed with `error`. Tables are replaced in the last one.
    pub(super) fn after(clock: &Clock, scored: bool, error: &anyhow::Error) -> Self {
        let day = clock.day;
        let step = match clock.steps.last() {
            Some(last) if last.step == "publish" => "record",
            _ if clock.doing.is_some() => clock.doing.unwrap_or_default(),
            None => STEPS[0],
            // A step that a run without models leaves out may come between.
            Some(last) if last.step == "write_visitor_state" && !scored => "publish",
            Some(last) => {
                let at = STEPS.iter().position(|step| *step == last.step);
                at.and_then(|at| STEPS.get(at + 1)).copied().unwrap_or("record")
            }
        };
        let is_new = |table: &str| match error.downcast_ref::<Unpublished>() {
            Some(stopped) => stopped.written.iter().any(|written| written == table),
            None => step == "record",
        };
        let tables = DAY_TABLES.into_iter().filter(|t| scored || *t != scores::TABLE).map(str::to_owned);
        let (written, untouched) = tables.partition(|table| is_new(table));
        Self { day, step, written, untouched }
    }
}

impl std::fmt::Display for StepFailed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: step {}", self.day, self.step)
    }
}

/// Names and times steps.
pub(super) struct Clock {
    day: Date,
    start: Instant,
    lap: Instant,
    /// The steps that are done.
    pub(super) steps: Vec<StepTime>,
    /// The step that is being done, where it is not the one that usually comes next.
    pub(super) doing: Option<&'static str>,
}

impl Clock {
    pub(super) fn new(day: Date) -> Self {
        let now = Instant::now();
        Self { day, start: now, lap: now, steps: Vec::new(), doing: None }
    }

    /// A step is done, with what it counted.
    pub(super) fn lap(&mut self, step: &'static str, counts: &[(&str, u64)]) {
        let now = Instant::now();
        let seconds = (now - self.lap).as_secs_f64();
        self.steps.push(StepTime { step: step.into(), seconds });
        logs::step_ended(self.day, step, seconds, counts);
        self.lap = now;
    }

    /// Seconds since the start.
    pub(super) fn total(&self) -> f64 {
        self.start.elapsed().as_secs_f64()
    }
}
