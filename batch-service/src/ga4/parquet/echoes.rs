//! What events say of our own scores.

use super::schema::Leaves;
use super::{CHUNK, open};
use crate::ga4::fields::Column;
use crate::ga4::report::ReadFailure;
use crate::ga4::{Echo, EchoNames};
use crate::warehouse::parquet::{Batch, LeafReader, Value};
use anyhow::{Context, Result};
use parquet::file::reader::FileReader;
use std::borrow::Cow;
use std::path::Path;

/// Gives what the events of a file say to `each`.
pub fn read_echoes(path: &Path, names: &EchoNames<'_>, each: &mut dyn FnMut(&Echo<'_>)) -> Result<()> {
    let name = path.display().to_string();
    let file = open(path)?;
    let leaves = Leaves::find(file.metadata().file_metadata().schema_descr())
        .map_err(|what| ReadFailure::WrongSchema { file: name.clone(), what })?;
    for group in 0..file.num_row_groups() {
        let opened = Group::open(&file, group, &leaves);
        let read = opened.and_then(|columns| columns.read(names, each));
        read.with_context(|| format!("{name}: row group {}", group + 1))?;
    }
    Ok(())
}

/// The columns of a row group.
struct Group {
    rows: usize,
    events: Texts,
    users: Texts,
    keys: Option<Texts>,
    values: Vec<Texts>,
}

/// A column with the stretch of it that was read last.
pub(super) struct Texts {
    leaf: LeafReader,
    batch: Batch,
}

impl Texts {
    pub(super) fn new(leaf: LeafReader) -> Self {
        Self { leaf, batch: Batch::default() }
    }

    /// The values of each entry of the next rows, missing ones as `None`.
    pub(super) fn next(&mut self, rows: usize) -> Result<impl Iterator<Item = (u8, Option<Cow<'_, str>>)>> {
        self.leaf.read_rows(rows, &mut self.batch)?;
        let (leaf, batch) = (&self.leaf, &self.batch);
        let mut codes = batch.codes.iter();
        let max_def = leaf.max_def();
        Ok(batch.defs.iter().enumerate().map(move |(entry, &def)| {
            let code = if def == max_def { codes.next() } else { None };
            let text = code.and_then(|&code| match leaf.value(code) {
                Value::Bytes(bytes) => str::from_utf8(bytes).ok().map(Cow::Borrowed),
                Value::Int(number) => Some(Cow::Owned(number.to_string())),
                Value::Float(number) => Some(Cow::Owned(number.to_string())),
                _ => None,
            });
            (batch.reps.get(entry).copied().unwrap_or(0), text)
        }))
    }
}

impl Group {
    fn open(file: &dyn FileReader, group: usize, leaves: &Leaves) -> Result<Self> {
        let reader = file.get_row_group(group)?;
        let texts = |index: usize| -> Result<Texts> { Ok(Texts::new(LeafReader::open(reader.as_ref(), index)?)) };
        let flat = |column: Column| {
            let found = leaves.columns.iter().find(|(of, _)| *of == column);
            texts(found.with_context(|| format!("no column {}", column.path()))?.1)
        };
        Ok(Self {
            rows: usize::try_from(reader.metadata().num_rows())?,
            events: flat(Column::Name)?,
            users: flat(Column::User)?,
            keys: leaves.property_key.map(texts).transpose()?,
            values: leaves.property_values.iter().map(|index| texts(*index)).collect::<Result<_>>()?,
        })
    }

    fn read(mut self, names: &EchoNames<'_>, each: &mut dyn FnMut(&Echo<'_>)) -> Result<()> {
        let mut done = 0;
        while done < self.rows {
            let count = CHUNK.min(self.rows - done);
            let mut found = vec![(None, None); count];
            if let Some(keys) = &mut self.keys {
                // The row of each entry, and whether it is one of ours.
                let mut row = 0;
                let mut entries = Vec::new();
                for (entry, (rep, key)) in keys.next(count)?.enumerate() {
                    row += usize::from(rep == 0 && entry > 0);
                    let (score, band) = (key.as_deref() == Some(names.score), key.as_deref() == Some(names.band));
                    entries.push((row, score, band));
                }
                for values in &mut self.values {
                    for ((row, score, band), (_, value)) in entries.iter().zip(values.next(count)?) {
                        let Some(found) = found.get_mut(*row).filter(|_| value.is_some() && (*score || *band)) else {
                            continue;
                        };
                        *if *score { &mut found.0 } else { &mut found.1 } = value;
                    }
                }
            }
            let rows = self.events.next(count)?.zip(self.users.next(count)?).zip(found);
            for (((_, event), (_, user)), (score, band)) in rows {
                let carrier = event.as_deref() == Some(names.event);
                if let Some(user) = user.filter(|_| carrier || score.is_some() || band.is_some()) {
                    each(&Echo { user: &user, carrier, score: score.as_deref(), band: band.as_deref() });
                }
            }
            done += count;
        }
        Ok(())
    }
}
