//! The natural logarithm of single precision.

/// `1 / c` and `ln c` for 16 intervals of the significand, of glibc's `e_logf_data.c`.
#[rustfmt::skip]
const TABLE: [(u64, u64); 16] = [
    (0x3ff6_61ec_79f8_f3be, 0xbfd5_7bf7_808c_aade), (0x3ff5_71ed_4aaf_883d, 0xbfd2_bef0_a7c0_6ddb),
    (0x3ff4_9539_f0f0_10b0, 0xbfd0_1eae_7f51_3a67), (0x3ff3_c995_b0b8_0385, 0xbfcb_31d8_a682_24e9),
    (0x3ff3_0d19_0c88_64a5, 0xbfc6_574f_0ac0_7758), (0x3ff2_5e22_7b0b_8ea0, 0xbfc1_aa2b_c79c_8100),
    (0x3ff1_bb4a_4a1a_343f, 0xbfba_4e76_ce8c_0e5e), (0x3ff1_2358_f08a_e5ba, 0xbfb1_973c_5a61_1ccc),
    (0x3ff0_953f_4199_00a7, 0xbfa2_52f4_38e1_0c1e), (0x3ff0_0000_0000_0000, 0x0000_0000_0000_0000),
    (0x3fee_608c_fd9a_47ac, 0x3faa_a5aa_5df2_5984), (0x3fec_a4b3_1f02_6aa0, 0x3fbc_5e53_aa36_2eb4),
    (0x3feb_2036_576a_fce6, 0x3fc5_26e5_7720_db08), (0x3fe9_c2d1_63a1_aa2d, 0x3fcb_c286_0d22_4770),
    (0x3fe8_86e6_0378_41ed, 0x3fd1_058b_c8a0_7ee1), (0x3fe7_67dc_f553_4862, 0x3fd4_0430_57b6_ee09),
];
const A: [u64; 3] = [0xbfd0_0ea3_48b8_8334, 0x3fd5_575b_0be0_0b6a, 0xbfdf_fffe_f20a_4123];

/// `logf` of glibc 2.27 and later, which XGBoost uses: in double precision, rounded once. `x` is a normal number over 0.
pub(super) fn ln(x: f32) -> f32 {
    if x == 1.0 {
        return 0.0;
    }
    let bits = x.to_bits();
    let shifted = bits.wrapping_sub(0x3f33_0000);
    let (inverse, logarithm) = TABLE[(shifted >> 19 & 15) as usize];
    let exponent = f64::from(shifted as i32 >> 23);
    let z = f64::from(f32::from_bits(bits.wrapping_sub(shifted & 0xff80_0000)));
    let [a0, a1, a2] = A.map(f64::from_bits);
    let r = z * f64::from_bits(inverse) - 1.0;
    let y0 = f64::from_bits(logarithm) + exponent * std::f64::consts::LN_2;
    let r2 = r * r;
    let y = (a1 * r + a2) + a0 * r2;
    (y * r2 + (y0 + r)) as f32
}

#[cfg(test)]
mod tests {
    use super::ln;

    #[test]
    fn is_the_logarithm_of_glibc() {
        // Of glibc 2.36.
        for (x, expected) in [
            (1.0f32, 0x0000_0000),
            (0.586_042_8, 0xbf08_cbfa),
            (2.333_333, 0x3f58_e881),
            (1e-30, 0xc28a_27b5),
            (3e37, 0x42ac_96a9),
            (99.0, 0x4093_0b39),
            (0.010_101_01, 0xc093_0b39),
            (1.000_000_1, 0x33ff_ffff),
            (0.999_999_9, 0xb400_0000),
        ] {
            assert_eq!(ln(x).to_bits(), expected, "{x}");
        }
    }
}
