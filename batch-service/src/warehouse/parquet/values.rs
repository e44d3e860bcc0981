//! Decodes the values of a page that has no dictionary.

use std::sync::Arc;

use anyhow::{Context, Result, bail};
use bytes::Bytes;
use parquet::basic::{Encoding, Type};
use parquet::column::page::{Page, PageMetadata, PageReader};
use parquet::column::reader::ColumnReaderImpl;
use parquet::data_type::{
    BoolType, ByteArrayType, DataType, DoubleType, FixedLenByteArrayType, FloatType, Int32Type, Int64Type,
};
use parquet::errors::{ParquetError, Result as ParquetResult};
use parquet::schema::types::{ColumnDescPtr, ColumnDescriptor};

/// Values that are still to be decoded.
pub(super) enum Values {
    /// One after the other. Decoded here: the crate's decoder stops the program on some damaged data.
    Plain {
        data: Bytes,
        /// Of truth values the bit, of others the byte that comes next.
        at: usize,
        /// The bytes of a value of fixed length.
        length: usize,
    },
    /// Rarer encodings: the crate reads the page as a column of its own, one without levels.
    Bool(Box<ColumnReaderImpl<BoolType>>),
    I32(Box<ColumnReaderImpl<Int32Type>>),
    I64(Box<ColumnReaderImpl<Int64Type>>),
    F32(Box<ColumnReaderImpl<FloatType>>),
    F64(Box<ColumnReaderImpl<DoubleType>>),
    Bytes(Box<ColumnReaderImpl<ByteArrayType>>),
    Fixed(Box<ColumnReaderImpl<FixedLenByteArrayType>>),
}

impl Values {
    /// A decoder for `count` values or fewer.
    pub(super) fn new(column: &ColumnDescPtr, encoding: Encoding, data: Bytes, count: u32) -> Result<Self> {
        if encoding == Encoding::PLAIN {
            return Ok(Self::Plain { data, at: 0, length: usize::try_from(column.type_length()).unwrap_or(0) });
        }
        let page = OnePage(Some(Page::DataPage {
            buf: data,
            num_values: count,
            encoding,
            def_level_encoding: Encoding::RLE,
            rep_level_encoding: Encoding::RLE,
            statistics: None,
        }));
        let flat = Arc::new(ColumnDescriptor::new(column.self_type_ptr(), 0, 0, column.path().clone()));
        Ok(match column.physical_type() {
            Type::BOOLEAN => Self::Bool(reader(flat, page)),
            Type::INT32 => Self::I32(reader(flat, page)),
            Type::INT64 => Self::I64(reader(flat, page)),
            Type::FLOAT => Self::F32(reader(flat, page)),
            Type::DOUBLE => Self::F64(reader(flat, page)),
            Type::BYTE_ARRAY => Self::Bytes(reader(flat, page)),
            Type::FIXED_LEN_BYTE_ARRAY => Self::Fixed(reader(flat, page)),
            other => bail!("physical type {other} is not supported"),
        })
    }
}

fn reader<T: DataType>(column: ColumnDescPtr, page: OnePage) -> Box<ColumnReaderImpl<T>> {
    Box::new(ColumnReaderImpl::new(column, Box::new(page)))
}

/// Appends the next `count` values.
pub(super) fn extend<T: DataType>(values: &mut Vec<T::T>, from: &mut ColumnReaderImpl<T>, count: usize) -> Result<()> {
    let (_, read, _) = from.read_records(count, None, None, values).context("values")?;
    if read != count {
        bail!("the page ends after {read} of {count} values");
    }
    Ok(())
}

/// A column of one page.
struct OnePage(Option<Page>);

impl Iterator for OnePage {
    type Item = ParquetResult<Page>;

    fn next(&mut self) -> Option<Self::Item> {
        self.0.take().map(Ok)
    }
}

impl PageReader for OnePage {
    fn get_next_page(&mut self) -> ParquetResult<Option<Page>> {
        Ok(self.0.take())
    }

    fn peek_next_page(&mut self) -> ParquetResult<Option<PageMetadata>> {
        Err(ParquetError::General("the pages of this column have no index".to_owned()))
    }

    fn skip_next_page(&mut self) -> ParquetResult<()> {
        self.0 = None;
        Ok(())
    }
}
