//! The value of a feature of a visitor at a moment.

use super::table::CAPS;
use super::{Family, FeatureRef};
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
            let value = match feature.family {
                Family::Past => self.past().window(usize::from(feature.counter), usize::from(feature.window)),
                _ => self.value(*feature, now_us, utc_offset_s),
            };
            // NaN stays NaN: the comparison is false.
            let cap = CAPS[feature.family as usize];
            *out = if value > cap { cap } else { value };
        }
    }

    fn value(&self, feature: FeatureRef, now: i64, utc_offset_s: i32) -> f32 {
        let live = self.live();
        let past = self.past();
        let s = &live.session;
        let counter = usize::from(feature.counter);
        match feature.family {
            Family::SessionEvents => s.events as f32,
            Family::SessionPageViews => s.page_views as f32,
            Family::SessionDistinctPages => f32::from(s.page_count),
            // Past 32 paths a page is no longer told apart, so nothing more can be called a repeat.
            Family::SessionRepeatViews if usize::from(s.page_count) == MAX_PAGES => f32::NAN,
            Family::SessionRepeatViews => s.page_views.saturating_sub(u32::from(s.page_count)) as f32,
            Family::SessionEngagedMs => s.engaged_ms as f32,
            Family::SessionEngagedMsPerPage => per(f64::from(s.engaged_ms), s.page_views),
            Family::SessionScrolls => s.scrolls as f32,
            Family::SessionItems => s.items as f32,
            Family::SessionMaxPrice if s.max_price_cents == 0 => f32::NAN,
            Family::SessionMaxPrice => (f64::from(s.max_price_cents) / 100.0) as f32,
            Family::SessionFunnelStep => f32::from(s.funnel),
            Family::SessionSeconds => seconds(now - s.start_us),
            Family::SessionSecondsPerPage => per((now - s.start_us) as f64 / 1e6, s.page_views),
            Family::SessionSecondsSincePageView => {
                let before = if s.page_us == now { s.previous_us } else { s.page_us };
                since(before, now)
            }
            Family::SessionEntryGroup => code(s.entry_group),
            Family::SessionPageGroup => code(s.page_group),
            Family::SessionPreviousPageGroup => code(s.previous_group),
            Family::SessionChannel => code(s.channel),
            Family::SessionExternalReferrer => f32::from(u8::from(s.external_referrer)),
            Family::SessionNumber => s.effective_number() as f32,
            Family::SessionDevice => code(s.device),
            Family::SessionLanguage => code(s.language),
            Family::VisitorSecondsSinceEvent => seconds(now - live.last_us),
            Family::VisitorSecondsSinceFirstTouch => since(live.first_touch_us, now),
            Family::VisitorSecondsSinceLastSession => since(past.last_us, s.start_us),
            Family::VisitorSecondsSinceConversion => since(live.conversion_us, now),
            Family::VisitorConversions => past.conversions as f32,
            Family::VisitorActiveDays => live.active_days as f32,
            Family::VisitorFunnelStep => f32::from(live.funnel),
            Family::VisitorPastChannel => code(past.channel),
            Family::MomentHour => hour(now, utc_offset_s) as f32,
            // 1970-01-01 was a Thursday.
            Family::MomentWeekday => (local_day(now, utc_offset_s) + 3).rem_euclid(7) as f32,
            Family::SessionCount => s.counts.get(counter).map_or(0.0, |n| f32::from(*n)),
            Family::SessionSecondsSince => match (s.counts.get(counter), s.last_ms.get(counter)) {
                (Some(1..), Some(ms)) => seconds(now - s.start_us - i64::from(*ms) * 1000),
                _ => f32::NAN,
            },
            Family::Past => f32::NAN,
        }
    }
}

fn seconds(us: i64) -> f32 {
    (us.max(0) as f64 / 1e6) as f32
}

/// Seconds from `then_us` (0 = never) to `now_us`.
fn since(then_us: i64, now_us: i64) -> f32 {
    if then_us == 0 { f32::NAN } else { seconds(now_us - then_us) }
}

fn per(total: f64, pages: u32) -> f32 {
    if pages == 0 { f32::NAN } else { (total.max(0.0) / f64::from(pages)) as f32 }
}

fn code(code: u8) -> f32 {
    if code == 0 { f32::NAN } else { f32::from(code) }
}

fn hour(now_us: i64, utc_offset_s: i32) -> i64 {
    (now_us.div_euclid(1_000_000) + i64::from(utc_offset_s)).rem_euclid(86_400) / 3600
}
