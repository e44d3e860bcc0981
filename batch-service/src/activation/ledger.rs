//! The table `activations`: what was to be sent on a day, and what came of it.

use super::{Bucket, Item, band};
use crate::fingerprint;
use crate::shards::Shards;
use crate::warehouse::parquet::{Dictionary, MISSING, Plain};
use crate::warehouse::read::TableReader;
use crate::warehouse::table::{Cells, Column, TableWriter, Type};
use crate::warehouse::{Replacement, Warehouse};
use anyhow::{Context, Result};
use jiff::civil::{Date, date};
use model_core::Band;
use std::collections::HashMap;

/// Name of the table.
pub const TABLE: &str = "activations";
const GROUP: usize = 65_536;

/// The columns of the table.
pub const COLUMNS: &[Column] = &[
    Column::required("activation_date", Type::Date),
    Column::required("user_pseudo_id", Type::Text),
    Column::required("destination", Type::Text),
    Column::required("sent_to", Type::Text),
    Column::required("score_bucket", Type::Text),
    Column::required("band", Type::Text),
    Column::required("event_id", Type::Text),
    Column::required("state", Type::Text),
    Column::optional("request_id", Type::Text),
    Column::optional("request_status", Type::Text),
    Column::required("planned_at", Type::I64),
    Column::optional("sent_at", Type::I64),
    Column::optional("seen_at", Type::I64),
    Column::optional("reason", Type::Text),
];

/// How far a row has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum State {
    /// To be sent.
    Planned,
    /// Sent, and nobody knows whether it was received.
    Sending,
    /// Received, as the destination says.
    Sent,
    /// Found in the export.
    Seen,
    /// Not found in the export of the day on which it was sent.
    Missing,
    /// Not sent because of a rule, or not taken by the destination.
    Refused,
}

impl State {
    /// All of them, in the order of their codes.
    pub const ALL: [Self; 6] = [Self::Planned, Self::Sending, Self::Sent, Self::Seen, Self::Missing, Self::Refused];

    /// The word of the table.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Planned => "planned",
            Self::Sending => "sending",
            Self::Sent => "sent",
            Self::Seen => "seen",
            Self::Missing => "missing",
            Self::Refused => "refused",
        }
    }

    fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == word)
    }
}

/// A word that many rows share; 0 is none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Word(u32);

impl Word {
    /// Tells it from the other words of its ledger.
    #[must_use]
    pub fn number(self) -> u32 {
        self.0
    }
}

/// A row without its visitor. Times are microseconds since 1970, 0 is none.
#[derive(Clone, Copy, Debug)]
pub struct Entry {
    /// The score.
    pub bucket: Bucket,
    /// The band.
    pub band: Band,
    /// How far it has come.
    pub state: State,
    /// Which destination.
    pub destination: Word,
    /// Which property, and the names of its user properties.
    pub sent_to: Word,
    /// The destination's name of the request.
    pub request_id: Word,
    /// What the destination says of the request.
    pub request_status: Word,
    /// Why it was refused, or is missing.
    pub reason: Word,
    /// When it was planned: rows of one plan share it.
    pub planned_at: i64,
    /// When it was sent last.
    pub sent_at: i64,
    /// When it was found in the export.
    pub seen_at: i64,
}

/// The rows of a day, ordered by visitor, then by plan.
#[derive(Debug, Default)]
pub struct Ledger {
    ids: String,
    ends: Vec<u32>,
    /// The rows; their number does not change from outside.
    entries: Vec<Entry>,
    words: Vec<String>,
    known: HashMap<String, u32>,
}

impl Ledger {
    /// The number of rows.
    #[must_use]
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// The visitor of a row.
    #[must_use]
    pub fn user(&self, row: usize) -> &str {
        let end = |row: usize| self.ends.get(row).map_or(0, |end| *end as usize);
        let start = if row == 0 { 0 } else { end(row - 1) };
        self.ids.get(start..end(row)).unwrap_or_default()
    }

    /// The rows without their visitors.
    #[must_use]
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// The same, to be changed.
    pub fn entries_mut(&mut self) -> &mut [Entry] {
        &mut self.entries
    }

