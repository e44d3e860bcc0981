//! Event parameters: keys are matched once per dictionary entry, values read only for wanted keys.

use anyhow::{Result, ensure};
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
    entries: Entries,
    /// For each entry of the chunk: the code of its value.
    codes: Vec<u32>,
}

/// A parameter number plus one, 0 for keys that are not read.
type Slot = u8;
const UNREAD: Slot = Slot::MAX;
/// The code of an entry that has no value in a leaf.
const NO_VALUE: u32 = u32::MAX;

/// The entries of a chunk by parameter: one loop per parameter has no branches to guess.
#[derive(Default)]
struct Entries {
    count: usize,
    places: [Vec<Place>; Param::ALL.len() + 1],
    lens: [usize; Param::ALL.len() + 1],
}

/// An entry and the row it belongs to.
#[derive(Clone, Copy, Default)]
struct Place {
    entry: u32,
    row: u32,
}

impl Entries {
    fn clear(&mut self, count: usize) {
        self.count = count;
        self.lens = [0; _];
        for places in &mut self.places {
            if places.len() < count {
                places.resize(count, Place::default());
            }
        }
    }

    fn of(&self, slot: usize) -> &[Place] {
        &self.places[slot][..self.lens[slot]]
    }
}

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
            entries: Entries::default(),
            codes: Vec::new(),
        })
    }

    /// Reads the parameters of the next rows.
    pub fn read(&mut self, rows: &mut [RawRow], day: &mut DayBuilder) -> Result<()> {
        self.read_keys(rows.len())?;
        for value in &mut self.values {
            value.leaf.read_entries(self.entries.count, &mut self.batch)?;
            spread(&mut self.batch, value.leaf.max_def(), &mut self.codes);
            value.fill(&self.codes, &self.entries, rows, day);
        }
        Ok(())
    }

    fn read_keys(&mut self, rows: usize) -> Result<()> {
        self.key.read_rows(rows, &mut self.batch)?;
        self.known.resize(self.key.dictionary_len(), UNREAD);
        spread(&mut self.batch, self.key.max_def(), &mut self.codes);
        self.entries.clear(self.codes.len());
        // The first entry starts row 0; every other row starts where the repetition level is 0.
        let mut row = u32::MAX;
        for (entry, (&rep, &code)) in self.batch.reps.iter().zip(&self.codes).enumerate() {
            row = row.wrapping_add(u32::from(rep == 0));
            let slot = match self.known.get(code as usize) {
                Some(&UNREAD) => {
                    let slot = slot_of(self.key.value(code));
                    self.known[code as usize] = slot;
                    slot
                }
                Some(&slot) => slot,
                None if code == NO_VALUE => 0,
                None => slot_of(self.key.value(code)),
            };
            let slot = usize::from(slot);
            self.entries.places[slot][self.entries.lens[slot]] = Place { entry: entry as u32, row };
            self.entries.lens[slot] += 1;
        }
        ensure!(row.wrapping_add(1) as usize == rows, "column event_params.key: {rows} rows expected");
        Ok(())
    }
}

/// One code per entry, instead of one per value.
fn spread(batch: &mut Batch, max_def: u8, codes: &mut Vec<u32>) {
    // So that the loop may always look at the next code.
    batch.codes.push(NO_VALUE);
    codes.clear();
    let mut next = 0;
    codes.extend(batch.defs.iter().map(|&def| {
        let present = def == max_def;
        let code = batch.codes[next];
        next += usize::from(present);
        if present { code } else { NO_VALUE }
    }));
}

fn slot_of(key: Value<'_>) -> Slot {
    let Value::Bytes(key) = key else { return 0 };
    Param::of_key(key).map_or(0, |param| param as Slot + 1)
}

impl ValueLeaf {
    fn fill(&mut self, codes: &[u32], entries: &Entries, rows: &mut [RawRow], day: &mut DayBuilder) {
        for (index, param) in Param::ALL.into_iter().enumerate() {
            let known = &mut self.known[index];
            for place in entries.of(index + 1) {
                let code = codes[place.entry as usize];
                if code == NO_VALUE {
                    continue;
                }
                if known.is_empty() {
                    known.resize(self.leaf.dictionary_len(), Cooked::Unread);
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
                param.set(&mut rows[place.row as usize], cooked);
            }
        }
    }
}
