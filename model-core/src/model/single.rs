//! XGBoost's logistic function, which is computed in single precision.

use core::f64::consts::{LN_2, LOG2_E};

/// Added to a number below 2^51 and taken away again: the nearest whole number, ties to even.
const SHIFT: f64 = 6_755_399_441_055_744.0;
/// `2^(r/32) - 1` for `r` in -0.5 to 0.5 as `A r^3 + B r^2 + C r`, of glibc's `e_exp2f_data.c`.
const A: f64 = 0.055_503_615_593_415_35 / 32_768.0;
const B: f64 = 0.240_228_452_244_572_2 / 1024.0;
const C: f64 = 0.693_147_180_691_620_3 / 32.0;

/// `1 / (1 + exp(-margin))` as XGBoost 1.6 and later compute it, whose 1e-16 against a division by zero vanishes in
/// `1 + 1e-16`. The margin is finite.
#[allow(clippy::manual_clamp, reason = "`f32::clamp` has a panic")]
pub(super) fn sigmoid(margin: f32) -> f32 {
    let x = -margin;
    // Below -104 the exponential is 0; XGBoost itself has the upper limit.
    1.0 / (exp(if x > 88.7 {
        88.7
    } else if x < -104.0 {
        -104.0
    } else {
        x
    }) + 1.0)
}

/// `expf` of glibc 2.28 and later without fused multiplication, for `x` from -104 to 88.7: `2^(k/32) * 2^(r/32)` in double
/// precision, rounded once.
///
/// glibc has `2^(i/32)` for `i` in 0 to 31 in a table, 256 bytes that do not compress. Here it is `libm::exp`: six of them
/// differ in the last of 53 bits, which reaches none of the 2.2 thousand million results, rounded to 24 bits.
fn exp(x: f32) -> f32 {
    let z = LOG2_E * 32.0 * f64::from(x);
    let k = z + SHIFT;
    let bits = k.to_bits();
    let r = z - (k - SHIFT);
    let root = libm::exp((bits & 31) as f64 * (LN_2 / 32.0)).to_bits();
    let scale = f64::from_bits(root.wrapping_add((bits & !31) << 47));
    (((A * r + B) * (r * r) + (C * r + 1.0)) * scale) as f32
}

#[cfg(test)]
mod tests {
    use super::{exp, sigmoid};
    use crate::bytes::Fnv64;

    #[test]
    fn is_the_exponential_of_glibc() {
        // Of glibc 2.36.
        for (x, expected) in [
            (0.0f32, 0x3f80_0000),
            (1e-10, 0x3f80_0000),
            (0.5, 0x3fd3_094c),
            (1.0, 0x402d_f854),
            (-1.0, 0x3ebc_5ab2),
            (-7.6543, 0x39f8_8365),
            (16.25, 0x4b2e_1a48),
            (-42.42, 0x20de_ff2c),
            (-87.4, 0x0078_2140),
            (88.7, 0x7f7a_37fc),
            (-103.9, 0x0000_0001),
        ] {
            assert_eq!(exp(x).to_bits(), expected, "{x}");
        }
        // Every 4093rd single-precision number from -104 to 88.7, by the hash of the results.
        let (mut hash, mut count) = (Fnv64::new(), 0);
        for (sign, last) in [(0, 88.7f32), (1 << 31, 104.0)] {
            for bits in (0..=last.to_bits()).step_by(4093) {
                hash.add(&exp(f32::from_bits(bits | sign)).to_bits().to_le_bytes());
                count += 1;
            }
        }
        assert_eq!((count, hash.0), (547_240, 0xfd55_cef4_2ee0_1409));
    }

    #[test]
    fn the_ends_are_finite() {
        assert_eq!((sigmoid(0.0), sigmoid(1e12), sigmoid(f32::MAX)), (0.5, 1.0, 1.0));
        // What XGBoost gives for every margin below -88.7.
        assert_eq!([-88.7, -89.0, f32::MIN].map(sigmoid), [sigmoid(-88.7); 3]);
        assert!(sigmoid(-88.7) > 0.0);
    }
}
