//! Small made-up snapshots with a planted truth.

mod recalibrate;

use super::*;
use crate::metrics::{Ranked, auc};
use model_core::{FunnelStep, PageGroup, ProfileParts, Schema, Target, sigmoid};

fn profile() -> Profile {
    Profile::new(ProfileParts {
        name: "t".to_owned(),
        time_zone: "UTC".to_owned(),
        session_timeout_s: 1800,
        horizon_days: 7,
        events: vec!["view_item".to_owned()],
        groups: vec![PageGroup { name: "home".to_owned(), paths: vec!["/".to_owned()] }],
        conversion: FunnelStep { events: 0, groups: 1 },
        ..ProfileParts::default()
    })
    .unwrap()
}

/// A deterministic number in `[0, 1)`.
fn uniform(i: usize, stream: u64) -> f64 {
    let bits = select::mix((i as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ stream.wrapping_mul(0x2545_f491_4f6c_dd1d));
    (bits >> 11) as f64 / (1u64 << 53) as f64
}

/// Log-odds from three features; `missing` is what a missing price adds.
fn truth(pages: f64, engaged: f64, price: f64, missing: f64) -> f64 {
    -3.2 + 0.25 * pages + 0.9 * (engaged / 60_000.0).sqrt() + if price.is_nan() { missing } else { 0.02 * price }
}

struct Made {
    snapshots: Snapshots,
    /// Margins of the truth.
    truth: Vec<f64>,
}

fn made(target: Target, n: usize, days: i32, strength: f64) -> Made {
    made_with(target, n, days, strength, -1.0)
}

#[allow(clippy::needless_range_loop)]
fn made_with(target: Target, n: usize, days: i32, strength: f64, missing: f64) -> Made {
    let profile = profile();
    let schema = Schema::new(&profile);
    let names: Vec<String> = (0..schema.len()).map(|i| schema.name(&profile, i).unwrap()).collect();
    let at = |name: &str| schema.position(&profile, name).unwrap();
    let mut columns = vec![vec![0.0f32; n]; names.len()];
    let (mut label, mut margin) = (Vec::new(), Vec::new());
    for i in 0..n {
        let pages = (uniform(i, 1) * 10.0).floor();
        let engaged = (uniform(i, 2) * 120_000.0).floor();
        let price = if uniform(i, 3) < 0.5 { f64::NAN } else { (uniform(i, 4) * 100.0).floor() };
        columns[at("session.page_views")][i] = pages as f32;
        columns[at("session.engaged_ms")][i] = engaged as f32;
        columns[at("session.max_price")][i] = price as f32;
        // Noise to be left out.
        columns[at("moment.hour")][i] = (uniform(i, 5) * 24.0).floor() as f32;
        let m = strength * truth(pages, engaged, price, missing) - (1.0 - strength) * 2.0;
        margin.push(m);
        label.push(uniform(i, 6) < sigmoid(m));
    }
    let day = (0..n).map(|i| 18_600 + (i as i64 * i64::from(days) / n as i64) as i32).collect();
    let visitor = (0..n as u32).map(|i| i / 2).collect();
    let page_view = vec![if target == Target::Session { 1 } else { 0 }; n];
    Made {
        snapshots: Snapshots {
            notes: Vec::new(),
            target,
            names,
            columns,
            label,
            weight: vec![1.0; n],
            day,
            visitor,
            page_view,
            session_id: vec![0; n],
            moment_us: vec![0; n],
        },
        truth: margin,
    }
}

fn quick(kind: ModelKind) -> TrainOptions {
    let trees = TreeSettings { trees: 60, leaves: 8, min_leaf_weight: 10.0, ..TreeSettings::default() };
    TrainOptions { kind, trees, resamples: 50, ..TrainOptions::default() }
}

/// AUC of some scores on the rows of the last fifth of the days.
fn test_auc(made: &Made, scores: &[f64]) -> f64 {
    let s = &made.snapshots;
    let from = s.len() * 4 / 5;
    let ranked = Ranked::new(&scores[from..], &s.label[from..], &vec![1.0; s.len() - from], &s.visitor[from..]);
    auc(&ranked, &ranked.weight)
}

#[test]
fn both_kinds_come_near_the_planted_truth() {
    // To a line a missing value is an average one.
    for (kind, missing) in [(ModelKind::Trees, -1.0), (ModelKind::Linear, 1.0)] {
        let made = made_with(Target::Session, 30_000, 20, 1.0, missing);
        let best = test_auc(&made, &made.truth);
        let trained = train(&made.snapshots, &profile(), &quick(kind), None).unwrap();
        let auc = trained.report.test.all.measures[0].model;
        assert!(auc.value > best - 0.012, "{kind:?}: {auc:?}, the truth {best}");
        assert!(trained.report.release_allowed, "{:?}", trained.report.release_reasons);
        assert!(trained.report.test.all.measures[4].model.value < 0.02, "calibrated: {}", trained.report);
        let names = trained.model.feature_names(&profile());
        assert!(names.contains(&"session.page_views".to_owned()));
        let [medium, high] = trained.model.bands();
        assert!(medium < high);
    }
}

#[test]
fn the_same_snapshots_give_the_same_bytes() {
    let made = made(Target::Visitor, 12_000, 30, 1.0);
    for kind in [ModelKind::Trees, ModelKind::Linear] {
        let run = || {
            let options = TrainOptions {
                trees: TreeSettings { subsample: 0.7, colsample: 0.5, ..quick(kind).trees },
                ..quick(kind)
            };
            let t = train(&made.snapshots, &profile(), &options, None).unwrap();
            let bytes = Bundle::new(profile(), vec![t.model]).unwrap().write();
            (bytes, serde_json::to_string(&t.report).unwrap(), t.card_markdown)
        };
        assert!(run() == run(), "{kind:?}");
    }
}

#[test]
fn labels_without_a_reason_are_not_released() {
    let made = made(Target::Session, 8_000, 12, 0.0);
    let trained = train(&made.snapshots, &profile(), &quick(ModelKind::Trees), None).unwrap();
    assert!(!trained.report.release_allowed, "{}", trained.report);
    assert!(trained.report.release_reasons[0].contains("chance"), "{:?}", trained.report.release_reasons);
}

#[test]
fn a_worse_model_than_the_one_in_service_is_not_released() {
    let made = made(Target::Session, 20_000, 20, 1.0);
    let p = profile();
    let names = ["session.page_views", "session.engaged_ms", "session.max_price"].map(str::to_owned);
    let good = train(&made.snapshots, &p, &quick(ModelKind::Trees), None).unwrap().model;
    // Without a day in its version the model in service is compared on all rows.
    let term = |t| model_core::LinearTerm { transform: t, mean: 0.0, deviation: 1.0, weight: 0.0 };
    let old = {
        use model_core::Transform::{Identity, Sqrt};
        let weights = [(Identity, 0.25), (Sqrt, 0.9 / 60_000f64.sqrt()), (Identity, 0.02)];
        let terms = weights.iter().map(|(t, w)| model_core::LinearTerm { weight: *w, deviation: 1.0, ..term(*t) });
        // Standardised values are clipped at 8, so the scale goes into the deviation.
        let terms = terms.map(|t| model_core::LinearTerm { deviation: 100.0, weight: t.weight * 100.0, ..t });
        ModelBuilder::new(Target::Session, "old").linear(&p, &names, -3.2, terms.collect()).unwrap()
    };
    let few = TrainOptions {
        trees: TreeSettings { trees: 1, leaves: 2, ..TreeSettings::default() },
        ..quick(ModelKind::Trees)
    };
    let trained = train(&made.snapshots, &p, &few, Some(&old)).unwrap();
    assert!(!trained.report.release_allowed);
    assert!(trained.report.release_reasons[0].contains("in service"), "{:?}", trained.report.release_reasons);
    // The good model knows the days of the test, so nothing can be said.
    let trained = train(&made.snapshots, &p, &few, Some(&good)).unwrap();
    assert!(trained.report.release_allowed);
    assert!(trained.report.warnings.iter().any(|w| w.contains("not compared")), "{:?}", trained.report.warnings);
}

#[test]
fn leakage_is_called_out() {
    let mut made = made(Target::Session, 6_000, 12, 1.0);
    let column = made.snapshots.names.iter().position(|n| n == "session.scrolls").unwrap();
    for i in 0..made.snapshots.len() {
        made.snapshots.columns[column][i] = f32::from(u8::from(made.snapshots.label[i]));
    }
    let trained = train(&made.snapshots, &profile(), &quick(ModelKind::Trees), None).unwrap();
    assert!(trained.report.warnings.iter().any(|w| w.contains("leakage")), "{:?}", trained.report.warnings);
}

#[test]
fn the_test_is_later_than_everything_learnt() {
    let made = made(Target::Visitor, 8_000, 40, 1.0);
    let s = &made.snapshots;
    let split = Split::by_time(s, 7, None).unwrap();
    let ends =
        |rows: &[usize]| (rows.iter().map(|r| s.day[*r]).min().unwrap(), rows.iter().map(|r| s.day[*r]).max().unwrap());
    let [fit, stop, calibrate, test] = [&split.fit, &split.stop, &split.calibrate, &split.test].map(|r| ends(r));
    assert!(fit.1 < stop.0 && stop.1 < calibrate.0);
    assert!(calibrate.1 + 7 < test.0, "labels of the calibration are known before the test begins");
    assert_eq!(test.1, 18_639);
    assert!(split.notes.is_empty());
}

#[test]
fn scarce_data_degrades_or_says_so() {
    let few_days = made(Target::Session, 3_000, 3, 1.0).snapshots;
    let split = Split::by_time(&few_days, 7, None).unwrap();
    assert_eq!(split.stop, split.calibrate);
    assert_eq!(split.notes.len(), 1);
    let trained = train(&few_days, &profile(), &quick(ModelKind::Trees), None).unwrap();
    assert!(trained.report.warnings.iter().any(|w| w.contains("also calibrate")));

    let one_day = made(Target::Session, 3_000, 1, 1.0).snapshots;
    let error = train(&one_day, &profile(), &quick(ModelKind::Trees), None).unwrap_err().to_string();
    assert!(error.contains("at least 3 days"), "{error}");

    let mut no_positives = made(Target::Session, 3_000, 10, 1.0).snapshots;
    no_positives.label.fill(false);
    let error = train(&no_positives, &profile(), &quick(ModelKind::Trees), None).unwrap_err().to_string();
    assert!(error.contains("positive rows"), "{error}");

    let mut other = made(Target::Session, 300, 10, 1.0).snapshots;
    other.names.swap(0, 1);
    let error = train(&other, &profile(), &quick(ModelKind::Trees), None).unwrap_err().to_string();
    assert!(error.contains("the profile's is"), "{error}");
}

fn all_seen(labels: &[bool]) -> Outcomes<'_> {
    static ONES: [f64; 20_000] = [1.0; 20_000];
    Outcomes { labels, weight: &ONES, covered: &ONES }
}

