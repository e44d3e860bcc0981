//! Flattened rows into the day: the same understanding of values as for files.

use super::flatten::{Cell, Flat};
use crate::bigquery::column_value;
use crate::events::{DayBuilder, RawRow};
use crate::failpoint;
use crate::ga4::fields::{Column, Cooked, Param, fraction, whole};
use crate::warehouse::parquet::Value;
use anyhow::{Context, Result};
use arrow_array::{ArrayRef, RecordBatch};
use std::collections::HashMap;

/// Rows that are understood at a time; small enough to stay in the processor's cache.
const CHUNK: usize = 1024;

/// Takes the rows of one table.
#[derive(Debug)]
pub struct DayRows {
    table: String,
    seen: u64,
    rows: Vec<RawRow>,
    /// What each text means, by column: most texts come many times.
    known: HashMap<usize, HashMap<Box<[u8]>, Cooked>>,
}

impl DayRows {
    /// Rows of this table.
    #[must_use]
    pub fn new(table: String) -> Self {
        Self { table, seen: 0, rows: Vec::new(), known: HashMap::new() }
    }

    /// Takes a batch.
    ///
    /// # Errors
    /// When a column of the query is not there, or has a type that none should have.
    pub fn push(&mut self, batch: &RecordBatch, flat: &Flat, day: &mut DayBuilder) -> Result<()> {
        let schema = batch.schema();
        let columns = flat
            .cells
            .iter()
            .map(|(name, cell)| {
                let index = schema.index_of(name).with_context(|| format!("{}: no column {name}", self.table))?;
                Ok((batch.column(index), *cell))
            })
            .collect::<Result<Vec<_>>>()?;
        let total = batch.num_rows();
        let mut done = 0;
        while done < total {
            let count = CHUNK.min(total - done);
            self.rows.clear();
            self.rows.resize(count, RawRow::EMPTY);
            for (index, (column, cell)) in columns.iter().enumerate() {
                self.fill(index, column, *cell, done, day)
                    .with_context(|| format!("{}: column {}", self.table, flat.cells[index].0))?;
            }
            for row in &self.rows {
                self.seen += 1;
                day.push(row, (&self.table, self.seen));
            }
            done += count;
        }
        failpoint::at("read.middle");
        Ok(())
    }

    fn fill(&mut self, index: usize, column: &ArrayRef, cell: Cell, first: usize, day: &mut DayBuilder) -> Result<()> {
        if cell == Cell::Shard || column.null_count() == column.len() {
            return Ok(());
        }
        let known = self.known.entry(index).or_default();
        for (offset, row) in self.rows.iter_mut().enumerate() {
            let Some(value) = column_value(column, first + offset)? else { continue };
            match cell {
                Cell::Column(column) => {
                    let cooked = remembered(known, value, |value| column.cook(value, day));
                    Column::set(column, row, cooked);
                }
                Cell::Param(param) => {
                    let cooked = remembered(known, value, |value| param.cook(value, day));
                    Param::set(param, row, cooked);
                }
                Cell::Items => match whole(value) {
                    Cooked::Whole(items) => row.items = u32::try_from(items).unwrap_or(u32::MAX),
                    _ => row.bad = row.bad.or(Some("items")),
                },
                Cell::Price => match fraction(value) {
                    Some(price) => row.price = price,
                    None => row.bad = row.bad.or(Some("items.price")),
                },
                Cell::Shard => {}
            }
        }
        Ok(())
    }
}

fn remembered(
    known: &mut HashMap<Box<[u8]>, Cooked>,
    value: Value<'_>,
    cook: impl FnOnce(Value<'_>) -> Cooked,
) -> Cooked {
    let Value::Bytes(bytes) = value else { return cook(value) };
    if let Some(cooked) = known.get(bytes) {
        return *cooked;
    }
    let cooked = cook(value);
    known.insert(bytes.into(), cooked);
    cooked
}
