//! The flat columns of the export.

use anyhow::Result;
use parquet::file::reader::{FileReader, RowGroupReader};

use super::schema::Leaves;
use crate::events::{DayBuilder, RawRow};
use crate::ga4::fields::{Column, Cooked};
use crate::warehouse::parquet::{Batch, LeafReader, present_values};

/// Reads one flat column of one row group.
pub struct FlatColumn {
    column: Column,
    leaf: LeafReader,
    batch: Batch,
    /// What each dictionary entry means.
    known: Vec<Cooked>,
}

impl FlatColumn {
    /// Opens the columns that have any value.
    pub fn open_all(
        file: &dyn FileReader,
        reader: &dyn RowGroupReader,
        group: usize,
        leaves: &Leaves,
    ) -> Result<Vec<Self>> {
        leaves
            .columns
            .iter()
            .filter(|&&(_, index)| present_values(file, group, index) != Some(0))
            .map(|&(column, index)| {
                let leaf = LeafReader::open(reader, index)?;
                Ok(Self { column, leaf, batch: Batch::default(), known: Vec::new() })
            })
            .collect()
    }

    /// Reads the next rows.
    pub fn read(&mut self, rows: &mut [RawRow], day: &mut DayBuilder) -> Result<()> {
        self.leaf.read_rows(rows.len(), &mut self.batch)?;
        // One loop for each column, so that the compiler sees which field it fills.
        match self.column {
            Column::Date => self.fill(rows, day, |row, v| Column::Date.set(row, v)),
            Column::Timestamp => self.fill(rows, day, |row, v| Column::Timestamp.set(row, v)),
            Column::Name => self.fill(rows, day, |row, v| Column::Name.set(row, v)),
            Column::User => self.fill(rows, day, |row, v| Column::User.set(row, v)),
            Column::FirstTouch => self.fill(rows, day, |row, v| Column::FirstTouch.set(row, v)),
            Column::BundleSequence => self.fill(rows, day, |row, v| Column::BundleSequence.set(row, v)),
            other => self.fill(rows, day, |row, v| other.set(row, v)),
        }
        Ok(())
    }

    fn fill(&mut self, rows: &mut [RawRow], day: &mut DayBuilder, set: impl Fn(&mut RawRow, Cooked)) {
        let max_def = self.leaf.max_def();
        let mut codes = self.batch.codes.iter();
        let present = rows.iter_mut().zip(&self.batch.defs).filter(|&(_, &def)| def == max_def);
        if let (Some(numbers), None) = (self.leaf.i64_values(), self.column.kind()) {
            for ((row, _), &code) in present.zip(codes) {
                set(row, Cooked::Whole(numbers[code as usize]));
            }
            return;
        }
        self.known.resize(self.leaf.dictionary_len(), Cooked::Unread);
        for (row, _) in present {
            let Some(&code) = codes.next() else { return };
            let cooked = match self.known.get(code as usize) {
                Some(Cooked::Unread) => {
                    let cooked = self.column.cook(self.leaf.value(code), day);
                    self.known[code as usize] = cooked;
                    cooked
                }
                Some(&cooked) => cooked,
                None => self.column.cook(self.leaf.value(code), day),
            };
            set(row, cooked);
        }
    }
}
