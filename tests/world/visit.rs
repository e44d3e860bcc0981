//! Events as the tag hands them to the scorer, read by native code as Wasm reads them.

use batch_service::jobs::visits::VisitEvent;
use model_core::RawEvent;

/// The event that `inkling_observe` makes of its arguments.
#[must_use]
pub fn raw(event: &VisitEvent) -> RawEvent<'_> {
    let texts = event.strings.each_ref().map(String::as_str);
    let [name, page_location, page_referrer, source, medium, device, language] = texts;
    let number = |i: usize| event.numbers[i].unwrap_or(f64::NAN);
    RawEvent {
        name,
        page_location,
        page_referrer,
        source,
        medium,
        device,
        language,
        time_us: number(0) as i64,
        utc_offset_s: number(1) as i32,
        session_id: number(2) as i64,
        session_number: number(3) as u32,
        engaged_ms: number(4) as u32,
        items: number(5) as u16,
        price: number(6),
        first_touch_us: number(7) as i64,
    }
}
