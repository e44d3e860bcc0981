//! The value of a feature of a visitor at a moment.

use super::table::{CAPS, SLOTS, UNITS};
use super::{Family, FeatureRef, Unit};
use crate::Visitor;
use crate::event::local_day;
use crate::visitor::{MAX_PAGES, Slot};

impl Visitor {
    /// Writes the features, in their order, to `row` (same length) as of `now_us`.
    ///
    /// Values are rounded to `f32` here, on every platform alike; missing is NaN. `now_us` is not before the last event;
    /// `utc_offset_s` is the offset of the property's time zone then.
    pub fn features(&mut self, features: &[FeatureRef], now_us: i64, utc_offset_s: i32, row: &mut [f32]) {
        debug_assert_eq!(features.len(), row.len());
        self.refresh_windows(now_us, utc_offset_s);
        for (feature, out) in features.iter().zip(row) {
            let family = feature.family as usize;
            let value = match feature.family {
                Family::Past => self.past().window(usize::from(feature.counter), usize::from(feature.window)),
                _ => self.value(*feature, now_us, utc_offset_s),
            };
            // NaN stays NaN: the comparison is false.
            let cap = CAPS[family];
            *out = if value > cap { cap } else { value };
        }
    }

    /// The value before it is clipped.
    fn value(&self, feature: FeatureRef, now: i64, utc_offset_s: i32) -> f32 {
        let family = feature.family as usize;
        let live = self.live();
        let counter = usize::from(feature.counter);
        let count = live.counts.get(counter).map_or(0, |n| i64::from(*n));
        let mut v = live[SLOTS[family]];
        let mut until = now;
        match feature.family {
            // Past 32 paths a page is no longer told apart, so nothing more can be called a repeat.
            Family::SessionRepeatViews if live[Slot::Pages] == MAX_PAGES as i64 => return f32::NAN,
            Family::SessionRepeatViews => v = (v - live[Slot::Pages]).max(0),
            Family::SessionSecondsSincePageView if v == now => v = live[Slot::PreviousTime],
            Family::SessionNumber => v = live.number(),
            Family::VisitorSecondsSinceLastSession => until = live[Slot::Start],
            Family::MomentHour => v = (now.div_euclid(1_000_000) + i64::from(utc_offset_s)).rem_euclid(86_400) / 3600,
            // 1970-01-01 was a Thursday.
            Family::MomentWeekday => v = (local_day(now, utc_offset_s) + 3).rem_euclid(7).into(),
            Family::SessionCount => v = count,
            Family::SessionSecondsSince if count == 0 => v = 0,
            Family::SessionSecondsSince => v += live.last_ms.get(counter).map_or(0, |ms| i64::from(*ms) * 1000),
            _ => {}
        }
        let unit = UNITS[family];
        // No time, no code and no price: nothing is known.
        if v == 0 && matches!(unit, Unit::Seconds | Unit::Code | Unit::Price) {
            return f32::NAN;
        }
        let mut value = match unit {
            Unit::Seconds => (until - v).max(0) as f64 / 1e6,
            Unit::Price => v as f64 / 100.0,
            _ => v as f64,
        };
        if matches!(feature.family, Family::SessionEngagedMsPerPage | Family::SessionSecondsPerPage) {
            let pages = live[Slot::PageViews];
            value = if pages == 0 { f64::NAN } else { value / pages as f64 };
        }
        value as f32
    }
}
