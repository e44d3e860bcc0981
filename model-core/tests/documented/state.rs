use super::walk::Walk;
use super::{check, harness};
use model_core::{Event, Visitor};

/// A session yesterday, and a second one with a step of two events at one time.
fn visitor() -> Visitor {
    let mut visitor = Visitor::new(&harness::seed_profile());
    let view = Event {
        time_us: 1_700_000_000_000_000,
        session_id: 1_700_000_000,
        session_number: 1,
        utc_offset_s: 3600,
        group: 1,
        channel: 2,
        device: 1,
        language: 1,
        flags: Event::FLAG_PAGE_VIEW | Event::FLAG_EXTERNAL_REFERRER,
        page: 0x5bd1_e995,
        ..Event::default()
    };
    visitor.observe(&view);
    let next = Event { time_us: view.time_us + 90_000_000_000, session_id: 1_700_090_000, session_number: 2, ..view };
    visitor.observe(&next);
    let course = Event { time_us: next.time_us + 40_000_000, group: 2, page: 0x0102_0304, engaged_ms: 39_000, ..next };
    visitor.observe(&Event { channel: 0, flags: Event::FLAG_PAGE_VIEW, ..course });
    visitor.observe(&Event { name: 2, funnel: 1, channel: 0, flags: 0, items: 1, price_cents: 925_000, ..course });
    visitor
}

#[test]
fn the_page_on_states_is_what_is_saved() {
    let bytes = visitor().save();
    let mut walk = Walk::new(&bytes);
    walk.byte("version");
    walk.u32("fingerprint of the profile");
    if walk.byte("seen before the last step") == 1 {
        live(&mut walk);
    }
    walk.title("-- history");
    walk.int("end of the last closed session", |v| v);
    walk.byte("its channel");
    walk.uint("closed sessions with a conversion");
    let mut day = 0;
    for _ in 0..walk.uint("entries") {
        day = walk.int("day", |step| day + step);
        walk.byte("counter");
        walk.uint("count");
    }
    walk.title("-- last step");
    for _ in 0..walk.uint("events") {
        step(&mut walk);
    }
    assert!(walk.done());
    check("STATE.md", "example", &walk.lines);
}

fn live(walk: &mut Walk<'_>) {
    walk.title("-- visitor");
    let last = walk.int("last event, us", |v| v);
    walk.int("UTC offset, s", |v| v);
    walk.int("first touch, us", |back| last - back);
    walk.int("last conversion, us", |v| v);
    walk.byte("furthest funnel step");
    walk.uint("active days");
    walk.int("last active day", |v| v);
    walk.title("-- session");
    walk.int("ga_session_id", |v| v);
    let start = walk.int("start, us", |back| last - back);
    walk.int("day of the start", |v| v);
    walk.int("last event of the session, us", |back| last - back);
    for count in [
        "ga_session_number",
        "ordinal",
        "events",
        "page views",
        "engaged ms",
        "scrolls",
        "items",
        "highest price, cents",
    ] {
        walk.uint(count);
    }
    for code in ["funnel step", "entry page group", "page group", "page group before", "channel", "device", "language"]
    {
        walk.byte(code);
    }
    walk.byte("external referrer");
    for time in ["first page view, us", "latest page view, us", "page view before, us", "channel known, us"] {
        walk.shifted(time, |since| if since == 0 { 0 } else { start + since as i64 - 1 });
    }
    walk.shifted("first conversion, us", |since| if since == 0 { 0 } else { start + since as i64 - 1 });
    for _ in 0..walk.byte("distinct pages") {
        walk.u32("hash of the path");
    }
    for _ in 0..walk.uint("counters that are not 0:") {
        walk.byte("counter");
        walk.uint("count");
        walk.uint("ms from the start to the last of them");
    }
}

fn step(walk: &mut Walk<'_>) {
    walk.int("time, us", |v| v);
    walk.int("UTC offset, s", |v| v);
    walk.uint("ga_session_number");
    walk.int("ga_session_id", |v| v);
    for code in ["event", "page group", "funnel step", "channel", "device", "language", "flags"] {
        walk.byte(code);
    }
    walk.u32("hash of the path");
    walk.uint("engaged ms");
    walk.uint("items");
    walk.uint("highest price, cents");
    walk.int("first touch, us", |v| v);
}
