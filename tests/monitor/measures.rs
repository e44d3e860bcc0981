//! The measures against scikit-learn, scipy, NannyML and Evidently.

use batch_service::metrics::{
    EqualMassBins, Ranked, auc, auc_deviation, brier, curve, deciles, estimated_auc, estimated_brier, estimated_lift,
    estimated_log_loss, estimated_pr_auc, log_loss, poisson_at_most, pr_auc, top_lift,
};
use batch_service::monitor::reference::{Distribution, Kind, POINTS};
use conformance::world::{Folder, Random, measures_python, repository};
use serde_json::{Value, json};

const BINS: u8 = 10;

/// What the packages say.
fn reference(folder: &Folder, document: &Value) -> Value {
    let path = folder.write("measures.json", serde_json::to_vec(document).unwrap());
    let mut command = measures_python();
    // Evidently tells its maker of each start unless it is told not to.
    command.env("DO_NOT_TRACK", "1").arg(repository().join("tests/monitor/reference.py")).arg(path);
    let output = command.output().expect("Python starts");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).expect("what reference.py prints")
}

fn near(name: &str, ours: f64, theirs: &Value) {
    within(1e-9, name, ours, theirs);
}

fn within(tolerance: f64, name: &str, ours: f64, theirs: &Value) {
    let theirs = theirs.as_f64().unwrap_or_else(|| panic!("{name}: {theirs}"));
    assert!((ours - theirs).abs() <= tolerance, "{name}: {ours} where the package says {theirs}");
}

fn all_near(name: &str, ours: impl IntoIterator<Item = f64>, theirs: &Value) {
    let ours: Vec<f64> = ours.into_iter().collect();
    let theirs = theirs.as_array().unwrap_or_else(|| panic!("{name}: {theirs}"));
    assert_eq!(ours.len(), theirs.len(), "{name}");
    for (ours, theirs) in ours.into_iter().zip(theirs) {
        near(name, ours, theirs);
    }
}

/// Values of a feature, for the training and for a day.
fn feature(random: &mut Random, kind: Kind, shift: f64, missing: f64) -> (Vec<f64>, Vec<f64>) {
    let mut values = |rows: usize, shift: f64, missing: f64| -> Vec<f64> {
        (0..rows)
            .map(|_| match (random.draw() < missing, kind) {
                (true, _) => f64::NAN,
                (false, Kind::Category) => (random.draw() * 4.0 + shift).floor(),
                // Counts, with many zeros.
                (false, Kind::Number) => ((random.draw().powi(3) * 40.0).floor() + shift).max(0.0),
            })
            .collect()
    };
    (values(3_000, 0.0, 0.05), values(1_000, shift, missing))
}

/// The bin of each value, as the program makes them.
fn bins(distribution: &Distribution, values: &[f64]) -> Vec<i64> {
    let edges = &distribution.bins().edges;
    let number = |v: f64| match distribution.kind {
        Kind::Number => edges.partition_point(|edge| *edge < v) as i64,
        Kind::Category => v as i64,
    };
    values.iter().map(|v| if v.is_nan() { -1 } else { number(*v) }).collect()
}

