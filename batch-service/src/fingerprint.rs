//! Content fingerprints.

use anyhow::{Context, Result};
use sha2::{Digest, Sha256};
use std::fmt::Write;
use std::fs::File;
use std::io::Read;
use std::path::PathBuf;

/// SHA-256 in hexadecimal.
#[must_use]
pub fn sha256(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}

/// SHA-256 over the contents of several files, one after the other.
///
/// # Errors
/// When a file cannot be read.
pub fn of_files(files: &[PathBuf]) -> Result<String> {
    let mut digest = Sha256::new();
    let mut buffer = vec![0; 1 << 16];
    for path in files {
        let mut file = File::open(path).with_context(|| path.display().to_string())?;
        loop {
            let n = file.read(&mut buffer).with_context(|| path.display().to_string())?;
            if n == 0 {
                break;
            }
            digest.update(&buffer[..n]);
        }
        // So that bytes cannot wander from one file to the next.
        digest.update([0]);
    }
    Ok(hex(&digest.finalize()))
}

/// The bytes that hexadecimal digits stand for.
#[must_use]
pub fn unhex(text: &str) -> Option<Vec<u8>> {
    if !text.len().is_multiple_of(2) || !text.bytes().all(|b| b.is_ascii_hexdigit()) {
        return None;
    }
    (0..text.len()).step_by(2).map(|at| u8::from_str_radix(text.get(at..at + 2)?, 16).ok()).collect()
}

/// Lower-case hexadecimal.
#[must_use]
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        // Writing to a string cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}
