//! What is under way: beside the table, so that a batch costs one small object and not a partition of a million rows.
//!
//! An upload writes `leases/NAME/upload.json` when its plan is published, and then segments of at most 64 batches each,
//! `parts/NAME/uploads/DATE-PLAN/NNN.json`: before a batch is sent, one write says so, and what came of the batch before. An
//! upload that has died is gone on with from there. A segment is replaced only if nobody else has replaced it, so that
//! one that was only asleep cannot send on.

use super::ledger::{Ledger, State};
use crate::fingerprint;
use crate::jobs::{ExitKind, exit};
use crate::store::{Generation, ObjectStore, Replaced};
use anyhow::{Context, Result};
use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use std::ops::Range;

/// Batches of a segment.
const SEGMENT: usize = 64;

/// Which plan is under way.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Head {
    /// The day of the scores.
    pub day: Date,
    /// The plan: its rows in the table have this time, microseconds since 1970.
    pub planned_at: i64,
    /// How many rows it has.
    pub rows: usize,
    /// Hash of its rows.
    pub sha256: String,
    /// Everything is in the table.
    pub closed: bool,
}

/// A batch: rows of the plan, in the order of visitors.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Batch {
    /// Its first row.
    pub from: usize,
    /// The row after its last one.
    pub to: usize,
    /// `sending` while nobody knows.
    pub state: BatchState,
    /// When it was sent.
    pub at: Timestamp,
    /// The destination's name of the request.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request_id: Option<String>,
    /// Why rows were refused.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Rows of it that were refused while the others were received.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub refused: Vec<usize>,
}

/// The object that says which plan is under way.
fn head_of(name: &str) -> String {
    format!("leases/{name}/upload.json")
}

/// What came of a batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum BatchState {
    /// Perhaps it was received.
    Sending,
    /// It was received.
    Sent,
    /// It was not taken.
    Refused,
}

impl Batch {
    /// The rows.
    #[must_use]
    pub fn rows(&self) -> Range<usize> {
        self.from..self.to
    }

    fn is_over(&self) -> bool {
        self.state != BatchState::Sending
    }
}

/// The rows of a plan in a day's ledger, in the order of visitors, with their hash.
#[must_use]
pub fn plan_rows(ledger: &Ledger, planned_at: i64) -> (Vec<usize>, String) {
    let of_plan = |row: &usize| {
        let entry = &ledger.entries()[*row];
        // What a rule has refused was never to be sent.
        entry.planned_at == planned_at && (entry.state != State::Refused || entry.sent_at != 0)
    };
    let rows: Vec<usize> = (0..ledger.len()).filter(of_plan).collect();
    let mut text = String::new();
    let mut chain = String::new();
    for (number, row) in rows.iter().enumerate() {
        let entry = &ledger.entries()[*row];
        text.push_str(ledger.user(*row));
        text.push_str(&entry.bucket.word());
        text.push_str(entry.band.as_str());
        text.push('\n');
        if number % (1 << 16) == (1 << 16) - 1 {
            chain = fingerprint::sha256(format!("{chain}{text}").as_bytes());
            text.clear();
        }
    }
    (rows, fingerprint::sha256(format!("{chain}{text}").as_bytes()))
}

/// The journal of one upload.
pub struct Journal<'a> {
    store: &'a dyn ObjectStore,
    name: String,
    /// Which plan it is about.
    pub head: Head,
    segment: usize,
    /// Batches of the segments before this one, which are over.
    before: Vec<Batch>,
    batches: Vec<Batch>,
    /// The segment as it is in the store.
    written: Option<Vec<u8>>,
}

