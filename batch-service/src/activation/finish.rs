//! The end of an upload: the journal goes into the table `activations`, and what Google Analytics now knows of each
//! visitor into `activation_state`, both at once.

use super::consent::Denials;
use super::journal::{BatchState, Journal};
use super::ledger::{self, Ledger, State};
use super::plan::of_target;
use super::sent_state::{self, KEPT_DAYS, Known, LastSent, Writer};
use crate::failpoint;
use crate::jobs::daily::LOOK_BACK_DAYS;
use crate::warehouse::{Fence, Warehouse, events_clean};
use anyhow::Result;
use jiff::civil::Date;
use jiff::{Timestamp, ToSpan};

/// What visitors denied up to the end of a day: as the table has it, and by the events since then. Google writes events
/// of the last days anew.
pub(super) fn denials_up_to(warehouse: &dyn Warehouse, before: Option<Date>, day: Date) -> Result<Denials> {
    let mut denials = sent_state::denials(warehouse, before)?;
    let first = match before {
        Some(before) => before.checked_sub(LOOK_BACK_DAYS.days())?,
        None => day.checked_sub(KEPT_DAYS.days())?,
    };
    for of in warehouse.partitions(events_clean::TABLE)?.into_iter().filter(|of| (first..=day).contains(of)) {
        denials.read(warehouse, of)?;
    }
    Ok(denials)
}

/// What an upload was about.
pub(super) struct Finish<'a> {
    pub warehouse: &'a dyn Warehouse,
    pub day: Date,
    pub target: &'a str,
    pub sent_to: &'a str,
}

impl Finish<'_> {
    /// Takes the journal over into the tables, and closes it.
    ///
    /// # Errors
    /// When a table cannot be read or written, or the journal is of another plan than the table.
    pub fn end(&self, mut ledger: Ledger, journal: Journal<'_>, fence: &Fence) -> Result<()> {
        let rows = journal.rows_of(&ledger)?;
        for batch in journal.batches() {
            let request_id = ledger.word(batch.request_id.as_deref().unwrap_or_default());
            let reason = ledger.word(batch.reason.as_deref().unwrap_or_default());
            for (position, number) in batch.rows().enumerate() {
                let Some(entry) = rows.get(number).and_then(|row| ledger.entries_mut().get_mut(*row)) else { continue };
                let refused = batch.refused.contains(&position);
                entry.state = match batch.state {
                    BatchState::Sending => State::Sending,
                    BatchState::Sent if !refused => State::Sent,
                    BatchState::Sent | BatchState::Refused => State::Refused,
                };
                (entry.sent_at, entry.request_id) = (batch.at.as_microsecond(), request_id);
                if entry.state == State::Refused {
                    entry.reason = reason;
                }
            }
        }
        self.publish(&ledger, Some(journal.head.planned_at), fence)?;
        failpoint::at("upload.published");
        journal.close()
    }

    /// Publishes a ledger, and the state after it: `planned_at` is the plan whose rows were sent.
    ///
    /// # Errors
    /// When a table cannot be read or written.
    pub fn publish(&self, ledger: &Ledger, planned_at: Option<i64>, fence: &Fence) -> Result<()> {
        let mut contents = Vec::new();
        if !ledger.is_empty() {
            contents.push(ledger::stage(self.warehouse, self.day, ledger)?);
        }
        contents.push(self.state_after(ledger, planned_at)?);
        self.warehouse.publish(contents, fence)
    }

    fn state_after(&self, ledger: &Ledger, planned_at: Option<i64>) -> Result<crate::warehouse::Replacement> {
        let before = self.warehouse.partitions(sent_state::TABLE)?.into_iter().rfind(|day| *day <= self.day);
        let mut known = sent_state::read(self.warehouse, before, self.sent_to)?;
        let mut scores = of_target(self.warehouse, self.day, self.target)?;
        let denials = denials_up_to(self.warehouse, before, self.day)?.into_sorted();
        let mut denials = denials.into_iter().peekable();
        let mut rows = (0..ledger.len()).filter(|row| Some(ledger.entries()[*row].planned_at) == planned_at).peekable();
        let oldest = self.day.checked_sub(KEPT_DAYS.days())?;
        let mut writer = Writer::create(self.warehouse, self.day, self.sent_to)?;
        loop {
            let row = rows.peek().map(|row| ledger.user(*row));
            let denial = denials.peek().map(|(user, _)| &**user);
            let Some(user) = [known.peek(), scores.peek(), row, denial].into_iter().flatten().min() else { break };
            let user = user.to_owned();
            let old = known.of(&user)?;
            let scored = scores.of(&user)?.is_some();
            let sent = match rows.next_if(|row| ledger.user(*row) == user).map(|row| ledger.entries()[row]) {
                Some(entry) => match entry.state {
                    State::Sent | State::Seen => {
                        Some(LastSent { bucket: entry.bucket, band: entry.band, on: self.day })
                    }
                    // Nobody knows which of the two Google Analytics has.
                    State::Sending => None,
                    State::Planned | State::Missing | State::Refused => old.and_then(|old| old.sent),
                },
                None => old.and_then(|old| old.sent),
            };
            let denial = denials.next_if(|(of, _)| **of == *user).map(|(_, denial)| denial);
            if sent.is_none() && denial.is_none() {
                continue;
            }
            let heard = denial.map(|denial| day_of(denial.at_us)).transpose()?;
            let scored = scored.then_some(self.day);
            let Some(last_seen) = old.map(|old| old.last_seen).max(scored).max(heard).filter(|seen| *seen >= oldest)
            else {
                continue;
            };
            writer.push(&user, Known { last_seen, sent, denial })?;
        }
        writer.finish()
    }
}

/// In UTC, which is near enough for when a visitor is forgotten.
fn day_of(time_us: i64) -> Result<Date> {
    Ok(Timestamp::from_microsecond(time_us)?.to_zoned(jiff::tz::TimeZone::UTC).date())
}
