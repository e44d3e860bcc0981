//! One daily job at a time, whoever asks for it: the trigger, the schedule, both at once, or twice.

use super::metrics::Metrics;
use crate::alerts::Kind;
use crate::jobs::run::StepFailed;
use crate::jobs::{ExitKind, exit_kind};
use crate::logs::{self, Severity, Trace};
use crate::stop::{self, Stopped};
use anyhow::Result;
use jiff::civil::Date;
use serde_json::Value;
use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use tokio::sync::watch;

/// A scheduler that fires twice does so within this time.
const JUST_DONE: Duration = Duration::from_secs(300);

/// The daily job of a date: what `inkling run` does, mails included. It blocks.
pub type Work = Arc<dyn Fn(Date) -> Result<DayRun> + Send + Sync>;

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
    fn of(result: Result<DayRun>) -> Self {
        match result {
            Ok(run) if run.code == 0 => Self::Done(run.summary),
            Ok(run) => {
                let cause = "no model is in service, so nothing was scored";
                Self::Failed(Failed::because(Kind::NoModel, run.code, Some("write_scores"), cause))
            }
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

#[derive(Default)]
struct State {
    running: Option<(Date, watch::Receiver<Option<Ended>>)>,
    done: BTreeMap<Date, (Instant, Ended)>,
}

/// Where jobs are asked for.
pub struct Desk {
    work: Work,
    metrics: Arc<Metrics>,
    state: Mutex<State>,
}

impl Desk {
    /// A desk with nothing running.
    #[must_use]
    pub fn new(work: Work, metrics: Arc<Metrics>) -> Arc<Self> {
        Arc::new(Self { work, metrics, state: Mutex::default() })
    }

    /// Starts the job of a date, unless it is running or was done a moment ago, and waits for its end. The job goes on
    /// when the one who asked has gone.
    pub async fn ask(self: &Arc<Self>, date: Date, trace: Option<Trace>) -> Answer {
        let (mut end, joined) = {
            let mut state = self.state();
            state.done.retain(|_, (at, _)| at.elapsed() < JUST_DONE);
            match (&state.running, state.done.get(&date)) {
                (Some((running, end)), _) if *running == date => (end.clone(), true),
                (Some((running, _)), _) => return Answer::Busy(*running),
                (None, Some((_, ended))) => return Answer::JustDone(ended.clone()),
                (None, None) if stop::requested() => {
                    return Answer::Ran(Ended::Stopped("the server is stopping".into()));
                }
                (None, None) => (self.start(&mut state, date, trace), false),
            }
        };
        let ended = end.wait_for(Option::is_some).await.ok().and_then(|ended| ended.clone());
        let ended = ended.unwrap_or_else(panicked);
        if joined { Answer::Joined(ended) } else { Answer::Ran(ended) }
    }

    /// Returns when nothing is running.
    pub async fn idle(&self) {
        let end = self.state().running.as_ref().map(|(_, end)| end.clone());
        if let Some(mut end) = end {
            let _ = end.wait_for(Option::is_some).await;
        }
    }

    fn start(self: &Arc<Self>, state: &mut State, date: Date, trace: Option<Trace>) -> watch::Receiver<Option<Ended>> {
        let (told, end) = watch::channel(None);
        state.running = Some((date, end.clone()));
        self.metrics.job_started();
        let desk = Arc::clone(self);
        tokio::task::spawn_blocking(move || {
            let ended = logs::within(trace, || desk.work(date));
            let mut state = desk.state();
            state.running = None;
            if matches!(ended, Ended::Done(_)) {
                state.done.insert(date, (Instant::now(), ended.clone()));
            }
            drop(state);
            told.send_replace(Some(ended));
        });
        end
    }

    fn work(&self, date: Date) -> Ended {
        let worked = catch_unwind(AssertUnwindSafe(|| (self.work)(date)));
        let ended = worked.map_or_else(|_| panicked(), Ended::of);
        self.metrics.job_ended(&ended);
        let (severity, text) = match &ended {
            Ended::Done(_) => (Severity::Info, ended.word()),
            Ended::NotReady(text) | Ended::Stopped(text) => (Severity::Warning, text.as_str()),
            Ended::Failed(failed) => (Severity::Error, failed.detail.as_str()),
        };
        logs::line(severity, format_args!("daily job of {date}: {text}"))
            .with("date", date.to_string())
            .with("outcome", ended.word())
            .print();
        ended
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn panicked() -> Ended {
    Ended::Failed(Failed::because(Kind::Failed, 101, None, "the job has panicked"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use anyhow::{Context, anyhow};
    use jiff::civil::date;
    use std::sync::atomic::{AtomicU32, Ordering};

    fn desk(work: impl Fn(Date) -> Result<DayRun> + Send + Sync + 'static) -> Arc<Desk> {
        Desk::new(Arc::new(work), Arc::new(Metrics::default()))
    }

    fn done() -> Result<DayRun> {
        Ok(DayRun { code: 0, summary: serde_json::json!({"unchanged": false}) })
    }

    fn within(test: impl Future<Output = ()>) {
        tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap().block_on(test);
    }

    #[test]
    fn whoever_asks_meanwhile_waits_for_the_same_job() {
        within(async {
            let (count, counted) = (Arc::new(AtomicU32::new(0)), Arc::new(AtomicU32::new(0)));
            let counter = Arc::clone(&count);
            let desk = desk(move |_| {
                counter.fetch_add(1, Ordering::SeqCst);
                std::thread::sleep(Duration::from_millis(200));
                done()
            });
            let day = date(2026, 10, 5);
            let asked: Vec<_> = (0..8)
                .map(|_| {
                    let (desk, counted) = (Arc::clone(&desk), Arc::clone(&counted));
                    tokio::spawn(async move {
                        match desk.ask(day, None).await {
                            Answer::Ran(Ended::Done(_)) => counted.fetch_add(100, Ordering::SeqCst),
                            Answer::Joined(Ended::Done(_)) => counted.fetch_add(1, Ordering::SeqCst),
                            other => panic!("{other:?}"),
                        }
                    })
                })
                .collect();
            tokio::time::sleep(Duration::from_millis(50)).await;
            assert!(matches!(desk.ask(date(2026, 10, 4), None).await, Answer::Busy(running) if running == day));
            for ask in asked {
                ask.await.unwrap();
            }
            assert_eq!((count.load(Ordering::SeqCst), counted.load(Ordering::SeqCst)), (1, 107));
            assert!(matches!(desk.ask(day, None).await, Answer::JustDone(Ended::Done(_))));
            assert!(matches!(desk.ask(date(2026, 10, 4), None).await, Answer::Ran(Ended::Done(_))));
            assert_eq!(count.load(Ordering::SeqCst), 2);
        });
    }

    #[test]
    fn a_job_goes_on_without_the_one_who_asked() {
        within(async {
            let count = Arc::new(AtomicU32::new(0));
            let counter = Arc::clone(&count);
            let desk = desk(move |_| {
                std::thread::sleep(Duration::from_millis(100));
                counter.fetch_add(1, Ordering::SeqCst);
                done()
            });
            let day = date(2026, 10, 5);
            assert!(tokio::time::timeout(Duration::from_millis(20), desk.ask(day, None)).await.is_err());
            desk.idle().await;
            assert!(matches!(desk.ask(day, None).await, Answer::JustDone(_)));
            assert_eq!(count.load(Ordering::SeqCst), 1);
        });
    }

    #[test]
    fn only_a_success_is_remembered() {
        within(async {
            let errors: [fn() -> Result<DayRun>; 5] = [
                || Err(crate::jobs::exit(ExitKind::NotReady, "no table yet")),
                || Err(anyhow!("the cause")).context("the step"),
                || Err(crate::jobs::exit(ExitKind::Integrity, "another profile")),
                || Ok(DayRun { code: 1, summary: Value::Null }),
                || panic!("at the job"),
            ];
            let next = AtomicU32::new(0);
            let desk = desk(move |_| errors[next.fetch_add(1, Ordering::SeqCst) as usize % 5]());
            let mut words = Vec::new();
            for _ in 0..5 {
                match desk.ask(date(2026, 10, 5), None).await {
                    Answer::Ran(Ended::Failed(failed)) => words.push(format!("{:?} {}", failed.kind, failed.code)),
                    Answer::Ran(ended) => words.push(ended.word().to_owned()),
                    other => panic!("{other:?}"),
                }
            }
            assert_eq!(words, ["not_ready", "Failed 1", "Integrity 4", "NoModel 1", "Failed 101"]);
        });
    }
}
