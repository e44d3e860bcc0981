//! The table `events_clean`: cleansed events, sorted by visitor and time.

use std::collections::HashMap;
use std::io::Write;
use std::ops::Range;
use std::path::PathBuf;

use anyhow::{Context, Result};
use jiff::civil::{Date, date};

use super::local::LocalWarehouse;
use super::parquet::{Batch, Dictionary, LeafReader, MISSING, Value};
use super::read::TableReader;
use super::table::{Cells, Column, TableWriter, Type};
use crate::events::rules::Kind;
use crate::events::{CleanEvents, CleanRow, DayBuilder, RawRow};

/// The name of the table.
pub const TABLE: &str = "events_clean";

/// Rows of a row group, about: a visitor is never cut in two.
const GROUP_ROWS: usize = 1 << 17;

/// Rows read at a time.
const CHUNK: usize = 4096;

/// The columns of the table.
pub const COLUMNS: &[Column] = &[
    Column::required("event_date", Type::Date),
    Column::required("user_pseudo_id", Type::Text),
    Column::required("event_timestamp", Type::I64),
    Column::required("event_name", Type::Text),
    Column::optional("ga_session_id", Type::I64),
    Column::optional("ga_session_number", Type::I64),
    Column::optional("engagement_time_msec", Type::I64),
    Column::optional("page_location", Type::Text),
    Column::optional("page_referrer", Type::Text),
    Column::optional("source", Type::Text),
    Column::optional("medium", Type::Text),
    Column::optional("campaign", Type::Text),
    Column::optional("device_category", Type::Text),
    Column::optional("language", Type::Text),
    Column::required("item_count", Type::I64),
    Column::optional("max_item_price", Type::F64),
    Column::optional("user_first_touch_timestamp", Type::I64),
    Column::optional("transaction_id", Type::Text),
    Column::optional("stream_id", Type::Text),
];

/// Replaces a day of the table.
pub fn replace(warehouse: &LocalWarehouse, day: Date, events: &CleanEvents) -> Result<()> {
    let write = || -> Result<()> {
        let mut replacement = warehouse.replace(TABLE, day)?;
        write(replacement.part()?, day, events)?;
        replacement.commit()
    };
    write().with_context(|| format!("writing {TABLE} of {day}"))
}

/// Reads a day of the table; `None` when the warehouse does not have it.
pub fn load(warehouse: &LocalWarehouse, day: Date) -> Result<Option<CleanEvents>> {
    let files = warehouse.files(TABLE, day)?;
    if files.is_empty() {
        return Ok(None);
    }
    read(&files).map(Some)
}

/// Writes the events of a day as one Parquet file.
pub fn write<W: Write + Send>(sink: W, day: Date, events: &CleanEvents) -> Result<W> {
    let epoch_day = (day - date(1970, 1, 1)).get_days();
    let mut writer = TableWriter::new(sink, TABLE, COLUMNS)?;
    let mut coder = Coder::new(events);
    for range in groups(&events.rows) {
        let rows = &events.rows[range];
        let mut group = writer.group()?;
        let visits = coder.group_of(rows, events.visits.len(), |row| row.visit);
        let extras = coder.group_of(rows, events.extras.len(), |row| row.extra);
        let visit = |index: u32| events.visits[index as usize];
        let extra = |index: u32| events.extras[index as usize];

        group.put(Cells::coded(Dictionary::i32(&[epoch_day]), vec![0; rows.len()]))?;
        group.put(coder.texts(rows, |row| row.user))?;
        group.put(Cells::i64s(rows.iter().map(|row| row.time_us).collect()))?;
        group.put(coder.texts(rows, |row| row.name))?;
        group.put(visits.numbers(|index| present(visit(index).session_id)))?;
        group.put(visits.numbers(|index| present(i64::from(visit(index).session_number))))?;
        group.put(Cells::i64s_optional(rows.iter().map(|row| present(i64::from(row.engaged_ms)))))?;
        group.put(coder.texts(rows, |row| row.page))?;
        group.put(coder.texts(rows, |row| row.referrer))?;
        group.put(coder.shared_texts(&extras, |index| extra(index).source))?;
        group.put(coder.shared_texts(&extras, |index| extra(index).medium))?;
        group.put(coder.shared_texts(&extras, |index| extra(index).campaign))?;
        group.put(coder.shared_texts(&visits, |index| visit(index).device))?;
        group.put(coder.shared_texts(&visits, |index| visit(index).language))?;
        group.put(extras.numbers(|index| Some(i64::from(extra(index).items))))?;
        group.put(extras.fractions(|index| extra(index).price()))?;
        group.put(visits.numbers(|index| present(visit(index).first_touch_us)))?;
        group.put(coder.shared_texts(&extras, |index| extra(index).transaction))?;
        group.put(coder.shared_texts(&visits, |index| visit(index).stream))?;
        group.finish()?;
    }
    writer.finish()
}

