//! joblib's packed files.

use super::Refused;
use flate2::bufread::{GzDecoder, ZlibDecoder};
use lzma_rust2::{LzmaReader, XzReader};
use std::io::{self, ErrorKind, Read};

/// Longest file when it is unpacked.
const MAX_UNPACKED: u64 = 32 << 20;
/// Most memory for undoing xz and lzma, in KiB: their levels 0 to 7 look back 16 MiB at most.
const LOOKS_BACK: u32 = 17 << 10;

/// Longest file that is packed with xz or lzma: a block of xz takes time even when it holds nothing.
const MAX_XZ: usize = 8 << 20;

/// How a file is packed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Zlib,
    Gzip,
    Xz,
    Lzma,
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
        [0xfd, b'7', b'z', b'X', b'Z', ..] => Some(Kind::Xz),
        [0x5d, 0, 0, ..] => Some(Kind::Lzma),
        [0x04, 0x22, 0x4d, 0x18, ..] => Some(Kind::Other("lz4")),
        _ => None,
    }
}

/// Unpacks a file.
pub fn unpack(kind: Kind, bytes: &[u8]) -> Result<Vec<u8>, Refused> {
    let refuse = |why: String| Err(Refused { at: 0, why });
    if matches!(kind, Kind::Xz | Kind::Lzma) && bytes.len() > MAX_XZ {
        return refuse("packed with xz or lzma and longer than 8 MiB; write it with zlib or gzip".to_owned());
    }
    let (mut out, mut rest) = (Vec::new(), bytes);
    let read = match kind {
        Kind::Zlib => all(ZlibDecoder::new(&mut rest), &mut out),
        Kind::Gzip => all(GzDecoder::new(&mut rest), &mut out),
        Kind::Xz => all(XzReader::new_mem_limit(&mut rest, false, LOOKS_BACK), &mut out),
        Kind::Lzma => LzmaReader::new_mem_limit(&mut rest, LOOKS_BACK, None).and_then(|reader| all(reader, &mut out)),
        Kind::Other(name) => {
            return refuse(format!("packed with {name}; write it with compress=0, or with zlib, gzip, xz or lzma"));
        }
    };
    match read {
        Err(e) if e.kind() == ErrorKind::OutOfMemory => refuse("packed at a level over 7; write it at 3".to_owned()),
        Err(e) => refuse(format!("cannot be unpacked: {e}")),
        Ok(length) if length as u64 > MAX_UNPACKED => refuse("is longer than 32 MiB when unpacked".to_owned()),
        Ok(_) if !rest.is_empty() => refuse("something follows the end of what is packed".to_owned()),
        Ok(_) => Ok(out),
    }
}

/// Everything, and a byte more than there may be.
fn all(reader: impl Read, out: &mut Vec<u8>) -> io::Result<usize> {
    reader.take(MAX_UNPACKED + 1).read_to_end(out)
}
