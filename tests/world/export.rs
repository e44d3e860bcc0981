//! Small exports, written row by row as `bq extract` writes JSON: every number is a string.

use super::Folder;
use jiff::Timestamp;
use jiff::civil::Date;
use serde_json::{Map, Value, json};
use std::path::PathBuf;

/// Microseconds of a moment such as `2026-10-05T12:00:00Z`.
#[must_use]
pub fn micros(moment: &str) -> i64 {
    moment.parse::<Timestamp>().expect("a moment").as_microsecond()
}

/// One row of the export.
#[derive(Clone, Debug)]
pub struct Row {
    fields: Map<String, Value>,
    params: Vec<Value>,
}

impl Row {
    /// An event of a visitor, on no page and in no session.
    #[must_use]
    pub fn new(user: &str, time_us: i64, name: &str) -> Self {
        let fields = json!({
            "event_timestamp": time_us.to_string(), "event_name": name, "user_pseudo_id": user,
            "event_bundle_sequence_id": "1", "device": {"category": "desktop", "language": "en-gb"},
        });
        let Value::Object(fields) = fields else { unreachable!() };
        Self { fields, params: Vec::new() }
    }

    /// With a field of the row.
    #[must_use]
    pub fn with(mut self, field: &str, value: Value) -> Self {
        self.fields.insert(field.to_owned(), value);
        self
    }

    /// With an event parameter: a text, a whole number, a number with a fraction, or null for a key without a value.
    #[must_use]
    pub fn param(mut self, key: &str, value: impl Into<Value>) -> Self {
        let value = match value.into() {
            Value::String(text) => json!({"string_value": text}),
            Value::Number(number) if number.is_f64() => json!({"double_value": number.to_string()}),
            Value::Number(number) => json!({"int_value": number.to_string()}),
            _ => json!({}),
        };
        self.params.push(json!({"key": key, "value": value}));
        self
    }

    /// On a page of the made-up university.
    #[must_use]
    pub fn page(self, path: &str) -> Self {
        self.param("page_location", format!("https://www.northgate.example{path}"))
    }

    /// In a session.
    #[must_use]
    pub fn session(self, id: i64, number: i64) -> Self {
        self.param("ga_session_id", id).param("ga_session_number", number)
    }

    /// The row as JSON, on a day.
    #[must_use]
    pub fn json(&self, day: Date) -> Value {
        let mut fields = self.fields.clone();
        fields.entry("event_date").or_insert_with(|| day.strftime("%Y%m%d").to_string().into());
        fields.insert("event_params".into(), self.params.clone().into());
        fields.into()
    }
}

/// Writes the rows of a day as `FOLDER/events_YYYYMMDD.json`.
pub fn day_file(folder: &Folder, sub: &str, day: Date, rows: &[Row]) -> PathBuf {
    let lines: String = rows.iter().map(|row| format!("{}\n", row.json(day))).collect();
    folder.write(&format!("{sub}/events_{}.json", day.strftime("%Y%m%d")), lines)
}