#[test]
fn measures_are_those_of_the_packages_that_define_them() {
    let mut random = Random::of(11);
    // Scores in steps, so that many are equal, and weights as samples have them.
    let rows = 4_000;
    let score: Vec<f64> = (0..rows).map(|_| ((random.draw().powi(3) * 400.0).floor() + 1.0) / 500.0).collect();
    let label: Vec<bool> = score.iter().map(|p| random.draw() < *p).collect();
    let weight: Vec<f64> = (0..rows).map(|_| if random.draw() < 0.3 { 5.0 } else { 1.0 }).collect();
    let distinct: Vec<f64> = (0..1_000).map(|i| (f64::from(i) + random.draw() * 0.5) / 1_000.0).collect();
    let distinct_label: Vec<bool> = distinct.iter().map(|p| random.draw() < *p).collect();
    // NannyML rounds to five decimals: of such scores nothing is lost.
    let estimated: Vec<f64> = (0..2_000).map(|i| f64::from(i * 37 % 2_000 + 1) / 4_000.0).collect();
    let mut samples = Vec::new();
    let mut features = Vec::new();
    let mut documents = Vec::new();
    for (kind, shift, missing) in [
        (Kind::Number, 0.0, 0.05),
        (Kind::Number, 4.0, 0.05),
        (Kind::Number, 0.0, 0.6),
        (Kind::Category, 0.0, 0.05),
        (Kind::Category, 2.0, 0.0),
    ] {
        samples.push((kind, feature(&mut random, kind, shift, missing)));
    }
    // Of many distinct values, like times: as many as are kept, more, and more where the distributions cross.
    let mut times = |rows: usize, from: f64, scale: f64| {
        (0..rows).map(|_| from - scale * random.draw().max(1e-12).ln()).collect::<Vec<_>>()
    };
    samples.push((Kind::Number, (times(POINTS, 0.0, 60.0), times(5_000, 0.0, 90.0))));
    samples.push((Kind::Number, (times(20_000, 0.0, 60.0), times(5_000, 0.0, 90.0))));
    samples.push((Kind::Number, (times(20_000, 0.0, 60.0), times(5_000, 30.0, 20.0))));
    for (kind, (before, today)) in samples {
        let distribution = Distribution::of("x", kind, &before, &vec![1.0; before.len()]);
        let there = |values: &[f64]| values.iter().copied().filter(|v| !v.is_nan()).collect::<Vec<_>>();
        documents.push(json!({
            "kind": kind.as_str(), "edges": distribution.bins().edges, "reference": there(&before), "today": there(&today),
            "bins_reference": bins(&distribution, &before), "bins_today": bins(&distribution, &today),
            "points": distribution.points,
        }));
        features.push(distribution.compare(&today));
    }
    let document = json!({
        "score": score, "label": label, "weight": weight, "bins": BINS, "distinct": distinct,
        "distinct_label": distinct_label, "estimated": estimated, "features": documents,
    });
    let said = reference(&Folder::fresh("monitor-measures"), &document);

    let each: Vec<u32> = (0..rows).collect();
    let ranked = Ranked::new(&score, &label, &weight, &each);
    near("auc", auc(&ranked, &ranked.weight), &said["auc"]);
    near("pr_auc", pr_auc(&ranked, &ranked.weight), &said["pr_auc"]);
    near("log_loss", log_loss(&ranked, &ranked.weight), &said["log_loss"]);
    near("brier", brier(&ranked, &ranked.weight), &said["brier"]);
    near("lift", top_lift(&ranked, &ranked.weight, 0.1), &said["lift"]);
    let error = EqualMassBins::new(&ranked, BINS).error(&ranked, &ranked.weight);
    near("weighted calibration error", error, &said["weighted_error"]);
    let points = curve(&ranked, usize::MAX);
    all_near("threshold", points.iter().map(|p| p.threshold), &said["curve"]["threshold"]);
    all_near("tpr", points.iter().map(|p| p.tpr()), &said["curve"]["tpr"]);
    all_near("fpr", points.iter().map(|p| p.fpr()), &said["curve"]["fpr"]);
    all_near("precision", points.iter().map(|p| p.precision()), &said["curve"]["precision"]);

    let ones = vec![1.0; score.len()];
    let plain = Ranked::new(&score, &label, &ones, &each);
    let bins = EqualMassBins::new(&plain, BINS);
    let table = bins.table(&plain);
    near("calibration error", bins.error(&plain, &plain.weight), &said["calibration"]["error"]);
    all_near("observed", table.iter().map(|b| b.observed), &said["calibration"]["observed"]);
    all_near("predicted", table.iter().map(|b| b.score), &said["calibration"]["predicted"]);
    all_near("rows", table.iter().map(|b| b.rows as f64), &said["calibration"]["rows"]);
    for (bin, interval) in table.iter().zip(said["calibration"]["intervals"].as_array().unwrap()) {
        all_near("Wilson", bin.interval, interval);
    }

    let each: Vec<u32> = (0..1_000).collect();
    let ranked = Ranked::new(&distinct, &distinct_label, &vec![1.0; 1_000], &each);
    all_near("lift", deciles(&ranked).iter().map(|d| d.lift), &said["deciles"]["lift"]);
    all_near("gain", deciles(&ranked).iter().map(|d| d.gain), &said["deciles"]["gain"]);

    let each: Vec<u32> = (0..2_000).collect();
    let ranked = Ranked::new(&estimated, &vec![false; 2_000], &vec![1.0; 2_000], &each);
    near("estimated auc", estimated_auc(&ranked), &said["estimated"]["auc"]);
    near("estimated pr_auc", estimated_pr_auc(&ranked), &said["estimated"]["pr_auc"]);
    near("estimated log-loss", estimated_log_loss(&ranked), &said["estimated"]["log_loss"]);
    near("estimated brier", estimated_brier(&ranked), &said["estimated"]["brier"]);
    near("estimated lift", estimated_lift(&ranked, 0.1), &said["estimated"]["lift"]);

    let theirs = said["features"].as_array().unwrap();
    for (ours, theirs) in features.iter().zip(theirs) {
        near("psi", ours.psi, &theirs["psi"]);
        near("js_distance", ours.js_distance, &theirs["js_distance"]);
        if !theirs["median"].is_null() {
            near("median", ours.median, &theirs["median"]);
            near("ref_median", ours.ref_median, &theirs["ref_median"]);
        }
    }
    let wasserstein = || features.iter().zip(theirs).filter(|(_, theirs)| !theirs["wasserstein_norm"].is_null());
    assert_eq!(wasserstein().count(), 6);
    for (at, (ours, theirs)) in wasserstein().enumerate() {
        near("wasserstein_norm", ours.wasserstein_norm, &theirs["wasserstein_norm"]);
        // The last two have more values than are kept: what is lost by that.
        let tolerance = if at < 4 { 1e-9 } else { 1e-6 };
        within(tolerance, "wasserstein_norm of all", ours.wasserstein_norm, &theirs["wasserstein_norm_of_all"]);
    }
    assert!(features[1].psi > features[0].psi && features[2].null_share > 0.5, "{features:?}");
}

