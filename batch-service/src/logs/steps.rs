//! The steps of a job as they end: a line each, and the latest times for `/metrics`.

use super::{Severity, line};
use crate::jobs::RunRecord;
use jiff::civil::Date;
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

static LATEST: Mutex<BTreeMap<&'static str, f64>> = Mutex::new(BTreeMap::new());

/// A step of a day has ended.
pub fn ended(day: Date, step: &'static str, seconds: f64, counts: &[(&str, u64)]) {
    LATEST.lock().unwrap_or_else(PoisonError::into_inner).insert(step, seconds);
    let counts: Map<String, Value> = counts.iter().map(|(name, count)| ((*name).to_owned(), (*count).into())).collect();
    line(Severity::Info, format_args!("{day}: {step} took {seconds:.3} s"))
        .with("date", day.to_string())
        .with("step", step)
        .with("seconds", seconds)
        .with("counts", counts)
        .detail()
        .print();
}

/// A run has ended, with its record.
pub fn run_ended(run: &RunRecord) {
    line(Severity::Info, format_args!("{}: run {} {} in {:.3} s", run.run_date, run.run_id, run.status, run.seconds))
        .with("date", run.run_date.as_str())
        .with("run_id", run.run_id.as_str())
        .with("status", run.status.as_str())
        .with("seconds", run.seconds)
        .with("events", run.events)
        .with("visitors", run.visitors)
        .with("scored", run.scored)
        .with("rejected", run.rejected())
        .detail()
        .print();
}

/// Seconds that each step took when it ran last.
#[must_use]
pub fn latest() -> BTreeMap<&'static str, f64> {
    LATEST.lock().unwrap_or_else(PoisonError::into_inner).clone()
}
