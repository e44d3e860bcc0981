//! PNG (ISO 15948): eight bits each of red, green and blue, in one piece.

use anyhow::Result;
use flate2::write::ZlibEncoder;
use flate2::{Compression, Crc};
use std::io::Write;

const SIGNATURE: [u8; 8] = [0x89, b'P', b'N', b'G', b'\r', b'\n', 0x1a, b'\n'];
/// Of the filters the one that leaves bytes as they are: pictures here are letters on flat colours, which repeat.
const NONE: u8 = 0;

/// Packs a picture of `width` pixels a row, row by row from the top.
///
/// # Errors
/// When packing fails.
pub fn encode(width: u32, height: u32, pixels: &[[u8; 3]]) -> Result<Vec<u8>> {
    let mut packed = ZlibEncoder::new(Vec::new(), Compression::best());
    for row in pixels.chunks_exact(width as usize) {
        packed.write_all(&[NONE])?;
        packed.write_all(row.as_flattened())?;
    }
    let mut out = SIGNATURE.to_vec();
    // Eight bits, true colour, deflate, the five filters, not interlaced.
    let header = [&width.to_be_bytes()[..], &height.to_be_bytes(), &[8, 2, 0, 0, 0]].concat();
    chunk(&mut out, b"IHDR", &header)?;
    chunk(&mut out, b"IDAT", &packed.finish()?)?;
    chunk(&mut out, b"IEND", &[])?;
    Ok(out)
}

fn chunk(out: &mut Vec<u8>, kind: &[u8; 4], data: &[u8]) -> Result<()> {
    out.extend(u32::try_from(data.len())?.to_be_bytes());
    let mut sum = Crc::new();
    sum.update(kind);
    sum.update(data);
    out.extend(kind);
    out.extend(data);
    out.extend(sum.sum().to_be_bytes());
    Ok(())
}
