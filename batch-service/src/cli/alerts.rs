//! Telling the admins: around `run`, and the command `watch`.

use super::commands::Watch;
use super::{Context, usage};
use anyhow::{Result, anyhow};
use batch_service::alerts::board::{Board, board as board_of};
use batch_service::alerts::{Alerts, Failure, Figures, Kind, Overdue, PASSWORD, Recovery, Red};
use batch_service::jobs::retrain::Proposal;
use batch_service::jobs::run::{DAY_TABLES, NO_MODEL, StepFailed};
use batch_service::jobs::watch::{self as watch_job, days_without_success};
use batch_service::jobs::{ExitKind, exit_kind};
use batch_service::logs::{self, Severity};
use batch_service::monitor::Monitored;
use batch_service::monitor::finding::Group;
use batch_service::serve::{now, yesterday};
use batch_service::store::ObjectStore;
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use std::cell::{Cell, RefCell};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc;
use std::time::Duration;

/// For reading the figures of a mail.
const BOARD: Duration = Duration::from_secs(20);

/// How the daily job ended.
pub struct Done {
    /// The exit code.
    pub code: u8,
    /// Other processes are still at work on the day.
    pub part: bool,
}

/// Runs the daily job, and tells the admins when it fails and when it succeeds again. Gives what the job gave; a panic is
/// an error. The job puts its day into `date` as soon as it knows it, and into `monitored` what the monitor found: figures are
/// told also when something after them fails.
pub fn told(
    context: &Context,
    date: &Cell<Date>,
    monitored: &RefCell<Option<Monitored>>,
    work: impl FnOnce() -> Result<Done>,
) -> Result<u8> {
    let worked = catch_unwind(AssertUnwindSafe(work));
    let panicked = worked.is_err();
    let result = worked.unwrap_or_else(|_| Err(anyhow!("the job has panicked{}", logs::latest_panic())));
    let date = date.get();
    // A part of a day is no news.
    let result = match result {
        Ok(done) if done.part => return Ok(done.code),
        result => result.map(|done| done.code),
    };
    let monitored = monitored.take();
    for (rule, cause) in monitored.iter().flat_map(Monitored::red) {
        logs::line(Severity::Warning, format_args!("{rule}: {cause}")).with("date", date.to_string()).print();
    }
    if context.config.alerts.smtp.is_none() {
        return result;
    }
    let failure = match &result {
        Ok(0) => None,
        Ok(code) => Some(no_model(context, date, *code)),
        Err(error) if exit_kind(error) == ExitKind::NotReady => return result,
        Err(error) if panicked => {
            // Where, nobody knows.
            let failure = failed(context, date, error);
            Some(Failure { untouched: Vec::new(), perhaps: failure.untouched, ..failure })
        }
        Err(error) => Some(failed(context, date, error)),
    };
    let store = context.store();
    let mails = failure.is_some() || monitored.as_ref().is_some_and(|monitored| !monitored.red().is_empty());
    let alerts = alerts(context, store.as_deref()).with_board(if mails { board(context) } else { None });
    match failure {
        Some(failure) => alerts.failed(&failure, Timestamp::now()),
        None => {
            let missing = |from: Date, to: Date| missing(context, from, to);
            let again = |day: Date| context.again.run(day);
            let recovery = Recovery { date, missing: &missing, again: &again };
            alerts.succeeded(&recovery, Timestamp::now());
        }
    }
    if let Some(monitored) = monitored {
        alerts.figures(&figures(context, &monitored), Timestamp::now());
    }
    result
}

/// The figures for a mail; none where they cannot be had soon, for the mail is what counts.
fn board(context: &Context) -> Option<Board> {
    let (told, board) = mpsc::channel();
    let context = context.clone();
    let read = move || {
        let read = context.place().and_then(|place| board_of(&place, &context.config.dashboard, Timestamp::now()));
        let _ = told.send(read);
    };
    std::thread::Builder::new().name("board".into()).spawn(read).ok()?;
    match board.recv_timeout(BOARD) {
        Ok(Ok(board)) => board,
        Ok(Err(error)) => {
            logs::line(Severity::Warning, format_args!("a mail without the day's figures: {error:#}")).print();
            None
        }
        Err(_) => None,
    }
}

/// What is mailed of a day's figures.
fn figures(context: &Context, monitored: &Monitored) -> Figures {
    let red = monitored.red().into_iter();
    let red = red.map(|(rule, cause)| Red { kind: Kind::of_group(Group::of(&rule)), rule, cause });
    let mut red: Vec<Red> = red.collect();
    red.sort_by_key(|red| Kind::MONITORED.iter().position(|kind| *kind == red.kind));
    Figures { date: monitored.day, red, next: vec![context.again.dashboard()] }
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
    let now = Timestamp::now();
    let hours = args.hours.unwrap_or_else(|| context.config.dashboard.thresholds.accepted_hours());
    let looked = context.place().and_then(|place| watch_job::watch(&*place.warehouse, hours, now));
    let watched = match looked {
        Ok(watched) => watched,
        Err(error) => {
            if context.config.alerts.smtp.is_some() {
                alerts.failed(&blind(context, hours, &error)?, now);
            }
            return Err(error);
        }
    };
    if !watched.in_time {
        logs::line(Severity::Error, format_args!("watch: {watched}")).print();
    }
    if context.config.alerts.smtp.is_some() {
        if watched.in_time {
            alerts.in_time(&watched.to_string(), now);
        } else {
            let next = vec![context.again.run_of_any_day(), context.again.watch(hours)];
            let last = watched.last_success.zip(watched.last_day.clone());
            alerts.overdue(&Overdue { hours, last, next }, now);
        }
    }
    context.print(&watched, &watched)?;
    Ok(u8::from(!watched.in_time))
}

