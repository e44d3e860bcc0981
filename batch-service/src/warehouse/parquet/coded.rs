//! Writes column chunks from codes: values that are already interned need no second dictionary.

use std::io::Write;

use anyhow::{Context, Result};
use bytes::Bytes;
use parquet::basic::{CompressionCodec, Encoding, Type as Physical};
use parquet::column::page::{CompressedPage, Page, PageWriter};
use parquet::column::writer::ColumnCloseResult;
use parquet::data_type::ByteArray;
use parquet::file::metadata::ColumnChunkMetaData;
use parquet::file::statistics::Statistics;
use parquet::file::writer::{SerializedPageWriter, TrackedWrite};
use parquet::schema::types::ColumnDescPtr;

use super::pack::pack;

/// The code of a missing value.
pub const MISSING: u32 = u32::MAX;

/// The level of compression: the cheapest, since codes are already small.
pub const ZSTD_LEVEL: i32 = 1;

/// The distinct values of a column chunk.
#[derive(Debug, Clone)]
pub struct Dictionary {
    plain: Vec<u8>,
    len: usize,
    bounds: Bounds,
}

#[derive(Debug, Clone)]
enum Bounds {
    Text(Option<(String, String)>),
    I32(Option<(i32, i32)>),
    I64(Option<(i64, i64)>),
    F64,
}

fn bounds<T: Copy + Ord>(values: &[T]) -> Option<(T, T)> {
    Some((*values.iter().min()?, *values.iter().max()?))
}

impl Dictionary {
    /// Of texts.
    #[must_use]
    pub fn text<'a>(values: impl IntoIterator<Item = &'a str>) -> Self {
        let mut plain = Vec::new();
        let (mut len, mut least, mut most) = (0, None, None);
        for value in values {
            plain.extend_from_slice(&(value.len() as u32).to_le_bytes());
            plain.extend_from_slice(value.as_bytes());
            len += 1;
            least = Some(least.map_or(value, |least: &str| least.min(value)));
            most = Some(most.map_or(value, |most: &str| most.max(value)));
        }
        let bounds = least.zip(most).map(|(least, most)| (least.to_owned(), most.to_owned()));
        Self { plain, len, bounds: Bounds::Text(bounds) }
    }

    /// Of 32-bit whole numbers or days.
    #[must_use]
    pub fn i32(values: &[i32]) -> Self {
        let plain = values.iter().flat_map(|value| value.to_le_bytes()).collect();
        Self { plain, len: values.len(), bounds: Bounds::I32(bounds(values)) }
    }

    /// Of 64-bit whole numbers.
    #[must_use]
    pub fn i64(values: &[i64]) -> Self {
        let plain = values.iter().flat_map(|value| value.to_le_bytes()).collect();
        Self { plain, len: values.len(), bounds: Bounds::I64(bounds(values)) }
    }

    /// Of 64-bit numbers with a fraction.
    #[must_use]
    pub fn f64(values: &[f64]) -> Self {
        let plain = values.iter().flat_map(|value| value.to_le_bytes()).collect();
        Self { plain, len: values.len(), bounds: Bounds::F64 }
    }

    /// Whether a column of this type can hold the values.
    #[must_use]
    pub fn fits(&self, physical: Physical) -> bool {
        match self.bounds {
            Bounds::Text(_) => physical == Physical::BYTE_ARRAY,
            Bounds::I32(_) => physical == Physical::INT32,
            Bounds::I64(_) => physical == Physical::INT64,
            Bounds::F64 => physical == Physical::DOUBLE,
        }
    }

    fn statistics(&self, nulls: u64) -> Statistics {
        let nulls = Some(nulls);
        match &self.bounds {
            Bounds::Text(bounds) => {
                let (least, most) = bounds.clone().unzip();
                let (least, most) =
                    (least.map(|v| ByteArray::from(v.into_bytes())), most.map(|v| ByteArray::from(v.into_bytes())));
                Statistics::byte_array(least, most, None, nulls, false)
            }
            Bounds::I32(bounds) => {
                let (least, most) = bounds.unzip();
                Statistics::int32(least, most, None, nulls, false)
            }
            Bounds::I64(bounds) => {
                let (least, most) = bounds.unzip();
                Statistics::int64(least, most, None, nulls, false)
            }
            Bounds::F64 => Statistics::double(None, None, None, nulls, false),
        }
    }
}