impl<'a> Journal<'a> {
    /// The journal of the upload of a warehouse that has not ended; `None` when there is none.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn open(store: &'a dyn ObjectStore, name: &str) -> Result<Option<Self>> {
        let Some(bytes) = store.get(&head_of(name))? else { return Ok(None) };
        let head: Head = serde_json::from_slice(&bytes).with_context(|| head_of(name))?;
        if head.closed {
            return Ok(None);
        }
        let mut journal = Self::of(store, name, head);
        while let Some(bytes) = store.get(&journal.object())? {
            journal.batches = serde_json::from_slice(&bytes).with_context(|| journal.object())?;
            journal.written = Some(bytes);
            if !journal.is_full() {
                break;
            }
            journal.turn();
        }
        Ok(Some(journal))
    }

    /// Begins the journal of a plan that is in the table.
    ///
    /// # Errors
    /// When the store cannot be written.
    pub fn begin(store: &'a dyn ObjectStore, name: &str, head: Head) -> Result<Self> {
        let journal = Self::of(store, name, head);
        journal.put_head()?;
        Ok(journal)
    }

    fn of(store: &'a dyn ObjectStore, name: &str, head: Head) -> Self {
        let name = name.to_owned();
        Self { store, name, head, segment: 0, before: Vec::new(), batches: Vec::new(), written: None }
    }

    fn put_head(&self) -> Result<()> {
        self.store.put(&head_of(&self.name), &serde_json::to_vec(&self.head)?)
    }

    fn folder(&self) -> String {
        format!("parts/{}/uploads/{}-{}", self.name, self.head.day, self.head.planned_at)
    }

    fn object(&self) -> String {
        format!("{}/{:03}.json", self.folder(), self.segment)
    }

    /// The rows of the plan in the day's ledger.
    ///
    /// # Errors
    /// Exit code 4 when the table has other rows than the plan had.
    pub fn rows_of(&self, ledger: &Ledger) -> Result<Vec<usize>> {
        let (rows, sha256) = plan_rows(ledger, self.head.planned_at);
        if rows.len() != self.head.rows || sha256 != self.head.sha256 {
            let text = format!(
                "the table activations of {} has other rows than the upload that is under way: who else writes to it?",
                self.head.day
            );
            return Err(exit(ExitKind::Integrity, text));
        }
        Ok(rows)
    }

    /// All batches so far, in the order in which they were sent.
    pub fn batches(&self) -> impl Iterator<Item = &Batch> {
        self.before.iter().chain(&self.batches)
    }

    /// The rows of the plan that are yet to be sent, or to be sent again, in order.
    #[must_use]
    pub fn left(&self) -> Vec<Range<usize>> {
        let mut over: Vec<Range<usize>> = self.batches().filter(|b| b.is_over()).map(Batch::rows).collect();
        over.sort_unstable_by_key(|rows| rows.start);
        let (mut left, mut at) = (Vec::new(), 0);
        for rows in over {
            if rows.start > at {
                left.push(at..rows.start);
            }
            at = at.max(rows.end);
        }
        if at < self.head.rows {
            left.push(at..self.head.rows);
        }
        left
    }

    /// A batch is about to be sent.
    ///
    /// # Errors
    /// When the store cannot be written, or another upload has gone on in our place: then it must not be sent.
    pub fn sending(&mut self, rows: Range<usize>, at: Timestamp) -> Result<()> {
        if self.is_full() {
            self.save()?;
            self.turn();
        }
        // The one that nobody knows of is this one, or a part of it.
        self.batches.retain(Batch::is_over);
        let (request_id, reason, refused) = (None, None, Vec::new());
        let (from, to, state) = (rows.start, rows.end, BatchState::Sending);
        self.batches.push(Batch { from, to, state, at, request_id, reason, refused });
        self.save()
    }

    /// What came of the batch that was begun last. It is kept with the next write.
    pub fn ended(
        &mut self,
        state: BatchState,
        request_id: Option<String>,
        reason: Option<String>,
        refused: Vec<usize>,
    ) {
        if let Some(batch) = self.batches.last_mut() {
            (batch.state, batch.request_id, batch.reason, batch.refused) = (state, request_id, reason, refused);
        }
    }

    /// Nothing of the batch that was begun last was received.
    pub fn take_back(&mut self) {
        self.batches.retain(Batch::is_over);
    }

    /// Keeps what came of the last batch.
    ///
    /// # Errors
    /// As for `sending`.
    pub fn save(&mut self) -> Result<()> {
        let (object, bytes) = (self.object(), serde_json::to_vec(&self.batches)?);
        if self.written.as_ref() == Some(&bytes) || (self.written.is_none() && self.batches.is_empty()) {
            return Ok(());
        }
        let overtaken = || {
            let text = "another upload has gone on with this one's work; this one stops";
            exit(ExitKind::CheckFailed, text)
        };
        let seen = self.store.look(&object)?;
        if seen.as_ref().map(|seen| &seen.bytes) != self.written.as_ref() {
            return Err(overtaken());
        }
        let generation = seen.map_or_else(Generation::absent, |seen| seen.generation);
        match self.store.replace(&object, &generation, &bytes)? {
            Replaced::Done => {}
            // The answer to our own write was lost.
            Replaced::Lost(Some(there)) if there == bytes => {}
            Replaced::Lost(_) => return Err(overtaken()),
        }
        self.written = Some(bytes);
        Ok(())
    }

    /// Everything is in the table.
    ///
    /// # Errors
    /// When the store cannot be written.
    pub fn close(mut self) -> Result<()> {
        self.head.closed = true;
        self.put_head()?;
        self.store.forget(&self.folder())
    }

    fn is_full(&self) -> bool {
        self.batches.len() >= SEGMENT && self.batches.iter().all(Batch::is_over)
    }

    fn turn(&mut self) {
        self.before.append(&mut self.batches);
        self.segment += 1;
        self.written = None;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::LocalStore;
    use crate::warehouse::scratch::Scratch;
    use jiff::civil::date;

    fn head(rows: usize) -> Head {
        Head { day: date(2026, 11, 20), planned_at: 7, rows, sha256: String::new(), closed: false }
    }

    fn rows(journal: &Journal<'_>) -> Vec<String> {
        journal.left().iter().map(|rows| format!("{rows:?}")).collect()
    }

    #[test]
    fn a_journal_is_gone_on_with_where_it_was() {
        let scratch = Scratch::new();
        let store = LocalStore::new(scratch.path());
        let mut journal = Journal::begin(&store, "folder", head(1_000)).unwrap();
        assert_eq!(rows(&journal), ["0..1000"]);
        for batch in 0..70 {
            journal.sending(batch * 10..batch * 10 + 10, Timestamp::UNIX_EPOCH).unwrap();
            journal.ended(BatchState::Sent, Some(format!("r{batch}")), None, Vec::new());
        }
        journal.sending(700..710, Timestamp::UNIX_EPOCH).unwrap();
        // It dies here.
        let mut again = Journal::open(&store, "folder").unwrap().unwrap();
        assert_eq!(rows(&again), ["700..1000"], "the last one may not have been received");
        assert_eq!(again.batches().count(), 71);
        again.sending(700..705, Timestamp::UNIX_EPOCH).unwrap();
        again.take_back();
        again.sending(705..710, Timestamp::UNIX_EPOCH).unwrap();
        again.ended(BatchState::Refused, None, Some("why".to_owned()), Vec::new());
        assert_eq!(rows(&again), ["700..705", "710..1000"]);
        let error = journal.sending(710..720, Timestamp::UNIX_EPOCH).unwrap_err().to_string();
        assert!(error.contains("another upload"), "who was only asleep must not send: {error}");
        again.save().unwrap();
        again.close().unwrap();
        assert!(Journal::open(&store, "folder").unwrap().is_none());
    }
}
