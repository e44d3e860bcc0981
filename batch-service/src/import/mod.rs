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
            None => document::from_pickle(read.value()),
        };
    }
    if is_onnx(bytes) {
        let instead = "ONNX adds up single-precision numbers in an order that its runtime chooses; give the file that the \
                       library itself writes";
        return Err(Error::unsupported("an ONNX model", instead));
    }
    Err(Error::Unknown { seen: file_name.to_owned() })
}

/// Whether bytes begin like a protobuf `ModelProto`: `ir_version`, then the text `producer_name`.
fn is_onnx(bytes: &[u8]) -> bool {
    let [0x08, version, 0x12, length, rest @ ..] = bytes else { return false };
    let name = rest.get(..usize::from(*length)).unwrap_or_default();
    *version < 0x80 && !name.is_empty() && name.iter().all(u8::is_ascii_graphic)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_model_is_told_from_what_is_one_of_another_kind() {
        let onnx = b"\x08\x0a\x12\x08skl2onnx\x1a\x05";
        assert!(matches!(convert(onnx, "m.onnx"), Err(Error::Unsupported { what, .. }) if what == "an ONNX model"));
        for bytes in [&onnx[..10], b"", b"\x08\x0a\x12\x00", b"hello", b"\x08\x0a\x12\x03a\x00b"] {
            assert!(matches!(convert(bytes, "m"), Err(Error::Unknown { seen }) if seen == "m"), "{bytes:?}");
        }
    }
}
