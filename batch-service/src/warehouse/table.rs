//! Writes flat tables as Parquet: the same rows always give the same bytes.

use std::collections::HashMap;
use std::io::Write;
use std::sync::Arc;

use anyhow::{Context, Result, bail, ensure};
use parquet::basic::{Compression, Encoding, LogicalType, Repetition, Type as Physical, ZstdLevel};
use parquet::data_type::{BoolType, DataType, DoubleType, FloatType, Int32Type, Int64Type};
use parquet::file::properties::{EnabledStatistics, WriterProperties};
use parquet::file::writer::{SerializedFileWriter, SerializedRowGroupWriter};
use parquet::schema::types::{ColumnDescPtr, ColumnPath, Type as SchemaType, TypePtr};

use super::parquet::{Compressor, Dictionary, MISSING, Plain, ZSTD_LEVEL, encode, encode_plain};

/// The type of a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Type {
    Bool,
    I32,
    I64,
    F32,
    F64,
    Text,
    Bytes,
    /// Days since 1970-01-01.
    Date,
}

impl Type {
    /// The type that was written as this.
    ///
    /// # Errors
    /// When it is none of them.
    pub(super) fn of(column: &ColumnDescPtr) -> Result<Self> {
        Ok(match (column.physical_type(), column.logical_type_ref()) {
            (Physical::BOOLEAN, _) => Self::Bool,
            (Physical::INT32, Some(LogicalType::Date)) => Self::Date,
            (Physical::INT32, _) => Self::I32,
            (Physical::INT64, _) => Self::I64,
            (Physical::FLOAT, _) => Self::F32,
            (Physical::DOUBLE, _) => Self::F64,
            (Physical::BYTE_ARRAY, Some(LogicalType::String)) => Self::Text,
            (Physical::BYTE_ARRAY, _) => Self::Bytes,
            (other, _) => bail!("physical type {other}"),
        })
    }
}

/// A column of a table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Column<'a> {
    /// The name.
    pub name: &'a str,
    /// The type.
    pub of: Type,
    /// Whether values may be missing.
    pub optional: bool,
}

impl<'a> Column<'a> {
    /// A column with a value in every row.
    #[must_use]
    pub const fn required(name: &'a str, of: Type) -> Self {
        Self { name, of, optional: false }
    }

    /// A column whose values may be missing.
    #[must_use]
    pub const fn optional(name: &'a str, of: Type) -> Self {
        Self { name, of, optional: true }
    }

    fn schema(&self) -> Result<TypePtr> {
        let (physical, logical) = match self.of {
            Type::Bool => (Physical::BOOLEAN, None),
            Type::I32 => (Physical::INT32, None),
            Type::I64 => (Physical::INT64, None),
            Type::F32 => (Physical::FLOAT, None),
            Type::F64 => (Physical::DOUBLE, None),
            Type::Text => (Physical::BYTE_ARRAY, Some(LogicalType::String)),
            Type::Bytes => (Physical::BYTE_ARRAY, None),
            Type::Date => (Physical::INT32, Some(LogicalType::Date)),
        };
        let repetition = if self.optional { Repetition::OPTIONAL } else { Repetition::REQUIRED };
        let built = SchemaType::primitive_type_builder(self.name, physical)
            .with_logical_type(logical)
            .with_repetition(repetition)
            .build()?;
        Ok(Arc::new(built))
    }
}

/// The values of one column in one row group.
#[derive(Debug, Clone)]
pub struct Cells {
    values: Values,
    /// 1 where there is a value, 0 where not; `None` when there is one in every row.
    present: Option<Vec<i16>>,
}

#[derive(Debug, Clone)]
enum Values {
    Bool(Vec<bool>),
    I32(Vec<i32>),
    I64(Vec<i64>),
    F32(Vec<f32>),
    F64(Vec<f64>),
    Bytes(Plain),
    Coded(Dictionary, Vec<u32>),
}

macro_rules! cells {
    ($(#[$doc:meta] $name:ident, $optional:ident, $type:ty, $variant:ident;)*) => { $(
        #[$doc]
        #[must_use]
        pub fn $name(values: Vec<$type>) -> Self {
            Self { values: Values::$variant(values), present: None }
        }

        #[$doc]
        #[doc = "Values may be missing."]
        #[must_use]
        pub fn $optional(values: impl IntoIterator<Item = Option<$type>>) -> Self {
            let (present, values) = split(values);
            Self { values: Values::$variant(values), present: Some(present) }
        }
    )* };
}

