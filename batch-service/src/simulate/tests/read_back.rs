//! Reads an export back, independently of the code that wrote it.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::Read;
use std::path::{Path, PathBuf};

use flate2::read::GzDecoder;
use parquet::file::reader::{FileReader, SerializedFileReader};
use parquet::record::{Field, Row};
use serde_json::{Map, Value, json};

/// A folder that goes away at the end of the test.
pub struct Folder(pub PathBuf);

impl Folder {
    pub fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("inkling-simulate-{name}-{}", std::process::id()));
        let _ = fs::remove_dir_all(&path);
        fs::create_dir_all(&path).unwrap();
        Self(path)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// All files under a folder with their bytes.
pub fn files(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut found = BTreeMap::new();
    let mut open = vec![folder.to_path_buf()];
    while let Some(path) = open.pop() {
        for entry in fs::read_dir(path).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                open.push(path);
            } else {
                let name = path.strip_prefix(folder).unwrap().to_str().unwrap().to_owned();
                found.insert(name, fs::read(path).unwrap());
            }
        }
    }
    found
}

/// The rows of a Parquet file in the form of the JSON export: numbers as strings, nulls left out.
pub fn parquet_rows(path: &Path) -> Vec<Value> {
    let reader = SerializedFileReader::new(File::open(path).unwrap()).unwrap();
    reader.get_row_iter(None).unwrap().map(|row| record(&row.unwrap())).collect()
}

/// The rows of a gzipped newline JSON file.
pub fn json_rows(path: &Path) -> Vec<Value> {
    let mut text = String::new();
    GzDecoder::new(File::open(path).unwrap()).read_to_string(&mut text).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn record(row: &Row) -> Value {
    let fields = row.get_column_iter().filter_map(|(name, field)| Some((name.clone(), value(field)?)));
    Value::Object(fields.collect::<Map<_, _>>())
}

fn value(field: &Field) -> Option<Value> {
    Some(match field {
        Field::Null => return None,
        Field::Str(text) => json!(text),
        Field::Long(number) => json!(number.to_string()),
        Field::Double(number) => json!(format!("{number:?}")),
        Field::Group(row) => record(row),
        Field::ListInternal(list) => Value::Array(list.elements().iter().filter_map(value).collect()),
        other => panic!("unexpected field {other:?}"),
    })
}

/// The final rows of each day: the rewritten file where there is one.
pub fn final_days(folder: &Path) -> Vec<Vec<Value>> {
    let mut names: Vec<String> = files(folder).into_keys().filter(|name| name.starts_with("events_")).collect();
    names.sort();
    names
        .iter()
        .map(|name| {
            let late = folder.join("_late").join(name);
            parquet_rows(&if late.is_file() { late } else { folder.join(name) })
        })
        .collect()
}

/// A string field.
pub fn text<'a>(row: &'a Value, key: &str) -> Option<&'a str> {
    row.get(key)?.as_str()
}

/// An integer field, written as a string.
pub fn number(row: &Value, key: &str) -> Option<i64> {
    text(row, key)?.parse().ok()
}

/// The value group of a parameter.
pub fn param<'a>(row: &'a Value, key: &str) -> Option<&'a Value> {
    row["event_params"].as_array()?.iter().find(|param| param["key"] == key).map(|param| &param["value"])
}

/// A string parameter.
pub fn param_text<'a>(row: &'a Value, key: &str) -> Option<&'a str> {
    text(param(row, key)?, "string_value")
}

/// An integer parameter.
pub fn param_int(row: &Value, key: &str) -> Option<i64> {
    number(param(row, key)?, "int_value")
}
