//! `x <= t` of double precision as `x < T` of single precision.

/// The smallest single-precision number over `t`, so that `x <= t` is `x < below(t)` for every single-precision `x`.
///
/// From the largest finite number on there is none that is finite; then it is that number, and an `x` of it or of infinity
/// goes right. `None` when `t` is NaN.
#[must_use]
pub fn below(t: f64) -> Option<f32> {
    if t.is_nan() {
        return None;
    }
    let near = t as f32;
    let above = if f64::from(near) > t { near } else { near.next_up() };
    Some(above.clamp(f32::MIN, f32::MAX))
}

#[cfg(test)]
mod tests {
    use super::below;

    #[test]
    fn decides_as_the_double_does() {
        let tiny = f64::from(f32::from_bits(1));
        let numbers = [0.0, -0.0, 0.1, -0.1, 1.0, 1e-46, -1e-46, tiny, -tiny, tiny / 2.0, 16_777_217.0, 1e-38, -3.0e38];
        for t in numbers {
            let bound = below(t).unwrap();
            let near = t as f32;
            for x in [near.next_down().next_down(), near.next_down(), near, near.next_up(), 0.0, -0.0, f32::MIN] {
                assert_eq!(f64::from(x) <= t, x < bound, "{x:e} <= {t:e}");
            }
        }
    }

    #[test]
    fn the_ends_are_finite() {
        assert_eq!(below(f64::INFINITY), Some(f32::MAX));
        assert_eq!(below(1e300), Some(f32::MAX));
        assert_eq!(below(-1e300), Some(f32::MIN));
        assert_eq!(below(f64::NEG_INFINITY), Some(f32::MIN));
        assert_eq!(below(f64::NAN), None);
    }
}
