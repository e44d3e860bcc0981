//! Events as the tag hands them to the scorer, read by native code as Wasm reads them.

use super::{Folder, Node, Server};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use batch_service::jobs::visits::{Visit, VisitEvent};
use model_core::{RawEvent, Scorer, Target};
use serde_json::Value;

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

/// `{strings, numbers}` as the tag hands it to the scorer.
#[must_use]
pub fn input(value: &Value) -> VisitEvent {
    let strings = value["strings"].as_array().expect("strings").iter().map(|s| s.as_str().expect("text").to_owned());
    let numbers = value["numbers"].as_array().expect("numbers").iter().map(Value::as_f64);
    VisitEvent {
        strings: strings.collect::<Vec<_>>().try_into().expect("seven strings"),
        numbers: numbers.collect::<Vec<_>>().try_into().expect("eight numbers"),
    }
}

/// Compares every score of a visit with the batch's.
///
/// Panics where one has other bits.
pub fn same_bits(name: &str, scorer: &mut Scorer, visit: &Visit) {
    match &visit.state {
        Some(state) => scorer.restore(&STANDARD.decode(state).expect("Base64")).expect("a state"),
        None => *scorer = Scorer::new(scorer.bundle().clone()),
    }
    assert_eq!(visit.events.len(), visit.scores.len(), "{name}: {}", visit.user);
    for (event, batch) in visit.events.iter().zip(&visit.scores) {
        scorer.observe(&raw(event));
        let score = scorer.score(Target::Session).expect("a session model");
        assert_eq!(
            format!("{:016x}", score.to_bits()),
            batch.bits,
            "{name}: {} event {}",
            visit.user,
            batch.event_index
        );
        assert_eq!(scorer.band(Target::Session, score).expect("a band").as_str(), batch.band);
    }
}

/// A visit clicked on the demo site in Chromium: what the tag handed to the scorer, and the bits of the score after it.
///
/// Panics when one of the site's tests of clicks that the pattern names fails.
#[must_use]
pub fn clicked(node: &Node, server: &Server, folder: &Folder, tests: &str) -> Vec<(VisitEvent, Option<u64>)> {
    let clicks = folder.at("clicks");
    let pattern = format!("--test-name-pattern={tests}");
    let environment = [("BASE_URL", server.url.as_str()), ("CLICKS_OUT", &clicks.to_string_lossy())];
    let _ = node.run(&["--test", &pattern, "test/browser/click.test.mjs"], &environment);
    let text = std::fs::read(clicks.join("tag.json")).expect("the visit");
    scored(&serde_json::from_slice(&text).expect("a list"))
}

/// Events with the bits of the score after each, as a page kept them.
#[must_use]
pub fn scored(events: &Value) -> Vec<(VisitEvent, Option<u64>)> {
    let bits = |event: &Value| event["bits"].as_str().map(|bits| u64::from_str_radix(bits, 16).expect("bits"));
    events.as_array().expect("a list").iter().map(|event| (input(event), bits(event))).collect()
}
