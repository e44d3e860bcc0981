//! Being told to stop: SIGTERM from a platform, SIGINT from a keyboard.
//!
//! Jobs ask at the borders between their steps. What they have written by then is whole, and the same command goes on
//! from there; so a stop is no failure but exit code 3, "try later", and nobody is mailed about it.

use crate::jobs::{ExitKind, exit};
use crate::logs::{self, Severity};
use anyhow::{Context, Result};
use std::fmt;
use std::sync::{LazyLock, OnceLock};
use std::time::Duration;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::watch;

/// From the first signal to the end of the process, whatever it does. Platforms kill after 10 s.
pub const GRACE: Duration = Duration::from_secs(8);

static STOP: LazyLock<watch::Sender<bool>> = LazyLock::new(|| watch::Sender::new(false));

/// The error of work that was left at a border; found by `error.is::<Stopped>()`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stopped;

impl fmt::Display for Stopped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("stopped by a signal")
    }
}

/// Watches for the signals from now on. Without this call they end the process at once, as is right for commands that
/// do not ask.
///
/// # Errors
/// When the signals cannot be watched.
pub fn install() -> Result<()> {
    static INSTALLED: OnceLock<()> = OnceLock::new();
    if INSTALLED.set(()).is_err() {
        return Ok(());
    }
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().context("watching for signals")?;
    let (terminate, interrupt) = {
        let _inside = runtime.enter();
        (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?)
    };
    let watching = move || runtime.block_on(watch_signals(terminate, interrupt));
    std::thread::Builder::new().name("signals".into()).spawn(watching).context("watching for signals")?;
    Ok(())
}

async fn watch_signals(mut terminate: Signal, mut interrupt: Signal) {
    let first = tokio::select! {
        _ = terminate.recv() => "SIGTERM",
        _ = interrupt.recv() => "SIGINT",
    };
    logs::line(Severity::Warning, format_args!("{first}: stopping at the next border between steps")).print();
    STOP.send_replace(true);
    let why = tokio::select! {
        () = tokio::time::sleep(GRACE) => format!("no border was reached within {} s of {first}", GRACE.as_secs()),
        // Who presses twice does not want to wait.
        _ = interrupt.recv() => "SIGINT once more".to_owned(),
    };
    logs::line(Severity::Warning, format_args!("{why}: leaving at once; run the same command again")).print();
    std::process::exit(i32::from(ExitKind::NotReady as u8));
}

/// Whether the process was told to stop.
#[must_use]
pub fn requested() -> bool {
    *STOP.borrow()
}

/// For the border between two steps.
///
/// # Errors
/// [`Stopped`], with exit code 3, when the process was told to stop.
pub fn check() -> Result<()> {
    if requested() { Err(stopped()) } else { Ok(()) }
}

/// Returns once the process is told to stop.
pub async fn asked() {
    // The sender is never dropped.
    let _ = STOP.subscribe().wait_for(|stop| *stop).await;
}

fn stopped() -> anyhow::Error {
    exit(ExitKind::NotReady, "nothing is half written; the same command goes on from here").context(Stopped)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::alerts::Kind;
    use crate::jobs::exit_kind;

    #[test]
    fn a_stop_is_told_apart_and_is_no_failure() {
        let error = stopped().context("2026-10-05: step read").context("backfill stopped");
        assert!(error.is::<Stopped>());
        assert_eq!(exit_kind(&error), ExitKind::NotReady);
        assert_eq!(Kind::of(&error), Kind::Failed, "there is no kind for it: nobody asks");
        assert!(format!("{error:#}").contains("stopped by a signal: nothing is half written"));
        assert!(check().is_ok());
    }
}
