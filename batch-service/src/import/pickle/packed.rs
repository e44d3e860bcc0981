//! joblib's packed files.

use super::Refused;
use bzip2::bufread::BzDecoder;
use flate2::bufread::{GzDecoder, ZlibDecoder};
use lz4_flex::frame::FrameDecoder;
use lzma_rust2::{LzmaReader, XzReader};
use std::io::{self, ErrorKind, Read};

/// Longest file when it is unpacked, in MiB.
const MAX_UNPACKED: u64 = 32;
/// The same of bz2, which takes tens of nanoseconds for a byte.
const MAX_UNPACKED_BZ2: u64 = 8;
/// Most memory for undoing xz and lzma, in KiB: their levels 0 to 7 look back 16 MiB at most.
const LOOKS_BACK: u32 = 17 << 10;

/// Longest file that is packed neither with zlib nor with gzip: blocks of the others take time or room even when they hold
/// nothing.
const MAX_PACKED: usize = 8 << 20;

/// How a file is packed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Zlib,
    Gzip,
    Bz2,
    Xz,
    Lzma,
    Lz4,
}

/// How a file is packed; `None` when it is not.
pub fn kind(bytes: &[u8]) -> Option<Kind> {
    match bytes {
        // The check bits of zlib's head make it a multiple of 31.
        [0x78, second, ..] if (0x7800 + u16::from(*second)).is_multiple_of(31) => Some(Kind::Zlib),
        [0x1f, 0x8b, ..] => Some(Kind::Gzip),
        [b'B', b'Z', b'h', ..] => Some(Kind::Bz2),
        [0xfd, b'7', b'z', b'X', b'Z', ..] => Some(Kind::Xz),
        [0x5d, 0, 0, ..] => Some(Kind::Lzma),
        [0x04, 0x22, 0x4d, 0x18, ..] => Some(Kind::Lz4),
        _ => None,
    }
}

/// Unpacks a file.
pub fn unpack(kind: Kind, bytes: &[u8]) -> Result<Vec<u8>, Refused> {
    let refuse = |why: String| Err(Refused { at: 0, why });
    if !matches!(kind, Kind::Zlib | Kind::Gzip) && bytes.len() > MAX_PACKED {
        return refuse("packed with bz2, xz, lzma or lz4 and longer than 8 MiB; write it with zlib or gzip".to_owned());
    }
    let longest = if kind == Kind::Bz2 { MAX_UNPACKED_BZ2 } else { MAX_UNPACKED };
    let (mut out, mut rest) = (Vec::new(), bytes);
    // Everything, and a byte more than there may be.
    let mut all = |reader: &mut dyn Read| reader.take((longest << 20) + 1).read_to_end(&mut out);
    let read = match kind {
        Kind::Zlib => all(&mut ZlibDecoder::new(&mut rest)),
        Kind::Gzip => all(&mut GzDecoder::new(&mut rest)),
        Kind::Bz2 => all(&mut BzDecoder::new(&mut rest)),
        Kind::Xz => all(&mut XzReader::new_mem_limit(&mut rest, false, LOOKS_BACK)),
        Kind::Lzma => LzmaReader::new_mem_limit(&mut rest, LOOKS_BACK, None).and_then(|mut reader| all(&mut reader)),
        Kind::Lz4 => all(&mut FrameDecoder::new(Unended(&mut rest))),
    };
    match read {
        Err(e) if e.kind() == ErrorKind::OutOfMemory => refuse("packed at a level over 7; write it at 3".to_owned()),
        Err(e) => refuse(format!("cannot be unpacked: {e}")),
        Ok(length) if length as u64 > longest << 20 => refuse(format!("is longer than {longest} MiB when unpacked")),
        Ok(_) if !rest.is_empty() => refuse("something follows the end of what is packed".to_owned()),
        Ok(_) => Ok(out),
    }
}

/// Bytes that may not be asked for after their end: `FrameDecoder` takes a file that is cut between blocks for a whole one.
struct Unended<'a, 'b>(&'a mut &'b [u8]);

impl Read for Unended<'_, '_> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        if self.0.is_empty() && !into.is_empty() {
            return Err(io::Error::new(ErrorKind::InvalidData, "it ends early"));
        }
        self.0.read(into)
    }
}
