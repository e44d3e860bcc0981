//! Helpers on their own.

use jiff::civil::date;

use crate::dashboard::format::*;
use crate::dashboard::svg::{Scale, px, ticks};
use crate::metrics::wilson;

#[test]
fn numbers_read_well() {
    for (value, text) in [(0, "0"), (999, "999"), (1_000, "1,000"), (1_234_567, "1,234,567")] {
        assert_eq!(count(value), text);
    }
    for (share, text) in [
        (0.0, "0%"),
        (0.1234, "12.3%"),
        (1.0, "100%"),
        (0.9999, "100.0%"),
        (0.00034, "0.034%"),
        (0.0072, "0.72%"),
        (0.001, "0.10%"),
        (12.345, "1,234.5%"),
        (1e-9, "<0.0001%"),
        (f64::NAN, NONE),
        (f64::INFINITY, NONE),
    ] {
        assert_eq!(percent(share), text, "{share}");
    }
    for (value, text) in
        [(0.25, "250 ms"), (4.31, "4.3 s"), (59.97, "60.0 s"), (75.0, "1 min 15 s"), (7_260.0, "2 h 01 min")]
    {
        assert_eq!(seconds(value), text);
    }
    for (value, text) in
        [(950.0, "950"), (12_300.0, "12.3k"), (1.2e6, "1.2M"), (2.5, "2.5"), (3e9, "3bn"), (4e18, "4e18")]
    {
        assert_eq!(short(value), text);
    }
    assert_eq!(thousands(-1234.5, 1), "\u{2212}1,234.5");
    assert_eq!(thousands(-0.0001, 1), "0.0");
}

#[test]
fn days_are_named_in_stretches() {
    let days = [date(2026, 10, 30), date(2026, 10, 31), date(2026, 11, 1), date(2026, 11, 5), date(2026, 11, 9)];
    assert_eq!(stretches(&days, 9), "30 Oct \u{2013} 1 Nov, 5 Nov, 9 Nov");
    assert_eq!(stretches(&days, 1), "30 Oct \u{2013} 1 Nov, and 2 days more");
    assert_eq!(stretches(&[], 1), "");
}

#[test]
fn wilson_equals_the_published_values() {
    // statsmodels 0.15.0, proportion_confint(method="wilson").
    for ((k, n), (low, high)) in [
        ((0.0, 10.0), (0.0, 0.277_532_800)),
        ((1.0, 10.0), (0.017_876_213, 0.404_150_027)),
        ((5.0, 10.0), (0.236_593_091, 0.763_406_909)),
        ((10.0, 10.0), (0.722_467_200, 1.0)),
        ((30.0, 1000.0), (0.021_093_739, 0.042_503_414)),
    ] {
        let [l, h] = wilson(k / n, n);
        assert!((l - low).abs() < 1e-9 && (h - high).abs() < 1e-9, "{k}/{n}: {l} {h}");
    }
    assert_eq!(wilson(0.0, 0.0), [0.0, 1.0]);
    assert_eq!(wilson(f64::NAN, 3.0), [0.0, 1.0]);
}

#[test]
fn ticks_are_round_and_cover() {
    for (max, last) in [(1.0, 1.0), (7.3, 7.5), (41_203.0, 50_000.0), (0.0, 1.0), (f64::NAN, 1.0)] {
        assert_eq!(ticks(max, 4).last().copied(), Some(last), "{max}");
    }
    for max in [1e-300, 1e-9, 3.0, 1e19, 1e300, f64::MAX] {
        let ticks = ticks(max, 4);
        assert!(ticks.len() >= 2 && ticks.len() <= 21 && ticks.iter().all(|tick| tick.is_finite()), "{max}");
    }
}

#[test]
fn pixels_are_always_pixels() {
    for (value, text) in
        [(1.25, "1.2"), (3.0, "3"), (-0.01, "0"), (f64::NAN, "0"), (f64::INFINITY, "0"), (1e300, "100000")]
    {
        assert_eq!(px(value), text);
    }
    for scale in [
        Scale::linear((0.0, 0.0), (10.0, 20.0)),
        Scale::root((0.0, 1.0), (10.0, 20.0)),
        Scale::log((1e-6, 1.0), (10.0, 20.0)),
    ] {
        for value in [-1.0, 0.0, 0.5, 2.0, f64::NAN, f64::INFINITY, f64::MAX] {
            assert!((10.0..=20.0).contains(&scale.at(value)), "{value}");
        }
    }
}

#[test]
fn text_cannot_leave_its_place() {
    assert_eq!(escape("<b a='1' c=\"2\">&`"), "&lt;b a=&#39;1&#39; c=&quot;2&quot;&gt;&amp;&#96;");
    assert_eq!(escape("a\u{2028}b\u{0}c\u{202e}d"), "a b\u{fffd}c\u{fffd}d");
    assert_eq!(escape(&"x".repeat(1_000)).chars().count(), 161);
}
