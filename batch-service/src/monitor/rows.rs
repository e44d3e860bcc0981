//! Small tables: rows of cells in memory.

use crate::shards::Shards;
use crate::warehouse::read::TableReader;
use crate::warehouse::table::{Cells, Column, TableWriter, Type};
use crate::warehouse::{Replacement, Warehouse};
use anyhow::{Context, Result, bail, ensure};
use jiff::civil::{Date, date};
use serde::{Serialize, Serializer};

/// A table of the monitor.
#[derive(Clone, Copy, Debug)]
pub struct Table {
    /// Its name.
    pub name: &'static str,
    /// Its columns; the partition is the day that the daily job worked on.
    pub columns: &'static [Column<'static>],
}

/// A value.
#[derive(Clone, Debug, PartialEq)]
pub enum Cell {
    /// Missing.
    Null,
    /// A truth value.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// A finite number.
    Float(f64),
    /// A text.
    Text(String),
    /// A day.
    Date(Date),
}

/// A row, its cells in the order of the columns.
pub type Row = Vec<Cell>;

impl Serialize for Cell {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Null => serializer.serialize_none(),
            Self::Bool(truth) => serializer.serialize_bool(*truth),
            Self::Int(number) => serializer.serialize_i64(*number),
            Self::Float(number) => serializer.serialize_f64(*number),
            Self::Text(text) => serializer.serialize_str(text),
            Self::Date(day) => serializer.collect_str(day),
        }
    }
}

impl Cell {
    /// The number; `None` for what is none.
    #[must_use]
    pub fn number(&self) -> Option<f64> {
        match self {
            Self::Int(number) => Some(*number as f64),
            Self::Float(number) => Some(*number),
            _ => None,
        }
    }

    /// The text; empty for what is none.
    #[must_use]
    pub fn text(&self) -> &str {
        if let Self::Text(text) = self { text } else { "" }
    }

    /// The day.
    #[must_use]
    pub fn day(&self) -> Option<Date> {
        if let Self::Date(day) = self { Some(*day) } else { None }
    }
}

impl From<f64> for Cell {
    /// What is not finite is missing.
    fn from(number: f64) -> Self {
        if number.is_finite() { Self::Float(number) } else { Self::Null }
    }
}

impl From<u64> for Cell {
    fn from(number: u64) -> Self {
        Self::Int(i64::try_from(number).unwrap_or(i64::MAX))
    }
}

impl From<usize> for Cell {
    fn from(number: usize) -> Self {
        Self::from(number as u64)
    }
}

impl From<bool> for Cell {
    fn from(truth: bool) -> Self {
        Self::Bool(truth)
    }
}

impl From<Date> for Cell {
    fn from(day: Date) -> Self {
        Self::Date(day)
    }
}

impl From<&str> for Cell {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<String> for Cell {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl<T: Into<Self>> From<Option<T>> for Cell {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}

/// Makes a row of values.
macro_rules! row {
    ($($value:expr),* $(,)?) => { vec![$($crate::monitor::rows::Cell::from($value)),*] };
}
pub(super) use row;

impl Table {
    /// Position of a column.
    ///
    /// # Errors
    /// When there is none of this name.
    pub fn position(&self, column: &str) -> Result<usize> {
        let found = self.columns.iter().position(|c| c.name == column);
        found.with_context(|| format!("table {} has no column {column}", self.name))
    }

    /// Writes a new content for a day, to be published.
    ///
    /// # Errors
    /// When writing fails, or a value is of another type than its column.
    pub fn stage(&self, warehouse: &dyn Warehouse, day: Date, rows: &[Row]) -> Result<Replacement> {
        let write = || -> Result<Replacement> {
            let mut replacement = warehouse.replace(self.name, day)?;
            let mut writer = TableWriter::new(replacement.part()?, self.name, self.columns)?;
            ensure!(rows.iter().all(|row| row.len() == self.columns.len()), "a row has too few or too many values");
            if !rows.is_empty() {
                let mut group = writer.group()?;
                for (position, column) in self.columns.iter().enumerate() {
                    group.put(cells(column, rows.iter().filter_map(|row| row.get(position)))?)?;
                }
                group.finish()?;
            }
            writer.finish()?;
            Ok(replacement)
        };
        write().with_context(|| format!("writing {} of {day}", self.name))
    }

