//! Event parameters: keys are matched once per dictionary entry, values read only for wanted keys.

use anyhow::{Result, bail, ensure};
use parquet::file::reader::{FileReader, RowGroupReader};

use super::schema::Leaves;
use crate::events::{DayBuilder, RawRow};
use crate::ga4::fields::{Cooked, Param};
use crate::warehouse::parquet::{Batch, LeafReader, Value, present_values};

/// Reads `event_params` of one row group.
pub struct Params {
    key: LeafReader,
    values: Vec<ValueLeaf>,
    batch: Batch,
    /// Which parameter each dictionary entry of the key is.
    known: Vec<Slot>,
    /// For each entry of the chunk: its parameter and its row.
    entries: Vec<(Slot, u16)>,
}

/// A parameter number plus one, 0 for keys that are not read.
type Slot = u8;
const UNREAD: Slot = Slot::MAX;

struct ValueLeaf {
    leaf: LeafReader,
    /// What each dictionary entry means as each parameter.
    known: [Vec<Cooked>; Param::ALL.len()],
}

impl Params {
    /// Opens the leaves that have any value.
    pub fn open(file: &dyn FileReader, reader: &dyn RowGroupReader, group: usize, leaves: &Leaves) -> Result<Self> {
        let entries = |index: usize| reader.metadata().column(index).num_values();
        let mut values = Vec::new();
        for &index in &leaves.values {
            ensure!(
                entries(index) == entries(leaves.key),
                "column {}: {} entries, but event_params has {} keys",
                reader.metadata().column(index).column_path().string(),
                entries(index),
                entries(leaves.key)
            );
            if present_values(file, group, index) != Some(0) {
                values.push(ValueLeaf {
                    leaf: LeafReader::open(reader, index)?,
                    known: std::array::from_fn(|_| Vec::new()),
                });
            }
        }
        Ok(Self {
            key: LeafReader::open(reader, leaves.key)?,
            values,
            batch: Batch::default(),
            known: Vec::new(),
            entries: Vec::new(),
        })
    }

    /// Reads the parameters of the next rows.
    pub fn read(&mut self, rows: &mut [RawRow], day: &mut DayBuilder) -> Result<()> {
        self.read_keys(rows.len())?;
        for value in &mut self.values {
            value.leaf.read_entries(self.entries.len(), &mut self.batch)?;
            value.fill(&self.batch, &self.entries, rows, day);
        }
        Ok(())
    }

    fn read_keys(&mut self, rows: usize) -> Result<()> {
        self.key.read_rows(rows, &mut self.batch)?;
        self.known.resize(self.key.dictionary_len(), UNREAD);
        self.entries.clear();
        let max_def = self.key.max_def();
        let mut codes = self.batch.codes.iter();
        let mut row = 0_u16;
        for (&rep, &def) in self.batch.reps.iter().zip(&self.batch.defs) {
            // The first entry starts row 0; every other row starts where the repetition level is 0.
            row += u16::from(rep == 0 && !self.entries.is_empty());
            let mut slot = 0;
            if def == max_def {
                let Some(&code) = codes.next() else { bail!("column event_params.key: a value is missing") };
                slot = match self.known.get(code as usize) {
                    Some(&UNREAD) => {
                        let slot = slot_of(self.key.value(code));
                        self.known[code as usize] = slot;
                        slot
                    }
                    Some(&slot) => slot,
                    None => slot_of(self.key.value(code)),
                };
            }
            self.entries.push((slot, row));
        }
        ensure!(usize::from(row) < rows, "column event_params.key: more rows than the row group has");
        Ok(())
    }
}

fn slot_of(key: Value<'_>) -> Slot {
    let Value::Bytes(key) = key else { return 0 };
    Param::of_key(key).map_or(0, |param| param as Slot + 1)
}

impl ValueLeaf {
    fn fill(&mut self, batch: &Batch, entries: &[(Slot, u16)], rows: &mut [RawRow], day: &mut DayBuilder) {
        let max_def = self.leaf.max_def();
        let dictionary_len = self.leaf.dictionary_len();
        let mut codes = batch.codes.iter();
        for (&(slot, row), &def) in entries.iter().zip(&batch.defs) {
            if def != max_def {
                continue;
            }
            let Some(&code) = codes.next() else { return };
            if slot == 0 {
                continue;
            }
            let index = usize::from(slot) - 1;
            let param = Param::ALL[index];
            let known = &mut self.known[index];
            if known.len() != dictionary_len {
                known.resize(dictionary_len, Cooked::Unread);
            }
            let cooked = match known.get_mut(code as usize) {
                Some(cooked) => {
                    if *cooked == Cooked::Unread {
                        *cooked = param.cook(self.leaf.value(code), day);
                    }
                    *cooked
                }
                None => param.cook(self.leaf.value(code), day),
            };
            param.set(&mut rows[usize::from(row)], cooked);
        }
    }
}
