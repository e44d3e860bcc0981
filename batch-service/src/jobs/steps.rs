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

/// The step that puts the day's tables in place.
pub(super) const PUBLISH: &str = "publish";
/// The step that follows when everything is published.
pub(super) const RECORD: &str = "record";

/// The step that sends scores to Google Analytics, after everything else.
pub const UPLOAD: &str = "upload";
/// The step that looks whether they have arrived.
pub const ARRIVAL: &str = "arrival";

/// The step that looks at what the others gave.
pub const MONITOR: &str = "monitor";

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
    /// Tables of which nobody knows: what published them has not answered.
    pub perhaps: Vec<String>,
}

impl StepFailed {
    /// The step that is being done failed with `error`.
    pub(super) fn of(clock: &Clock, scored: bool, error: &anyhow::Error) -> Self {
        let (day, step) = (clock.day, clock.doing);
        let tables = DAY_TABLES.into_iter().filter(|t| scored || *t != scores::TABLE).map(str::to_owned);
        let mut failed = Self { day, step, written: Vec::new(), untouched: Vec::new(), perhaps: Vec::new() };
        for table in tables {
            let place = match (error.downcast_ref::<Unpublished>(), step) {
                (Some(stopped), _) if stopped.written.contains(&table) => &mut failed.written,
                (None, RECORD) => &mut failed.written,
                (None, PUBLISH) => &mut failed.perhaps,
                _ => &mut failed.untouched,
            };
            place.push(table);
        }
        failed
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

    /// The step that is being done.
    pub(super) fn doing(&self) -> &'static str {
        self.doing
    }

    /// Seconds since the start.
    pub(super) fn total(&self) -> f64 {
        self.start.elapsed().as_secs_f64()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    #[test]
    fn what_is_written_is_told_apart_from_what_may_be() {
        let tables = |step: &'static str, error: anyhow::Error| {
            let mut clock = Clock::new(date(2026, 11, 20));
            clock.go_on(step);
            let failed = StepFailed::of(&clock, false, &error);
            [failed.written, failed.untouched, failed.perhaps].map(|tables| tables.join(" "))
        };
        let both = "events_clean visitor_state";
        let error = || anyhow::anyhow!("503");
        assert_eq!(tables("read", error()), ["", both, ""]);
        assert_eq!(tables(PUBLISH, error()), ["", "", both]);
        assert_eq!(tables(RECORD, error()), [both, "", ""]);
        let stopped = error().context(Unpublished { written: vec!["events_clean".into()] });
        assert_eq!(tables(PUBLISH, stopped), ["events_clean", "visitor_state", ""]);
        assert_eq!(tables(PUBLISH, error().context(Unpublished { written: Vec::new() })), ["", both, ""]);
    }
}
