//! What is to be sent: the visitors of a day whose bucket or band is another one than Google Analytics has.

use super::consent::Denials;
use super::cursor::Sorted;
use super::ledger::{Entry, Ledger, State};
use super::rules::Refused;
use super::sent_state;
use super::{Bucket, Destination, Item, band};
use crate::fold::VISITOR_STATE;
use crate::jobs::{ExitKind, exit};
use crate::scores;
use crate::shards::Shards;
use crate::warehouse::Warehouse;
use anyhow::{Context, Result};
use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};
use model_core::Band;
use serde::Serialize;
use std::collections::{BTreeMap, HashMap, HashSet};

/// An audience of a website takes in nobody whose last event in a browser is longer ago.
const REACH: SignedDuration = SignedDuration::from_hours(30 * 24);

/// How many visitors went which way.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Counts {
    /// Visitors with a score of the target.
    pub scored: u64,
    /// Bucket and band are what was sent last.
    pub unchanged: u64,
    /// Their last known consent denies analytics or advertising.
    pub denied: u64,
    /// No event in the last 30 days: no audience takes them in.
    pub too_old: u64,
    /// Rows that a rule refuses, by reason.
    pub refused: BTreeMap<String, u64>,
    /// To be sent.
    pub planned: u64,
}

/// Visitors of whom it is known that what was sent on a day has not arrived, by a hash of their id.
#[derive(Debug, Default)]
pub struct NotArrived(HashMap<u64, HashSet<Date>>);

impl NotArrived {
    /// Takes in the rows of a day.
    pub fn add(&mut self, day: Date, ledger: &Ledger) {
        for (row, entry) in ledger.entries().iter().enumerate() {
            let not_taken = entry.state == State::Refused && entry.sent_at != 0;
            if not_taken || matches!(entry.state, State::Missing | State::Sending) {
                self.0.entry(hash(ledger.user(row))).or_default().insert(day);
            }
        }
    }

    fn has(&self, user: &str, day: Date) -> bool {
        self.0.get(&hash(user)).is_some_and(|days| days.contains(&day))
    }
}

/// A hash of a visitor that is the same everywhere.
pub(super) fn hash(user: &str) -> u64 {
    farmhash::fingerprint64(user.as_bytes())
}

/// What a plan is made of.
pub(super) struct Asked<'a> {
    /// The day of the scores.
    pub day: Date,
    /// `visitor` or `session`.
    pub target: &'a str,
    /// Property and names: what was sent elsewhere does not count.
    pub sent_to: &'a str,
    /// Where to.
    pub destination: &'a dyn Destination,
    /// The moment of the plan.
    pub now: Timestamp,
    /// The day whose `activation_state` is the latest.
    pub before: Option<Date>,
    /// What has not arrived.
    pub not_arrived: &'a NotArrived,
    /// Who denies what.
    pub denials: &'a Denials,
    /// The rows that the day has already.
    pub there: &'a Ledger,
}

/// The rows to be sent, and those that a rule refuses.
pub(super) fn plan(warehouse: &dyn Warehouse, asked: &Asked<'_>) -> Result<(Ledger, Counts)> {
    let mut scores = of_target(warehouse, asked.day, asked.target)?;
    let mut known = sent_state::read(warehouse, asked.before, asked.sent_to)?;
    let mut last_events = last_events(warehouse, asked.day)?;
    let oldest = asked.now.checked_sub(REACH)?.as_microsecond();
    let refused_before: HashSet<&str> = (0..asked.there.len())
        .filter(|row| asked.there.entries()[*row].state == State::Refused)
        .map(|row| asked.there.user(row))
        .collect();
    let (mut ledger, mut counts) = (Ledger::default(), Counts::default());
    let (destination, sent_to) = (ledger.word(asked.destination.way().as_str()), ledger.word(asked.sent_to));
    let planned_at = asked.now.as_microsecond();
    while let Some((user, (score, band))) = scores.next()? {
        counts.scored += 1;
        let sent = known.of(&user)?.and_then(|known| known.sent);
        let last_event = last_events.of(&user)?;
        if asked.denials.of(&user).is_some() {
            counts.denied += 1;
            continue;
        }
        if last_event.is_some_and(|last| last < oldest) {
            counts.too_old += 1;
            continue;
        }
        let bucket = match Bucket::of(score) {
            Ok(bucket) => bucket,
            Err(refused) => {
                count(&mut counts, refused);
                continue;
            }
        };
        let arrived = |on: Date| !asked.not_arrived.has(&user, on);
        if sent.is_some_and(|sent| sent.bucket == bucket && sent.band == band && arrived(sent.on)) {
            counts.unchanged += 1;
            continue;
        }
        let mut entry = Entry { destination, sent_to, ..Entry::planned(bucket, band, planned_at) };
        match asked.destination.check(&Item { client_id: &user, bucket, band }) {
            Ok(()) => counts.planned += 1,
            Err(refused) => {
                count(&mut counts, refused);
                if refused_before.contains(user.as_str()) {
                    continue;
                }
                entry.state = State::Refused;
                entry.reason = ledger.word(&refused.to_string());
            }
        }
        ledger.push(&user, entry)?;
    }
    if counts.scored == 0 {
        let (day, target) = (asked.day, asked.target);
        let text = format!(
            "there are no scores of {day} for the target {target}: run the day with a model in service, or set `target` in \
             [ga4]"
        );
        return Err(exit(ExitKind::CheckFailed, text));
    }
    Ok((ledger, counts))
}

fn count(counts: &mut Counts, refused: Refused) {
    *counts.refused.entry(refused.to_string()).or_default() += 1;
}

/// The scores of a target in the order of visitors.
pub(super) fn of_target<'a>(warehouse: &dyn Warehouse, day: Date, target: &'a str) -> Result<Sorted<'a, (f64, Band)>> {
    let files = warehouse.files(scores::TABLE, day, Shards::ALL)?;
    Sorted::new(scores::TABLE, files, move |file, group| {
        let (users, targets) = (file.column(group, "user_pseudo_id")?, file.column(group, "target")?);
        let (values, bands) = (file.column(group, "score")?, file.column(group, "band")?);
        let mut rows = Vec::new();
        let all = users.texts()?.into_iter().zip(targets.texts()?).zip(values.f64s()?).zip(bands.texts()?);
        for (((user, of), score), word) in all {
            if of != Some(target) {
                continue;
            }
            let score = score.context("a score is never missing")?;
            let band = band(word.unwrap_or_default()).context("an unknown band")?;
            rows.push((user.unwrap_or_default().to_owned(), (score, band)));
        }
        Ok(rows)
    })
}

/// When the visitors of a day had their last event, microseconds since 1970.
fn last_events(warehouse: &dyn Warehouse, day: Date) -> Result<Sorted<'static, i64>> {
    let files = warehouse.files(VISITOR_STATE, day, Shards::ALL)?;
    Sorted::new(VISITOR_STATE, files, |file, group| {
        let (users, times) = (file.column(group, "user_pseudo_id")?, file.column(group, "last_event")?);
        let rows = users.texts()?.into_iter().zip(times.i64s()?);
        Ok(rows.map(|(user, time)| (user.unwrap_or_default().to_owned(), time.unwrap_or(i64::MAX))).collect())
    })
}
