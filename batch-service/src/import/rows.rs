//! Rows and expected scores, as `scripts/inkling_check.py` or any tool writes them: CSV with a line of names, or Parquet.

use super::Error;
use parquet::file::reader::{FileReader, SerializedFileReader};
use parquet::record::Field;
use std::fs::File;
use std::path::Path;

/// Most values of a file.
const MOST: usize = 100_000_000;

/// A table of numbers.
#[derive(Clone, Debug)]
pub struct Rows {
    file: String,
    /// Names of the columns.
    pub names: Vec<String>,
    /// Row after row; NaN is missing.
    values: Vec<f64>,
}

impl Rows {
    /// Reads a file; what ends in `.parquet` is Parquet.
    ///
    /// # Errors
    /// File, row and column of what is no number.
    pub fn read(path: &Path) -> Result<Self, Error> {
        let file = path.display().to_string();
        let failed = |e: String| Error::malformed(&file, "the file", e);
        let open = File::open(path).map_err(|e| failed(e.to_string()))?;
        let parquet = path.extension().is_some_and(|end| end.eq_ignore_ascii_case("parquet"));
        let rows = if parquet { of_parquet(&file, open) } else { of_csv(&file, open) }?;
        if rows.names.is_empty() || rows.values.is_empty() {
            return Err(failed("holds no rows".to_owned()));
        }
        Ok(rows)
    }

    /// Number of rows.
    #[must_use]
    pub fn len(&self) -> usize {
        self.values.len() / self.names.len().max(1)
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.values.is_empty()
    }

    /// The values of a column.
    pub fn column(&self, at: usize) -> impl Iterator<Item = f64> + '_ {
        self.values.iter().skip(at).step_by(self.names.len().max(1)).copied()
    }

    /// The column of each name, as single-precision numbers.
    ///
    /// # Errors
    /// A name that is not there, or a value that single precision cannot hold.
    pub fn singles(&self, names: &[&str]) -> Result<Vec<Vec<f32>>, Error> {
        let column = |name: &&str| -> Result<Vec<f32>, Error> {
            let at = self.names.iter().position(|n| n == name);
            let at = at.ok_or_else(|| Error::malformed(&self.file, format!("column `{name}`"), "is not there"))?;
            let single = |(row, value): (usize, f64)| {
                let single = value as f32;
                // Nine digits name a single-precision number, and may be off by half of the last.
                let near = (f64::from(single) - value).abs() <= 5e-9 * value.abs();
                if value.is_nan() || near {
                    return Ok(single);
                }
                let why = format!(
                    "{value} is no single-precision number, as served features are; scripts/inkling_check.py rounds rows"
                );
                Err(Error::malformed(&self.file, format!("row {}, column `{name}`", row + 1), why))
            };
            self.column(at).enumerate().map(single).collect()
        };
        names.iter().map(column).collect()
    }
}

fn too_many(file: &str) -> Error {
    Error::malformed(file, "the file", format!("more than {MOST} values"))
}

fn of_csv(file: &str, open: File) -> Result<Rows, Error> {
    let failed = |e: csv::Error| {
        let at = e.position().map_or_else(|| "the file".to_owned(), |at| format!("line {}", at.line()));
        Error::malformed(file, at, e.to_string())
    };
    let mut reader = csv::ReaderBuilder::new().trim(csv::Trim::All).from_reader(open);
    let names: Vec<String> = reader.headers().map_err(failed)?.iter().map(str::to_owned).collect();
    let mut values = Vec::new();
    for (row, record) in reader.records().enumerate() {
        for (name, text) in names.iter().zip(&record.map_err(failed)?) {
            let missing = text.is_empty() || text.eq_ignore_ascii_case("nan");
            values.push(match text.parse::<f64>() {
                _ if missing => f64::NAN,
                Ok(value) if value.is_finite() => value,
                _ => {
                    let at = format!("row {}, column `{name}`", row + 1);
                    return Err(Error::malformed(file, at, "is no number"));
                }
            });
        }
        if values.len() > MOST {
            return Err(too_many(file));
        }
    }
    Ok(Rows { file: file.to_owned(), names, values })
}

fn of_parquet(file: &str, open: File) -> Result<Rows, Error> {
    let failed = |e: parquet::errors::ParquetError| Error::malformed(file, "the file", e.to_string());
    let reader = SerializedFileReader::new(open).map_err(failed)?;
    let fields = reader.metadata().file_metadata().schema().get_fields();
    let names: Vec<String> = fields.iter().map(|field| field.name().to_owned()).collect();
    let rows = usize::try_from(reader.metadata().file_metadata().num_rows()).unwrap_or(usize::MAX);
    if rows.checked_mul(names.len()).is_none_or(|all| all > MOST) {
        return Err(too_many(file));
    }
    let mut values = Vec::with_capacity(rows * names.len());
    for (row, record) in reader.get_row_iter(None).map_err(failed)?.enumerate() {
        let record = record.map_err(failed)?;
        for (name, field) in record.get_column_iter() {
            let Some(value) = number(field) else {
                let at = format!("row {}, column `{name}`", row + 1);
                return Err(Error::malformed(file, at, "is no number; leave columns of other types out"));
            };
            values.push(value);
        }
    }
    Ok(Rows { file: file.to_owned(), names, values })
}

fn number(field: &Field) -> Option<f64> {
    let value = match field {
        Field::Null => return Some(f64::NAN),
        Field::Bool(value) => f64::from(u8::from(*value)),
        Field::Byte(value) => f64::from(*value),
        Field::Short(value) => f64::from(*value),
        Field::Int(value) => f64::from(*value),
        Field::Long(value) => *value as f64,
        Field::UByte(value) => f64::from(*value),
        Field::UShort(value) => f64::from(*value),
        Field::UInt(value) => f64::from(*value),
        Field::ULong(value) => *value as f64,
        Field::Float(value) => f64::from(*value),
        Field::Double(value) => *value,
        _ => return None,
    };
    (!value.is_infinite()).then_some(value)
}
