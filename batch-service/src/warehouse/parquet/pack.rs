//! Writes Parquet's mixture of runs and packed bits. The same numbers always give the same bytes.

/// Numbers are packed in groups of this many.
const GROUP: usize = 8;

/// The most groups under one header, so that the header is one byte.
const GROUPS: usize = 63;

/// Appends `numbers` of `width` bits, 32 at most. What equals its neighbours for a whole group or to the end becomes
/// a run.
pub(super) fn pack<T: Copy + PartialEq + Into<u64>>(numbers: &[T], width: u8, out: &mut Vec<u8>) {
    let width = usize::from(width);
    let (mut packed, mut at) = (0, 0);
    while let Some(&number) = numbers.get(at) {
        let alike = numbers[at..].iter().take_while(|&&other| other == number).count();
        if alike >= GROUP || at + alike == numbers.len() {
            groups(&numbers[packed..at], width, out);
            header((alike as u64) << 1, out);
            out.extend_from_slice(&number.into().to_le_bytes()[..width.div_ceil(8)]);
            at += alike;
            packed = at;
        } else {
            at = numbers.len().min(at + GROUP);
            if at - packed >= GROUP * GROUPS {
                groups(&numbers[packed..at], width, out);
                packed = at;
            }
        }
    }
    groups(&numbers[packed..], width, out);
}

fn header(mut bits: u64, out: &mut Vec<u8>) {
    while bits >= 0x80 {
        out.push(bits as u8 | 0x80);
        bits >>= 7;
    }
    out.push(bits as u8);
}

/// Appends packed groups, the last one filled up with zeros.
fn groups<T: Copy + Into<u64>>(numbers: &[T], width: usize, out: &mut Vec<u8>) {
    let count = numbers.len().div_ceil(GROUP);
    if count == 0 {
        return;
    }
    header((count as u64) << 1 | 1, out);
    let end = out.len() + count * width;
    let (mut word, mut used) = (0_u64, 0);
    for &number in numbers {
        word |= number.into() << used;
        used += width;
        if used >= 32 {
            out.extend_from_slice(&(word as u32).to_le_bytes());
            word >>= 32;
            used -= 32;
        }
    }
    out.extend_from_slice(&word.to_le_bytes()[..used.div_ceil(8)]);
    out.resize(end, 0);
}

#[cfg(test)]
mod tests {
    use super::pack;

    fn packed(numbers: &[u32], width: u8) -> Vec<u8> {
        let mut out = Vec::new();
        pack(numbers, width, &mut out);
        out
    }

    #[test]
    fn is_what_the_format_says() {
        assert!(packed(&[], 3).is_empty());
        // The example of the format's specification: 0 to 7 in three bits.
        assert_eq!(packed(&[0, 1, 2, 3, 4, 5, 6, 7], 3), [0x03, 0b1000_1000, 0b1100_0110, 0b1111_1010]);
        assert_eq!(packed(&[5; 100], 12), [0xc8, 0x01, 5, 0]);
        assert_eq!(packed(&[1, 0], 1), [0x03, 0x01]);
        assert_eq!(packed(&[1, 1], 1), [0x04, 0x01]);
    }

    #[test]
    fn numbers_without_bits_are_runs() {
        assert_eq!(packed(&[0; 20], 0), [40]);
    }
}