fn split<T>(values: impl IntoIterator<Item = Option<T>>) -> (Vec<i16>, Vec<T>) {
    let mut present = Vec::new();
    let values = values.into_iter().inspect(|value| present.push(i16::from(value.is_some()))).flatten().collect();
    (present, values)
}

impl Cells {
    cells! {
        /// Truth values.
        bools, bools_optional, bool, Bool;
        /// 32-bit whole numbers, or days.
        i32s, i32s_optional, i32, I32;
        /// 64-bit whole numbers.
        i64s, i64s_optional, i64, I64;
        /// 32-bit numbers with a fraction.
        f32s, f32s_optional, f32, F32;
        /// 64-bit numbers with a fraction.
        f64s, f64s_optional, f64, F64;
    }

    /// Bytes, each value on its own.
    #[must_use]
    pub fn bytes<'a>(values: impl IntoIterator<Item = &'a [u8]>) -> Self {
        let mut plain = Plain::default();
        values.into_iter().for_each(|value| plain.push(value));
        Self { values: Values::Bytes(plain), present: None }
    }

    /// Texts that repeat: each distinct one is stored once.
    #[must_use]
    pub fn texts<'a>(values: impl IntoIterator<Item = Option<&'a str>>) -> Self {
        let (mut known, mut distinct) = (HashMap::new(), Vec::new());
        let codes = values
            .into_iter()
            .map(|value| match value {
                None => MISSING,
                Some(value) => *known.entry(value).or_insert_with(|| {
                    distinct.push(value);
                    distinct.len() as u32 - 1
                }),
            })
            .collect();
        Self::coded(Dictionary::text(distinct), codes)
    }

    /// Values that are interned already: one code per row, [`MISSING`] where there is none.
    #[must_use]
    pub fn coded(dictionary: Dictionary, codes: Vec<u32>) -> Self {
        Self { values: Values::Coded(dictionary, codes), present: None }
    }

    /// The number of rows.
    #[must_use]
    pub fn rows(&self) -> usize {
        if let Some(present) = &self.present {
            return present.len();
        }
        match &self.values {
            Values::Bool(v) => v.len(),
            Values::I32(v) => v.len(),
            Values::I64(v) => v.len(),
            Values::F32(v) => v.len(),
            Values::F64(v) => v.len(),
            Values::Bytes(v) => v.len(),
            Values::Coded(_, codes) => codes.len(),
        }
    }
}

/// Writes one Parquet file.
pub struct TableWriter<'a, W: Write + Send> {
    file: SerializedFileWriter<W>,
    compressor: Compressor,
    columns: &'a [Column<'a>],
    descriptors: Vec<ColumnDescPtr>,
}

impl<'a, W: Write + Send> TableWriter<'a, W> {
    /// Starts a file with these columns.
    pub fn new(sink: W, table: &str, columns: &'a [Column<'a>]) -> Result<Self> {
        let fields = columns.iter().map(Column::schema).collect::<Result<Vec<_>>>()?;
        let schema = SchemaType::group_type_builder(table).with_fields(fields).build()?;
        let mut properties = WriterProperties::builder()
            .set_created_by("inkling".to_owned())
            .set_compression(Compression::ZSTD(ZstdLevel::try_new(ZSTD_LEVEL)?))
            .set_dictionary_enabled(false)
            .set_statistics_enabled(EnabledStatistics::Chunk)
            .set_offset_index_disabled(true);
        for column in columns.iter().filter(|column| matches!(column.of, Type::I32 | Type::I64 | Type::Date)) {
            properties = properties.set_column_encoding(ColumnPath::from(column.name), Encoding::DELTA_BINARY_PACKED);
        }
        let file = SerializedFileWriter::new(sink, Arc::new(schema), Arc::new(properties.build()))?;
        let descriptors = file.schema_descr().columns().to_vec();
        Ok(Self { file, compressor: Compressor::new()?, columns, descriptors })
    }

    /// Starts a row group; its columns are put in order.
    pub fn group(&mut self) -> Result<GroupWriter<'_, W>> {
        let group = self.file.next_row_group()?;
        Ok(GroupWriter {
            group,
            compressor: &mut self.compressor,
            columns: self.columns,
            descriptors: &self.descriptors,
            done: 0,
            rows: None,
        })
    }

    /// Writes the end of the file and gives the sink back.
    pub fn finish(self) -> Result<W> {
        Ok(self.file.into_inner()?)
    }
}

