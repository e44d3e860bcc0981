//! Base rates and slopes that were moved by hand, and what a recalibration makes of them.

use super::*;
use model_core::{Scratch, TreeNodes};
use serde_json::json;

/// The first day of the made-up rows, and the last one that models are trained on.
const FIRST: i32 = 18_600;
const LEARNT: i32 = FIRST + 19;

/// Forty days, of which the model knows twenty; after them log-odds are `slope` times the truth and `shift` more.
fn moved(target: Target, slope: f64, shift: f64) -> (Model, Snapshots) {
    let mut made = made(target, 60_000, 40, 1.0);
    let s = &mut made.snapshots;
    // One row a visitor, so that as many visitors convert as rows.
    s.visitor = (0..s.len() as u32).collect();
    for i in 0..s.len() {
        if s.day[i] > LEARNT {
            s.label[i] = uniform(i, 21) < sigmoid(slope * made.truth[i] + shift);
        }
    }
    let mut learnt = s.clone();
    for i in 0..learnt.len() {
        learnt.weight[i] = if learnt.day[i] > LEARNT { 0.0 } else { 1.0 };
    }
    learnt.retain_weighted();
    let model = train(&learnt, &profile(), &quick(ModelKind::Trees), None).unwrap().model;
    (model, made.snapshots)
}

fn done(model: &Model, rows: &Snapshots) -> (Recalibrated, RecalibrationReport) {
    let options = RecalibrateOptions { resamples: 50, ..RecalibrateOptions::default() };
    let done = recalibrate(rows, &profile(), model, Some(LEARNT), &options).unwrap();
    let report = RecalibrationReport::of(&done, model, &profile(), Some(LEARNT));
    (done, report)
}

#[test]
fn a_shift_of_the_base_rate_is_repaired_and_margins_keep_their_bits() {
    for (target, shift) in [(Target::Session, -0.9), (Target::Visitor, 0.6)] {
        let (model, rows) = moved(target, 1.0, shift);
        let (done, report) = done(&model, &rows);
        assert_eq!(done.method, Method::Shift, "{report}");
        let [before, after] = report.ratios();
        assert!(before.ln() * shift < 0.0 && before.ln().abs() > 0.25, "{report}");
        assert!((after - 1.0).abs() < 0.08, "{report}");
        assert!(report.release_allowed, "{:?}", report.release_reasons);
        let of = |name: &str| report.comparison.measures.iter().find(|m| m.name == name).unwrap();
        assert!(of("calibration_error").model < of("calibration_error").in_service / 3.0, "{report}");
        assert!(of("log_loss").difference.high < 0.0 && of("brier").difference.value < 0.0, "{report}");
        assert_eq!(of("auc").difference.value, 0.0, "the order of visitors is the same");

        // The bundle of the new one, read back, has the margins of the old one to the last bit.
        let bytes = Bundle::new(profile(), vec![done.model.clone()]).unwrap().write();
        let read = Bundle::read(&bytes).unwrap();
        let read = read.model(target).unwrap();
        assert_eq!(read, &done.model);
        let all: Vec<usize> = (0..rows.len()).collect();
        let bits = |m: &Model| margins(m, &rows, &all).iter().map(|x| x.to_bits()).collect::<Vec<_>>();
        assert_eq!(bits(read), bits(&model));
        assert_ne!(read.version(), model.version());
        assert!(read.version().contains("-20210"), "{}", read.version());
        // High and medium hold the same shares again.
        let later: Vec<usize> = done.parts.all.clone();
        let high = scores(read, &rows, &later).iter().filter(|s| **s >= read.bands()[1]).count();
        assert!((high as f64 / later.len() as f64 - 0.05).abs() < 0.01, "{high} of {}", later.len());
    }
}

#[test]
fn another_slope_takes_the_line() {
    let (model, rows) = moved(Target::Session, 0.45, -1.2);
    let (done, report) = done(&model, &rows);
    assert_eq!(done.method, Method::Platt, "{report}");
    assert!(report.release_allowed && (report.ratios()[1] - 1.0).abs() < 0.08, "{report}");
}

#[test]
fn what_has_not_moved_is_not_released() {
    let (model, rows) = moved(Target::Session, 1.0, 0.0);
    let (_, report) = done(&model, &rows);
    assert!(!report.release_allowed, "{report}");
    assert!(report.release_reasons[0].contains("not shown to be off"), "{:?}", report.release_reasons);
}

#[test]
fn the_judged_days_are_later_than_the_fit_and_its_labels() {
    let (model, rows) = moved(Target::Visitor, 1.0, -0.5);
    let (done, _) = done(&model, &rows);
    let ends = |part: &[usize]| {
        let days = part.iter().map(|row| rows.day[*row]);
        (days.clone().min().unwrap(), days.max().unwrap())
    };
    let (fit, judge, all) = (ends(&done.parts.fit), ends(&done.parts.judge), ends(&done.parts.all));
    assert!(fit.1 + 7 < judge.0, "{fit:?} {judge:?}");
    // A week is too short for a fit and the labels after it; two hold enough conversions, older ones are not asked.
    assert_eq!((judge.1, all), (FIRST + 39, (FIRST + 26, FIRST + 39)));
}

#[test]
fn few_conversions_ask_for_older_weeks_but_never_for_days_that_the_model_knows() {
    let (model, mut rows) = moved(Target::Session, 1.0, -0.5);
    for i in 0..rows.len() {
        rows.label[i] &= uniform(i, 31) < 0.02;
    }
    let (done, report) = done(&model, &rows);
    assert!(done.parts.converting_visitors.iter().sum::<usize>() < 200, "{report}");
    let first = done.parts.all.iter().map(|row| rows.day[*row]).min();
    assert_eq!(first, Some(LEARNT + 1));
}