#[test]
fn missing_days_do_not_lower_the_probabilities() {
    let mut made = made(Target::Visitor, 40_000, 45, 1.0);
    let s = &mut made.snapshots;
    // Rare, as conversions are; and seen only when they fall on a day that the data have.
    let missing = |day: i32| (18_624..18_627).contains(&day) || (18_630..18_632).contains(&day);
    let mut truth = Vec::new();
    for i in 0..s.len() {
        let chance = sigmoid(made.truth[i] - 1.5);
        truth.push(chance);
        let falls_on = s.day[i] + 1 + (uniform(i, 12) * 7.0) as i32;
        s.label[i] = uniform(i, 11) < chance && !missing(falls_on);
        s.weight[i] = if missing(s.day[i]) { 0.0 } else { 1.0 };
    }
    let whole = s.clone();
    s.retain_weighted();
    let trained = train(s, &profile(), &quick(ModelKind::Linear), None).unwrap();
    let rows: Vec<usize> = (0..whole.len()).collect();
    let mean = |v: &[f64]| v.iter().sum::<f64>() / v.len() as f64;
    let ratio = mean(&scores(&trained.model, &whole, &rows)) / mean(&truth);
    assert!((0.9..1.1).contains(&ratio), "{ratio}");
    let platt = |covered: f64| {
        let margins = vec![0.0; 20_000];
        let labels: Vec<bool> = (0..20_000).map(|i| i % 100 == 0).collect();
        let outcomes = Outcomes { covered: &vec![covered; 20_000], ..all_seen(&labels) };
        sigmoid(calibrate::platt(&margins, outcomes).1)
    };
    assert!((platt(0.5) / platt(1.0) - 2.0).abs() < 0.05);
}

