#![allow(clippy::unwrap_used)]

mod columns;
mod mean;

use super::*;
use crate::{Bundle, ProfileParts};
use LeafPrecision::{Exact, Quantised, Single};
use alloc::vec;
use std::time::Instant;

/// A small generator, so that the same models come out on every machine.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }
    fn below(&mut self, n: usize) -> usize {
        (self.next() % n as u64) as usize
    }
    fn unit(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1u64 << 53) as f64
    }
}

fn profile() -> Profile {
    let parts = ProfileParts {
        name: "test".into(),
        time_zone: "UTC".into(),
        session_timeout_s: 1800,
        horizon_days: 7,
        ..ProfileParts::default()
    };
    Profile::new(parts).unwrap()
}

fn names(n: usize) -> Vec<String> {
    let (profile, schema) = (profile(), Schema::new(&profile()));
    // Descending, so that the builder has to reorder them.
    (0..n).rev().map(|i| schema.name(&profile, i).unwrap()).collect()
}

fn random_tree(r: &mut Random, leaves: usize, features: usize) -> TreeNodes {
    let mut t = TreeNodes::default();
    let push = |t: &mut TreeNodes, r: &mut Random| {
        t.feature.push(r.below(features));
        t.threshold.push((r.below(20) as f32) / 2.0);
        t.missing_left.push(r.below(2) == 0);
        t.left.push(0);
        t.right.push(0);
        t.value.push(r.unit() - 0.5);
        t.cover.push(r.unit() * 100.0);
        t.left.len() - 1
    };
    let mut ends = vec![push(&mut t, r)];
    while ends.len() < leaves {
        let at = ends.swap_remove(r.below(ends.len()));
        for side in 0..2 {
            let child = push(&mut t, r);
            if side == 0 {
                t.left[at] = child
            } else {
                t.right[at] = child
            }
            ends.push(child);
        }
    }
    t
}

fn random_forest(seed: u64, trees: usize, leaves: usize, precision: LeafPrecision) -> Model {
    let mut r = Random(seed);
    let trees: Vec<TreeNodes> = (0..trees).map(|_| random_tree(&mut r, leaves, 12)).collect();
    ModelBuilder::new(Target::Session, "v1").trees(&profile(), &names(12), -2.0, &trees, precision).unwrap()
}

fn random_row(r: &mut Random, n: usize) -> Vec<f32> {
    (0..n).map(|_| if r.below(6) == 0 { f32::NAN } else { (r.below(24) as f32) / 2.0 - 1.0 }).collect()
}

fn forest(model: &Model) -> &Forest {
    match &model.predictor {
        Predictor::Trees(forest) => forest,
        Predictor::Linear(_) | Predictor::Mean(_) => panic!("trees expected"),
    }
}

#[test]
fn masks_and_walk_reach_the_same_leaves() {
    let all = [(1, Quantised), (2, Single), (31, Quantised), (32, Exact), (32, Single), (33, Quantised), (100, Exact)];
    for (leaves, precision) in all {
        let model = random_forest(leaves as u64, 37, leaves, precision);
        let (mut r, mut scratch) = (Random(9), Scratch::default());
        for _ in 0..2000 {
            let row = random_row(&mut r, model.features.len());
            let walked = forest(&model).margin_by_walk(&row, &mut scratch.reached);
            assert_eq!(model.margin(&row, &mut scratch).to_bits(), walked.to_bits());
        }
    }
}

#[test]
fn contributions_sum_to_the_margin() {
    let terms = vec![LinearTerm { transform: Transform::Sqrt, mean: 1.0, deviation: 0.7, weight: -0.3 }; 5];
    let linear = ModelBuilder::new(Target::Visitor, "l").linear(&profile(), &names(5), -3.0, terms).unwrap();
    let (mut r, mut scratch) = (Random(4), Scratch::default());
    for model in [random_forest(1, 50, 31, Quantised), random_forest(2, 50, 40, Exact), linear, mean::of_all_kinds()] {
        let explainer = model.explainer();
        for _ in 0..500 {
            let row = random_row(&mut r, model.features.len());
            let c = model.contributions(&row, &mut scratch);
            let sum: f64 = c.by_feature.iter().sum::<f64>() + c.baseline;
            assert!((sum - model.margin(&row, &mut scratch)).abs() < 1e-9);
            assert_eq!(model.contributions_by(&explainer, &row, &scratch), c);
        }
    }
}

#[test]
fn bundles_read_back_to_the_same_model_and_bytes() {
    let isotonic = Calibration::Isotonic { margins: vec![-3.0, -1.0, 2.0], probabilities: vec![0.01, 0.1, 0.9] };
    for calibration in [Calibration::None, Calibration::Platt { a: 0.9, b: 0.1 }, isotonic] {
        let mut session = random_forest(3, 20, 31, Quantised);
        session.calibration = calibration;
        let mut visitor = random_forest(4, 5, 70, Exact);
        visitor.target = Target::Visitor;
        let bundle = Bundle::new(profile(), vec![visitor, session]).unwrap();
        let bytes = bundle.write();
        let again = Bundle::read(&bytes).unwrap();
        assert_eq!(again, bundle);
        assert_eq!(again.write(), bytes);
        for n in 0..bytes.len() {
            assert!(Bundle::read(&bytes[..n]).is_err(), "truncated to {n}");
        }
    }
}