#[test]
fn few_points_of_a_curve_are_points_of_the_whole_one() {
    let mut random = Random::of(5);
    let score: Vec<f64> = (0..3_000).map(|_| random.draw()).collect();
    let label: Vec<bool> = score.iter().map(|p| random.draw() < *p).collect();
    let each: Vec<u32> = (0..3_000).collect();
    let ranked = Ranked::new(&score, &label, &vec![1.0; 3_000], &each);
    let (whole, few) = (curve(&ranked, usize::MAX), curve(&ranked, 101));
    assert_eq!(whole.len(), 3_000);
    assert!((90..=101).contains(&few.len()), "{}", few.len());
    assert!(few.iter().all(|point| whole.contains(point)));
    assert_eq!((few.first(), few.last()), (whole.first(), whole.last()));
    let steps = few.windows(2).map(|w| w[1].flagged_share() - w[0].flagged_share());
    assert!(steps.fold(0.0, f64::max) < 0.03);
}

/// The formulas of chance against chance itself.
#[test]
fn what_chance_gives_is_what_it_gives() {
    let mut random = Random::of(3);
    // AUCs of many small samples of normal scores scatter as Hanley and McNeil say.
    let mut normal = || (0..12).map(|_| random.draw()).sum::<f64>() - 6.0;
    let (positives, negatives) = (40_u32, 400_u32);
    let each: Vec<u32> = (0..positives + negatives).collect();
    let label: Vec<bool> = each.iter().map(|i| *i < positives).collect();
    let values: Vec<f64> = (0..400)
        .map(|_| {
            let score: Vec<f64> = label.iter().map(|l| normal() + if *l { 1.2 } else { 0.0 }).collect();
            auc(&Ranked::new(&score, &label, &vec![1.0; label.len()], &each), &vec![1.0; label.len()])
        })
        .collect();
    let mean = values.iter().sum::<f64>() / 400.0;
    let deviation = (values.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / 399.0).sqrt();
    let said = auc_deviation(mean, f64::from(positives), f64::from(negatives));
    // They took exponential scores, for which it is exact; for normal ones it is too wide, never too narrow.
    assert!((0.95..1.3).contains(&(said / deviation)), "{said} where {deviation} was found");

    // Poisson: the sum of its terms, and near its normal approximation where that takes over.
    assert!((poisson_at_most(0, 3.0) - (-3.0_f64).exp()).abs() < 1e-15);
    assert!((poisson_at_most(2, 2.0) - 5.0 * (-2.0_f64).exp()).abs() < 1e-15);
    let (below, above) = (poisson_at_most(430, 499.0), poisson_at_most(430, 501.0));
    assert!((below - above).abs() < 0.0005 && below > above, "{below} {above}");
}
