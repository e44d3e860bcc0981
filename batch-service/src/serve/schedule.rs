//! The daily job on a machine that no scheduler watches over: every day at a time of the property's clock.

use super::clock;
use super::desk::Desk;
use super::outcome::{Answer, Ended};
use crate::logs::{self, Severity};
use crate::stop;
use jiff::civil::{Date, Time};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, ToSpan};
use serde::Deserialize;
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

/// Until the export is looked for again.
const AGAIN: SignedDuration = SignedDuration::from_mins(15);
/// After the scheduled time, the export is looked for no longer.
const DEADLINE: SignedDuration = SignedDuration::from_hours(20);
/// While another job runs.
const BUSY: SignedDuration = SignedDuration::from_mins(1);
/// The clock is looked at this often: timers stand still while a machine sleeps.
const LOOK: Duration = Duration::from_secs(20);

/// A time of day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct Schedule(Time);

impl FromStr for Schedule {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let digits = |part: &str| part.len() == 2 && part.bytes().all(|b| b.is_ascii_digit());
        let parsed = text.split_once(':').filter(|(hour, minute)| digits(hour) && digits(minute));
        let time = parsed.and_then(|(hour, minute)| Time::new(hour.parse().ok()?, minute.parse().ok()?, 0, 0).ok());
        time.map(Self).ok_or_else(|| format!("`{text}` is no time of day; write HH:MM, 00:00 to 23:59"))
    }
}

impl TryFrom<String> for Schedule {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

/// Which day is next, and when.
struct Plan {
    schedule: Schedule,
    zone: TimeZone,
    /// The day of the scheduled time; the job is about the day before it.
    on: Date,
    /// The next attempt.
    at: Timestamp,
}

/// What the plan makes of an attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Then {
    /// On to the next day.
    Next,
    /// The same day again.
    Again,
    /// On to the next day, without the export of this one.
    Late,
}

impl Plan {
    /// Begins with the latest time that has passed, if it is not long ago: a server that was started a little late has
    /// missed nothing, and a day that is done already costs nothing.
    fn new(schedule: Schedule, zone: TimeZone, now: Timestamp) -> Result<Self, jiff::Error> {
        let today = now.to_zoned(zone.clone()).date();
        let mut plan = Self { schedule, zone, on: today, at: now };
        if plan.due()? > now {
            plan.on = today.checked_sub(1.day())?;
        }
        if now.duration_since(plan.due()?) >= DEADLINE {
            plan.on = plan.on.checked_add(1.day())?;
        }
        plan.at = plan.due()?;
        Ok(plan)
    }

    /// The scheduled moment. A time that the clock leaps over is as much later; of a time that comes twice, the first.
    fn due(&self) -> Result<Timestamp, jiff::Error> {
        Ok(self.on.to_datetime(self.schedule.0).to_zoned(self.zone.clone())?.timestamp())
    }

    /// The day that the job is about.
    fn day(&self) -> Result<Date, jiff::Error> {
        self.on.checked_sub(1.day())
    }

    /// Takes in an attempt.
    fn tried(&mut self, now: Timestamp, answer: &Answer) -> Result<Then, jiff::Error> {
        let wait = match answer {
            Answer::Busy(_) => Some(BUSY),
            Answer::Ran(Ended::NotReady(_)) | Answer::Joined(Ended::NotReady(_)) => Some(AGAIN),
            _ => None,
        };
        let in_time = now.duration_since(self.due()?) < DEADLINE;
        if let Some(wait) = wait.filter(|_| in_time) {
            self.at = now.checked_add(wait)?;
            return Ok(Then::Again);
        }
        self.on = self.on.checked_add(1.day())?;
        self.at = self.due()?;
        Ok(if wait.is_some() { Then::Late } else { Then::Next })
    }
}

/// Asks for the job every day, until the process is told to stop.
///
/// # Errors
/// At the end of time.
pub async fn keep(desk: Arc<Desk>, schedule: Schedule, zone: TimeZone) -> Result<(), jiff::Error> {
    let mut plan = Plan::new(schedule, zone, clock::now())?;
    loop {
        let day = plan.day()?;
        logs::line(Severity::Info, format_args!("the daily job of {day} is due at {}", plan.at)).print();
        while clock::now() < plan.at {
            let left = Duration::try_from(plan.at.duration_since(clock::now())).unwrap_or_default();
            tokio::select! {
                () = tokio::time::sleep(left.min(LOOK)) => {}
                () = stop::asked() => return Ok(()),
            }
        }
        let answer = desk.ask(day, None).await;
        if stop::requested() {
            return Ok(());
        }
        if plan.tried(clock::now(), &answer)? == Then::Late {
            let hours = DEADLINE.as_hours();
            let text =
                format!("the export of {day} did not come within {hours} hours; `inkling run --date {day}` later");
            logs::line(Severity::Error, text).print();
        }
    }
}

#[cfg(test)]
#[path = "tests/schedule.rs"]
mod tests;
