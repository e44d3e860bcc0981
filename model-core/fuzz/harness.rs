//! What must hold for any bytes. The fuzz targets and `tests/random_input.rs` both run these functions.
#![allow(clippy::unwrap_used, clippy::panic)]

use model_core::{
    Among, Bundle, CHANNELS, Calibration, DEVICES, Event, FeatureRef, FunnelStep, Indicator, LeafPrecision, LinearTerm,
    MAX_ENGAGED_MS, MAX_STATE_BYTES, Model, ModelBuilder, PageGroup, Profile, ProfileParts, Schema, Scratch, Target,
    Transform, TreeNodes, Visitor,
};
use std::sync::LazyLock;

/// Bytes are a bundle as they are, or (first byte over 127) changes to one of four sound ones: place, place, value, and
/// so on.
/// What is refused is refused; what is accepted scores within `[0, 1]`, gives finite reasons that add up, and is
/// written and read back as it is.
pub fn bundle_read(bytes: &[u8]) {
    let bundle = match bytes.split_first() {
        Some((128..192, changes)) => Bundle::read(&changed(seed_bundle().write(), changes)),
        Some((192..224, changes)) => Bundle::read(&changed(python_bundle().write(), changes)),
        Some((224..240, changes)) => Bundle::read(&changed(WIDE.clone(), changes)),
        Some((240.., changes)) => Bundle::read(&changed(mean_bundle().write(), changes)),
        Some((_, bytes)) => Bundle::read(bytes),
        None => Bundle::read(bytes),
    };
    let Ok(bundle) = bundle else { return };
    let mut scratch = Scratch::default();
    for model in bundle.models() {
        let values =
            bytes.iter().cycle().map(|b| [f32::NAN, f32::MIN, -1.0, 0.0, 0.5, 3.0, 1e9, f32::MAX][usize::from(b % 8)]);
        let row: Vec<f32> = values.take(model.feature_positions().len()).collect();
        let score = model.score(&row, &mut scratch);
        assert!((0.0..=1.0).contains(&score), "score {score}");
        let margin = model.margin(&row, &mut scratch);
        let reasons = model.contributions(&row, &mut scratch);
        assert!(reasons.baseline.is_finite() && reasons.by_feature.iter().all(|r| r.is_finite()));
        assert!(reasons.by_feature.len() == row.len());
        let sum = reasons.by_feature.iter().fold(reasons.baseline, |sum, r| sum + r);
        let size = reasons.by_feature.iter().fold(reasons.baseline.abs(), |sum, r| sum + r.abs());
        assert!((sum - margin).abs() <= 1e-6 * (1.0 + size) + rounding(model), "reasons {sum}, margin {margin}");
    }
    assert!(Bundle::read(&bundle.write()) == Ok(bundle), "written and read back");
}

/// What sums in single precision may lose, with numbers of up to 1e9: reasons are in double precision.
fn rounding(model: &Model) -> f64 {
    let numbers = model.tree_count() as f64 + 1.0;
    if model.leaf_precision() == Some(LeafPrecision::Single) {
        numbers * numbers * 1e9 / f64::from(1 << 24)
    } else {
        0.0
    }
}

/// Bytes are changes to a saved state (how many, then place, place, value each) and events with cuts between them.
/// A visitor who is saved and restored at the cuts has the same features, to the bit, as one who is not; a damaged
/// state is refused, or goes on without a panic and is saved as a state that is accepted again.
pub fn visitor_fold(bytes: &[u8]) {
    let (count, rest) = bytes.split_first().map_or((0, bytes), |(n, rest)| (usize::from(n % 8), rest));
    let (changes, events) = rest.split_at((3 * count).min(rest.len()));
    let profile = seed_profile();
    let schema = Schema::new(&profile);
    let refs: Vec<FeatureRef> = (0..schema.len()).filter_map(|i| schema.feature(i)).collect();
    let (mut whole, mut cut) = (Visitor::new(&profile), Visitor::new(&profile));
    let mut clock = Clock { time_us: 1_700_000_000_000_000, last_us: 0 };
    // So many that no state needs to drop days to fit its limit.
    for record in events.as_chunks::<RECORD>().0.iter().take(200) {
        let event = event_of(record, &mut clock);
        whole.observe(&event);
        cut.observe(&event);
        if record[0] & 0x80 != 0 {
            let saved = cut.save();
            assert!(saved.len() <= MAX_STATE_BYTES);
            cut = Visitor::restore(&profile, &saved).unwrap();
            assert!(cut.save() == saved, "a state is saved as it was restored");
        }
        assert!(features(&mut whole, &refs) == features(&mut cut, &refs), "cutting changes no bit");
    }
    let Ok(mut damaged) = Visitor::restore(&profile, &changed(whole.save(), changes)) else { return };
    for record in events.as_chunks::<RECORD>().0.iter().take(8) {
        features(&mut damaged, &refs);
        damaged.observe(&event_of(record, &mut clock));
    }
    let mut again = Visitor::restore(&profile, &damaged.save()).unwrap();
    features(&mut again, &refs);
    let _ = Visitor::restore(&profile, bytes);
}

