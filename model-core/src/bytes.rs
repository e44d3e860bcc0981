//! Little-endian and LEB128 reading and writing, with bounds checked on every read.
//!
//! Nothing is inlined: states and bundles are read seldom, and the code is downloaded by every visitor.

use alloc::string::String;
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
    /// Zigzag: small negative numbers stay short.
    #[inline(never)]
    pub(crate) fn int(&mut self, v: i64) {
        self.uint(((v << 1) ^ (v >> 63)) as u64);
    }
    #[inline(never)]
    pub(crate) fn str(&mut self, v: &str) {
        self.uint(v.len() as u64);
        self.raw(v.as_bytes());
    }
}

/// Reads values from bytes; every method gives `None` past the end.
pub(crate) struct Reader<'a> {
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes }
    }
    pub(crate) fn is_empty(&self) -> bool {
        self.rest.is_empty()
    }
    #[inline(never)]
    pub(crate) fn raw(&mut self, n: usize) -> Option<&'a [u8]> {
        let (head, tail) = self.rest.split_at_checked(n)?;
        self.rest = tail;
        Some(head)
    }
    pub(crate) fn array<const N: usize>(&mut self) -> Option<[u8; N]> {
        self.raw(N)?.try_into().ok()
    }
    #[inline(never)]
    pub(crate) fn u8(&mut self) -> Option<u8> {
        let (&first, tail) = self.rest.split_first()?;
        self.rest = tail;
        Some(first)
    }
    #[inline(never)]
    pub(crate) fn uint(&mut self) -> Option<u64> {
        let mut v = 0u64;
        for shift in (0..64).step_by(7) {
            let byte = self.u8()?;
            v |= u64::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                return Some(v);
            }
        }
        None
    }
    /// An unsigned integer no larger than `max`.
    #[inline(never)]
    pub(crate) fn uint_to(&mut self, max: u64) -> Option<u64> {
        self.uint().filter(|v| *v <= max)
    }
    #[inline(never)]
    pub(crate) fn int(&mut self) -> Option<i64> {
        let v = self.uint()?;
        Some((v >> 1) as i64 ^ -((v & 1) as i64))
    }
    pub(crate) fn f64(&mut self) -> Option<f64> {
        Some(f64::from_le_bytes(self.array()?))
    }
    #[inline(never)]
    pub(crate) fn str(&mut self, max: u64) -> Option<String> {
        let n = self.uint_to(max)? as usize;
        Some(String::from(core::str::from_utf8(self.raw(n)?).ok()?))
    }
}

/// FNV-1a, 64 bits: names a profile or a schema. Not a defence against an adversary; signatures are.
pub(crate) fn fnv64(bytes: impl IntoIterator<Item = u8>) -> u64 {
    let mut h = 0xcbf2_9ce4_8422_2325_u64;
    for b in bytes {
        h = (h ^ u64::from(b)).wrapping_mul(0x0000_0100_0000_01b3);
    }
    h
}
