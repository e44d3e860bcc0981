//! Rows of GoogleSQL as the Storage Read API sends them.

use arrow_array::{ArrayRef, Float64Array, Int64Array, RecordBatch, StringArray};
use serde_json::Value;
use std::sync::Arc;

/// A batch of rows.
pub fn batch(columns: &[Value], rows: &[Value]) -> RecordBatch {
    let arrays = columns.iter().map(|column| {
        let name = column["name"].as_str().unwrap();
        let cells = || rows.iter().map(move |row| &row[name]);
        let array: ArrayRef = match column["type"].as_str().unwrap() {
            "INT64" => Arc::new(cells().map(|cell| whole(name, cell)).collect::<Int64Array>()),
            "FLOAT64" => Arc::new(cells().map(|cell| fraction(name, cell)).collect::<Float64Array>()),
            "STRING" => Arc::new(cells().map(Value::as_str).collect::<StringArray>()),
            other => panic!("{name} is {other}"),
        };
        (name, array, true)
    });
    RecordBatch::try_from_iter_with_nullable(arrays).unwrap()
}

fn whole(name: &str, cell: &Value) -> Option<i64> {
    (!cell.is_null()).then(|| cell.as_i64().unwrap_or_else(|| panic!("{name}: {cell}")))
}

fn fraction(name: &str, cell: &Value) -> Option<f64> {
    (!cell.is_null()).then(|| cell.as_f64().unwrap_or_else(|| panic!("{name}: {cell}")))
}
