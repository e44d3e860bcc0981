//! Little-endian and LEB128 reading and writing, with bounds checked on every read.
//!
//! Nothing is inlined: states and bundles are read seldom, and the code is downloaded by every visitor.

use crate::error::{Verdict, Why, why};
use alloc::vec::Vec;

/// Appends values to a byte vector.
#[derive(Default)]
pub(crate) struct Writer {
    pub(crate) out: Vec<u8>,
}

impl Writer {
    #[inline(never)]
    pub(crate) fn u8(&mut self, v: u8) {
        self.out.push(v);
    }
    #[inline(never)]
    pub(crate) fn raw(&mut self, v: &[u8]) {
        self.out.extend_from_slice(v);
    }
    #[inline(never)]
    pub(crate) fn uint(&mut self, mut v: u64) {
        while v >= 0x80 {
            self.out.push((v as u8 & 0x7f) | 0x80);
            v >>= 7;
        }
        self.out.push(v as u8);
    }
    #[cfg(feature = "text")]
    pub(crate) fn str(&mut self, v: &str) {
        self.uint(v.len() as u64);
        self.raw(v.as_bytes());
    }
}

/// Reads values from bytes. The first read that fails empties the rest; from there on every read gives zero, and the
/// caller looks at [`Reader::verdict`] once, where it matters: less code than leaving at every field.
pub(crate) struct Reader<'a> {
    rest: &'a [u8],
    field: Why,
    pub(crate) verdict: Verdict,
}

impl<'a> Reader<'a> {
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes, field: why!("end"), verdict: Verdict::default() }
    }
    /// Names what is read from here on.
    #[inline(always)]
    pub(crate) fn at(&mut self, field: Why) -> &mut Self {
        self.field = field;
        self
    }
    #[inline(never)]
    pub(crate) fn refuse(&mut self) {
        self.verdict.require(false, self.field);
        self.rest = &[];
    }
    pub(crate) fn is_refused(&self) -> bool {
        self.verdict.0.is_some()
    }
    /// How many bytes of the whole have been read.
    pub(crate) fn position(&self, whole: &[u8]) -> usize {
        whole.len().wrapping_sub(self.rest.len())
    }
    /// Nothing may be left.
    pub(crate) fn end(&mut self) {
        if !self.rest.is_empty() {
            self.at(why!("trailing bytes")).refuse();
        }
    }
    #[inline(never)]
    pub(crate) fn raw(&mut self, n: usize) -> &'a [u8] {
        let Some((head, tail)) = self.rest.split_at_checked(n) else {
            self.refuse();
            return &[];
        };
        self.rest = tail;
        head
    }
    pub(crate) fn array<const N: usize>(&mut self) -> [u8; N] {
        self.raw(N).try_into().unwrap_or([0; N])
    }
    #[inline(never)]
    pub(crate) fn u8(&mut self) -> u8 {
        let [byte] = self.array();
        byte
    }
    /// An unsigned integer no larger than `max`.
    #[inline(never)]
    pub(crate) fn uint(&mut self, max: u64) -> u64 {
        let mut v = 0u64;
        let mut shift = 0;
        loop {
            let byte = self.u8();
            v |= u64::from(byte & 0x7f) << shift;
            shift += 7;
            if byte < 0x80 && v <= max {
                return v;
            }
            if byte < 0x80 || shift > 63 {
                self.refuse();
                return 0;
            }
        }
    }
    #[inline(never)]
    pub(crate) fn f64(&mut self) -> f64 {
        f64::from_le_bytes(self.array())
    }
    #[inline(never)]
    pub(crate) fn f64s(&mut self, n: usize) -> Vec<f64> {
        let mut list = Vec::new();
        for _ in 0..n {
            if self.is_refused() {
                break;
            }
            list.push(self.f64());
        }
        list
    }
    /// UTF-8 of at most `max` bytes.
    #[inline(never)]
    pub(crate) fn text(&mut self, max: u64) -> &'a [u8] {
        let n = self.uint(max) as usize;
        let bytes = self.raw(n);
        if !is_utf8(bytes) {
            self.refuse();
        }
        bytes
    }
}

/// Whether the bytes are UTF-8 (Unicode 16, table 3-7). The library's own check is three times the code.
#[inline(never)]
#[must_use]
pub fn is_utf8(bytes: &[u8]) -> bool {
    // Continuation bytes still to come, and the range of the next one.
    let (mut left, mut low, mut high) = (0, 0x80, 0xbf);
    for &b in bytes {
        if left > 0 {
            if b < low || b > high {
                return false;
            }
            (left, low, high) = (left - 1, 0x80, 0xbf);
        } else if b >= 0x80 {
            if !(0xc2..=0xf4).contains(&b) {
                return false;
            }
            left = 1 + u8::from(b >= 0xe0) + u8::from(b >= 0xf0);
            match b {
                0xe0 => low = 0xa0,
                0xed => high = 0x9f,
                0xf0 => low = 0x90,
                0xf4 => high = 0x8f,
                _ => {}
            }
        }
    }
    left == 0
}

/// FNV-1a, 64 bits: names a profile or a schema. Not a defence against an adversary; signatures are.
pub(crate) struct Fnv64(pub(crate) u64);

impl Fnv64 {
    pub(crate) fn new() -> Self {
        Self(0xcbf2_9ce4_8422_2325)
    }
    #[inline(never)]
    pub(crate) fn add(&mut self, bytes: &[u8]) {
        for b in bytes {
            self.0 = (self.0 ^ u64::from(*b)).wrapping_mul(0x0000_0100_0000_01b3);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::is_utf8;

    #[test]
    fn utf8_is_what_the_library_says() {
        // Every byte pair, alone and after each kind of lead, and every scalar value.
        for a in 0..=255u8 {
            for b in 0..=255u8 {
                for lead in [&[][..], &[0xe0], &[0xed], &[0xef], &[0xf0], &[0xf0, 0x90], &[0xf4], &[0xf4, 0x80]] {
                    let bytes = [lead, &[a, b]].concat();
                    assert_eq!(is_utf8(&bytes), core::str::from_utf8(&bytes).is_ok(), "{bytes:x?}");
                }
            }
        }
        assert!(('\0'..=char::MAX).all(|c| is_utf8(c.encode_utf8(&mut [0; 4]).as_bytes())));
    }
}