/// One compressor for all pages of a file.
pub struct Compressor(zstd::bulk::Compressor<'static>);

impl Compressor {
    /// A compressor at [`ZSTD_LEVEL`].
    pub fn new() -> Result<Self> {
        Ok(Self(zstd::bulk::Compressor::new(ZSTD_LEVEL)?))
    }

    fn page(&mut self, plain: &[u8]) -> Result<Bytes> {
        Ok(self.0.compress(plain)?.into())
    }
}

/// Encodes one code per row as a column chunk: a dictionary page and a data page.
pub fn encode(
    column: &ColumnDescPtr,
    dictionary: &Dictionary,
    codes: &[u32],
    compressor: &mut Compressor,
) -> Result<(Bytes, ColumnCloseResult)> {
    let nulls = codes.iter().filter(|&&code| code == MISSING).count();
    let mut plain = Vec::with_capacity(codes.len() * 2);
    if column.max_def_level() > 0 {
        let levels: Vec<u8> = codes.iter().map(|&code| u8::from(code != MISSING)).collect();
        plain.extend_from_slice(&[0; 4]);
        pack(&levels, 1, &mut plain);
        let length = u32::try_from(plain.len() - 4)?;
        plain[..4].copy_from_slice(&length.to_le_bytes());
    }
    let width = (usize::BITS - dictionary.len.saturating_sub(1).leading_zeros()).max(1) as u8;
    plain.push(width);
    if nulls == 0 {
        pack(codes, width, &mut plain);
    } else {
        let present: Vec<u32> = codes.iter().copied().filter(|&code| code != MISSING).collect();
        pack(&present, width, &mut plain);
    }

    let mut chunk = Chunk::new();
    let num_values = u32::try_from(dictionary.len)?;
    chunk.page(&dictionary.plain, compressor, |buf| Page::DictionaryPage {
        buf,
        num_values,
        encoding: Encoding::PLAIN,
        is_sorted: false,
    })?;
    let num_values = u32::try_from(codes.len())?;
    chunk.page(&plain, compressor, |buf| Page::DataPage {
        buf,
        num_values,
        encoding: Encoding::RLE_DICTIONARY,
        def_level_encoding: Encoding::RLE,
        rep_level_encoding: Encoding::RLE,
        statistics: None,
    })?;
    let encodings = vec![Encoding::PLAIN, Encoding::RLE, Encoding::RLE_DICTIONARY];
    chunk.close(column, codes.len(), encodings, Some(dictionary.statistics(nulls as u64)))
}

/// The pages of a column chunk; a first page of two is the dictionary.
pub(super) struct Chunk {
    sink: Vec<u8>,
    /// Offset of each page.
    starts: Vec<i64>,
    uncompressed: usize,
}

impl Chunk {
    pub(super) fn new() -> Self {
        Self { sink: Vec::new(), starts: Vec::new(), uncompressed: 0 }
    }

    /// Adds a page.
    pub(super) fn page(
        &mut self,
        plain: &[u8],
        compressor: &mut Compressor,
        page: impl FnOnce(Bytes) -> Page,
    ) -> Result<()> {
        self.starts.push(i64::try_from(self.sink.len())?);
        let page = CompressedPage::new(page(compressor.page(plain)?), plain.len());
        let mut sink = TrackedWrite::new(&mut self.sink);
        self.uncompressed += SerializedPageWriter::new(&mut sink).write_page(page)?.uncompressed_size;
        sink.flush()?;
        Ok(())
    }

    /// The chunk and what the footer says of it.
    pub(super) fn close(
        self,
        column: &ColumnDescPtr,
        rows: usize,
        encodings: Vec<Encoding>,
        statistics: Option<Statistics>,
    ) -> Result<(Bytes, ColumnCloseResult)> {
        let mut metadata = ColumnChunkMetaData::builder(column.clone())
            .set_compression_codec(CompressionCodec::ZSTD)
            .set_encodings(encodings)
            .set_num_values(i64::try_from(rows)?)
            .set_total_compressed_size(i64::try_from(self.sink.len())?)
            .set_total_uncompressed_size(i64::try_from(self.uncompressed)?)
            .set_dictionary_page_offset((self.starts.len() > 1).then_some(0))
            .set_data_page_offset(self.starts.last().copied().unwrap_or(0));
        if let Some(statistics) = statistics {
            metadata = metadata.set_statistics(statistics);
        }
        let close = ColumnCloseResult {
            bytes_written: self.sink.len() as u64,
            rows_written: rows as u64,
            metadata: metadata.build().with_context(|| format!("column {}", column.path().string()))?,
            bloom_filter: None,
            column_index: None,
            offset_index: None,
        };
        Ok((self.sink.into(), close))
    }
}
