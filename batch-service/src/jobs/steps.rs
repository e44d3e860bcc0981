//! The steps of a day's work: named, timed, and told when one fails.

use super::ledger::StepTime;
use crate::failpoint;
use crate::fold::VISITOR_STATE;
use crate::logs;
use crate::scores;
use crate::stop;
use crate::warehouse::{Unpublished, events_clean};
use anyhow::Result;
use jiff::civil::Date;
use std::time::Instant;

/// The step that follows when everything is published.
pub(super) const RECORD: &str = "record";

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
    /// The step that is being done failed with `error`.
    pub(super) fn of(clock: &Clock, scored: bool, error: &anyhow::Error) -> Self {
        let (day, step) = (clock.day, clock.doing);
        let is_new = |table: &str| match error.downcast_ref::<Unpublished>() {
            Some(stopped) => stopped.written.iter().any(|written| written == table),
            None => step == RECORD,
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
    doing: &'static str,
}

impl Clock {
    pub(super) fn new(day: Date) -> Self {
        let now = Instant::now();
        Self { day, start: now, lap: now, steps: Vec::new(), doing: "" }
    }

    /// The border before a step.
    ///
    /// # Errors
    /// When the process was told to stop.
    pub(super) fn begin(&mut self, step: &'static str) -> Result<()> {
        stop::check()?;
        self.go_on(step);
        Ok(())
    }

    /// The same for a step that must follow the last one.
    pub(super) fn go_on(&mut self, step: &'static str) {
        self.doing = step;
        failpoint::at(format_args!("{step}.before"));
    }

    /// The step is done, with what it counted.
    pub(super) fn lap(&mut self, counts: &[(&str, u64)]) {
        let (now, step) = (Instant::now(), self.doing);
        let seconds = (now - self.lap).as_secs_f64();
        self.steps.push(StepTime { step: step.into(), seconds });
        logs::step_ended(self.day, step, seconds, counts);
        self.lap = now;
        failpoint::at(format_args!("{step}.after"));
    }

    /// Seconds since the start.
    pub(super) fn total(&self) -> f64 {
        self.start.elapsed().as_secs_f64()
    }
}
