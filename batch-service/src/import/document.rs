//! Our own format: a plain dict of lists and numbers, as JSON or pickled.

use super::Error;
use super::plain::Plain;

fn bad(at: &str, why: impl std::fmt::Display) -> Error {
    Error::malformed("inkling.model/1", at, why.to_string())
}

/// Whether JSON has the name of the format somewhere, which XGBoost's has not.
#[must_use]
pub fn recognises(bytes: &[u8]) -> bool {
    let name = b"\"inkling.model/1\"";
    bytes.windows(name.len()).any(|part| part == name)
}

/// The model of a JSON document.
pub fn from_json(bytes: &[u8]) -> Result<Plain, Error> {
    let plain: Plain = serde_json::from_slice(bytes).map_err(|e| bad("JSON", e))?;
    plain.checked()
}

/// The model of a pickled dict, which the bounded walk of [`super::pickle`] has passed.
pub fn from_pickle(bytes: &[u8]) -> Result<Plain, Error> {
    let read = serde_pickle::from_slice(bytes, serde_pickle::DeOptions::new());
    let plain: Plain = read.map_err(|e| bad("pickle", e))?;
    plain.checked()
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
