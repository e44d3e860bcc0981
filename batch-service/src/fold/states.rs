//! The table `visitor_state`: a visitor at the end of a day, ordered by id.

use crate::failpoint;
use crate::shards::{Shards, shard};
use crate::warehouse::bigquery::states_of;
use crate::warehouse::parquet::Plain;
use crate::warehouse::read::{ColumnCells, TableReader};
use crate::warehouse::table::{Cells, Column, TableWriter, Type};
use crate::warehouse::{Replacement, Warehouse};
use anyhow::{Context, Result};
use jiff::civil::Date;
use std::cmp::Ordering;
use std::collections::HashMap;
use std::fs::File;
use std::path::PathBuf;

/// Name of the table.
pub const TABLE: &str = "visitor_state";
const GROUP: usize = 16_384;

/// The columns of the table.
pub const COLUMNS: &[Column] = &[
    Column::required("user_pseudo_id", Type::Text),
    Column::required("shard", Type::I32),
    Column::required("last_event", Type::I64),
    Column::optional("last_conversion", Type::I64),
    Column::required("state", Type::Bytes),
];

/// One row.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StateRow {
    /// `user_pseudo_id`.
    pub user: String,
    /// Time of the visitor's last event, microseconds.
    pub last_event_us: i64,
    /// Time of the last conversion, microseconds.
    pub last_conversion_us: Option<i64>,
    /// `Visitor::save`.
    pub state: Vec<u8>,
}

/// Reads a day's states in the order of ids, a row group at a time.
pub struct StateReader {
    files: std::vec::IntoIter<PathBuf>,
    open: Option<(TableReader, usize)>,
    group: Option<Group>,
    shards: Shards,
}

/// The columns of a row group.
struct Group {
    users: ColumnCells,
    last_events: Vec<Option<i64>>,
    last_conversions: Vec<Option<i64>>,
    states: ColumnCells,
    at: usize,
}

impl StateReader {
    /// The states of a day; none when there is no such partition.
    ///
    /// # Errors
    /// When the partition cannot be listed.
    pub fn open(warehouse: &dyn Warehouse, day: Date) -> Result<Self> {
        Self::open_part(warehouse, day, Shards::ALL)
    }

    /// The states of a day's visitors that belong to `shards`.
    ///
    /// # Errors
    /// As for `open`.
    pub fn open_part(warehouse: &dyn Warehouse, day: Date, shards: Shards) -> Result<Self> {
        Ok(Self { shards, ..Self::of(warehouse.files(TABLE, day, shards)?) })
    }

    /// The states of some visitors at the end of a day, of those who have one.
    ///
    /// # Errors
    /// When the partition cannot be read.
    pub fn find(warehouse: &dyn Warehouse, day: Date, users: &[&str]) -> Result<HashMap<String, Vec<u8>>> {
        // A whole day of it would be fetched otherwise.
        if let Some((bigquery, dataset)) = warehouse.dataset() {
            return states_of(bigquery, dataset, day, users);
        }
        let mut found = HashMap::new();
        for user in users {
            if let Some(state) = Self::find_in_files(warehouse, day, user)? {
                let _ = found.insert((*user).to_owned(), state);
            }
        }
        Ok(found)
    }

    fn find_in_files(warehouse: &dyn Warehouse, day: Date, user: &str) -> Result<Option<Vec<u8>>> {
        for path in warehouse.files(TABLE, day, Shards::ALL)? {
            let file = TableReader::open(&path)?;
            for group in 0..file.groups() {
                let users = file.column(group, "user_pseudo_id")?;
                let (mut low, mut high) = (0, file.rows(group)?);
                while low < high {
                    let middle = low + (high - low) / 2;
                    match users.bytes_at(middle)?.cmp(user.as_bytes()) {
                        Ordering::Equal => return Ok(Some(file.column(group, "state")?.bytes_at(middle)?.to_vec())),
                        Ordering::Less => low = middle + 1,
                        Ordering::Greater => high = middle,
                    }
                }
            }
        }
        Ok(None)
    }

    /// No states.
    #[must_use]
    pub fn empty() -> Self {
        Self::of(Vec::new())
    }

    fn of(files: Vec<PathBuf>) -> Self {
        Self { files: files.into_iter(), open: None, group: None, shards: Shards::ALL }
    }

    /// Gives the states of several files, each in the order of ids, in the order of ids.
    ///
    /// # Errors
    /// When a file is broken, or the error of `each`.
    pub fn merge(files: Vec<PathBuf>, mut each: impl FnMut(&StateRow) -> Result<()>) -> Result<()> {
        let mut readers: Vec<Self> = files.into_iter().map(|file| Self::of(vec![file])).collect();
        let mut next = readers.iter_mut().map(Self::next).collect::<Result<Vec<_>>>()?;
        loop {
            let least = next.iter().enumerate().filter_map(|(i, row)| Some((row.as_ref()?.user.as_str(), i))).min();
            let Some((_, index)) = least else { return Ok(()) };
            if let Some(row) = std::mem::replace(&mut next[index], readers[index].next()?) {
                each(&row)?;
            }
        }
    }

