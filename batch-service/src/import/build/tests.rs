use super::{Served, build, never_missing};
use crate::import::plain::{Among, Indicator, Link, Member, Plain, Predictor, Schema, Term, Tree};
use model_core::{Model, Profile, ProfileParts, Scratch, Target};

const FEATURES: [&str; 3] = ["session.page_views", "session.channel", "session.engaged_ms"];

fn profile() -> Profile {
    let (name, time_zone) = ("test".into(), "UTC".into());
    let parts = ProfileParts { name, time_zone, session_timeout_s: 1800, horizon_days: 7, ..ProfileParts::default() };
    Profile::new(parts).unwrap()
}

fn plain(predictor: Predictor, link: Link) -> Plain {
    let codes = vec![Among::No, Among::Yes, Among::Missing, Among::Yes];
    Plain {
        schema: Schema::One,
        inputs: vec!["views".into(), "channel".into(), "engaged".into(), "never read".into()],
        categories: Vec::new(),
        indicators: vec![Indicator { input: 1, codes, others: Among::No }],
        base: -0.7,
        predictor,
        link,
        source: "a test".into(),
    }
}

fn trees(single: bool) -> Predictor {
    let tree = |threshold: f32, value: f64| Tree {
        feature: vec![0, 2, 0, 0, 4, 0, 0],
        threshold: vec![threshold, threshold * 1000.0, 0.0, 0.0, 0.5, 0.0, 0.0],
        missing_left: vec![true, false, false, false, true, false, false],
        left: vec![1, 2, 0, 0, 5, 0, 0],
        right: vec![4, 3, 0, 0, 6, 0, 0],
        value: vec![0.0, 0.0, value, -value / 3.0, 0.0, value / 7.0, 0.1],
        cover: vec![4.0, 2.0, 1.0, 1.0, 2.0, 1.0, 1.0],
    };
    Predictor::Trees { trees: (1..30).map(|i| tree(i as f32, f64::from(i).sin())).collect(), single, missing: true }
}

fn linear() -> Predictor {
    let term = |column, weight, mean, scale, missing| Term { column, weight, mean, scale, missing };
    let engaged = term(2, 1.7, 65_000.0, 31_000.0, Some(1234.5));
    Predictor::Linear(vec![
        term(0, -0.31, 3.3, 2.2, None),
        engaged,
        term(4, 0.9, 0.25, 0.43, Some(1.0)),
        term(3, 0.0, 0.0, 1.0, None),
    ])
}

fn served(plain: &Plain) -> Model {
    let profile = profile();
    let features = [Some(FEATURES[0]), Some(FEATURES[1]), Some(FEATURES[2]), None];
    let served = Served { profile: &profile, target: Target::Session, version: "imported", bands: [0.4, 0.6] };
    build(plain, &features, served).unwrap()
}

/// The largest difference over rows of every kind of value, and how many scores have other bits.
fn difference(plain: &Plain) -> (f64, usize) {
    let (model, profile, mut scratch) = (served(plain), profile(), Scratch::default());
    let names = model.feature_names(&profile);
    let (mut largest, mut other_bits) = (0.0f64, 0);
    for i in 0..4_000u32 {
        let hash = i.wrapping_mul(2_654_435_761);
        let value = |shift: u32, most: f32| {
            let part = hash.rotate_left(shift) & 0xffff;
            if part % 9 == 0 { f32::NAN } else { part as f32 / 65_535.0 * most }
        };
        // Python refuses rows without the first, so there is nothing to compare.
        let views = value(0, 40.0);
        let views = if views.is_nan() && !never_missing(plain).is_empty() { 2.5 } else { views };
        let row = [views, value(7, 6.0).floor(), value(13, 14_400_000.0), 1.0];
        let of = |name: &String| row[FEATURES.iter().position(|f| f == name).unwrap()];
        let ours: Vec<f32> = names.iter().map(of).collect();
        let (score, expected) = (model.score(&ours, &mut scratch), plain.probability(&row));
        largest = largest.max((score - expected).abs());
        other_bits += usize::from(score.to_bits() != expected.to_bits());
    }
    (largest, other_bits)
}

#[test]
fn trees_score_with_the_same_bits() {
    for (single, link) in
        [(false, Link::Logistic), (true, Link::SingleLogistic), (false, Link::Platt { a: 0.7, b: 0.1 })]
    {
        assert_eq!(difference(&plain(trees(single), link)), (0.0, 0));
    }
    let isotonic = Link::Isotonic { x: vec![-2.0, 0.0, 0.3, 2.0], y: vec![0.0, 0.25, 0.5, 1.0] };
    assert_eq!(difference(&plain(trees(false), isotonic)), (0.0, 0));
}

fn mean(predictor: fn() -> Predictor, link: Link) -> Plain {
    let member = |base, link| Member { base, predictor: predictor(), link };
    let isotonic = Link::Isotonic { x: vec![-2.0, 0.3, 2.0], y: vec![0.0, 0.5, 1.0] };
    let members =
        vec![member(0.3, Link::Platt { a: 0.7, b: 0.1 }), member(-0.2, isotonic), member(0.1, Link::Logistic)];
    Plain { base: 0.0, ..plain(Predictor::Mean(members), link) }
}

#[test]
fn means_score_as_their_members_do() {
    for link in [Link::Probability, Link::Platt { a: 3.0, b: -1.0 }] {
        assert_eq!(difference(&mean(|| trees(false), link.clone())), (0.0, 0));
        let (largest, _) = difference(&mean(linear, link));
        assert!(largest < 1e-13, "{largest:e}");
    }
}

#[test]
fn weights_score_alike_within_rounding() {
    let (largest, _) = difference(&plain(linear(), Link::Logistic));
    assert!(largest < 1e-13, "{largest:e}");
}

#[test]
fn a_mapping_that_does_not_fit_is_refused_by_name() {
    let (profile, plain) = (profile(), plain(linear(), Link::Logistic));
    let refused = |features: [Option<&str>; 4]| {
        let served = Served { profile: &profile, target: Target::Session, version: "imported", bands: [0.4, 0.6] };
        build(&plain, &features, served).unwrap_err().to_string()
    };
    let [views, channel, engaged] = FEATURES.map(Some);
    assert!(refused([views, None, engaged, None]).contains("input `channel`"));
    assert!(refused([views, channel, views, None]).contains("feature session.page_views for a second input"));
    assert!(refused([views, channel, Some("session.nothing"), None]).contains("session.nothing"));
}

#[test]
fn a_calibration_beyond_the_limit_is_refused() {
    let (x, y) = (0..300).map(|i| (f64::from(i), f64::from(i) / 300.0)).unzip();
    let (profile, plain) = (profile(), plain(trees(false), Link::Isotonic { x, y }));
    let served = Served { profile: &profile, target: Target::Session, version: "imported", bands: [0.4, 0.6] };
    let features = [Some(FEATURES[0]), Some(FEATURES[1]), Some(FEATURES[2]), None];
    assert!(build(&plain, &features, served).unwrap_err().to_string().contains("300 knots"));
}
