//! The table `visitor_state`: a visitor at the end of a day, ordered by id.

use crate::warehouse::local::{LocalWarehouse, Replacement};
use crate::warehouse::read::TableReader;
use crate::warehouse::table::{Cells, Column, TableWriter, Type};
use anyhow::{Context, Result};
use jiff::civil::Date;
use std::fs::File;
use std::path::PathBuf;

/// Name of the table.
pub const TABLE: &str = "visitor_state";
/// Shards of a day: the unit of parallel work. `FARM_FINGERPRINT(user_pseudo_id) mod 64`, as BigQuery computes it.
const SHARDS: i64 = 64;
const GROUP: usize = 16_384;

const COLUMNS: &[Column] = &[
    Column::required("user_pseudo_id", Type::Text),
    Column::required("shard", Type::I32),
    Column::required("last_event", Type::I64),
    Column::optional("last_conversion", Type::I64),
    Column::required("state", Type::Bytes),
];

/// One row.
#[derive(Clone, Debug, PartialEq, Eq)]
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

/// Shard of a visitor: BigQuery's `MOD(ABS(FARM_FINGERPRINT(id)), 64)`.
#[must_use]
pub fn shard(user: &str) -> i32 {
    // FARM_FINGERPRINT is the signed reading of Fingerprint64; ABS of the smallest number stays out of range there.
    ((farmhash::fingerprint64(user.as_bytes()) as i64).unsigned_abs() % SHARDS as u64) as i32
}

/// Reads a day's states in the order of ids, a row group at a time.
pub struct StateReader {
    files: std::vec::IntoIter<PathBuf>,
    open: Option<(TableReader, usize)>,
    rows: std::vec::IntoIter<StateRow>,
}

impl StateReader {
    /// The states of a day; none when there is no such partition.
    ///
    /// # Errors
    /// When the partition cannot be listed.
    pub fn open(warehouse: &LocalWarehouse, day: Date) -> Result<Self> {
        Ok(Self::of(warehouse.files(TABLE, day)?))
    }

    /// No states.
    #[must_use]
    pub fn empty() -> Self {
        Self::of(Vec::new())
    }

    fn of(files: Vec<PathBuf>) -> Self {
        Self { files: files.into_iter(), open: None, rows: Vec::new().into_iter() }
    }

    /// The next state.
    ///
    /// # Errors
    /// When a file is broken or lacks a column.
    #[allow(clippy::should_implement_trait, reason = "reading can fail, and callers use `?`")]
    pub fn next(&mut self) -> Result<Option<StateRow>> {
        loop {
            if let Some(row) = self.rows.next() {
                return Ok(Some(row));
            }
            match &mut self.open {
                Some((file, group)) if *group < file.groups() => {
                    self.rows = read_group(file, *group)?.into_iter();
                    *group += 1;
                }
                _ => match self.files.next() {
                    Some(path) => self.open = Some((TableReader::open(&path)?, 0)),
                    None => return Ok(None),
                },
            }
        }
    }
}

fn read_group(file: &TableReader, group: usize) -> Result<Vec<StateRow>> {
    let (users, last) = (file.column(group, "user_pseudo_id")?, file.column(group, "last_event")?);
    let (conversion, state) = (file.column(group, "last_conversion")?, file.column(group, "state")?);
    let rows = users.texts()?.into_iter().zip(last.i64s()?).zip(conversion.i64s()?).zip(state.bytes()?);
    rows.map(|(((user, last), last_conversion_us), state)| {
        Ok(StateRow {
            user: user.context("a visitor state without a visitor")?.to_owned(),
            last_event_us: last.context("a visitor state without a last event")?,
            last_conversion_us,
            state: state.context("an empty visitor state")?.to_owned(),
        })
    })
    .collect()
}

/// Writes a day's states; rows come in the order of ids.
pub struct StateWriter {
    replacement: Replacement,
    writer: TableWriter<File>,
    rows: Vec<StateRow>,
}

impl StateWriter {
    /// Starts the partition of a day.
    ///
    /// # Errors
    /// When the folder cannot be written.
    pub fn create(warehouse: &LocalWarehouse, day: Date) -> Result<Self> {
        let mut replacement = warehouse.replace(TABLE, day)?;
        let writer = TableWriter::new(replacement.part()?, TABLE, COLUMNS)?;
        Ok(Self { replacement, writer, rows: Vec::with_capacity(GROUP) })
    }

    /// Adds a state.
    ///
    /// # Errors
    /// When writing fails.
    pub fn push(&mut self, row: StateRow) -> Result<()> {
        self.rows.push(row);
        if self.rows.len() == GROUP { self.flush() } else { Ok(()) }
    }

    /// Puts the partition in place.
    ///
    /// # Errors
    /// When writing fails.
    pub fn commit(mut self) -> Result<()> {
        self.flush()?;
        self.writer.finish()?;
        self.replacement.commit()
    }

    fn flush(&mut self) -> Result<()> {
        let rows = std::mem::take(&mut self.rows);
        if rows.is_empty() {
            return Ok(());
        }
        let mut group = self.writer.group()?;
        group.put(Cells::bytes(rows.iter().map(|r| r.user.as_bytes())))?;
        group.put(Cells::i32s(rows.iter().map(|r| shard(&r.user)).collect()))?;
        group.put(Cells::i64s(rows.iter().map(|r| r.last_event_us).collect()))?;
        group.put(Cells::i64s_optional(rows.iter().map(|r| r.last_conversion_us)))?;
        group.put(Cells::bytes(rows.iter().map(|r| r.state.as_slice())))?;
        group.finish()
    }
}