#[test]
fn too_few_days_or_conversions_say_so() {
    let (model, rows) = moved(Target::Session, 1.0, -0.5);
    let refused = |rows: &Snapshots, learnt: i32| {
        let error = recalibrate(rows, &profile(), &model, Some(learnt), &RecalibrateOptions::default()).unwrap_err();
        assert!(error.is::<TooFew>(), "{error:#}");
        error.to_string()
    };
    let said = refused(&rows, FIRST + 37);
    assert!(said.contains("at least 4 days after 2021-01-10") && said.contains("there are 2"), "{said}");
    let mut few = rows.clone();
    let mut left = MIN_FIT_VISITORS - 1;
    for i in (0..few.len()).filter(|i| rows.day[*i] > LEARNT) {
        few.label[i] &= left > 0;
        left -= usize::from(few.label[i]);
    }
    let said = refused(&few, LEARNT);
    assert!(said.contains("at least 50 visitors") && said.contains("there are 49"), "{said}");
    let mut late = rows.clone();
    for i in 0..late.len() {
        late.label[i] &= late.day[i] < FIRST + 34;
    }
    assert!(refused(&late, LEARNT).contains("at least 20 visitors"), "{}", refused(&late, LEARNT));
}

#[test]
fn days_whose_labels_the_data_lack_in_part_are_left_out() {
    let (model, mut rows) = moved(Target::Visitor, 1.0, -0.5);
    for i in 0..rows.len() {
        rows.weight[i] = if rows.day[i] == FIRST + 30 { 0.0 } else { 1.0 };
    }
    rows.retain_weighted();
    let (done, report) = done(&model, &rows);
    assert!(!done.parts.all.is_empty());
    let looks_at = |day: i32| (day + 1..=day + 7).contains(&(FIRST + 30));
    assert!(done.parts.all.iter().all(|row| !looks_at(rows.day[*row])));
    assert!(report.warnings.iter().any(|w| w.contains("7 days are left out")), "{:?}", report.warnings);
}

#[test]
fn any_calibration_can_be_shifted_and_stays_one() {
    let (model, rows) = moved(Target::Session, 1.0, -0.8);
    let names = model.feature_names(&profile());
    assert!(!names.is_empty());
    let steps = Calibration::Isotonic { margins: vec![-4.0, -2.0, 0.0, 1.0], probabilities: vec![0.0, 0.05, 0.4, 1.0] };
    for old in [Calibration::None, Calibration::SingleLogistic, steps] {
        let old = ModelBuilder::new(Target::Session, "old").calibration(old).with_margins_of(&model).unwrap();
        let (done, report) = done(&old, &rows);
        assert!((report.ratios()[1] - 1.0).abs() < 0.1, "{report}");
        let mut scratch = Scratch::default();
        let score = done.model.score(&vec![f32::NAN; names.len()], &mut scratch);
        assert!((0.0..=1.0).contains(&score));
    }
}

#[test]
fn a_model_whose_margin_is_a_probability_is_shifted() {
    let (model, rows) = moved(Target::Session, 1.0, -0.8);
    // What an average of trees that were fitted on 0 and 1 is: a margin from 0 to 1.
    let tree = TreeNodes {
        feature: vec![0, 0, 0],
        threshold: vec![2.5, 0.0, 0.0],
        missing_left: vec![true; 3],
        left: vec![1, 0, 0],
        right: vec![2, 0, 0],
        value: vec![0.0, 0.03, 0.11],
        cover: vec![3.0, 2.0, 1.0],
    };
    let line = Calibration::Isotonic { margins: vec![0.0, 1.0], probabilities: vec![0.0, 1.0] };
    let old = ModelBuilder::new(Target::Session, "old").calibration(line);
    let names = &model.feature_names(&profile())[..1];
    let old = old.trees(&profile(), names, 0.0, &[tree], LeafPrecision::Single).unwrap();
    let (done, report) = done(&old, &rows);
    assert_eq!(done.method, Method::Shift, "{report}");
    assert!(report.ratios()[0].ln().abs() > 0.1 && (report.ratios()[1] - 1.0).abs() < 0.1, "{report}");
    let score = done.model.score(&[f32::NAN], &mut Scratch::default());
    assert!(score > 0.0 && score < 1.0 && score != f64::from(0.03f32));
}

#[test]
fn the_report_is_that_of_the_old_model_with_what_has_changed() {
    let (model, rows) = moved(Target::Session, 1.0, -0.9);
    let (_, report) = done(&model, &rows);
    let old =
        json!({"data": {"days": ["2020-12-04", "2020-12-23"]}, "importances": [1], "model": {"trees": 60}, "test": 0});
    let merged = report.merged(&old).unwrap();
    assert_eq!((&merged["data"], &merged["importances"]), (&old["data"], &old["importances"]));
    assert_eq!((&merged["model"]["trees"], &merged["model_version"]), (&json!(60), &json!(report.model_version)));
    assert_eq!(merged["recalibration"]["of"], model.version());
    assert_eq!(merged["recalibration"]["learnt_to"], "2020-12-23");
    assert!(merged["test"]["all"]["measures"][0]["model"]["value"].as_f64().unwrap() > 0.6);
    let card = report.markdown("# Model card: old\n");
    assert!(card.contains("predicted over observed") && card.contains("# Model card: old"), "{card}");
}
