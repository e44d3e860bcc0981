//! Models of Python, read without running anything: the weights become a [`Plain`] model.
//!
//! One file or folder per format. What has no exact counterpart is refused by name.

pub mod build;
pub mod document;
mod error;
pub mod lightgbm;
pub mod plain;
pub mod xgboost;

pub use error::Error;
pub use plain::Plain;

/// Longest file.
pub const MAX_FILE: usize = 16 << 20;

/// The model of a file. The format is recognised by the content; `file_name` is for messages only.
pub fn convert(bytes: &[u8], file_name: &str) -> Result<Plain, Error> {
    if bytes.len() > MAX_FILE {
        return Err(Error::malformed(file_name, format!("{} bytes", bytes.len()), format!("more than {MAX_FILE}")));
    }
    if lightgbm::recognises(bytes) {
        let text = std::str::from_utf8(bytes)
            .map_err(|e| Error::malformed("LightGBM text model", format!("byte {}", e.valid_up_to()), "not UTF-8"))?;
        return lightgbm::convert(text, None);
    }
    if bytes.trim_ascii_start().starts_with(b"{") && document::recognises(bytes) {
        return document::from_json(bytes);
    }
    if xgboost::is_ubjson(bytes) || bytes.trim_ascii_start().starts_with(b"{") {
        return xgboost::convert(bytes, xgboost::Saved::File);
    }
    Err(Error::Unknown { seen: file_name.to_owned() })
}
