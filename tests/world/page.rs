//! The dashboard's page, as its browser gets it.

use serde_json::{Map, Value};

/// The document that a page holds.
#[must_use]
pub fn document_of(page: &str) -> Value {
    let (_, after) = page.split_once(r#"<script type="application/json" id="data">"#).expect("a place for data");
    let (text, _) = after.split_once("</script>").expect("its end");
    serde_json::from_str(text).unwrap_or_else(|e| panic!("{e}: {}", &text[..text.len().min(200)]))
}

/// The rows of a view of the document as objects.
#[must_use]
pub fn rows_of(document: &Value, view: &str) -> Vec<Map<String, Value>> {
    let view = &document["views"][view];
    let names: Vec<&str> = view["columns"].as_array().unwrap().iter().map(|c| c["name"].as_str().unwrap()).collect();
    let object =
        |row: &Value| names.iter().map(|n| (*n).to_owned()).zip(row.as_array().unwrap().iter().cloned()).collect();
    view["rows"].as_array().unwrap().iter().map(object).collect()
}

/// Bytes of a text in Brotli at its best.
#[must_use]
pub fn brotli(text: &str) -> usize {
    let params = brotli::enc::BrotliEncoderParams { quality: 11, ..Default::default() };
    let mut packed = Vec::new();
    brotli::BrotliCompress(&mut text.as_bytes(), &mut packed, &params).expect("Brotli");
    packed.len()
}
