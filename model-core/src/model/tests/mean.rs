//! The mean of several models.
use super::*;
use columns::{python_model, wide_model};

fn calibrated(seed: u64, leaves: usize, precision: LeafPrecision, calibration: Calibration) -> Model {
    let mut model = random_forest(seed, 9, leaves, precision);
    model.calibration = calibration;
    model
}

fn isotonic() -> Calibration {
    Calibration::Isotonic { margins: vec![-1.0, 0.0, 0.5], probabilities: vec![0.0, 0.3, 1.0] }
}

/// Of features that not all read, in orders of their own, with and without indicators, by every calibration.
fn members() -> Vec<Model> {
    let mut r = Random(21);
    let terms = (0..7).map(|_| LinearTerm {
        transform: Transform::Sqrt,
        mean: r.unit(),
        deviation: 0.5 + r.unit(),
        weight: r.unit() - 0.5,
    });
    let linear = ModelBuilder::new(Target::Session, "l").linear(&profile(), &names(7), -0.2, terms.collect()).unwrap();
    vec![
        calibrated(1, 31, Exact, Calibration::Platt { a: 1.3, b: -0.2 }),
        python_model(),
        calibrated(2, 40, Quantised, isotonic()),
        wide_model(),
        linear,
        // Its indicators are those of the other.
        python_model(),
    ]
}

fn mean(members: &[Model]) -> Result<Model, Error> {
    ModelBuilder::new(Target::Session, "mean").mean(members)
}

pub(super) fn of_all_kinds() -> Model {
    mean(&members()).unwrap()
}

/// The row that a member reads, of one of the mean.
fn row_of(member: &Model, mean: &Model, row: &[f32]) -> Vec<f32> {
    member.features.iter().map(|f| row[mean.features.iter().position(|g| g == f).unwrap()]).collect()
}

#[test]
fn its_score_is_the_mean_of_their_scores() {
    let (members, mean) = (members(), of_all_kinds());
    assert_eq!((mean.kind(), mean.tree_count()), ("mean", 9 + 12 + 9 + 12 + 12));
    assert_eq!(mean.indicators(), {
        let place = |f: u16| mean.features.iter().position(|g| *g == f).unwrap();
        let model = python_model();
        let moved = |i: Indicator| Indicator { feature: place(model.features[i.feature]), ..i };
        model.indicators().into_iter().map(moved).collect::<Vec<_>>()
    });
    let (mut r, mut scratch) = (Random(8), Scratch::default());
    let mut different = alloc::collections::BTreeSet::new();
    for _ in 0..2000 {
        let row = random_row(&mut r, mean.features.len());
        let scores = members.iter().map(|m| m.score(&row_of(m, &mean, &row), &mut Scratch::default()));
        let expected = scores.sum::<f64>() / 6.0;
        assert_eq!(mean.score(&row, &mut scratch).to_bits(), expected.to_bits());
        assert_eq!(mean.margin(&row, &mut scratch).to_bits(), expected.to_bits());
        let _ = different.insert(expected.to_bits());
    }
    assert!(different.len() > 1000);
}

#[test]
fn reasons_of_one_feature_are_its_change_of_the_score() {
    let term = |weight| vec![LinearTerm { transform: Transform::Identity, mean: 0.0, deviation: 1.0, weight }];
    let linear = |weight| ModelBuilder::new(Target::Session, "l").linear(&profile(), &names(1), -1.0, term(weight));
    let model = mean(&[linear(0.5).unwrap(), linear(-0.25).unwrap()]).unwrap();
    let found = model.contributions(&[2.0], &mut Scratch::default());
    assert!((found.baseline - sigmoid(-1.0)).abs() < 1e-15);
    let change = (sigmoid(0.0) + sigmoid(-1.5)) / 2.0 - sigmoid(-1.0);
    assert!((found.by_feature[0] - change).abs() < 1e-15);
    // What cancels itself out is nobody's.
    let terms = |a, b| [term(a), term(b)].concat();
    let two = |a, b| ModelBuilder::new(Target::Session, "l").linear(&profile(), &names(2), -1.0, terms(a, b)).unwrap();
    let found = mean(&[two(0.5, -0.5), two(0.5, -0.5)]).unwrap().contributions(&[2.0, 2.0], &mut Scratch::default());
    assert_eq!((found.baseline, found.by_feature), (sigmoid(-1.0), vec![0.0, 0.0]));
}

#[test]
fn it_is_written_read_and_calibrated_anew() {
    let mean = of_all_kinds();
    let bundle = Bundle::new(profile(), vec![mean.clone()]).unwrap();
    let bytes = bundle.write();
    assert_eq!(Bundle::read(&bytes).unwrap(), bundle);
    for n in 0..bytes.len() {
        assert!(Bundle::read(&bytes[..n]).is_err(), "truncated to {n}");
    }
    let platt = Calibration::Platt { a: 4.0, b: -3.0 };
    let again = ModelBuilder::new(Target::Session, "v2").calibration(platt.clone()).with_margins_of(&mean).unwrap();
    let row = random_row(&mut Random(3), mean.features.len());
    let expected = platt.apply(mean.score(&row, &mut Scratch::default()));
    assert_eq!(again.score(&row, &mut Scratch::default()).to_bits(), expected.to_bits());
}

#[test]
fn what_is_no_mean_is_refused() {
    let one = || calibrated(1, 5, Exact, Calibration::None);
    let refused = |models: &[Model]| mean(models).unwrap_err();
    for count in [0, 1, 33] {
        assert_eq!(refused(&vec![one(); count]), Error::ModelInvalid("2 to 32 members of a mean"));
    }
    assert!(mean(&vec![one(); 32]).is_ok());
    assert_eq!(refused(&[one(), of_all_kinds()]), Error::ModelInvalid("a mean of means"));
    let mut visitor = one();
    visitor.target = Target::Visitor;
    assert_eq!(refused(&[one(), visitor]), Error::ModelInvalid("members of another target"));
    // In a file, too: the kind of a member that has indicators or is a mean, one member, a kind of no meaning.
    let bytes = Bundle::new(profile(), vec![mean(&[one(), one()]).unwrap()]).unwrap().write();
    let bands: Vec<u8> = [0.5f64, 0.8].iter().flat_map(|x| x.to_le_bytes()).collect();
    let kind = bytes.windows(16).position(|w| w == bands).unwrap() + 16;
    // Kind, number of members, calibration and kind of the first.
    assert_eq!(bytes[kind..kind + 4], [8, 2, 0, 1]);
    for (at, wrong) in [(0, 9), (0, 12), (0, 16), (1, 0), (1, 1), (1, 33), (3, 2), (3, 3), (3, 4), (3, 8)] {
        let mut changed = bytes.clone();
        changed[kind + at] = wrong;
        assert!(Bundle::read(&changed).is_err(), "{wrong} at {at}");
    }
}
