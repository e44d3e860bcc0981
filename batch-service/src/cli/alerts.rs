//! Telling the admins: around `run`, and the command `watch`.

use super::again::{again, command_line};
use super::commands::Watch;
use super::{Context, usage};
use anyhow::Result;
use batch_service::alerts::{Alerts, Failure, Kind, Overdue, PASSWORD, Recovery};
use batch_service::jobs::run::{DAY_TABLES, StepFailed};
use batch_service::jobs::watch::{self as watch_job, days_without_success};
use batch_service::jobs::{ExitKind, exit_kind};
use batch_service::store::ObjectStore;
use jiff::Timestamp;
use jiff::civil::Date;
use std::cell::Cell;
use std::path::Path;

/// How the daily job ended.
pub struct Done {
    /// The exit code.
    pub code: u8,
    /// Other processes are still at work on the day.
    pub part: bool,
}

/// Runs the daily job, and tells the admins when it fails and when it succeeds again. Gives what the job gave. The job puts
/// its day into `date` as soon as it knows it.
pub fn told(context: &Context, date: &Cell<Date>, work: impl FnOnce() -> Result<Done>) -> Result<u8> {
    let result = work();
    let date = date.get();
    // A part of a day is no news.
    let result = match result {
        Ok(done) if done.part => return Ok(done.code),
        result => result.map(|done| done.code),
    };
    if context.config.alerts.smtp.is_none() {
        return result;
    }
    let failure = match &result {
        Ok(0) => None,
        Ok(code) => Some(no_model(context, date, *code)),
        Err(error) if exit_kind(error) == ExitKind::NotReady => return result,
        Err(error) => Some(failed(date, error)),
    };
    let store = context.store();
    let alerts = alerts(context, store.as_deref());
    match failure {
        Some(failure) => alerts.failed(&failure, Timestamp::now()),
        None => {
            let missing = |from: Date, to: Date| missing(context, from, to);
            let recovery = Recovery { date, missing: &missing, again: &again };
            alerts.succeeded(&recovery, Timestamp::now());
        }
    }
    result
}

/// `inkling watch`.
pub fn watch(context: &Context, args: &Watch) -> Result<u8> {
    let store = context.store();
    let alerts = alerts(context, store.as_deref());
    if args.test {
        if context.config.alerts.smtp.is_none() {
            return Err(usage("there is no mail server to test: set `smtp`, `from` and `to` in [alerts]"));
        }
        let accepted = alerts.test(Timestamp::now());
        let text =
            if accepted { "the mail server took the test mail" } else { "the test mail was not accepted by all" };
        context.print(&serde_json::json!({"accepted": accepted}), text)?;
        return Ok(u8::from(!accepted));
    }
    let place = context.place()?;
    let now = Timestamp::now();
    let watched = watch_job::watch(&*place.warehouse, args.hours, now)?;
    context.print(&watched, &watched)?;
    if context.config.alerts.smtp.is_some() {
        if watched.in_time {
            alerts.in_time(&watched.to_string(), now);
        } else {
            let next = vec!["inkling run --date YYYY-MM-DD".to_owned(), command_line(std::env::args().skip(1))];
            let last = watched.last_success.zip(watched.last_day.clone());
            alerts.overdue(&Overdue { hours: args.hours, last, next }, now);
        }
    }
    Ok(u8::from(!watched.in_time))
}

fn alerts<'a>(context: &Context, store: Option<&'a dyn ObjectStore>) -> Alerts<'a> {
    Alerts::new(&context.config.alerts, std::env::var(PASSWORD).ok(), store)
}

fn failed(date: Date, error: &anyhow::Error) -> Failure {
    let step = error.downcast_ref::<StepFailed>();
    Failure {
        kind: Kind::of(error),
        date,
        code: exit_kind(error) as u8,
        step: step.map(|s| s.step.to_owned()),
        causes: error.chain().map(ToString::to_string).collect(),
        written: step.map(|s| s.written.clone()).unwrap_or_default(),
        untouched: step.map_or_else(|| DAY_TABLES.map(str::to_owned).to_vec(), |s| s.untouched.clone()),
        next: vec![again(date)],
    }
}

fn no_model(context: &Context, date: Date, code: u8) -> Failure {
    let warehouse =
        context.config.warehouse.as_deref().unwrap_or(Path::new("warehouse")).to_string_lossy().into_owned();
    let train = command_line(["train".to_owned(), "--warehouse".to_owned(), warehouse].into_iter());
    Failure {
        kind: Kind::NoModel,
        date,
        code,
        step: Some("write_scores".into()),
        causes: vec!["no model is in service, so nothing was scored".into()],
        written: vec!["events_clean".into(), "visitor_state".into()],
        untouched: vec!["scores".into()],
        next: vec![train, again(date)],
    }
}

fn missing(context: &Context, from: Date, to: Date) -> Vec<Date> {
    let days = context.place().and_then(|place| days_without_success(&*place.warehouse, from, to));
    days.unwrap_or_default()
}