    /// The next state.
    ///
    /// # Errors
    /// When a file is broken or lacks a column.
    #[allow(clippy::should_implement_trait, reason = "reading can fail, and callers use `?`")]
    pub fn next(&mut self) -> Result<Option<StateRow>> {
        let mut row = StateRow::default();
        Ok(self.read(&mut row)?.then_some(row))
    }

    /// Puts the next state into `row`, whose room is used again; false at the end.
    ///
    /// # Errors
    /// As for [`StateReader::next`].
    pub fn read(&mut self, row: &mut StateRow) -> Result<bool> {
        loop {
            if let Some(group) = &mut self.group
                && group.read(row)?
            {
                if self.shards.contain(&row.user) {
                    return Ok(true);
                }
                continue;
            }
            match &mut self.open {
                Some((file, group)) if *group < file.groups() => {
                    self.group = Some(Group::open(file, *group)?);
                    *group += 1;
                }
                _ => match self.files.next() {
                    Some(path) => self.open = Some((TableReader::open(&path)?, 0)),
                    None => return Ok(false),
                },
            }
        }
    }
}

impl Group {
    fn open(file: &TableReader, group: usize) -> Result<Self> {
        Ok(Self {
            users: file.column(group, "user_pseudo_id")?,
            last_events: file.column(group, "last_event")?.i64s()?,
            last_conversions: file.column(group, "last_conversion")?.i64s()?,
            states: file.column(group, "state")?,
            at: 0,
        })
    }

    fn read(&mut self, row: &mut StateRow) -> Result<bool> {
        let at = self.at;
        let Some(last) = self.last_events.get(at) else { return Ok(false) };
        self.at += 1;
        row.user.clear();
        row.user.push_str(str::from_utf8(self.users.bytes_at(at)?).context("a visitor's id is not a text")?);
        row.last_event_us = last.context("a visitor state without a last event")?;
        row.last_conversion_us = self.last_conversions.get(at).copied().flatten();
        row.state.clear();
        row.state.extend_from_slice(self.states.bytes_at(at)?);
        Ok(true)
    }
}

/// Writes a day's states; rows come in the order of ids.
pub struct StateWriter {
    replacement: Replacement,
    writer: TableWriter<'static, File>,
    users: Plain,
    shards: Vec<i32>,
    last_events: Vec<i64>,
    last_conversions: Vec<Option<i64>>,
    states: Plain,
}

impl StateWriter {
    /// Starts the partition of a day.
    ///
    /// # Errors
    /// When the folder cannot be written.
    pub fn create(warehouse: &dyn Warehouse, day: Date) -> Result<Self> {
        let mut replacement = warehouse.replace(TABLE, day)?;
        let writer = TableWriter::new(replacement.part()?, TABLE, COLUMNS)?;
        Ok(Self {
            replacement,
            writer,
            users: Plain::default(),
            shards: Vec::new(),
            last_events: Vec::new(),
            last_conversions: Vec::new(),
            states: Plain::default(),
        })
    }

    /// Adds a state.
    ///
    /// # Errors
    /// When writing fails.
    pub fn push(
        &mut self,
        user: &str,
        last_event_us: i64,
        last_conversion_us: Option<i64>,
        state: &[u8],
    ) -> Result<()> {
        self.users.push(user.as_bytes());
        self.shards.push(shard(user));
        self.last_events.push(last_event_us);
        self.last_conversions.push(last_conversion_us);
        self.states.push(state);
        if self.users.len() == GROUP { self.flush() } else { Ok(()) }
    }

    /// The new content of the partition, to be published.
    ///
    /// # Errors
    /// When writing fails.
    pub fn finish(mut self) -> Result<Replacement> {
        self.flush()?;
        self.writer.finish()?;
        Ok(self.replacement)
    }

    fn flush(&mut self) -> Result<()> {
        if self.users.is_empty() {
            return Ok(());
        }
        let mut group = self.writer.group()?;
        group.put_plain(&self.users)?;
        failpoint::at("write_visitor_state.middle");
        group.put(Cells::i32s(std::mem::take(&mut self.shards)))?;
        group.put(Cells::i64s(std::mem::take(&mut self.last_events)))?;
        group.put(Cells::i64s_optional(self.last_conversions.drain(..)))?;
        group.put_plain(&self.states)?;
        self.users.clear();
        self.states.clear();
        group.finish()
    }
}
