//! One daily job at a time, whoever asks for it: the trigger, the schedule, both at once, or twice.

use super::metrics::Metrics;
use super::outcome::{Answer, DayRun, Ended};
use crate::logs::{self, Severity, Trace};
use crate::stop;
use anyhow::Result;
use jiff::civil::Date;
use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use tokio::sync::watch;

/// A scheduler that fires twice does so within this time.
const JUST_DONE: Duration = Duration::from_secs(300);

/// The daily job of a date: what `inkling run` does, mails included. It blocks.
pub type Work = Arc<dyn Fn(Date) -> Result<DayRun> + Send + Sync>;

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
        let ended = ended.unwrap_or_else(Ended::panicked);
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
        let work = move || {
            let ended = logs::within(trace, || desk.work(date));
            let mut state = desk.state();
            state.running = None;
            if matches!(ended, Ended::Done(_)) {
                state.done.insert(date, (Instant::now(), ended.clone()));
            }
            drop(state);
            told.send_replace(Some(ended));
        };
        // A thread of its own: those for pages may all be busy. Without one, `told` is gone and the wait ends.
        if let Err(error) = std::thread::Builder::new().name("daily-job".into()).spawn(work) {
            state.running = None;
            self.metrics.job_ended(&Ended::panicked());
            logs::line(Severity::Error, format_args!("daily job of {date}: no thread: {error}")).print();
        }
        end
    }

    fn work(&self, date: Date) -> Ended {
        let worked = catch_unwind(AssertUnwindSafe(|| (self.work)(date)));
        let ended = worked.map_or_else(|_| Ended::panicked(), Ended::of);
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

#[cfg(test)]
#[path = "tests/desk.rs"]
mod tests;
