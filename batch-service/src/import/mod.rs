//! Models of Python, read without running anything: the weights become a [`Plain`] model.
//!
//! One file or folder per format. What has no exact counterpart is refused by name.

pub mod build;
pub mod confine;
pub mod document;
pub mod equality;
mod error;
pub mod lightgbm;
mod mapping;
pub mod pickle;
pub mod plain;
pub mod rows;
pub mod sklearn;
pub mod xgboost;

pub use error::Error;
pub use mapping::Mapping;
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
    if pickle::recognises(bytes) {
        let refused = |e: pickle::Refused| Error::malformed("pickle", format!("byte {}", e.at), e.why);
        let read = pickle::read(bytes).map_err(refused)?;
        return match read.value().class() {
            Some(_) => sklearn::convert(&sklearn::Object::new(read.value())),
            None => document::from_pickle(read.bytes()),
        };
    }
    Err(Error::Unknown { seen: file_name.to_owned() })
}
