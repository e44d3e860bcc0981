//! The bytes of a file from front to back.

use super::Refused;
use std::ops::Range;

/// A place in the bytes.
#[derive(Debug)]
pub struct Cursor<'a> {
    bytes: &'a [u8],
    /// The next byte.
    pub at: usize,
}

impl<'a> Cursor<'a> {
    pub fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, at: 0 }
    }

    pub fn refuse<T>(&self, why: impl Into<String>) -> Result<T, Refused> {
        Err(Refused { at: self.at, why: why.into() })
    }

    /// The place of the next `n` bytes, and them.
    pub fn take(&mut self, n: usize) -> Result<(Range<usize>, &'a [u8]), Refused> {
        let end = self.at.checked_add(n);
        match end.and_then(|end| Some((self.at..end, self.bytes.get(self.at..end)?))) {
            Some((range, bytes)) => {
                self.at = range.end;
                Ok((range, bytes))
            }
            None => self.refuse("the file ends early"),
        }
    }

    pub fn array<const N: usize>(&mut self) -> Result<[u8; N], Refused> {
        let (_, bytes) = self.take(N)?;
        bytes.try_into().or_else(|_| self.refuse("the file ends early"))
    }

    pub fn byte(&mut self) -> Result<u8, Refused> {
        self.array::<1>().map(|[byte]| byte)
    }

    /// A length of 1, 4 or 8 bytes, the lowest first.
    pub fn length(&mut self, width: usize) -> Result<usize, Refused> {
        let (_, bytes) = self.take(width)?;
        let length =
            bytes.iter().rev().try_fold(0_usize, |n, byte| n.checked_mul(256)?.checked_add(usize::from(*byte)));
        length.map_or_else(|| self.refuse("a length that no file has"), Ok)
    }

    /// A line of a text operation, without its end.
    pub fn line(&mut self) -> Result<&'a str, Refused> {
        let rest = self.bytes.get(self.at..).unwrap_or_default();
        let Some(end) = rest.iter().take(256).position(|byte| *byte == b'\n') else {
            return self.refuse("a line of a text operation does not end");
        };
        let (_, line) = self.take(end)?;
        self.at += 1;
        str::from_utf8(line).or_else(|_| self.refuse("a line that is no text"))
    }

    pub fn is_at_end(&self) -> bool {
        self.at == self.bytes.len()
    }

    pub fn left(&self) -> usize {
        self.bytes.len() - self.at
    }
}