    /// The rows of a day; none when there is no such partition. A column that an earlier version did not write is missing.
    ///
    /// # Errors
    /// When the partition cannot be read.
    pub fn read(&self, warehouse: &dyn Warehouse, day: Date) -> Result<Vec<Row>> {
        let mut found = Vec::new();
        for path in warehouse.files(self.name, day, Shards::ALL)? {
            let file = TableReader::open(&path)?;
            for group in 0..file.groups() {
                let first = found.len();
                found.resize_with(first + file.rows(group)?, || Vec::with_capacity(self.columns.len()));
                for column in self.columns {
                    let cells = read_cells(&file, group, column)?;
                    for (row, cell) in found[first..].iter_mut().zip(cells) {
                        row.push(cell);
                    }
                }
            }
        }
        Ok(found)
    }

    /// The rows of a range of days, oldest first, each with its day.
    ///
    /// # Errors
    /// When a partition cannot be read.
    pub fn read_days(&self, warehouse: &dyn Warehouse, from: Date, to: Date) -> Result<Vec<(Date, Row)>> {
        let mut found = Vec::new();
        for day in warehouse.partitions(self.name)?.into_iter().filter(|day| (from..=to).contains(day)) {
            found.extend(self.read(warehouse, day)?.into_iter().map(|row| (day, row)));
        }
        Ok(found)
    }
}

fn cells<'a>(column: &Column<'_>, values: impl Iterator<Item = &'a Cell> + Clone) -> Result<Cells> {
    let wrong = || format!("column {}: a value of another type", column.name);
    macro_rules! of {
        ($make:ident, $pattern:pat => $value:expr) => {{
            let values = values.map(|cell| match cell {
                Cell::Null => Ok(None),
                $pattern => Ok(Some($value)),
                _ => bail!("{}", wrong()),
            });
            Cells::$make(values.collect::<Result<Vec<_>>>()?)
        }};
    }
    Ok(match column.of {
        Type::Bool => of!(bools_optional, Cell::Bool(truth) => *truth),
        Type::I64 => of!(i64s_optional, Cell::Int(number) => *number),
        Type::Date => of!(i32s_optional, Cell::Date(day) => (*day - date(1970, 1, 1)).get_days()),
        Type::Text => of!(texts, Cell::Text(text) => text.as_str()),
        Type::F64 => {
            let values = values.map(|cell| match cell {
                Cell::Null => Ok(None),
                cell => cell.number().map(Some).with_context(wrong),
            });
            Cells::f64s_optional(values.collect::<Result<Vec<_>>>()?)
        }
        Type::I32 | Type::F32 | Type::Bytes => bail!("column {}: a type that small tables do not have", column.name),
    })
}

fn read_cells(file: &TableReader, group: usize, column: &Column<'_>) -> Result<Vec<Cell>> {
    if file.leaf(group, column.name)?.is_none() {
        return Ok(vec![Cell::Null; file.rows(group)?]);
    }
    let found = file.column(group, column.name)?;
    let day = |days: i64| date(1970, 1, 1).checked_add(jiff::Span::new().days(days)).map(Cell::Date);
    Ok(match column.of {
        Type::Bool => found.bools()?.into_iter().map(Cell::from).collect(),
        Type::F64 => found.f64s()?.into_iter().map(Cell::from).collect(),
        Type::Text => found.texts()?.into_iter().map(Cell::from).collect(),
        Type::Date => found
            .i64s()?
            .into_iter()
            .map(|days| days.map_or(Ok(Cell::Null), day))
            .collect::<Result<_, _>>()
            .with_context(|| format!("column {}", column.name))?,
        _ => found.i64s()?.into_iter().map(|number| number.map_or(Cell::Null, Cell::Int)).collect(),
    })
}
