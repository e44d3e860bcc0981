//! Reads flat tables by column name.

use std::fs::File;
use std::path::Path;

use anyhow::{Context, Result, bail};
use parquet::file::reader::{FileReader, SerializedFileReader};

use super::parquet::{Batch, LeafReader, Value};
use super::table::Type;

/// Reads one Parquet file of a table.
pub struct TableReader {
    file: SerializedFileReader<File>,
    name: String,
}

impl TableReader {
    /// Opens a file.
    pub fn open(path: &Path) -> Result<Self> {
        let name = path.display().to_string();
        let open = || -> Result<_> { Ok(SerializedFileReader::new(File::open(path)?)?) };
        Ok(Self { file: open().with_context(|| name.clone())?, name })
    }

    /// The columns with their types.
    pub fn columns(&self) -> Result<Vec<(String, Type)>> {
        let columns = self.file.metadata().file_metadata().schema_descr().columns();
        columns
            .iter()
            .map(|column| {
                let name = column.name().to_owned();
                let of = Type::of(column).with_context(|| format!("{}: column {name}", self.name))?;
                Ok((name, of))
            })
            .collect()
    }

    /// The number of row groups.
    #[must_use]
    pub fn groups(&self) -> usize {
        self.file.num_row_groups()
    }

    /// The number of rows of a row group.
    pub fn rows(&self, group: usize) -> Result<usize> {
        Ok(usize::try_from(self.file.get_row_group(group)?.metadata().num_rows())?)
    }

    /// The number of rows of the file.
    #[must_use]
    pub fn total_rows(&self) -> u64 {
        self.file.metadata().row_groups().iter().map(|group| group.num_rows().unsigned_abs()).sum()
    }

    /// A reader for a column of a row group, a batch at a time; `None` when the file has no such column.
    pub fn leaf(&self, group: usize, column: &str) -> Result<Option<LeafReader>> {
        let reader = self.file.get_row_group(group)?;
        let schema = reader.metadata().schema_descr();
        let Some(index) = schema.columns().iter().position(|leaf| leaf.path().parts() == [column]) else {
            return Ok(None);
        };
        LeafReader::open(reader.as_ref(), index).map(Some).with_context(|| self.place(group))
    }

    /// All cells of a column in a row group.
    pub fn column(&self, group: usize, column: &str) -> Result<ColumnCells> {
        let Some(mut leaf) = self.leaf(group, column)? else { bail!("{}: no column {column}", self.name) };
        let mut batch = Batch::default();
        leaf.read_rows(self.rows(group)?, &mut batch).with_context(|| self.place(group))?;
        let place = format!("{}: column {column}", self.place(group));
        Ok(ColumnCells { leaf, batch, place })
    }

    fn place(&self, group: usize) -> String {
        format!("{}: row group {} of {}", self.name, group + 1, self.groups())
    }
}

/// The cells of one column in one row group.
pub struct ColumnCells {
    leaf: LeafReader,
    batch: Batch,
    place: String,
}

macro_rules! typed {
    ($(#[$doc:meta] $name:ident, $type:ty, $expected:literal, $pattern:pat => $value:expr;)*) => { $(
        #[$doc]
        #[doc = "An error when the column holds something else."]
        pub fn $name(&self) -> Result<Vec<Option<$type>>> {
            self.values()
                .map(|value| match value {
                    None => Ok(None),
                    Some($pattern) => Ok(Some($value)),
                    Some(_) => bail!("{}: not {}", self.place, $expected),
                })
                .collect()
        }
    )* };
}

impl ColumnCells {
    /// The cells, missing ones as `None`.
    pub fn values(&self) -> impl Iterator<Item = Option<Value<'_>>> {
        let max_def = self.leaf.max_def();
        let mut codes = self.batch.codes.iter();
        self.batch.defs.iter().map(
            move |&def| {
                if def == max_def { codes.next().map(|&code| self.leaf.value(code)) } else { None }
            },
        )
    }

    /// The bytes of a row, in a column with a value in every row. An error when there are none.
    pub fn bytes_at(&self, row: usize) -> Result<&[u8]> {
        // Without a missing value there is one code for each row.
        let every = self.batch.codes.len() == self.batch.defs.len();
        match self.batch.codes.get(row).filter(|_| every).map(|&code| self.leaf.value(code)) {
            Some(Value::Bytes(bytes)) => Ok(bytes),
            _ => bail!("{}: row {} has no bytes", self.place, row + 1),
        }
    }

    typed! {
        /// Truth values.
        bools, bool, "a truth value", Value::Bool(value) => value;
        /// Whole numbers.
        i64s, i64, "a whole number", Value::Int(value) => value;
        /// Numbers with a fraction.
        f64s, f64, "a number", Value::Float(value) => value;
        /// Bytes.
        bytes, &[u8], "bytes", Value::Bytes(value) => value;
    }

    /// Texts. An error when the column holds something else.
    pub fn texts(&self) -> Result<Vec<Option<&str>>> {
        self.bytes()?
            .into_iter()
            .map(|bytes| bytes.map(str::from_utf8).transpose().with_context(|| format!("{}: not a text", self.place)))
            .collect()
    }
}