/// Changes bytes: two for the place, one for the value.
fn changed(mut bytes: Vec<u8>, changes: &[u8]) -> Vec<u8> {
    for &[low, high, value] in changes.as_chunks::<3>().0 {
        let place = usize::from(u16::from_le_bytes([low, high])) % bytes.len();
        bytes[place] = value;
    }
    bytes
}

/// All features as bits, so that a missing one equals itself.
fn features(visitor: &mut Visitor, refs: &[FeatureRef]) -> Vec<u32> {
    let mut row = vec![0.0; refs.len()];
    let now = visitor.last_event_us().saturating_add(90_061_000_000);
    visitor.features(refs, now, visitor.last_utc_offset_s(), &mut row);
    assert!(row.iter().all(|value| !value.is_infinite()));
    row.iter().map(|value| value.to_bits()).collect()
}

const RECORD: usize = 12;

struct Clock {
    /// Time of the latest event that is in order.
    time_us: i64,
    /// Time that the visitor has reached: a late event counts as happening then.
    last_us: i64,
}

/// An event as a profile resolves it, with times and numbers that no profile restrains at their extremes too. The offset
/// is a function of the time that the event counts at.
fn event_of(record: &[u8; RECORD], clock: &mut Clock) -> Event {
    const STEPS_S: [i64; 8] = [0, 0, 1, 40, 1801, 90_000, 800_000, 3_500_000];
    const IDS: [i64; 8] = [0, 1, 2, 3, -1, 1_700_000_000, i64::MAX, i64::MIN];
    const OFFSETS_S: [i32; 8] = [0, 3600, -18_000, 19_800, 0, i32::MIN, i32::MAX, -1];
    let [kind, id, name, group, funnel, source, language, flags, page, engaged, items, touch] = *record;
    clock.time_us = clock.time_us.saturating_add(STEPS_S[usize::from(kind % 8)] * 1_000_000);
    let time_us = match kind & 0x7f {
        0x7f => i64::MAX,
        0x7e => i64::MIN,
        0x70..0x7e => clock.time_us - 5_000_000,
        _ => clock.time_us,
    };
    clock.last_us = clock.last_us.max(time_us);
    Event {
        time_us,
        session_number: [0, 1, 2, u32::MAX][usize::from(id >> 3 & 3)],
        session_id: IDS[usize::from(id % 8)],
        utc_offset_s: OFFSETS_S[(clock.last_us / 1_000_000 % 8) as usize],
        name: name % 8,
        group: group % 8,
        funnel: funnel % 17,
        channel: source % CHANNELS.len() as u8,
        device: source / 16 % DEVICES.len() as u8,
        language,
        flags: flags % 16,
        page: u32::from(page),
        engaged_ms: u32::from(engaged) * 8000 % (MAX_ENGAGED_MS + 1),
        items: [0, 1, 7, u16::MAX][usize::from(items % 4)],
        price_cents: [0, 1, 99_999, u32::MAX][usize::from(items >> 2 & 3)],
        first_touch_us: match touch {
            0..=199 => 0,
            200..=249 => time_us.saturating_sub(i64::from(touch) * 1_000_000_000),
            250..=252 => i64::MAX,
            _ => i64::MIN,
        },
    }
}

pub fn seed_profile() -> Profile {
    let words = |list: &[&str]| list.iter().map(|word| String::from(*word)).collect::<Vec<_>>();
    let group = |name: &str, paths: &[&str]| PageGroup { name: name.into(), paths: words(paths) };
    let parts = ProfileParts {
        name: "fuzz".into(),
        time_zone: "UTC".into(),
        hosts: words(&["fuzz.example"]),
        session_timeout_s: 1800,
        horizon_days: 7,
        events: words(&["scroll", "view_item", "purchase"]),
        groups: vec![group("home", &["/"]), group("course", &["/courses/*"])],
        conversion: FunnelStep { events: 4, groups: 0 },
        funnel: vec![FunnelStep { events: 2, groups: 2 }],
        languages: words(&["en"]),
        search: words(&["google"]),
        social: words(&["facebook"]),
    };
    Profile::new(parts).unwrap()
}