/// Writes one row group, column after column.
pub struct GroupWriter<'a, W: Write + Send> {
    group: SerializedRowGroupWriter<'a, W>,
    compressor: &'a mut Compressor,
    columns: &'a [Column<'a>],
    descriptors: &'a [ColumnDescPtr],
    done: usize,
    rows: Option<usize>,
}

impl<'a, W: Write + Send> GroupWriter<'a, W> {
    /// Writes the next column.
    pub fn put(&mut self, cells: Cells) -> Result<()> {
        let column = self.next(cells.rows())?;
        self.write(column, cells).with_context(|| format!("column {}", column.name))?;
        self.done += 1;
        Ok(())
    }

    /// Writes the next column, of texts or bytes that are collected already.
    pub fn put_plain(&mut self, values: &Plain) -> Result<()> {
        let column = self.next(values.len())?;
        ensure!(matches!(column.of, Type::Text | Type::Bytes), "the values are not of type {:?}", column.of);
        self.bytes(column, values).with_context(|| format!("column {}", column.name))?;
        self.done += 1;
        Ok(())
    }

    fn next(&mut self, rows: usize) -> Result<&'a Column<'a>> {
        let Some(column) = self.columns.get(self.done) else { bail!("more columns than the table has") };
        let expected = *self.rows.get_or_insert(rows);
        ensure!(rows == expected, "column {}: {rows} rows, the columns before have {expected}", column.name);
        Ok(column)
    }

    fn write(&mut self, column: &Column, cells: Cells) -> Result<()> {
        let mut present = cells.present;
        if !column.optional {
            ensure!(present.iter().flatten().all(|&level| level == 1), "a value is missing");
            present = None;
        } else if present.is_none() && !matches!(cells.values, Values::Coded(..) | Values::Bytes(_)) {
            present = Some(vec![1; self.rows.unwrap_or(0)]);
        }
        let present = present.as_deref();
        match (column.of, cells.values) {
            (_, Values::Coded(dictionary, codes)) => {
                ensure!(column.optional || !codes.contains(&MISSING), "a value is missing");
                self.coded(&dictionary, &codes)
            }
            (Type::Bool, Values::Bool(values)) => self.plain::<BoolType>(&values, present),
            (Type::I32 | Type::Date, Values::I32(values)) => self.plain::<Int32Type>(&values, present),
            (Type::I64, Values::I64(values)) => self.plain::<Int64Type>(&values, present),
            (Type::F32, Values::F32(values)) => self.plain::<FloatType>(&values, present),
            (Type::F64, Values::F64(values)) => self.plain::<DoubleType>(&values, present),
            (Type::Text | Type::Bytes, Values::Bytes(values)) => self.bytes(column, &values),
            (of, _) => bail!("the values are not of type {of:?}"),
        }
    }

    fn plain<T: DataType>(&mut self, values: &[T::T], present: Option<&[i16]>) -> Result<()> {
        let Some(mut writer) = self.group.next_column()? else { bail!("more columns than the table has") };
        writer.typed::<T>().write_batch(values, present, None)?;
        Ok(writer.close()?)
    }

    fn bytes(&mut self, column: &Column, values: &Plain) -> Result<()> {
        // Least and largest of opaque bytes would say nothing.
        let with_bounds = column.of == Type::Text;
        let (bytes, close) = encode_plain(self.descriptor()?, values, with_bounds, self.compressor)?;
        Ok(self.group.append_column(&bytes, close)?)
    }

    fn descriptor(&self) -> Result<&'a ColumnDescPtr> {
        self.descriptors.get(self.done).context("more columns than the table has")
    }

    fn coded(&mut self, dictionary: &Dictionary, codes: &[u32]) -> Result<()> {
        let descriptor = self.descriptor()?;
        ensure!(dictionary.fits(descriptor.physical_type()), "the dictionary is of another type");
        let (bytes, close) = encode(descriptor, dictionary, codes, self.compressor)?;
        Ok(self.group.append_column(&bytes, close)?)
    }

    /// Ends the row group.
    pub fn finish(self) -> Result<()> {
        ensure!(self.done == self.columns.len(), "{} of {} columns written", self.done, self.columns.len());
        self.group.close()?;
        Ok(())
    }
}
