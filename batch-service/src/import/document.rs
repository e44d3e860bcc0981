//! Our own format: a plain dict of lists and numbers, as JSON or pickled.

use super::Error;
use super::pickle::Value;
use super::plain::Plain;
use crate::object::Object;
use serde::Deserializer;

/// Characters of a refusal: serde's say what is there, however long it is.
const LONGEST: usize = 200;

fn bad(at: &str, why: impl std::fmt::Display) -> Error {
    let mut why = why.to_string();
    if let Some((end, _)) = why.char_indices().nth(LONGEST) {
        why.truncate(end);
        why.push_str("...");
    }
    Error::malformed("inkling.model/1", at, why)
}

/// Whether JSON has the name of the format somewhere, which XGBoost's has not.
#[must_use]
pub fn recognises(bytes: &[u8]) -> bool {
    let name = b"\"inkling.model/1\"";
    bytes.windows(name.len()).any(|part| part == name)
}

/// The model of a JSON document.
pub fn from_json(bytes: &[u8]) -> Result<Plain, Error> {
    let mut reader = serde_json::Deserializer::from_slice(bytes);
    let plain = read(&mut reader, "JSON")?;
    reader.end().map_err(|e| bad("JSON", e))?;
    plain.checked()
}

/// The model of a pickled dict.
pub fn from_pickle(value: Value<'_>) -> Result<Plain, Error> {
    read(value, "pickle")?.checked()
}

fn read<'de, D: Deserializer<'de>>(reader: D, kind: &str) -> Result<Plain, Error> {
    let read: Result<Object<Plain>, _> = serde_path_to_error::deserialize(reader);
    read.map(|Object(plain)| plain).map_err(|e| bad(kind, e))
}

#[cfg(test)]
mod tests {
    use super::from_json;

    #[test]
    fn the_documented_example_is_read() {
        let page = include_str!("../../../docs/IMPORT.md");
        let (_, rest) = page.split_once("```json\n").unwrap();
        let (example, _) = rest.split_once("```").unwrap();
        let plain = from_json(example.as_bytes()).unwrap();
        let margins: Vec<f64> = [[1.0, 0.0], [f32::NAN, 0.0], [4.0, 0.0], [4.0, 2.0], [4.0, 3.0], [4.0, f32::NAN]]
            .iter()
            .map(|row| plain.margin(row))
            .collect();
        assert_eq!(margins, [-1.9, -1.9, -1.4, -0.8, -1.4, -1.4]);
    }
}