fn present(number: i64) -> Option<i64> {
    (number != 0).then_some(number)
}

/// Cuts the rows into groups, between two visitors.
fn groups(rows: &[CleanRow]) -> impl Iterator<Item = Range<usize>> {
    let mut start = 0;
    std::iter::from_fn(move || {
        let begin = start;
        let mut end = (begin + GROUP_ROWS).min(rows.len());
        if let Some(last) = rows[begin..end].last() {
            end += rows[end..].iter().take_while(|row| row.user == last.user).count();
        }
        start = end;
        (begin < end).then_some(begin..end)
    })
}

/// Turns the numbers of a day into the codes of a row group.
struct Coder<'a> {
    events: &'a CleanEvents,
    /// Code by string id; [`MISSING`] where the row group does not have it.
    codes: Vec<u32>,
}

/// One column of shared values: which ones a row group has, and the code of each row.
struct Shared {
    indices: Vec<u32>,
    codes: Vec<u32>,
}

impl<'a> Coder<'a> {
    fn new(events: &'a CleanEvents) -> Self {
        Self { events, codes: Vec::new() }
    }

    fn group_of(&mut self, rows: &[CleanRow], len: usize, of: impl Fn(&CleanRow) -> u32) -> Shared {
        if self.codes.len() < len {
            self.codes.resize(len, MISSING);
        }
        let mut indices = Vec::new();
        let codes = rows.iter().map(|row| self.code(of(row), &mut indices)).collect();
        self.forget(&indices);
        Shared { indices, codes }
    }

    /// The code of an id: the next free one when the row group has not seen it yet.
    fn code(&mut self, id: u32, seen: &mut Vec<u32>) -> u32 {
        let code = &mut self.codes[id as usize];
        if *code == MISSING {
            *code = seen.len() as u32;
            seen.push(id);
        }
        *code
    }

    fn forget(&mut self, ids: &[u32]) {
        for &id in ids {
            self.codes[id as usize] = MISSING;
        }
    }

    fn texts(&mut self, rows: &[CleanRow], of: impl Fn(&CleanRow) -> u32) -> Cells {
        self.text_cells(rows.iter().map(of))
    }

    fn shared_texts(&mut self, shared: &Shared, of: impl Fn(u32) -> u32) -> Cells {
        let cells: Vec<u32> = shared.indices.iter().map(|&index| of(index)).collect();
        self.text_cells(shared.codes.iter().map(|&code| cells[code as usize]))
    }

    fn text_cells(&mut self, ids: impl Iterator<Item = u32>) -> Cells {
        let strings = self.events.strings.len();
        if self.codes.len() < strings {
            self.codes.resize(strings, MISSING);
        }
        let mut seen = Vec::new();
        let codes = ids.map(|id| if id == 0 { MISSING } else { self.code(id, &mut seen) }).collect();
        self.forget(&seen);
        Cells::coded(Dictionary::text(seen.iter().map(|&id| self.events.text(id))), codes)
    }
}

impl Shared {
    fn numbers(&self, of: impl Fn(u32) -> Option<i64>) -> Cells {
        let (values, codes) = self.distinct(of);
        Cells::coded(Dictionary::i64(&values), codes)
    }

    fn fractions(&self, of: impl Fn(u32) -> Option<f64>) -> Cells {
        let (bits, codes) = self.distinct(|index| of(index).map(f64::to_bits));
        let values: Vec<f64> = bits.into_iter().map(f64::from_bits).collect();
        Cells::coded(Dictionary::f64(&values), codes)
    }

    fn distinct<T: Copy + Eq + std::hash::Hash>(&self, of: impl Fn(u32) -> Option<T>) -> (Vec<T>, Vec<u32>) {
        let (mut known, mut values) = (HashMap::new(), Vec::new());
        let shared: Vec<u32> = self
            .indices
            .iter()
            .map(|&index| match of(index) {
                None => MISSING,
                Some(value) => *known.entry(value).or_insert_with(|| {
                    values.push(value);
                    values.len() as u32 - 1
                }),
            })
            .collect();
        (values, self.codes.iter().map(|&code| shared[code as usize]).collect())
    }
}

/// Reads events from files of the table.
pub fn read(files: &[PathBuf]) -> Result<CleanEvents> {
    let mut day = DayBuilder::unchecked();
    for path in files {
        let table = TableReader::open(path)?;
        day.reserve(usize::try_from(table.total_rows())?);
        for group in 0..table.groups() {
            let context = || format!("{}: row group {}", path.display(), group + 1);
            read_group(&table, group, &mut day).with_context(context)?;
        }
    }
    Ok(day.finish().0)
}