#[test]
fn mutated_bundles_are_refused_or_score_finite() {
    let forests = Bundle::new(profile(), vec![random_forest(5, 100, 31, Quantised)]).unwrap().write();
    let exact = Bundle::new(profile(), vec![random_forest(6, 3, 40, Exact)]).unwrap().write();
    let terms = vec![LinearTerm { transform: Transform::Identity, mean: 1.0, deviation: 0.7, weight: -0.3 }; 5];
    let mut linear = ModelBuilder::new(Target::Visitor, "l").linear(&profile(), &names(5), -3.0, terms).unwrap();
    linear.calibration = Calibration::Isotonic { margins: vec![-3.0, 1.0], probabilities: vec![0.1, 0.9] };
    let linear = Bundle::new(profile(), vec![linear]).unwrap().write();
    let [python, wide, mean] = [columns::python_model(), columns::wide_model(), mean::of_all_kinds()]
        .map(|model| Bundle::new(profile(), vec![model]).unwrap().write());
    let seeds = [forests, exact, linear, python, wide, mean];
    let (mut r, mut scratch) = (Random(7), Scratch::default());
    let (mut refused, mut scored, mut slowest) = (0, 0, 0.0f64);
    for round in 0..100_000 {
        let mut bytes = seeds[round % seeds.len()].clone();
        for _ in 0..=r.below(4) {
            let at = r.below(bytes.len());
            match r.below(4) {
                0 => bytes[at] = r.next() as u8,
                1 => bytes[at] ^= 1 << r.below(8),
                2 => bytes.truncate(at.max(8)),
                _ => bytes.insert(at, r.next() as u8),
            }
        }
        let row = random_row(&mut r, MAX_FEATURES);
        let mut attempt = || {
            let start = Instant::now();
            let read = Bundle::read(&bytes);
            for model in read.iter().flat_map(Bundle::models) {
                let row = &row[..model.features.len()];
                let score = model.score(row, &mut scratch);
                assert!((0.0..=1.0).contains(&score), "round {round}: {score}");
                assert!(model.contributions(row, &mut scratch).baseline.is_finite());
            }
            (read.is_ok(), start.elapsed().as_secs_f64())
        };
        let (ok, mut seconds) = attempt();
        // Another process may have had the core: what counts is the work, so the best of a few.
        for _ in 0..5 {
            if seconds > 0.02 {
                seconds = seconds.min(attempt().1);
            }
        }
        if ok {
            scored += 1
        } else {
            refused += 1
        }
        slowest = slowest.max(seconds);
    }
    std::println!("{refused} refused, {scored} scored, slowest {:.2} ms", slowest * 1e3);
    assert!(refused > 1000 && scored > 1000);
    assert!(slowest < 0.05, "{slowest} s");
}

#[test]
fn the_builder_refuses_what_is_not_a_tree() {
    let good = random_tree(&mut Random(1), 8, 3);
    let build = |t: TreeNodes| ModelBuilder::new(Target::Session, "v").trees(&profile(), &names(3), 0.0, &[t], Exact);
    assert!(build(good.clone()).is_ok());
    let breaks: [fn(&mut TreeNodes); 7] = [
        |t| t.left[0] = 99,
        |t| t.right[0] = t.left[0],
        |t| t.feature[0] = 3,
        |t| t.threshold[0] = f32::INFINITY,
        |t| t.cover.truncate(3),
        |t| t.value.iter_mut().for_each(|v| *v = f64::NAN),
        |t| t.left.iter_mut().chain(&mut t.right).for_each(|c| *c = (*c).min(1)),
    ];
    for (i, break_it) in breaks.into_iter().enumerate() {
        let mut tree = good.clone();
        break_it(&mut tree);
        assert!(matches!(build(tree), Err(Error::ModelInvalid(_))), "break {i}");
    }
    assert!(matches!(
        ModelBuilder::new(Target::Session, "v").trees(
            &profile(),
            &["nope".into(), "no".into(), "n".into()],
            0.0,
            &[good],
            Exact
        ),
        Err(Error::UnknownFeature(_))
    ));
}

#[test]
fn isotonic_is_monotone_and_flat_outside() {
    let c = Calibration::Isotonic { margins: vec![-1.0, 0.0, 2.0], probabilities: vec![0.1, 0.1, 0.7] };
    assert_eq!((c.apply(-9.0), c.apply(-0.5), c.apply(9.0)), (0.1, 0.1, 0.7));
    let steps: Vec<f64> = (0..100).map(|i| c.apply(f64::from(i) / 40.0)).collect();
    assert!(steps.windows(2).all(|w| w[0] <= w[1]));
}
