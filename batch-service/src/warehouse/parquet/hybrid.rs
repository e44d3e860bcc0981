//! Parquet's mixture of runs and packed bits, which holds levels and dictionary codes.
//!
//! The decoder of the `parquet` crate stops the program on some damaged data; this one gives an error.

use anyhow::{Context, Result, ensure};
use bytes::Bytes;

/// A whole number that is decoded.
pub trait Unsigned: Copy {
    /// The low bits of `bits`.
    fn low(bits: u64) -> Self;
}

impl Unsigned for u8 {
    fn low(bits: u64) -> Self {
        bits as u8
    }
}

impl Unsigned for u32 {
    fn low(bits: u64) -> Self {
        bits as u32
    }
}

enum Run {
    Repeated(u64),
    /// First byte of the packed values, and how many of them are read.
    Packed {
        start: usize,
        read: usize,
    },
}

/// Decodes numbers of up to 32 bits.
pub struct Hybrid {
    data: Bytes,
    at: usize,
    width: usize,
    run: Run,
    left: usize,
}

impl Hybrid {
    /// Of numbers of `width` bits.
    pub fn new(data: Bytes, width: u8) -> Result<Self> {
        ensure!(width <= 32, "numbers of {width} bits");
        Ok(Self { data, at: 0, width: usize::from(width), run: Run::Repeated(0), left: 0 })
    }

    /// Fills `out`, or fails when there are fewer numbers.
    pub fn fill<T: Unsigned>(&mut self, out: &mut [T]) -> Result<()> {
        let mut done = 0;
        while done < out.len() {
            if self.left == 0 {
                self.next_run()?;
                continue;
            }
            let count = self.left.min(out.len() - done);
            let part = &mut out[done..done + count];
            match &mut self.run {
                Run::Repeated(value) => part.fill(T::low(*value)),
                Run::Packed { start, read } => {
                    unpack(&self.data[*start..], self.width, *read, part);
                    *read += count;
                }
            }
            self.left -= count;
            done += count;
        }
        Ok(())
    }

    fn next_run(&mut self) -> Result<()> {
        let header = self.header().context("the numbers end early")?;
        let count = usize::try_from(header >> 1)?;
        if header & 1 == 0 {
            let bytes = self.width.div_ceil(8);
            let value = self.data.get(self.at..self.at + bytes).context("a run ends early")?;
            self.run = Run::Repeated(value.iter().rev().fold(0, |value, &byte| value << 8 | u64::from(byte)));
            self.at += bytes;
            self.left = count;
        } else {
            let available = self.data.len() - self.at;
            let bytes = count.saturating_mul(self.width).min(available);
            self.run = Run::Packed { start: self.at, read: 0 };
            // Some writers cut the padding of the last group off.
            let values = (bytes * 8).checked_div(self.width).unwrap_or(usize::MAX);
            self.left = values.min(count.saturating_mul(8));
            self.at += bytes;
        }
        Ok(())
    }

    fn header(&mut self) -> Option<u64> {
        let mut header = 0_u64;
        for shift in (0..35).step_by(7) {
            let byte = *self.data.get(self.at)?;
            self.at += 1;
            header |= u64::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                return Some(header);
            }
        }
        None
    }
}

/// Unpacks numbers from the one numbered `first` on; the caller has checked that they are there.
fn unpack<T: Unsigned>(data: &[u8], width: usize, first: usize, out: &mut [T]) {
    let mask = (1_u64 << width) - 1;
    let word = |byte: usize| -> u64 {
        match data.get(byte..byte + 8).and_then(|bytes| bytes.try_into().ok()) {
            Some(bytes) => u64::from_le_bytes(bytes),
            None => {
                let mut bytes = [0; 8];
                let rest = data.get(byte..).unwrap_or_default();
                let rest = &rest[..rest.len().min(8)];
                bytes[..rest.len()].copy_from_slice(rest);
                u64::from_le_bytes(bytes)
            }
        }
    };
    let mut index = first;
    let mut out = out;
    if width <= 8 {
        let head = out.len().min((8 - first % 8) % 8);
        let (before, rest) = out.split_at_mut(head);
        for value in before {
            let bit = index * width;
            *value = T::low(word(bit / 8) >> (bit % 8) & mask);
            index += 1;
        }
        // Eight numbers end on a byte and fit one word.
        let (groups, rest) = rest.as_chunks_mut::<8>();
        for group in groups {
            let mut bits = word(index / 8 * width);
            for value in group {
                *value = T::low(bits & mask);
                bits >>= width;
            }
            index += 8;
        }
        out = rest;
    }
    for value in out {
        let bit = index * width;
        *value = T::low(word(bit / 8) >> (bit % 8) & mask);
        index += 1;
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use crate::warehouse::parquet::pack::pack;

    #[test]
    fn reads_what_is_packed() {
        for width in 0..=32_u8 {
            let mask = (1_u64 << width) - 1;
            let numbers: Vec<u32> = (0..3000_u64)
                .map(
                    |i| if i / 100 % 3 == 0 { mask } else { i.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 20 & mask } as u32,
                )
                .collect();
            let mut data = Vec::new();
            pack(&numbers, width, &mut data);
            let data = Bytes::from(data);
            for step in [1, 3, 8, 100, 3000] {
                let mut decoder = Hybrid::new(data.clone(), width).unwrap();
                let mut read = vec![0_u32; numbers.len()];
                read.chunks_mut(step).for_each(|part| decoder.fill(part).unwrap());
                assert!(read == numbers, "width {width}, step {step}");
            }
        }
    }

    #[test]
    fn damaged_data_is_an_error() {
        for data in [&[][..], &[0x02], &[0x80], &[0xff; 9], &[0x03]] {
            let mut decoder = Hybrid::new(Bytes::copy_from_slice(data), 7).unwrap();
            assert!(decoder.fill(&mut [0_u32; 100]).is_err(), "{data:?}");
        }
        assert!(Hybrid::new(Bytes::new(), 33).is_err());
    }
}