fn read_group(table: &TableReader, group: usize, day: &mut DayBuilder) -> Result<()> {
    let open = |name: &str| -> Result<ColumnReader> {
        let leaf = table.leaf(group, name)?.with_context(|| format!("no column {name}"))?;
        Ok(ColumnReader { leaf, batch: Batch::default(), known: Vec::new() })
    };
    // The first column is the day, which the partition names.
    let mut columns = COLUMNS[1..].iter().map(|column| open(column.name)).collect::<Result<Vec<_>>>()?;
    let total = table.rows(group)?;
    let mut rows = vec![RawRow::EMPTY; CHUNK.min(total)];
    let mut done = 0;
    while done < total {
        let rows = &mut rows[..CHUNK.min(total - done)];
        rows.fill(RawRow::EMPTY);
        for (column, described) in columns.iter_mut().zip(&COLUMNS[1..]) {
            column.read(described.name, rows, day)?;
        }
        rows.iter().for_each(|row| day.push(row, ("", 0)));
        done += rows.len();
    }
    Ok(())
}

struct ColumnReader {
    leaf: LeafReader,
    batch: Batch,
    /// String id of each dictionary entry; [`MISSING`] where not asked yet.
    known: Vec<u32>,
}

impl ColumnReader {
    fn read(&mut self, name: &str, rows: &mut [RawRow], day: &mut DayBuilder) -> Result<()> {
        self.leaf.read_rows(rows.len(), &mut self.batch)?;
        match name {
            "user_pseudo_id" => self.texts(rows, day, |row, id| row.user = id),
            "event_timestamp" => self.numbers(rows, |row, number| row.time_us = number),
            "event_name" => self.texts(rows, day, |row, id| row.name = id),
            "ga_session_id" => self.numbers(rows, |row, number| row.session_id = number),
            "ga_session_number" => self.numbers(rows, |row, number| row.session_number = number as u32),
            "engagement_time_msec" => self.numbers(rows, |row, number| row.engaged_ms = number as u32),
            "page_location" => self.texts(rows, day, |row, id| row.page = id),
            "page_referrer" => self.texts(rows, day, |row, id| row.referrer = id),
            "source" => self.texts(rows, day, |row, id| row.source = id),
            "medium" => self.texts(rows, day, |row, id| row.medium = id),
            "campaign" => self.texts(rows, day, |row, id| row.campaign = id),
            "device_category" => self.texts(rows, day, |row, id| row.device = id),
            "language" => self.texts(rows, day, |row, id| row.language = id),
            "item_count" => self.numbers(rows, |row, number| row.items = number as u32),
            "max_item_price" => self.fill(rows, |row, value, _| {
                if let Value::Float(price) = value {
                    row.price = price;
                }
            }),
            "user_first_touch_timestamp" => self.numbers(rows, |row, number| row.first_touch_us = number),
            "transaction_id" => self.texts(rows, day, |row, id| row.transaction = id),
            "stream_id" => self.texts(rows, day, |row, id| row.stream = id),
            _ => {}
        }
        Ok(())
    }

    fn fill<'a>(&'a self, rows: &mut [RawRow], mut set: impl FnMut(&mut RawRow, Value<'a>, u32)) {
        let max_def = self.leaf.max_def();
        let present = rows.iter_mut().zip(&self.batch.defs).filter(|&(_, &def)| def == max_def);
        for ((row, _), &code) in present.zip(&self.batch.codes) {
            set(row, self.leaf.value(code), code);
        }
    }

    fn numbers(&self, rows: &mut [RawRow], set: impl Fn(&mut RawRow, i64)) {
        self.fill(rows, |row, value, _| {
            if let Value::Int(number) = value {
                set(row, number);
            }
        });
    }

    fn texts(&mut self, rows: &mut [RawRow], day: &mut DayBuilder, set: impl Fn(&mut RawRow, u32)) {
        let mut known = std::mem::take(&mut self.known);
        known.resize(self.leaf.dictionary_len(), MISSING);
        let mut intern = |value: Value<'_>| match value {
            Value::Bytes(bytes) => day.text(Kind::Verbatim, &String::from_utf8_lossy(bytes)),
            _ => 0,
        };
        self.fill(rows, |row, value, code| {
            let id = match known.get_mut(code as usize) {
                Some(id) => {
                    if *id == MISSING {
                        *id = intern(value);
                    }
                    *id
                }
                None => intern(value),
            };
            set(row, id);
        });
        self.known = known;
    }
}