    /// What is sent of a row.
    #[must_use]
    pub fn item(&self, row: usize) -> Option<Item<'_>> {
        let entry = self.entries.get(row)?;
        Some(Item { client_id: self.user(row), bucket: entry.bucket, band: entry.band })
    }

    /// Adds a row behind the others.
    ///
    /// # Errors
    /// When there are more ids than a day can have.
    pub fn push(&mut self, user: &str, entry: Entry) -> Result<()> {
        self.ids.push_str(user);
        self.ends.push(u32::try_from(self.ids.len()).context("more than 4 GiB of visitors")?);
        self.entries.push(entry);
        Ok(())
    }

    /// A word to be kept once.
    pub fn word(&mut self, text: &str) -> Word {
        if text.is_empty() {
            return Word(0);
        }
        if let Some(number) = self.known.get(text) {
            return Word(*number);
        }
        self.words.push(text.to_owned());
        let number = self.words.len() as u32;
        self.known.insert(text.to_owned(), number);
        Word(number)
    }

    /// The text of a word; empty for none.
    #[must_use]
    pub fn text(&self, word: Word) -> &str {
        let index = (word.0 as usize).checked_sub(1);
        index.and_then(|index| self.words.get(index)).map_or("", String::as_str)
    }

    /// How many rows are in each state.
    #[must_use]
    pub fn counts(&self) -> [u64; State::ALL.len()] {
        let mut counts = [0; State::ALL.len()];
        self.entries.iter().for_each(|entry| counts[entry.state as usize] += 1);
        counts
    }

    /// Takes over the rows of another ledger, so that all are in order.
    ///
    /// # Errors
    /// As for `push`.
    pub fn with(self, other: &Self) -> Result<Self> {
        let mut order: Vec<(&Self, usize)> = (0..self.len()).map(|row| (&self, row)).collect();
        order.extend((0..other.len()).map(|row| (other, row)));
        order.sort_by(|(a, i), (b, j)| {
            let key = |ledger: &Self, row: usize| ledger.entries[row].planned_at;
            a.user(*i).cmp(b.user(*j)).then(key(a, *i).cmp(&key(b, *j)))
        });
        let mut all = Self::default();
        for (from, row) in order {
            let mut entry = from.entries[row];
            for word in entry.words_mut() {
                *word = all.word(from.text(*word));
            }
            all.push(from.user(row), entry)?;
        }
        Ok(all)
    }
}

impl Entry {
    /// A row that is to be sent.
    #[must_use]
    pub fn planned(bucket: Bucket, band: Band, planned_at: i64) -> Self {
        let none = Word(0);
        Self {
            bucket,
            band,
            state: State::Planned,
            destination: none,
            sent_to: none,
            request_id: none,
            request_status: none,
            reason: none,
            planned_at,
            sent_at: 0,
            seen_at: 0,
        }
    }

    fn words_mut(&mut self) -> [&mut Word; 5] {
        let Self { destination, sent_to, request_id, request_status, reason, .. } = self;
        [destination, sent_to, request_id, request_status, reason]
    }
}

/// The name of what is sent of a visitor on a day: the same content always has the same name.
#[must_use]
pub fn event_id(sent_to: &str, user: &str, day: Date, bucket: Bucket, band: Band) -> String {
    let text = format!("{sent_to}\n{user}\n{day}\n{}\n{}", bucket.word(), band.as_str());
    let mut hash = fingerprint::sha256(text.as_bytes());
    hash.truncate(32);
    hash
}

/// Writes a new content for a day of the table, to be published.
///
/// # Errors
/// When writing fails.
pub fn stage(warehouse: &dyn Warehouse, day: Date, ledger: &Ledger) -> Result<Replacement> {
    write(warehouse, day, ledger).with_context(|| format!("writing {TABLE} of {day}"))
}

