//! Writes a day as Parquet, column by column, with the levels of the nested schema.

use std::fs::File;
use std::io::BufWriter;
use std::path::Path;
use std::sync::Arc;

use anyhow::{Context, Result, bail};
use parquet::basic::{Compression, ZstdLevel};
use parquet::column::writer::ColumnWriter;
use parquet::data_type::ByteArray;
use parquet::file::properties::{EnabledStatistics, WriterProperties};
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::types::ColumnDescriptor;

use super::rows::Row;
use super::schema::{self, Source};

/// Most rows of a row group.
const ROW_GROUP: usize = 250_000;

/// Writes the rows to a file.
pub fn write(path: &Path, rows: &[&Row]) -> Result<()> {
    let properties = WriterProperties::builder()
        .set_compression(Compression::ZSTD(ZstdLevel::try_new(1)?))
        .set_statistics_enabled(EnabledStatistics::Chunk)
        .set_created_by("inkling simulate".to_owned())
        .build();
    let file = File::create(path).with_context(|| format!("create {}", path.display()))?;
    let mut writer = SerializedFileWriter::new(BufWriter::new(file), schema::message()?, Arc::new(properties))?;
    let columns = writer.schema_descr().columns().to_vec();
    for group in rows.chunks(ROW_GROUP) {
        let mut row_group = writer.next_row_group()?;
        for column in &columns {
            let Some(mut open) = row_group.next_column()? else { bail!("fewer columns than in the schema") };
            Column::collect(column, group).write(open.untyped())?;
            open.close()?;
        }
        row_group.close()?;
    }
    writer.close()?;
    Ok(())
}

/// Values of a column; nulls are in the levels only.
enum Values {
    Text { bytes: Vec<u8>, ends: Vec<usize> },
    Int(Vec<i64>),
    Double(Vec<f64>),
    None,
}

/// One column of a row group.
struct Column {
    definition: Vec<i16>,
    repetition: Vec<i16>,
    full: i16,
    values: Values,
}

impl Column {
    fn collect(descriptor: &ColumnDescriptor, rows: &[&Row]) -> Self {
        let path: Vec<&str> = descriptor.path().parts().iter().map(String::as_str).collect();
        let plain: Vec<&str> = path.iter().copied().filter(|part| !matches!(*part, "list" | "element")).collect();
        let full = descriptor.max_def_level();
        let mut column =
            Self { definition: Vec::with_capacity(rows.len()), repetition: Vec::new(), full, values: Values::None };
        match schema::source(&plain.join(".")) {
            Source::NullGroup | Source::NoElements => column.definition.resize(rows.len(), 0),
            Source::Null => column.definition.resize(rows.len(), full - 1),
            Source::Text(get) => rows.iter().for_each(|row| column.text(get(row))),
            Source::Int(get) => rows.iter().for_each(|row| column.int(get(row))),
            Source::Double(get) => rows.iter().for_each(|row| column.double(get(row))),
            Source::ParamText(get) => column.list(rows, |row| &row.params, |column, param| column.text(get(param))),
            Source::ParamInt(get) => column.list(rows, |row| &row.params, |column, param| column.int(get(param))),
            Source::ParamNull => column.list(rows, |row| &row.params, |column, _| column.definition.push(full - 1)),
            Source::ItemText(get) => {
                column.list(rows, |row| row.item.as_slice(), |column, item| column.text(get(item)))
            }
            Source::ItemDouble(get) => {
                column.list(rows, |row| row.item.as_slice(), |column, item| column.double(get(item)));
            }
            Source::ItemNull => {
                column.list(rows, |row| row.item.as_slice(), |column, _| column.definition.push(full - 1));
            }
        }
        if descriptor.max_rep_level() > 0 && column.repetition.is_empty() {
            column.repetition.resize(rows.len(), 0);
        }
        column
    }

    fn list<T>(&mut self, rows: &[&Row], elements: fn(&Row) -> &[T], mut push: impl FnMut(&mut Self, &T)) {
        for row in rows {
            let elements = elements(row);
            if elements.is_empty() {
                self.definition.push(0);
                self.repetition.push(0);
            }
            for (index, element) in elements.iter().enumerate() {
                push(self, element);
                self.repetition.push(i16::from(index > 0));
            }
        }
    }

    fn level(&mut self, present: bool) {
        self.definition.push(if present { self.full } else { self.full - 1 });
    }

    fn text(&mut self, value: Option<&str>) {
        self.level(value.is_some());
        let Some(value) = value else { return };
        if matches!(self.values, Values::None) {
            self.values = Values::Text { bytes: Vec::new(), ends: Vec::new() };
        }
        if let Values::Text { bytes, ends } = &mut self.values {
            bytes.extend_from_slice(value.as_bytes());
            ends.push(bytes.len());
        }
    }

    fn int(&mut self, value: Option<i64>) {
        self.level(value.is_some());
        match (&mut self.values, value) {
            (Values::Int(values), Some(value)) => values.push(value),
            (Values::None, Some(value)) => self.values = Values::Int(vec![value]),
            _ => {}
        }
    }

    fn double(&mut self, value: Option<f64>) {
        self.level(value.is_some());
        match (&mut self.values, value) {
            (Values::Double(values), Some(value)) => values.push(value),
            (Values::None, Some(value)) => self.values = Values::Double(vec![value]),
            _ => {}
        }
    }

    fn write(self, writer: &mut ColumnWriter<'_>) -> Result<()> {
        let definition = Some(self.definition.as_slice());
        let repetition = (!self.repetition.is_empty()).then_some(self.repetition.as_slice());
        match (writer, self.values) {
            (ColumnWriter::ByteArrayColumnWriter(writer), Values::Text { bytes, ends }) => {
                let all = ByteArray::from(bytes);
                let starts = std::iter::once(0).chain(ends.iter().copied());
                let values: Vec<_> = starts.zip(&ends).map(|(start, end)| all.slice(start, end - start)).collect();
                writer.write_batch(&values, definition, repetition)?
            }
            (ColumnWriter::Int64ColumnWriter(writer), Values::Int(values)) => {
                writer.write_batch(&values, definition, repetition)?
            }
            (ColumnWriter::DoubleColumnWriter(writer), Values::Double(values)) => {
                writer.write_batch(&values, definition, repetition)?
            }
            (ColumnWriter::ByteArrayColumnWriter(writer), Values::None) => {
                writer.write_batch(&[], definition, repetition)?
            }
            (ColumnWriter::Int64ColumnWriter(writer), Values::None) => {
                writer.write_batch(&[], definition, repetition)?
            }
            (ColumnWriter::DoubleColumnWriter(writer), Values::None) => {
                writer.write_batch(&[], definition, repetition)?
            }
            _ => bail!("a column whose values are not of its type"),
        };
        Ok(())
    }
}
