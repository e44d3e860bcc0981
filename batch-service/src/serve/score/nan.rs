//! Numbers as Python's `json` writes them: a missing one is the bare word `NaN`, which is no JSON.

use super::body::Unread;
use axum::http::StatusCode;
use std::borrow::Cow;

const NAN: &[u8] = b"NaN";
const NULL: &[u8] = b"null";

/// A body with `null` in the place of every `NaN` outside of texts.
pub struct Nulled<'a> {
    /// The body, JSON if nothing else is wrong with it.
    pub bytes: Cow<'a, [u8]>,
    /// Where in it the `null`s begin.
    places: Vec<usize>,
}

impl<'a> Nulled<'a> {
    /// Looks through a body once.
    ///
    /// # Errors
    /// For an infinite number, which no feature is.
    pub fn of(bytes: &'a [u8]) -> Result<Self, Unread> {
        let (mut nulled, mut places, mut copied) = (Vec::new(), Vec::new(), 0);
        let mut at = 0;
        while let Some(byte) = bytes.get(at) {
            match byte {
                b'"' => at = after_text(bytes, at + 1),
                b'A'..=b'Z' | b'a'..=b'z' | b'-' => {
                    let end = after_word(bytes, at);
                    match bytes.get(at..end) {
                        Some(NAN) => {
                            nulled.extend_from_slice(bytes.get(copied..at).unwrap_or_default());
                            places.push(nulled.len());
                            nulled.extend_from_slice(NULL);
                            copied = end;
                        }
                        Some(b"Infinity" | b"-Infinity") => return Err(infinite(bytes, at)),
                        _ => {}
                    }
                    at = end;
                }
                // A number to its end, so that what begins in it is no word of its own.
                b'0'..=b'9' => at = after_word(bytes, at),
                _ => at += 1,
            }
        }
        if places.is_empty() {
            return Ok(Self { bytes: Cow::Borrowed(bytes), places });
        }
        nulled.extend_from_slice(bytes.get(copied..).unwrap_or_default());
        Ok(Self { bytes: Cow::Owned(nulled), places })
    }

    /// The column that the caller sees at a place of `bytes`: each `null` before it on the line is a letter longer.
    pub fn column(&self, line: usize, column: usize) -> usize {
        let ends = self.bytes.iter().enumerate().filter(|(_, byte)| **byte == b'\n').map(|(i, _)| i + 1);
        let start = line.checked_sub(2).and_then(|n| { ends }.nth(n)).unwrap_or(0);
        let before =
            self.places.iter().filter(|place| (start..start + column).contains(&(**place + NAN.len()))).count();
        column.saturating_sub(before)
    }
}

/// After the quote that ends a text.
fn after_text(bytes: &[u8], mut at: usize) -> usize {
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'"' => return at + 1,
            b'\\' => at += 2,
            _ => at += 1,
        }
    }
    at
}

fn after_word(bytes: &[u8], from: usize) -> usize {
    let of = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'+' | b'.' | b'_');
    from + bytes.iter().skip(from).take_while(|byte| of(byte)).count()
}

fn infinite(bytes: &[u8], at: usize) -> Unread {
    let before = bytes.get(..at).unwrap_or_default();
    let line = 1 + before.iter().filter(|byte| **byte == b'\n').count();
    let column = 1 + before.iter().rev().take_while(|byte| **byte != b'\n').count();
    let detail = format!(
        "no JSON: an infinite number, which no feature is; missing is null or NaN, line {line} column {column}"
    );
    Unread { status: StatusCode::BAD_REQUEST, detail }
}

#[cfg(test)]
#[path = "tests/nan.rs"]
mod tests;
