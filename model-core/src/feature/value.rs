//! The value of a feature of a visitor at a moment.

use super::table::{CAPS, UNITS};
use super::{Family, FeatureRef, Unit};
use crate::Visitor;
use crate::event::local_day;
use crate::visitor::MAX_PAGES;

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
            let cap = CAPS.get(family).map_or(0.0, |cap| *cap);
            *out = if value > cap { cap } else { value };
        }
    }

    /// The value before it is clipped.
    fn value(&self, feature: FeatureRef, now: i64, utc_offset_s: i32) -> f32 {
        let whole = self.whole(feature, now, utc_offset_s);
        if whole == MISSING {
            return f32::NAN;
        }
        let value = match feature.family {
            Family::SessionEngagedMsPerPage => per(whole as f64, self.live().session.page_views),
            Family::SessionSecondsPerPage => per(whole as f64 / 1e6, self.live().session.page_views),
            Family::SessionMaxPrice => whole as f64 / 100.0,
            family if UNITS.get(family as usize) == Some(&Unit::Seconds) => whole.max(0) as f64 / 1e6,
            _ => whole as f64,
        };
        value as f32
    }

    /// The value in whole units: microseconds, hundredths, counts, codes.
    fn whole(&self, feature: FeatureRef, now: i64, utc_offset_s: i32) -> i64 {
        let live = self.live();
        let past = self.past();
        let s = &live.session;
        let counter = usize::from(feature.counter);
        match feature.family {
            Family::SessionEvents => s.events.into(),
            Family::SessionPageViews => s.page_views.into(),
            Family::SessionDistinctPages => s.page_count.into(),
            // Past 32 paths a page is no longer told apart, so nothing more can be called a repeat.
            Family::SessionRepeatViews if usize::from(s.page_count) == MAX_PAGES => MISSING,
            Family::SessionRepeatViews => s.page_views.saturating_sub(s.page_count.into()).into(),
            Family::SessionEngagedMs | Family::SessionEngagedMsPerPage => s.engaged_ms.into(),
            Family::SessionScrolls => s.scrolls.into(),
            Family::SessionItems => s.items.into(),
            Family::SessionMaxPrice => known(s.max_price_cents.into()),
            Family::SessionFunnelStep => s.funnel.into(),
            Family::SessionSeconds | Family::SessionSecondsPerPage => now - s.start_us,
            Family::SessionSecondsSincePageView => {
                since(if s.page_us == now { s.previous_us } else { s.page_us }, now)
            }
            Family::SessionEntryGroup => known(s.entry_group.into()),
            Family::SessionPageGroup => known(s.page_group.into()),
            Family::SessionPreviousPageGroup => known(s.previous_group.into()),
            Family::SessionChannel => known(s.channel.into()),
            Family::SessionExternalReferrer => s.external_referrer.into(),
            Family::SessionNumber => s.effective_number().into(),
            Family::SessionDevice => known(s.device.into()),
            Family::SessionLanguage => known(s.language.into()),
            Family::VisitorSecondsSinceEvent => now - live.last_us,
            Family::VisitorSecondsSinceFirstTouch => since(live.first_touch_us, now),
            Family::VisitorSecondsSinceLastSession => since(past.last_us, s.start_us),
            Family::VisitorSecondsSinceConversion => since(live.conversion_us, now),
            Family::VisitorConversions => past.conversions.into(),
            Family::VisitorActiveDays => live.active_days.into(),
            Family::VisitorFunnelStep => live.funnel.into(),
            Family::VisitorPastChannel => known(past.channel.into()),
            Family::MomentHour => (now.div_euclid(1_000_000) + i64::from(utc_offset_s)).rem_euclid(86_400) / 3600,
            // 1970-01-01 was a Thursday.
            Family::MomentWeekday => (local_day(now, utc_offset_s) + 3).rem_euclid(7).into(),
            Family::SessionCount => s.counts.get(counter).map_or(0, |n| i64::from(*n)),
            Family::SessionSecondsSince => match (s.counts.get(counter), s.last_ms.get(counter)) {
                (Some(1..), Some(ms)) => now - s.start_us - i64::from(*ms) * 1000,
                _ => MISSING,
            },
            Family::Past => MISSING,
        }
    }
}

/// Stands for a missing value; no time or count comes near it.
const MISSING: i64 = i64::MIN;

/// 0 means that nothing is known.
fn known(code: i64) -> i64 {
    if code == 0 { MISSING } else { code }
}

/// Microseconds from `then_us` (0 = never) to `now_us`.
fn since(then_us: i64, now_us: i64) -> i64 {
    if then_us == 0 { MISSING } else { now_us - then_us }
}

fn per(total: f64, pages: u32) -> f64 {
    if pages == 0 { f64::NAN } else if total > 0.0 { total / f64::from(pages) } else { 0.0 }
}
