#![allow(clippy::unwrap_used)]
use super::*;
use crate::{FeatureRef, PageGroup, ProfileParts, Schema};
use alloc::string::String;
use alloc::vec;
use proptest::prelude::*;

fn profile() -> Profile {
    Profile::new(ProfileParts {
        name: "test".into(),
        time_zone: "UTC".into(),
        session_timeout_s: 1800,
        horizon_days: 7,
        events: vec!["view_item".into(), "generate_lead".into()],
        groups: vec![PageGroup { name: "home".into(), paths: vec!["/".into()] }],
        ..ProfileParts::default()
    })
    .unwrap()
}

fn all_features(profile: &Profile) -> Vec<FeatureRef> {
    let schema = Schema::new(profile);
    (0..schema.len()).map(|i| schema.feature(i).unwrap()).collect()
}

fn row(visitor: &mut Visitor, refs: &[FeatureRef], now: i64) -> Vec<u32> {
    let mut row = vec![0.0; refs.len()];
    visitor.features(refs, now, 0, &mut row);
    row.iter().map(|v| v.to_bits()).collect()
}

/// Few distinct times, so that ties are common, and a few sessions, ids missing at times.
fn events() -> impl Strategy<Value = Vec<Event>> {
    let event =
        (0i64..40, 0u32..4, 0u8..3, 0u8..3, 0u8..4, 0u8..16, 0u32..5, prop_oneof![Just(0u32), 1..100_000u32], 0u16..3);
    let event = event.prop_map(|(step, session, name, group, channel, flags, page, engaged_ms, items)| Event {
        // Steps are ten minutes apart: some gaps end a session, and 40 of them cross a midnight.
        time_us: 1_600_000_000_000_000 + step * 600_000_000 * (1 + step / 10),
        session_id: i64::from(session) * 1000,
        session_number: session,
        name,
        group,
        funnel: name,
        channel,
        device: channel % 3,
        flags,
        page,
        engaged_ms,
        items,
        price_cents: engaged_ms / 7,
        ..Event::default()
    });
    prop::collection::vec(event, 1..80).prop_map(|mut events| {
        events.sort_by_key(|e| e.time_us);
        events
    })
}

fn shuffled_in_ties(events: &[Event], mut seed: u64) -> Vec<Event> {
    let mut keyed: Vec<(i64, u64, Event)> = Vec::new();
    for e in events {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        keyed.push((e.time_us, seed >> 33, *e));
    }
    keyed.sort_by_key(|k| (k.0, k.1));
    keyed.into_iter().map(|k| k.2).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn order_inside_a_tie_changes_no_bit(events in events(), seed: u64) {
        let (profile, refs) = (profile(), all_features(&profile()));
        let (mut a, mut b) = (Visitor::new(&profile), Visitor::new(&profile));
        let other = shuffled_in_ties(&events, seed);
        for (i, (x, y)) in events.iter().zip(&other).enumerate() {
            a.observe(x);
            b.observe(y);
            if events.get(i + 1).is_none_or(|next| next.time_us > x.time_us) {
                prop_assert_eq!(row(&mut a, &refs, x.time_us), row(&mut b, &refs, x.time_us));
            }
        }
    }

    #[test]
    fn cutting_anywhere_changes_no_bit(events in events(), cuts: u128) {
        let (profile, refs) = (profile(), all_features(&profile()));
        let (mut whole, mut cut) = (Visitor::new(&profile), Visitor::new(&profile));
        for (i, event) in events.iter().enumerate() {
            whole.observe(event);
            cut.observe(event);
            if cuts >> (i % 128) & 1 == 1 {
                let bytes = cut.save();
                prop_assert!(bytes.len() <= MAX_STATE_BYTES);
                cut = Visitor::restore(&profile, &bytes).unwrap();
                prop_assert_eq!(cut.save(), bytes);
            }
            let now = event.time_us + 12_345_678;
            prop_assert_eq!(row(&mut whole, &refs, now), row(&mut cut, &refs, now));
        }
    }

    #[test]
    fn damaged_states_are_refused_or_folded_without_panic(events in events(), at: prop::sample::Index, byte: u8) {
        let profile = profile();
        let refs = all_features(&profile);
        let mut visitor = Visitor::new(&profile);
        events.iter().for_each(|e| visitor.observe(e));
        let mut bytes = visitor.save();
        let i = at.index(bytes.len());
        bytes[i] = byte;
        if let Ok(mut restored) = Visitor::restore(&profile, &bytes) {
            restored.observe(&events[0]);
            row(&mut restored, &refs, events[0].time_us);
            let _ = restored.save();
        }
        bytes.truncate(i);
        prop_assert!(Visitor::restore(&profile, &bytes).is_err());
    }
}