/// Mails what the weekly look at the models has found, unless nothing is to be decided.
pub fn looked(context: &Context, done: &Result<Vec<Proposal>>) {
    if context.config.alerts.smtp.is_none() {
        return;
    }
    let (headline, report) = match done {
        Ok(proposals) => {
            let found = proposals.iter().filter(|p| p.challenger.is_some() || p.not_trained.is_some());
            let text: Vec<String> = found.map(ToString::to_string).collect();
            if text.is_empty() {
                return;
            }
            let challenged = proposals.iter().any(|p| p.challenger.is_some());
            let headline =
                if challenged { "a new model is proposed" } else { "a model should be trained, and cannot be" };
            (headline, text.join("\n\n"))
        }
        Err(error) => ("the weekly look at the models has failed", format!("{error:#}")),
    };
    alerts(context, None).look(headline, &report, Timestamp::now());
}

fn alerts<'a>(context: &Context, store: Option<&'a dyn ObjectStore>) -> Alerts<'a> {
    Alerts::new(&context.config.alerts, std::env::var(PASSWORD).ok(), store)
}

fn failed(context: &Context, date: Date, error: &anyhow::Error) -> Failure {
    let failure = Failure {
        kind: Kind::of(error),
        date,
        code: exit_kind(error) as u8,
        step: None,
        causes: error.chain().map(ToString::to_string).collect(),
        tables_of: date,
        written: Vec::new(),
        untouched: DAY_TABLES.map(str::to_owned).to_vec(),
        perhaps: Vec::new(),
        next: vec![context.again.run(date)],
    };
    let Some(StepFailed { day, step, written, untouched, perhaps }) = error.downcast_ref::<StepFailed>().cloned()
    else {
        return failure;
    };
    Failure { step: Some(step.to_owned()), tables_of: day, written, untouched, perhaps, ..failure }
}

/// `watch` could not look whether runs succeed.
fn blind(context: &Context, hours: u32, error: &anyhow::Error) -> Result<Failure> {
    // A run of that day that succeeds shows that the tables can be read again.
    let date = yesterday(&TimeZone::UTC, now())?;
    let failure = failed(context, date, error);
    Ok(Failure { step: Some("watch".into()), untouched: Vec::new(), next: vec![context.again.watch(hours)], ..failure })
}

fn no_model(context: &Context, date: Date, code: u8) -> Failure {
    Failure {
        kind: Kind::NoModel,
        date,
        code,
        step: Some("write_scores".into()),
        causes: vec![NO_MODEL.to_owned()],
        tables_of: date,
        written: vec!["events_clean".into(), "visitor_state".into()],
        untouched: vec!["scores".into()],
        perhaps: Vec::new(),
        next: vec![context.again.train(), context.again.run(date)],
    }
}

fn missing(context: &Context, from: Date, to: Date) -> Vec<Date> {
    let days = context.place().and_then(|place| days_without_success(&*place.warehouse, from, to));
    days.unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::super::Output;
    use super::super::again::Again;
    use super::*;
    use batch_service::config::Config;
    use jiff::civil::date;

    #[test]
    fn a_job_that_panics_is_a_failure_that_is_told() {
        let folder = std::env::temp_dir().join(format!("inkling-panic-{}", std::process::id()));
        let mut config = Config { store: Some(folder.clone()), ..Config::default() };
        // Nobody listens there: the incident is kept.
        config.alerts.smtp = Some("127.0.0.1:1".into());
        config.alerts.from = "inkling@example.org".into();
        config.alerts.to = vec!["a@example.org".into()];
        config.alerts.deadline_seconds = 1;
        let context = Context { config, output: Output::Text, again: Again::default() };
        logs::install(logs::Settings::default());
        let error =
            told(&context, &Cell::new(date(2026, 11, 20)), &RefCell::default(), || panic!("visitor 1.2")).unwrap_err();
        assert_eq!(exit_kind(&error) as u8, 1);
        assert!(error.to_string().starts_with("the job has panicked at batch-service/src/cli/alerts.rs:"), "{error}");
        let kept = std::fs::read_to_string(folder.join("alerts/incident.json")).unwrap();
        assert!(kept.contains("the job has panicked at") && !kept.contains("visitor 1.2"), "{kept}");
        assert!(kept.contains("Perhaps written: events_clean, ") && !kept.contains("Not written"), "{kept}");
        std::fs::remove_dir_all(folder).unwrap();
    }
}
