//! Arrow rows as values, and as a file of the warehouse.

use crate::warehouse::parquet::Value;
use crate::warehouse::table::{Cells, Column, TableWriter, Type};
use anyhow::{Result, bail};
use arrow_array::cast::AsArray;
use arrow_array::types::{Date32Type, Float64Type, Int64Type, TimestampMicrosecondType};
use arrow_array::{Array, ArrayRef, RecordBatch};
use arrow_schema::{DataType, TimeUnit};
use std::io::Write;

/// The value in a row of a column; `None` is null.
///
/// # Errors
/// When the column has a type that no column of ours has.
#[inline]
pub fn column_value(column: &ArrayRef, row: usize) -> Result<Option<Value<'_>>> {
    if column.is_null(row) {
        return Ok(None);
    }
    Ok(Some(match column.data_type() {
        DataType::Int64 => Value::Int(column.as_primitive::<Int64Type>().value(row)),
        DataType::Float64 => Value::Float(column.as_primitive::<Float64Type>().value(row)),
        DataType::Utf8 => Value::Bytes(column.as_string::<i32>().value(row).as_bytes()),
        DataType::Binary => Value::Bytes(column.as_binary::<i32>().value(row)),
        DataType::Boolean => Value::Bool(column.as_boolean().value(row)),
        DataType::Date32 => Value::Int(i64::from(column.as_primitive::<Date32Type>().value(row))),
        DataType::Timestamp(TimeUnit::Microsecond, _) => {
            Value::Int(column.as_primitive::<TimestampMicrosecondType>().value(row))
        }
        other => bail!("a column of type {other}"),
    }))
}

fn column_type(of: &DataType) -> Result<Type> {
    Ok(match of {
        DataType::Int64 => Type::I64,
        DataType::Float64 => Type::F64,
        DataType::Utf8 => Type::Text,
        DataType::Binary => Type::Bytes,
        DataType::Boolean => Type::Bool,
        DataType::Date32 => Type::Date,
        other => bail!("a column of type {other}"),
    })
}

/// Writes rows as one Parquet file, ordered by a text column (if they have it), `group` rows in a row group.
///
/// # Errors
/// When a column has a type that no column of ours has, or writing fails.
pub fn write_sorted<W: Write + Send>(
    sink: W,
    table: &str,
    batches: &[RecordBatch],
    by: &str,
    group: usize,
) -> Result<()> {
    let Some(first) = batches.first() else {
        // A partition without rows is a file without columns' values.
        TableWriter::new(sink, table, &[Column::optional(by, Type::Text)])?.finish()?;
        return Ok(());
    };
    let mut order: Vec<(u32, u32)> = Vec::new();
    for (number, batch) in batches.iter().enumerate() {
        order.extend((0..batch.num_rows() as u32).map(|row| (number as u32, row)));
    }
    if let Ok(key) = first.schema().index_of(by) {
        let text = |place: &(u32, u32)| -> &[u8] {
            match column_value(batches[place.0 as usize].column(key), place.1 as usize) {
                Ok(Some(Value::Bytes(bytes))) => bytes,
                _ => &[],
            }
        };
        order.sort_by(|a, b| text(a).cmp(text(b)));
    }
    let schema = first.schema();
    let columns = schema
        .fields()
        .iter()
        .map(|field| {
            let of = column_type(field.data_type())?;
            // Bytes are stored one by one, without a mark for missing ones.
            Ok(if of == Type::Bytes { Column::required(field.name(), of) } else { Column::optional(field.name(), of) })
        })
        .collect::<Result<Vec<_>>>()?;
    let mut writer = TableWriter::new(sink, table, &columns)?;
    for rows in order.chunks(group) {
        let mut out = writer.group()?;
        for (index, column) in columns.iter().enumerate() {
            let values = rows
                .iter()
                .map(|(batch, row)| column_value(batches[*batch as usize].column(index), *row as usize))
                .collect::<Result<Vec<_>>>()?;
            out.put(cells(column.of, &values)?)?;
        }
        out.finish()?;
    }
    writer.finish()?;
    Ok(())
}

fn cells(of: Type, values: &[Option<Value<'_>>]) -> Result<Cells> {
    let int = |value: &Option<Value<'_>>| match value {
        Some(Value::Int(number)) => Some(*number),
        _ => None,
    };
    Ok(match of {
        Type::I64 => Cells::i64s_optional(values.iter().map(int)),
        Type::Date => Cells::i32s_optional(values.iter().map(|v| int(v).and_then(|n| i32::try_from(n).ok()))),
        Type::F64 => Cells::f64s_optional(values.iter().map(|v| match v {
            Some(Value::Float(number)) => Some(*number),
            _ => None,
        })),
        Type::Bool => Cells::bools_optional(values.iter().map(|v| match v {
            Some(Value::Bool(truth)) => Some(*truth),
            _ => None,
        })),
        Type::Text => {
            let texts = values.iter().map(|v| match v {
                Some(Value::Bytes(bytes)) => std::str::from_utf8(bytes).ok(),
                _ => None,
            });
            Cells::texts(texts)
        }
        Type::Bytes => {
            if values.iter().any(Option::is_none) {
                bail!("bytes are missing");
            }
            Cells::bytes(values.iter().filter_map(|v| match v {
                Some(Value::Bytes(bytes)) => Some(*bytes),
                _ => None,
            }))
        }
        other => bail!("a column of type {other:?}"),
    })
}
