//! Writes column chunks of texts and bytes that do not repeat: collected in the form in which they are written.

use anyhow::Result;
use bytes::Bytes;
use parquet::basic::Encoding;
use parquet::column::page::Page;
use parquet::column::writer::ColumnCloseResult;
use parquet::data_type::ByteArray;
use parquet::file::statistics::Statistics;
use parquet::schema::types::ColumnDescPtr;

use super::coded::{Chunk, Compressor};
use super::pack::pack;

/// Byte strings, each behind its length.
#[derive(Debug, Clone, Default)]
pub struct Plain {
    bytes: Vec<u8>,
    len: usize,
}

impl Plain {
    /// Adds a value.
    pub fn push(&mut self, value: &[u8]) {
        self.bytes.extend_from_slice(&(value.len() as u32).to_le_bytes());
        self.bytes.extend_from_slice(value);
        self.len += 1;
    }

    /// The number of values.
    #[must_use]
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Takes all values out; the room stays.
    pub fn clear(&mut self) {
        self.bytes.clear();
        self.len = 0;
    }

    fn iter(&self) -> impl Iterator<Item = &[u8]> {
        let mut rest = self.bytes.as_slice();
        std::iter::from_fn(move || {
            let (length, after) = rest.split_first_chunk()?;
            let (value, after) = after.split_at_checked(u32::from_le_bytes(*length) as usize)?;
            rest = after;
            Some(value)
        })
    }

    fn statistics(&self) -> Statistics {
        let least = self.iter().min().map(|value| ByteArray::from(value.to_vec()));
        let most = self.iter().max().map(|value| ByteArray::from(value.to_vec()));
        Statistics::byte_array(least, most, None, Some(0), false)
    }
}

/// Encodes the values, one per row, as a column chunk of one data page. `with_bounds` stores the least and the largest.
pub fn encode_plain(
    column: &ColumnDescPtr,
    values: &Plain,
    with_bounds: bool,
    compressor: &mut Compressor,
) -> Result<(Bytes, ColumnCloseResult)> {
    let mut chunk = Chunk::new();
    let page = |buf: Bytes, num_values: u32| Page::DataPage {
        buf,
        num_values,
        encoding: Encoding::PLAIN,
        def_level_encoding: Encoding::RLE,
        rep_level_encoding: Encoding::RLE,
        statistics: None,
    };
    let count = u32::try_from(values.len)?;
    if column.max_def_level() > 0 {
        let mut defs = Vec::new();
        pack(&vec![1_u8; values.len], 1, &mut defs);
        let plain = [&(defs.len() as u32).to_le_bytes()[..], &defs, &values.bytes].concat();
        chunk.page(&plain, compressor, |buf| page(buf, count))?;
    } else {
        chunk.page(&values.bytes, compressor, |buf| page(buf, count))?;
    }
    let statistics = with_bounds.then(|| values.statistics());
    chunk.close(column, values.len, vec![Encoding::PLAIN, Encoding::RLE], statistics)
}
