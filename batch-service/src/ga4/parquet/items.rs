//! Items of an event: how many, and the highest price.

use anyhow::Result;
use parquet::file::reader::RowGroupReader;

use super::schema::{ItemLeaf, Leaves};
use crate::events::RawRow;
use crate::ga4::fields::fraction;
use crate::warehouse::parquet::{Batch, LeafReader};

/// Reads `items` of one row group.
pub struct Items {
    leaf: LeafReader,
    kind: ItemLeaf,
    /// Definition level from which on an entry is an item.
    item_def: u8,
    batch: Batch,
}

impl Items {
    /// Opens `items`, where the table has it.
    pub fn open(reader: &dyn RowGroupReader, leaves: &Leaves) -> Result<Option<Self>> {
        let Some((index, kind)) = leaves.items else { return Ok(None) };
        let item_def = reader.metadata().schema_descr().column(index).repeated_ancestor_def_level();
        Ok(Some(Self {
            leaf: LeafReader::open(reader, index)?,
            kind,
            item_def: u8::try_from(item_def)?,
            batch: Batch::default(),
        }))
    }

    /// Reads the items of the next rows.
    pub fn read(&mut self, rows: &mut [RawRow]) -> Result<()> {
        self.leaf.read_rows(rows.len(), &mut self.batch)?;
        let max_def = self.leaf.max_def();
        let mut codes = self.batch.codes.iter();
        let mut row = 0;
        for (entry, (&rep, &def)) in self.batch.reps.iter().zip(&self.batch.defs).enumerate() {
            row += usize::from(rep == 0 && entry > 0);
            let Some(raw) = rows.get_mut(row) else { break };
            raw.items += u32::from(def >= self.item_def);
            if def != max_def {
                continue;
            }
            let Some(&code) = codes.next() else { break };
            if self.kind == ItemLeaf::Price {
                match fraction(self.leaf.value(code)) {
                    // `max` of a number and NaN is the number.
                    Some(price) => raw.price = raw.price.max(price),
                    None => raw.bad = raw.bad.or(Some("items.price")),
                }
            }
        }
        Ok(())
    }
}