fn seed_names() -> Vec<String> {
    ["session.page_views", "session.max_price", "past.days7.sessions"].map(String::from).into()
}

fn seed_term(weight: f64) -> LinearTerm {
    LinearTerm { transform: Transform::Sqrt, mean: 2.0, deviation: 1.5, weight }
}

/// Splits a column at a threshold, and what is below it by the second name.
fn seed_tree(column: usize, threshold: f32) -> TreeNodes {
    TreeNodes {
        feature: vec![column, 1, 0, 0, 0],
        threshold: vec![threshold, 50.0, 0.0, 0.0, 0.0],
        missing_left: vec![true, false, false, false, false],
        left: vec![1, 3, 0, 0, 0],
        right: vec![2, 4, 0, 0, 0],
        value: vec![0.0, 0.0, 0.75, -0.5, 0.125],
        cover: vec![100.0, 60.0, 40.0, 20.0, 40.0],
    }
}

/// A logistic regression for the session, and two trees for the visitor.
pub fn seed_bundle() -> Bundle {
    let (profile, names) = (seed_profile(), seed_names());
    let linear = ModelBuilder::new(Target::Session, "session-fuzz")
        .calibration(Calibration::Platt { a: 1.25, b: -0.5 })
        .linear(&profile, &names, -3.0, [0.5, -0.25, 1.0].map(seed_term).into());
    let isotonic = Calibration::Isotonic { margins: vec![-2.0, 0.0, 2.0], probabilities: vec![0.01, 0.1, 0.6] };
    let trees = ModelBuilder::new(Target::Visitor, "visitor-fuzz").calibration(isotonic).trees(
        &profile,
        &names,
        -1.0,
        &[seed_tree(0, 3.0), seed_tree(2, 1.0)],
        LeafPrecision::Quantised,
    );
    Bundle::new(profile, vec![linear.unwrap(), trees.unwrap()]).unwrap()
}

/// Both with what models from Python need: indicators, leaves in single precision, XGBoost's logistic function.
pub fn python_bundle() -> Bundle {
    use Among::{Missing, No, Yes};
    let (profile, names) = (seed_profile(), seed_names());
    let of = |feature, codes: &[Among], others| Indicator { feature, codes: codes.to_vec(), others };
    let linear = ModelBuilder::new(Target::Session, "session-python").indicators(vec![of(0, &[No, Yes], No)]).linear(
        &profile,
        &names,
        -3.0,
        [0.5, -0.25, 1.0, 2.0].map(seed_term).into(),
    );
    let trees = ModelBuilder::new(Target::Visitor, "visitor-python")
        .calibration(Calibration::SingleLogistic)
        .indicators(vec![of(0, &[Yes, No, Yes], No), of(2, &[No], Missing)])
        .trees(&profile, &names, -1.5, &[seed_tree(3, 0.5), seed_tree(4, 0.5)], LeafPrecision::Single);
    Bundle::new(profile, vec![linear.unwrap(), trees.unwrap()]).unwrap()
}

/// The mean of both kinds of models of the visitor, of which one has indicators.
pub fn mean_bundle() -> Bundle {
    let (profile, names) = (seed_profile(), seed_names());
    let builder = || ModelBuilder::new(Target::Visitor, "visitor-mean");
    let linear = builder().calibration(Calibration::Platt { a: 1.25, b: -0.5 }).linear(
        &profile,
        &names[..1],
        -3.0,
        vec![seed_term(0.5)],
    );
    let trees = builder().indicators(vec![Indicator { feature: 2, codes: vec![Among::Yes], others: Among::No }]).trees(
        &profile,
        &names,
        -1.0,
        &[seed_tree(3, 0.5)],
        LeafPrecision::Exact,
    );
    let model = builder().mean(&[linear.unwrap(), trees.unwrap()]).unwrap();
    Bundle::new(profile, vec![model]).unwrap()
}

static WIDE: LazyLock<Vec<u8>> = LazyLock::new(|| wide_bundle().write());

/// Trees with 300 thresholds of one feature.
pub fn wide_bundle() -> Bundle {
    let (profile, names) = (seed_profile(), seed_names());
    let trees: Vec<TreeNodes> = (0..300).map(|i| seed_tree(0, i as f32)).collect();
    let builder = ModelBuilder::new(Target::Session, "wide-fuzz");
    let model = builder.trees(&profile, &names, -1.0, &trees, LeafPrecision::Exact).unwrap();
    Bundle::new(profile, vec![model]).unwrap()
}