#[test]
fn platt_finds_the_line_and_isotonic_the_steps() {
    let margins: Vec<f64> = (0..20_000).map(|i| uniform(i, 1) * 8.0 - 4.0).collect();
    let labels: Vec<bool> = (0..20_000).map(|i| uniform(i, 2) < sigmoid(0.7 * margins[i] - 1.2)).collect();
    let (a, b) = calibrate::platt(&margins, all_seen(&labels));
    assert!((a - 0.7).abs() < 0.04 && (b + 1.2).abs() < 0.06, "{a} {b}");
    let visitors: Vec<u32> = (0..20_000).collect();
    assert_eq!(calibrate::choose(&margins, all_seen(&labels), &visitors).1.kind, "platt");

    let step = |m: f64| if m < 1.0 { 0.02 } else { 0.6 };
    let labels: Vec<bool> = (0..20_000).map(|i| uniform(i, 2) < step(margins[i])).collect();
    let (calibration, choice) = calibrate::choose(&margins, all_seen(&labels), &visitors);
    assert_eq!(choice.kind, "isotonic");
    let Calibration::Isotonic { margins, probabilities } = calibration else { panic!("isotonic") };
    assert!((2..=64).contains(&margins.len()));
    assert!(margins.windows(2).all(|w| w[0] < w[1]) && probabilities.windows(2).all(|w| w[0] <= w[1]));
}

