//! joblib's packed files.

use super::Refused;
use std::io::Read;

/// Longest file when it is unpacked.
const MAX_UNPACKED: u64 = 32 << 20;

/// How a file is packed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Zlib,
    Gzip,
    /// Known, and not read.
    Other(&'static str),
}

/// How a file is packed; `None` when it is not.
pub fn kind(bytes: &[u8]) -> Option<Kind> {
    match bytes {
        // The check bits of zlib's head make it a multiple of 31.
        [0x78, second, ..] if (0x7800 + u16::from(*second)).is_multiple_of(31) => Some(Kind::Zlib),
        [0x1f, 0x8b, ..] => Some(Kind::Gzip),
        [b'B', b'Z', b'h', ..] => Some(Kind::Other("bz2")),
        [0xfd, b'7', b'z', b'X', b'Z', ..] => Some(Kind::Other("xz")),
        [0x5d, 0, 0, ..] => Some(Kind::Other("lzma")),
        [0x04, 0x22, 0x4d, 0x18, ..] => Some(Kind::Other("lz4")),
        _ => None,
    }
}

/// Unpacks a file.
pub fn unpack(kind: Kind, bytes: &[u8]) -> Result<Vec<u8>, Refused> {
    let refuse = |why: String| Err(Refused { at: 0, why });
    let (mut out, mut rest) = (Vec::new(), bytes);
    let read = match kind {
        Kind::Zlib => flate2::bufread::ZlibDecoder::new(&mut rest).take(MAX_UNPACKED + 1).read_to_end(&mut out),
        Kind::Gzip => flate2::bufread::GzDecoder::new(&mut rest).take(MAX_UNPACKED + 1).read_to_end(&mut out),
        Kind::Other(name) => {
            return refuse(format!("packed with {name}; write it with compress=0, or with zlib or gzip"));
        }
    };
    match read {
        Err(e) => refuse(format!("cannot be unpacked: {e}")),
        Ok(length) if length as u64 > MAX_UNPACKED => refuse("is longer than 32 MiB when unpacked".to_owned()),
        Ok(_) if !rest.is_empty() => refuse("something follows the end of what is packed".to_owned()),
        Ok(_) => Ok(out),
    }
}
