//! One writer at a time: a lease is an object that is replaced only if nobody else has replaced it meanwhile.
//!
//! Whoever holds it renews it. A holder that has died does not, and is overtaken; one that was only asleep finds that its
//! number is no longer the highest, see `warehouse::Fence`.

use super::{ExitKind, exit};
use crate::failpoint;
use crate::progress::{note, warning};
use crate::stop;
use crate::store::{Generation, ObjectStore, Replaced};
use crate::warehouse::Fence;
use anyhow::{Context, Result};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc;
use std::time::{Duration, Instant};

/// How leases are held.
#[derive(Clone, Copy, Debug)]
pub struct LeaseOptions {
    /// A holder that does not renew for so long is overtaken.
    pub held_for: Duration,
    /// How long to wait for another holder.
    pub wait: Duration,
}

impl Default for LeaseOptions {
    fn default() -> Self {
        Self { held_for: Duration::from_secs(120), wait: Duration::from_secs(3_600) }
    }
}

/// What the object says.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Held {
    /// Grows with every holder.
    number: i64,
    /// Who holds it; nobody when it was given back.
    holder: Option<String>,
    /// Until when, unless it is renewed.
    until: Timestamp,
}

/// Does `work` while holding the lease `name`; waits for another holder first.
///
/// # Errors
/// Exit code 3 when another holder does not end in time; the error of `work`; when the store fails.
pub fn holding<T>(
    store: &dyn ObjectStore,
    name: &str,
    options: LeaseOptions,
    work: impl FnOnce(&Fence) -> Result<T>,
) -> Result<T> {
    let me = format!("{:016x}", getrandom::u64()?);
    let number = take(store, name, &me, options)?;
    let lost = Arc::new(AtomicBool::new(false));
    let fence = Fence::of(number, Arc::clone(&lost));
    failpoint::at("lease.taken");
    let done = std::thread::scope(|scope| {
        let (end, ended) = mpsc::channel::<()>();
        let (lost, me) = (&lost, &me);
        scope.spawn(move || {
            let mut held_until = Instant::now() + options.held_for;
            // Until `end` is dropped.
            while ended.recv_timeout(options.held_for / 3) == Err(mpsc::RecvTimeoutError::Timeout) {
                let asked = Instant::now();
                match update(store, name, me, Some(options.held_for)) {
                    Ok(true) => {
                        held_until = asked + options.held_for;
                        lost.store(false, Ordering::Relaxed);
                        failpoint::at("lease.renewed");
                    }
                    Ok(false) => return lost.store(true, Ordering::Relaxed),
                    Err(error) => {
                        warning(format_args!("the lease {name} could not be renewed: {error:#}"));
                        // Somebody else may have it by now.
                        lost.store(Instant::now() >= held_until, Ordering::Relaxed);
                    }
                }
            }
        });
        let done = work(&fence);
        drop(end);
        done
    });
    failpoint::at("lease.ending");
    match update(store, name, &me, None) {
        Ok(_) => failpoint::at("lease.given_back"),
        Err(error) => warning(format_args!("the lease {name} could not be given back: {error:#}")),
    }
    done
}

/// Takes the lease; gives the number of the new holder.
fn take(store: &dyn ObjectStore, name: &str, me: &str, options: LeaseOptions) -> Result<i64> {
    let start = Instant::now();
    let mut told = false;
    loop {
        stop::check()?;
        let now = Timestamp::now();
        let seen = look(store, name)?;
        let before = seen.as_ref().map_or(0, |(held, _)| held.number);
        let taken = seen.as_ref().filter(|(held, _)| held.holder.is_some() && held.until > now);
        let Some((held, _)) = taken else {
            let generation = seen.map_or_else(Generation::absent, |(_, generation)| generation);
            let held =
                Held { number: above(before, now), holder: Some(me.to_owned()), until: after(now, options.held_for)? };
            match store.replace(name, &generation, &serde_json::to_vec(&held)?)? {
                Replaced::Done => return Ok(held.number),
                Replaced::Lost(_) => continue,
            }
        };
        if start.elapsed() >= options.wait {
            let text =
                format!("another run is at work, and has been for {} s; try again later", options.wait.as_secs());
            return Err(exit(ExitKind::NotReady, text));
        }
        if !told {
            note(format_args!(
                "another run is at work; waiting for it (its lease ends at {}, unless renewed)",
                held.until
            ));
            told = true;
        }
        std::thread::sleep(Duration::from_millis(500).min(options.held_for / 4));
    }
}

/// A higher number than that of any holder before, also when the object was removed meanwhile and nobody remembers.
fn above(before: i64, now: Timestamp) -> i64 {
    now.as_millisecond().max(before + 1)
}

/// Renews the lease, or gives it back; false when it is somebody else's.
fn update(store: &dyn ObjectStore, name: &str, me: &str, held_for: Option<Duration>) -> Result<bool> {
    let Some((held, generation)) = look(store, name)? else { return Ok(false) };
    if held.holder.as_deref() != Some(me) {
        return Ok(false);
    }
    let now = Timestamp::now();
    let next = match held_for {
        Some(time) => Held { until: after(now, time)?, ..held },
        None => Held { holder: None, until: now, ..held },
    };
    Ok(store.replace(name, &generation, &serde_json::to_vec(&next)?)? == Replaced::Done)
}

fn look(store: &dyn ObjectStore, name: &str) -> Result<Option<(Held, Generation)>> {
    let Some(seen) = store.look(name)? else { return Ok(None) };
    let held = serde_json::from_slice(&seen.bytes).with_context(|| format!("the lease {name} does not parse"))?;
    Ok(Some((held, seen.generation)))
}

fn after(now: Timestamp, time: Duration) -> Result<Timestamp> {
    Ok(now.checked_add(SignedDuration::try_from(time)?)?)
}

#[cfg(test)]
mod tests;
