//! How often and how long a call is tried.

use crate::logs::{Severity, line};
use anyhow::{Context, Result, anyhow};
use std::future::Future;
use std::time::Duration;
use tokio::time::{Instant, sleep, timeout};

/// Limits of one call, all of them always in force.
#[derive(Clone, Debug)]
pub struct Patience {
    /// Attempts at most; 1 is no retry.
    pub attempts: u32,
    /// An attempt that takes longer has failed.
    pub attempt: Duration,
    /// All attempts and the waits between them.
    pub total: Duration,
    /// The wait after the first failure is random, from nothing to this; the limit doubles with every failure.
    pub wait: Duration,
    /// The limit doubles no further.
    pub longest_wait: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        let seconds = Duration::from_secs;
        Self { attempts: 7, attempt: seconds(60), total: seconds(180), wait: seconds(1), longest_wait: seconds(16) }
    }
}

/// Why an attempt failed.
pub(crate) enum Failure {
    /// It may succeed later; the server may say when.
    Passing(anyhow::Error, Option<Duration>),
    /// It will fail again.
    Lasting(anyhow::Error),
}

impl Patience {
    /// Tries until it succeeds, fails for good, or a limit is reached.
    pub(crate) async fn call<T, F>(&self, what: &str, mut attempt: impl FnMut() -> F) -> Result<T>
    where
        F: Future<Output = Result<T, Failure>>,
    {
        let start = Instant::now();
        for tries in 1.. {
            let limit = self.attempt.min(self.total.saturating_sub(start.elapsed()));
            let (error, asked) = match timeout(limit, attempt()).await {
                Ok(Ok(done)) => return Ok(done),
                Ok(Err(Failure::Lasting(error))) => return Err(error.context(what.to_owned())),
                Ok(Err(Failure::Passing(error, asked))) => (error, asked),
                Err(_) => (anyhow!("no answer within {:.1} s", limit.as_secs_f64()), None),
            };
            let wait = asked.unwrap_or_default().max(self.random_wait(tries));
            let passed = start.elapsed();
            if tries >= self.attempts || passed + wait >= self.total {
                let text = format!("{what}: gave up after {tries} attempts in {:.1} s", passed.as_secs_f64());
                return Err(error).context(text);
            }
            let text = format!("{what}: {error:#}; trying again in {:.1} s", wait.as_secs_f64());
            line(Severity::Warning, text).print();
            sleep(wait).await;
        }
        Err(anyhow!("{what}: no attempt was made"))
    }

    /// Full jitter, so that clients that failed together do not come back together.
    pub(crate) fn random_wait(&self, tries: u32) -> Duration {
        let limit = self.wait.saturating_mul(1 << (tries - 1).min(16)).min(self.longest_wait);
        // Without randomness, the whole wait.
        let part = getrandom::u32().map_or(1.0, |random| f64::from(random) / f64::from(u32::MAX));
        limit.mul_f64(part)
    }
}

/// `Retry-After` in seconds; the form with a date is not used by Cloud Storage.
pub(crate) fn retry_after(headers: &reqwest::header::HeaderMap) -> Option<Duration> {
    let seconds: u64 = headers.get("retry-after")?.to_str().ok()?.trim().parse().ok()?;
    Some(Duration::from_secs(seconds.min(86_400)))
}

/// Whether a status may pass.
pub(crate) fn passes(status: u16) -> bool {
    matches!(status, 408 | 429 | 500..=599)
}
