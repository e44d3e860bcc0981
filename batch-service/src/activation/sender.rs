//! Sends the rows of a plan, batch by batch, with the journal a step ahead.

use super::journal::{BatchState, Journal};
use super::ledger::Ledger;
use super::{Destination, Item, Sent};
use crate::failpoint;
use crate::jobs::{ExitKind, exit};
use crate::progress;
use crate::stop;
use crate::warehouse::Fence;
use anyhow::Result;
use jiff::Timestamp;
use serde::Serialize;
use std::ops::Range;

/// What sending did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Tally {
    /// Batches that were sent.
    pub batches: u64,
    /// Batches that had been sent before by an upload that has died.
    pub repeated: u64,
    /// Rows that were received.
    pub sent: u64,
    /// Rows that were not taken.
    pub refused: u64,
}

/// Sends what is left of a plan. `rows` are its rows in the ledger.
///
/// # Errors
/// When a batch was not taken or nobody knows whether it was; what was sent by then is in the journal, and the next upload
/// goes on from there.
pub fn send(
    destination: &dyn Destination,
    ledger: &Ledger,
    rows: &[usize],
    journal: &mut Journal<'_>,
    fence: &Fence,
) -> Result<Tally> {
    let mut tally = Tally::default();
    let begun: Vec<Range<usize>> =
        journal.batches().filter(|b| b.state == BatchState::Sending).map(super::journal::Batch::rows).collect();
    let bar = progress::bar(rows.len() as u64, "uploading");
    // What comes next is last.
    let mut left: Vec<Range<usize>> = journal.left();
    left.reverse();
    bar.set_position((rows.len() - left.iter().map(ExactSizeIterator::len).sum::<usize>()) as u64);
    let mut most = destination.batch_rows();
    while let Some(range) = left.pop() {
        let range = match range.len() > most {
            true => {
                left.push(range.start + most..range.end);
                range.start..range.start + most
            }
            false => range,
        };
        let goes_on = stop::check().and_then(|()| fence.check());
        if let Err(error) = goes_on {
            journal.save()?;
            return Err(error);
        }
        let items: Vec<Item<'_>> =
            rows.get(range.clone()).unwrap_or_default().iter().filter_map(|row| ledger.item(*row)).collect();
        let at = Timestamp::now();
        journal.sending(range.clone(), at)?;
        failpoint::at("upload.sending");
        let sent = destination.send(&items, at);
        failpoint::at("upload.sent");
        tally.batches += 1;
        tally.repeated += u64::from(begun.iter().any(|b| b.start < range.end && range.start < b.end));
        let count = range.len() as u64;
        match sent {
            Sent::Received(request_id) => {
                tally.sent += count;
                journal.ended(BatchState::Sent, request_id, None, Vec::new());
            }
            Sent::Partly { refused, why } => {
                tally.sent += count - refused.len() as u64;
                tally.refused += refused.len() as u64;
                journal.ended(BatchState::Sent, None, Some(format!("{why:#}")), refused);
            }
            Sent::TooLarge if range.len() > 1 => {
                journal.take_back();
                tally.batches -= 1;
                most = range.len().div_ceil(2);
                progress::warning(format_args!("a batch of {count} rows is too large; going on with {most}"));
                left.push(range);
                continue;
            }
            Sent::TooLarge => {
                tally.refused += count;
                journal.ended(BatchState::Refused, None, Some("the request is too large".to_owned()), Vec::new());
            }
            // Before anything was taken, something is wrong with all of it.
            Sent::Refused(error) if !journal.batches().any(|batch| batch.state == BatchState::Sent) => {
                journal.take_back();
                journal.save()?;
                return Err(error.context("the first batch was refused; nothing was sent"));
            }
            Sent::Refused(error) => {
                tally.refused += count;
                journal.ended(BatchState::Refused, None, Some(format!("{error:#}")), Vec::new());
            }
            Sent::NotReceived(error) => {
                journal.take_back();
                journal.save()?;
                return Err(unfinished(&error, rows.len(), journal));
            }
            Sent::Unknown(error) => return Err(unfinished(&error, rows.len(), journal)),
        }
        bar.inc(count);
    }
    journal.save()?;
    bar.finish_and_clear();
    Ok(tally)
}

/// An upload that may go on later is a failure all the same: nobody else would say so.
fn unfinished(error: &anyhow::Error, rows: usize, journal: &Journal<'_>) -> anyhow::Error {
    let left: usize = journal.left().iter().map(ExactSizeIterator::len).sum();
    let text = format!("{left} of {rows} rows are left; the same upload once more goes on from there: {error:#}");
    exit(ExitKind::CheckFailed, text)
}