fn write(warehouse: &dyn Warehouse, day: Date, ledger: &Ledger) -> Result<Replacement> {
    let epoch_day = (day - date(1970, 1, 1)).get_days();
    let mut replacement = warehouse.replace(TABLE, day)?;
    let mut writer = TableWriter::new(replacement.part()?, TABLE, COLUMNS)?;
    let bands = [Band::Low, Band::Medium, Band::High].map(Band::as_str);
    let present = |time: i64| (time != 0).then_some(time);
    for (number, rows) in ledger.entries.chunks(GROUP).enumerate() {
        let first = number * GROUP;
        let words = |of: fn(&Entry) -> Word| {
            let codes = rows.iter().map(|row| of(row).0.checked_sub(1).unwrap_or(MISSING)).collect();
            Cells::coded(Dictionary::text(ledger.words.iter().map(String::as_str)), codes)
        };
        let (mut users, mut ids) = (Plain::default(), Plain::default());
        for (offset, row) in rows.iter().enumerate() {
            let user = ledger.user(first + offset);
            users.push(user.as_bytes());
            ids.push(event_id(ledger.text(row.sent_to), user, day, row.bucket, row.band).as_bytes());
        }
        let buckets: Vec<String> = rows.iter().map(|row| row.bucket.word()).collect();
        let states = State::ALL.map(State::as_str);
        let mut group = writer.group()?;
        group.put(Cells::coded(Dictionary::i32(&[epoch_day]), vec![0; rows.len()]))?;
        group.put_plain(&users)?;
        group.put(words(|row| row.destination))?;
        group.put(words(|row| row.sent_to))?;
        group.put(Cells::texts(buckets.iter().map(|bucket| Some(bucket.as_str()))))?;
        group.put(Cells::coded(Dictionary::text(bands), rows.iter().map(|row| row.band as u32).collect()))?;
        group.put_plain(&ids)?;
        group.put(Cells::coded(Dictionary::text(states), rows.iter().map(|row| row.state as u32).collect()))?;
        group.put(words(|row| row.request_id))?;
        group.put(words(|row| row.request_status))?;
        group.put(Cells::i64s(rows.iter().map(|row| row.planned_at).collect()))?;
        group.put(Cells::i64s_optional(rows.iter().map(|row| present(row.sent_at))))?;
        group.put(Cells::i64s_optional(rows.iter().map(|row| present(row.seen_at))))?;
        group.put(words(|row| row.reason))?;
        group.finish()?;
    }
    writer.finish()?;
    Ok(replacement)
}

/// Reads a day of the table; no rows when there is none.
///
/// # Errors
/// When the partition cannot be read.
pub fn load(warehouse: &dyn Warehouse, day: Date) -> Result<Ledger> {
    let mut ledger = Ledger::default();
    for path in warehouse.files(TABLE, day, Shards::ALL)? {
        let file = TableReader::open(&path)?;
        for group in 0..file.groups() {
            read(&file, group, &mut ledger).with_context(|| format!("reading {TABLE} of {day}"))?;
        }
    }
    Ok(ledger)
}

fn read(file: &TableReader, group: usize, ledger: &mut Ledger) -> Result<()> {
    let column = |name| file.column(group, name);
    let (users, buckets, bands) = (column("user_pseudo_id")?, column("score_bucket")?, column("band")?);
    let (states, destinations, sent_to) = (column("state")?, column("destination")?, column("sent_to")?);
    let (requests, statuses, reasons) = (column("request_id")?, column("request_status")?, column("reason")?);
    let (planned, sent) = (column("planned_at")?.i64s()?, column("sent_at")?.i64s()?);
    let seen = column("seen_at")?.i64s()?;
    let (buckets, bands, states) = (buckets.texts()?, bands.texts()?, states.texts()?);
    let (destinations, sent_to, requests) = (destinations.texts()?, sent_to.texts()?, requests.texts()?);
    let (statuses, reasons) = (statuses.texts()?, reasons.texts()?);
    for (row, user) in users.texts()?.into_iter().enumerate() {
        let mut word = |texts: &[Option<&str>]| ledger.word(texts[row].unwrap_or_default());
        let entry = Entry {
            bucket: Bucket::parse(buckets[row].unwrap_or_default()).context("an unknown bucket")?,
            band: band(bands[row].unwrap_or_default()).context("an unknown band")?,
            state: State::parse(states[row].unwrap_or_default()).context("an unknown state")?,
            destination: word(&destinations),
            sent_to: word(&sent_to),
            request_id: word(&requests),
            request_status: word(&statuses),
            reason: word(&reasons),
            planned_at: planned[row].context("a row without a time")?,
            sent_at: sent[row].unwrap_or(0),
            seen_at: seen[row].unwrap_or(0),
        };
        ledger.push(user.unwrap_or_default(), entry)?;
    }
    Ok(())
}