#[test]
fn bands_hold_a_twentieth_and_a_fifth() {
    let scores: Vec<f64> = (0..1000).map(|i| f64::from(i) / 1000.0).collect();
    let [medium, high] = bands::thresholds(&scores, &[1.0; 1000]);
    assert_eq!(scores.iter().filter(|s| **s >= high).count(), 50);
    assert_eq!(scores.iter().filter(|s| **s >= medium).count(), 200);
    // Equal scores do not part, and the order stays strict.
    let [medium, high] = bands::thresholds(&[0.1; 100], &[1.0; 100]);
    assert!(medium < high && high > 0.1);
    let [medium, high] = bands::thresholds(&[], &[]);
    assert!(medium < high && high <= 1.0);
}

#[test]
fn thresholds_of_coarse_values_part_the_values_as_they_are() {
    for x in [0.0f32, 1.0, 3.7, 1234.567, 8.0e9, 1e-20, -1.0, -3.7, -1234.567] {
        let down = trees::round_down(x);
        assert!(down <= x && x - down <= x.abs() / 32.0, "{x} -> {down}");
        assert_eq!(trees::round_down(down), down);
    }
}

#[test]
fn a_sample_of_the_negatives_with_weights_gives_the_same_probabilities() {
    let made = made(Target::Visitor, 60_000, 30, 1.0);
    let mut sample = made.snapshots.clone();
    for i in 0..sample.len() {
        if !sample.label[i] {
            sample.weight[i] = if uniform(i, 9) < 0.25 { 4.0 } else { 0.0 };
        }
    }
    sample.retain_weighted();
    let p = profile();
    let options = quick(ModelKind::Trees);
    let [all, part] = [&made.snapshots, &sample].map(|s| train(s, &p, &options, None).unwrap());
    let rows: Vec<usize> = (0..made.snapshots.len()).collect();
    let mean = |t: &Trained| scores(&t.model, &made.snapshots, &rows).iter().sum::<f64>() / rows.len() as f64;
    assert!((mean(&all) / mean(&part) - 1.0).abs() < 0.03, "{} {}", mean(&all), mean(&part));
    let value = |t: &Trained, i: usize| t.report.test.all.measures[i].model.value;
    for i in 0..6 {
        assert!((value(&all, i) - value(&part, i)).abs() < 0.02 + 0.05 * value(&all, i), "measure {i}");
    }
}