fn at(minutes: i64) -> Event {
    Event {
        time_us: 1_600_000_000_000_000 + minutes * 60_000_000,
        flags: Event::FLAG_PAGE_VIEW,
        group: 1,
        page: 7,
        ..Event::default()
    }
}

fn feature(visitor: &mut Visitor, name: &str, now: i64) -> f32 {
    let profile = profile();
    let schema = Schema::new(&profile);
    let i = schema.position(&profile, name).unwrap();
    let mut row = [0.0];
    visitor.features(&[schema.feature(i).unwrap()], now, 0, &mut row);
    row[0]
}

#[test]
fn thirty_minutes_of_silence_end_a_session_without_an_id() {
    let mut v = Visitor::new(&profile());
    for minutes in [0, 30, 61] {
        v.observe(&at(minutes));
    }
    assert_eq!(v.page_views(), 1);
    assert_eq!(feature(&mut v, "session.number", at(61).time_us), 2.0);
    assert_eq!(feature(&mut v, "past.days1.page_views", at(61).time_us), 2.0);
}

#[test]
fn a_session_id_outlives_silence_and_midnight() {
    let mut v = Visitor::new(&profile());
    for minutes in [0, 300, 900] {
        v.observe(&Event { session_id: 5, session_number: 3, ..at(minutes) });
    }
    assert_eq!(v.page_views(), 3);
    assert_eq!(feature(&mut v, "session.number", at(900).time_us), 3.0);
    assert_eq!(feature(&mut v, "visitor.active_days", at(900).time_us), 2.0);
}

#[test]
fn a_session_id_that_appears_late_is_adopted() {
    let mut v = Visitor::new(&profile());
    v.observe(&at(0));
    v.observe(&Event { session_id: 5, session_number: 1, ..at(1) });
    assert_eq!((v.page_views(), v.session_id()), (2, 5));
}

#[test]
fn engagement_is_clipped_in_the_sum_and_history_ages() {
    let mut v = Visitor::new(&profile());
    for _ in 0..20 {
        v.observe(&Event { engaged_ms: crate::MAX_ENGAGED_MS, ..at(0) });
    }
    assert_eq!(feature(&mut v, "session.engaged_ms", at(0).time_us), 14_400_000.0);
    let day = 24 * 60;
    v.observe(&at(7 * day));
    let now = at(7 * day).time_us;
    assert_eq!(feature(&mut v, "past.days7.sessions", now), 0.0);
    assert_eq!(feature(&mut v, "past.days14.sessions", now), 1.0);
    assert_eq!(feature(&mut v, "past.decayed.sessions", now), 0.5);
    assert_eq!(feature(&mut v, "past.days14.page_views", now), 20.0);
}

#[test]
fn time_never_runs_backwards() {
    let mut v = Visitor::new(&profile());
    v.observe(&at(10));
    v.observe(&at(3));
    assert_eq!(v.last_event_us(), at(10).time_us);
    assert_eq!(v.page_views(), 2);
}

#[test]
fn states_of_another_profile_are_refused() {
    let mut v = Visitor::new(&profile());
    v.observe(&at(0));
    let other = Profile::new(ProfileParts { name: String::from("other"), ..profile().parts().clone() }).unwrap();
    assert_eq!(Visitor::restore(&other, &v.save()).unwrap_err(), crate::Error::StateProfile);
}

#[test]
fn a_state_never_outgrows_its_limit() {
    let mut v = Visitor::new(&profile());
    for i in 0..3000 {
        v.observe(&Event { session_id: i + 1, name: 1, items: 3, engaged_ms: 90_000, ..at(i * 600) });
        assert!(v.save().len() <= MAX_STATE_BYTES);
    }
}
