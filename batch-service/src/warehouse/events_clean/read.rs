//! From column chunks back to interned events.

use std::path::PathBuf;

use anyhow::{Context, Result, bail};

use super::COLUMNS;
use crate::events::rules::Kind;
use crate::events::{CleanEvents, DayBuilder, Origin, RawRow};
use crate::warehouse::parquet::{Batch, LeafReader, MISSING, Value};
use crate::warehouse::read::TableReader;

/// Columns that partitions of earlier versions do not have.
const LATER: [&str; 4] = ["analytics_storage", "ads_storage", "country", ORIGIN];
/// The column that is the same in all rows of a day.
const ORIGIN: &str = "origin";
/// Rows read at a time.
const CHUNK: usize = 4096;

/// Reads events from files of the table.
pub fn read(files: &[PathBuf]) -> Result<CleanEvents> {
    let mut day = DayBuilder::unchecked();
    let mut origin = Origin::default();
    for path in files {
        let table = TableReader::open(path)?;
        day.reserve(usize::try_from(table.total_rows())?);
        for group in 0..table.groups() {
            let context = || format!("{}: row group {}", path.display(), group + 1);
            read_group(&table, group, &mut day).with_context(context)?;
            if is_coarse(&table, group).with_context(context)? {
                origin = Origin::DataApi;
            }
        }
    }
    Ok(CleanEvents { origin, ..day.finish().0 })
}

/// Whether the rows come from reports of the Data API.
fn is_coarse(table: &TableReader, group: usize) -> Result<bool> {
    let Some(mut leaf) = table.leaf(group, ORIGIN)? else { return Ok(false) };
    let mut batch = Batch::default();
    leaf.read_rows(1.min(table.rows(group)?), &mut batch)?;
    let first = batch.codes.first().map(|&code| leaf.value(code));
    let word = Origin::DataApi.word().unwrap_or_default();
    Ok(matches!(first, Some(Value::Bytes(bytes)) if bytes == word.as_bytes()))
}

fn read_group(table: &TableReader, group: usize, day: &mut DayBuilder) -> Result<()> {
    // The first column is the day, which the partition names. Those that came later are missing in older partitions.
    let mut columns = Vec::new();
    for column in COLUMNS[1..].iter().filter(|column| column.name != ORIGIN) {
        match table.leaf(group, column.name)? {
            Some(leaf) => {
                columns.push((column.name, ColumnReader { leaf, batch: Batch::default(), known: Vec::new() }))
            }
            None if LATER.contains(&column.name) => {}
            None => bail!("no column {}", column.name),
        }
    }
    let total = table.rows(group)?;
    let mut rows = vec![RawRow::EMPTY; CHUNK.min(total)];
    let mut done = 0;
    while done < total {
        let rows = &mut rows[..CHUNK.min(total - done)];
        rows.fill(RawRow::EMPTY);
        for (name, column) in &mut columns {
            column.read(name, rows, day)?;
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
            "max_item_price" => self.fill(rows, |row, code| {
                if let Value::Float(price) = self.leaf.value(code) {
                    row.price = price;
                }
            }),
            "user_first_touch_timestamp" => self.numbers(rows, |row, number| row.first_touch_us = number),
            "transaction_id" => self.texts(rows, day, |row, id| row.transaction = id),
            "stream_id" => self.texts(rows, day, |row, id| row.stream = id),
            "analytics_storage" => self.truths(rows, |row, allowed| row.analytics_storage = Some(allowed)),
            "ads_storage" => self.truths(rows, |row, allowed| row.ads_storage = Some(allowed)),
            "country" => self.texts(rows, day, |row, id| row.country = id),
            _ => {}
        }
        Ok(())
    }

    fn fill(&self, rows: &mut [RawRow], mut set: impl FnMut(&mut RawRow, u32)) {
        let max_def = self.leaf.max_def();
        let present = rows.iter_mut().zip(&self.batch.defs).filter(|&(_, &def)| def == max_def);
        for ((row, _), &code) in present.zip(&self.batch.codes) {
            set(row, code);
        }
    }

    fn numbers(&self, rows: &mut [RawRow], set: impl Fn(&mut RawRow, i64)) {
        self.fill(rows, |row, code| {
            if let Value::Int(number) = self.leaf.value(code) {
                set(row, number);
            }
        });
    }

    fn truths(&self, rows: &mut [RawRow], set: impl Fn(&mut RawRow, bool)) {
        self.fill(rows, |row, code| {
            if let Value::Bool(truth) = self.leaf.value(code) {
                set(row, truth);
            }
        });
    }

    fn texts(&mut self, rows: &mut [RawRow], day: &mut DayBuilder, set: impl Fn(&mut RawRow, u32)) {
        let mut known = std::mem::take(&mut self.known);
        known.resize(self.leaf.dictionary_len(), MISSING);
        let mut intern = |code: u32| match self.leaf.value(code) {
            Value::Bytes(bytes) => day.text(Kind::Verbatim, &String::from_utf8_lossy(bytes)),
            _ => 0,
        };
        self.fill(rows, |row, code| {
            let id = match known.get_mut(code as usize) {
                Some(id) => {
                    if *id == MISSING {
                        *id = intern(code);
                    }
                    *id
                }
                None => intern(code),
            };
            set(row, id);
        });
        self.known = known;
    }
}
