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
    #[cfg_attr(target_arch = "wasm32", inline(never))]
    pub(crate) fn u8(&mut self, v: u8) {
        self.out.push(v);
    }
    #[cfg_attr(target_arch = "wasm32", inline(never))]
    pub(crate) fn raw(&mut self, v: &[u8]) {
        self.out.extend_from_slice(v);
    }
    #[cfg_attr(target_arch = "wasm32", inline(never))]
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
/// caller looks at the verdicts once, where it matters: less code than leaving at every field.
pub(crate) struct Reader<'a> {
    rest: &'a [u8],
    field: Why,
    /// What does not parse.
    pub(crate) malformed: Verdict,
    /// What parses, but must not be.
    pub(crate) invalid: Verdict,
}

impl<'a> Reader<'a> {
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes, field: why!("end"), malformed: Verdict::default(), invalid: Verdict::default() }
    }
    /// Names what is read from here on.
    #[inline(always)]
    pub(crate) fn at(&mut self, field: Why) -> &mut Self {
        self.field = field;
        self
    }
    #[cfg_attr(target_arch = "wasm32", inline(never))]
    pub(crate) fn refuse(&mut self) {
        // What comes after something invalid may not be what it seems.
        self.malformed.require(self.invalid.0.is_some(), self.field);
        self.rest = &[];
    }
    /// What has been read must be so.
    #[cfg_attr(target_arch = "wasm32", inline(never))]
    pub(crate) fn require(&mut self, holds: bool) {
        self.invalid.require(holds, self.field);
    }
    pub(crate) fn is_refused(&self) -> bool {
        self.malformed.0.is_some() || self.invalid.0.is_some()
    }
    /// How many bytes of the whole have been read.
    pub(crate) fn position(&self, whole: &[u8]) -> usize {
        whole.len() - self.rest.len()
    }
    /// Nothing may be left.
    #[cfg_attr(target_arch = "wasm32", inline(never))]
    pub(crate) fn end(&mut self) {
        if !self.rest.is_empty() {
            self.at(why!("trailing bytes")).refuse();
        }
    }
    #[cfg_attr(target_arch = "wasm32", inline(never))]
    pub(crate) fn raw(&mut self, n: usize) -> &'a [u8] {
        let Some((head, tail)) = self.rest.split_at_checked(n) else {
            self.refuse();
            return &[];
        };
        self.rest = tail;
        head
    }
    #[cfg_attr(target_arch = "wasm32", inline(never))]
    pub(crate) fn u8(&mut self) -> u8 {
        self.raw(1).first().map_or(0, |byte| *byte)
    }
    /// A byte no larger than `max`.
    #[cfg_attr(target_arch = "wasm32", inline(never))]
    pub(crate) fn kind(&mut self, max: u8) -> u8 {
        let kind = self.u8();
        if kind > max {
            self.refuse();
        }
        kind
    }
    /// Eight bytes, the lowest first.
    #[cfg_attr(target_arch = "wasm32", inline(never))]
    pub(crate) fn u64(&mut self) -> u64 {
        self.raw(8).first_chunk().map_or(0, |bytes| u64::from_le_bytes(*bytes))
    }
    /// LEB128.
    #[cfg_attr(target_arch = "wasm32", inline(never))]
    pub(crate) fn leb(&mut self) -> u64 {
        let mut v = 0u64;
        let mut shift = 0;
        while shift < 64 {
            let byte = self.u8();
            v |= u64::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                return v;
            }
            shift += 7;
        }
        self.refuse();
        0
    }
    /// An unsigned integer no larger than `max`.
    #[cfg_attr(target_arch = "wasm32", inline(never))]
    pub(crate) fn uint(&mut self, max: u32) -> u32 {
        let v = self.leb();
        if v > u64::from(max) {
            self.refuse();
            return 0;
        }
        v as u32
    }
    /// A number from `low` to `high`, so not NaN.
    #[cfg_attr(target_arch = "wasm32", inline(never))]
    pub(crate) fn number(&mut self, low: f64, high: f64) -> f64 {
        let v = f64::from_bits(self.u64());
        self.require(v >= low && v <= high);
        v
    }
    /// UTF-8 of `min` to 128 bytes.
    #[cfg_attr(target_arch = "wasm32", inline(never))]
    pub(crate) fn text(&mut self, min: usize) -> &'a [u8] {
        let n = self.uint(128) as usize;
        let bytes = self.raw(n);
        if n < min || !is_utf8(bytes) {
            self.refuse();
        }
        bytes
    }
}

/// [`Vec::push`], which the browser's build makes once for each size of item instead of in every place.
#[cfg_attr(target_arch = "wasm32", inline(never))]
#[cfg_attr(not(target_arch = "wasm32"), inline(always))]
pub(crate) fn push<T: Copy>(list: &mut Vec<T>, item: T) {
    list.push(item);
}

/// Whether the bytes are UTF-8 (Unicode 16, table 3-7). The library's own check is three times the code.
#[cfg_attr(target_arch = "wasm32", inline(never))]
fn is_utf8(bytes: &[u8]) -> bool {
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
    #[cfg_attr(target_arch = "wasm32", inline(never))]
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
