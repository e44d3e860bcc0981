//! Indicators, long lists of thresholds, single precision: what models from Python need.
use super::*;
use Among::{Missing, No, Yes};

fn indicator(feature: usize, codes: &[Among], others: Among) -> Indicator {
    Indicator { feature, codes: codes.to_vec(), others }
}

fn builder() -> ModelBuilder {
    ModelBuilder::new(Target::Session, "v1")
}

/// Indicators of the values that [`random_row`] draws, three for each of four features.
fn indicators(r: &mut Random) -> Vec<Indicator> {
    let mut among = |n: usize| -> Vec<Among> { (0..n).map(|_| [No, Yes, Missing][r.below(3)]).collect() };
    (0..12).map(|i| indicator(i % 4, &among(i), [No, Yes, Missing][i % 3])).collect()
}

pub(super) fn python_model() -> Model {
    let mut r = Random(11);
    let trees: Vec<TreeNodes> = (0..12).map(|_| random_tree(&mut r, 30, 24)).collect();
    let builder = builder().calibration(Calibration::SingleLogistic).indicators(indicators(&mut r));
    builder.trees(&profile(), &names(12), -0.5, &trees, Single).unwrap()
}

pub(super) fn wide_model() -> Model {
    let trees: Vec<TreeNodes> = (0..12).map(|i| wide_tree(&mut Random(i as u64), 32, i)).collect();
    builder().trees(&profile(), &names(2), -2.0, &trees, Quantised).unwrap()
}

/// The row with what the indicators say, worked out anew, in the order of the model's columns.
fn columns_of(model: &Model, row: &[f32]) -> Vec<f32> {
    let say = |i: &Indicator| {
        let code = row[i.feature].trunc();
        let among = if code >= 0.0 { i.codes.get(code as usize).copied() } else { None };
        match among.unwrap_or(i.others) {
            _ if code.is_nan() => f32::NAN,
            No => 0.0,
            Yes => 1.0,
            Missing => f32::NAN,
        }
    };
    row.iter().copied().chain(model.indicators().iter().map(say)).collect()
}

#[test]
fn an_indicator_says_what_its_set_says() {
    let says_of = |indicator: Indicator, x: f32| {
        let mut row = [x; MAX_COLUMNS];
        assert_eq!(Indicators::of(&[indicator]).fill(&mut row, 1), 2);
        row[1]
    };
    let says = |x: f32| says_of(indicator(0, &[No, Yes, Missing], Yes), x);
    assert_eq!([0.0, 0.9, -0.0, -0.9, 1.0, 1.999].map(says), [0.0, 0.0, 0.0, 0.0, 1.0, 1.0]);
    assert_eq!([3.0, -1.0, -7.5, 1e9, f32::MAX, f32::MIN].map(says), [1.0; 6]);
    assert!([2.0, 2.5, f32::NAN].map(says).iter().all(|x| x.is_nan()));
    assert_eq!(says_of(indicator(0, &[], No), 0.0), 0.0);
}

#[test]
fn masks_and_walk_agree_on_indicators() {
    for (leaves, precision) in [(20, Quantised), (31, Single), (32, Exact), (60, Single)] {
        let mut r = Random(leaves as u64);
        let indicators = indicators(&mut r);
        let trees: Vec<TreeNodes> = (0..30).map(|_| random_tree(&mut r, leaves, 24)).collect();
        let model = builder().indicators(indicators).trees(&profile(), &names(12), -2.0, &trees, precision).unwrap();
        let (mut scratch, explainer) = (Scratch::default(), model.explainer());
        for _ in 0..1000 {
            let row = random_row(&mut r, model.features.len());
            let columns = columns_of(&model, &row);
            let walked = forest(&model).margin_by_walk(&columns, &mut Scratch::default().reached);
            assert_eq!(model.margin(&row, &mut scratch).to_bits(), walked.to_bits());
            let found = model.contributions(&row, &mut scratch);
            assert_eq!(found.by_feature.len(), row.len());
            let sum = found.by_feature.iter().sum::<f64>() + found.baseline;
            assert!((sum - walked).abs() < if precision == Single { 1e-5 } else { 1e-9 });
            assert_eq!(model.contributions_by(&explainer, &row, &scratch), found);
        }
    }
}

#[test]
fn trees_over_indicators_are_the_ones_that_were_given() {
    // One tree on the category "code 2 of the second name", whose feature no split reads itself.
    let tree = TreeNodes {
        feature: vec![4, 0, 0],
        threshold: vec![0.5; 3],
        missing_left: vec![false; 3],
        left: vec![1, 0, 0],
        right: vec![2, 0, 0],
        value: vec![0.0, -1.0, 1.0],
        cover: vec![10.0, 5.0, 5.0],
    };
    let all = vec![indicator(0, &[Yes], No), indicator(1, &[No, No, Yes], No)];
    let model = builder().indicators(all).trees(&profile(), &names(3), 0.5, &[tree], Exact).unwrap();
    assert_eq!(model.feature_names(&profile()), names(3)[1..2]);
    assert_eq!(model.indicators(), [indicator(0, &[No, No, Yes], No)]);
    let margin = |x: f32| model.margin(&[x], &mut Scratch::default());
    assert_eq!([1.0, 2.0, 3.0, f32::NAN].map(margin), [-0.5, 1.5, -0.5, 1.5]);
}

#[test]
fn linear_models_have_a_term_for_each_column() {
    let term = |weight| LinearTerm { transform: Transform::Identity, mean: 0.0, deviation: 1.0, weight };
    let terms = vec![term(1.0), term(10.0), term(100.0), term(1000.0), term(10_000.0)];
    let all = vec![indicator(0, &[No, Yes], No), indicator(2, &[Yes], Missing)];
    let model = builder().indicators(all).linear(&profile(), &names(3), 0.5, terms).unwrap();
    // Names descend, so that the row is the other way round.
    let (row, mut scratch) = ([0.25, 2.0, 1.0], Scratch::default());
    assert_eq!(model.margin(&row, &mut scratch), 0.5 + 25.0 + 20.0 + 1.0 + 1000.0 + 10_000.0);
    let found = model.contributions(&row, &mut scratch);
    assert_eq!(found, Contributions { baseline: 0.5, by_feature: vec![25.0 + 10_000.0, 20.0, 1.0 + 1000.0] });
    assert_eq!(model.contributions_by(&model.explainer(), &row, &scratch), found);
    assert_eq!(model.margin(&[f32::NAN; 3], &mut scratch), 0.5);
}

/// A tree whose splits all have thresholds of their own, on feature 0 but for every tenth.
fn wide_tree(r: &mut Random, leaves: usize, number: usize) -> TreeNodes {
    let mut tree = random_tree(r, leaves, 2);
    for (i, feature) in tree.feature.iter_mut().enumerate() {
        *feature = usize::from(i % 10 == 9);
        tree.threshold[i] = r.below(20) as f32 + (number * 2000 + i) as f32 / 65_536.0;
    }
    tree
}

#[test]
fn more_than_a_byte_of_thresholds() {
    // The last has 35,420 thresholds of one feature and walks, the one before has trees of at most 32 leaves.
    for (trees, leaves) in [(9, 32), (10, 32), (60, 30), (40, 1000)] {
        let mut r = Random(leaves as u64);
        let trees: Vec<TreeNodes> = (0..trees).map(|i| wide_tree(&mut r, leaves, i)).collect();
        let model = builder().trees(&profile(), &names(2), 0.0, &trees, Single).unwrap();
        let mut scratch = Scratch::default();
        for _ in 0..1000 {
            // As the trees number the features, and as the row of the model does.
            let given = [(); 2].map(|()| if r.below(9) == 0 { f32::NAN } else { (r.unit() * 22.0) as f32 - 1.0 });
            let row = [given[1], given[0]];
            let found = model.margin(&row, &mut scratch);
            assert_eq!(found.to_bits(), forest(&model).margin_by_walk(&row, &mut scratch.reached).to_bits());
            let sum = trees.iter().fold(0.0f32, |sum, tree| sum + leaf(tree, &given) as f32);
            assert_eq!(found, f64::from(sum));
        }
        let bytes = Bundle::new(profile(), vec![model]).unwrap().write();
        assert_eq!(Bundle::read(&bytes).unwrap().write(), bytes);
    }
}

/// The leaf of a tree as it was given.
fn leaf(tree: &TreeNodes, row: &[f32]) -> f64 {
    let mut at = 0;
    while tree.left[at] != 0 {
        let x = row[tree.feature[at]];
        let left = if x.is_nan() { tree.missing_left[at] } else { x < tree.threshold[at] };
        at = if left { tree.left[at] } else { tree.right[at] };
    }
    tree.value[at]
}

#[test]
fn single_precision_is_that_of_every_step() {
    let one = |value| TreeNodes {
        feature: vec![0],
        threshold: vec![0.0],
        missing_left: vec![false],
        left: vec![0],
        right: vec![0],
        value: vec![value],
        cover: vec![1.0],
    };
    // 2^24 takes no 1 in single precision, but two of them at once.
    let trees = [one(16_777_216.0), one(1.0), one(1.0), one(-16_777_216.0)];
    let build =
        |precision| builder().calibration(Calibration::SingleLogistic).trees(&profile(), &[], 0.1, &trees, precision);
    let (single, exact) = (build(Single).unwrap(), build(Exact).unwrap());
    let mut scratch = Scratch::default();
    assert_eq!((single.margin(&[], &mut scratch), exact.margin(&[], &mut scratch).round()), (0.0, 2.0));
    assert_eq!((single.score(&[], &mut scratch), single.leaf_precision()), (0.5, Some(Single)));
    assert_eq!(exact.score(&[], &mut scratch), f64::from(exact.score(&[], &mut scratch) as f32));
}

#[test]
fn what_python_models_need_is_written_and_read_back() {
    let terms = vec![LinearTerm { transform: Transform::Sqrt, mean: 1.0, deviation: 0.7, weight: -0.3 }; 24];
    let linear = builder().indicators(indicators(&mut Random(12)));
    let linear = linear.linear(&profile(), &names(12), -3.0, terms).unwrap();
    for model in [python_model(), linear, wide_model()] {
        let named = builder().with_margins_of(&model).unwrap();
        assert_eq!((&named.indicators, &named.predictor), (&model.indicators, &model.predictor));
        let bundle = Bundle::new(profile(), vec![model]).unwrap();
        let bytes = bundle.write();
        assert_eq!(Bundle::read(&bytes).unwrap(), bundle);
        for n in 0..bytes.len() {
            assert!(Bundle::read(&bytes[..n]).is_err(), "truncated to {n}");
        }
    }
}

#[test]
fn the_builder_refuses_what_is_over_a_limit_and_names_it() {
    let term = LinearTerm { transform: Transform::Identity, mean: 0.0, deviation: 1.0, weight: 1.0 };
    let linear = |indicators: Vec<Indicator>, features: usize| {
        let terms = vec![term; features + indicators.len()];
        builder().indicators(indicators).linear(&profile(), &names(features), 0.0, terms).unwrap_err()
    };
    let yes = |feature, n: usize| vec![indicator(feature, &[Yes], No); n];
    assert_eq!(linear(yes(2, 1), 2), Error::ModelInvalid("an indicator of a feature that is not there"));
    assert_eq!(linear(yes(0, 254), 2), Error::ModelInvalid("more than 255 features and indicators"));
    let long = vec![indicator(0, &[Yes; 257], No)];
    assert_eq!(linear(long, 2), Error::ModelInvalid("an indicator of more than 256 codes"));
    let few = builder().indicators(yes(0, 1)).linear(&profile(), &names(2), 0.0, vec![term; 2]).unwrap_err();
    assert_eq!(few, Error::ModelInvalid("one linear term per feature and indicator"));
    let most = builder().indicators(yes(0, 253)).linear(&profile(), &names(2), 0.0, vec![term; 255]);
    assert_eq!(most.unwrap().indicators().len(), 253);

    let mut r = Random(1);
    let mut trees = |n, leaves| {
        let trees: Vec<TreeNodes> = (0..n).map(|_| random_tree(&mut r, leaves, 2)).collect();
        builder().trees(&profile(), &names(2), 0.0, &trees, Exact).unwrap_err()
    };
    assert_eq!(trees(1, 1025), Error::ModelInvalid("tree depth over 64 or over 1,024 leaves"));
    assert_eq!(trees(65, 1024), Error::ModelInvalid("more than 65,536 leaves"));
    assert_eq!(trees(60, 1024), Error::ModelInvalid("larger than a bundle of 512 KiB"));
    assert_eq!(trees(2001, 1), Error::ModelInvalid("1 to 2,000 trees"));
    let mut wrong = random_tree(&mut r, 2, 2);
    wrong.feature[0] = 3;
    let wrong = builder().indicators(yes(0, 1)).trees(&profile(), &names(2), 0.0, &[wrong], Exact).unwrap_err();
    assert_eq!(wrong, Error::ModelInvalid("a split on an unknown feature or a threshold that is not finite"));
}

#[test]
fn many_trees_over_many_thresholds_walk() {
    // The masks would have over 4 million cells.
    let mut r = Random(5);
    let trees: Vec<TreeNodes> = (0..1400).map(|i| wide_tree(&mut r, 4, i)).collect();
    let model = builder().trees(&profile(), &names(2), 0.0, &trees, Quantised).unwrap();
    assert!(forest(&model).thresholds.len() * trees.len() > 1 << 22);
    let (row, mut scratch) = ([3.5, 7.25], Scratch::default());
    let walked = forest(&model).margin_by_walk(&row, &mut scratch.reached);
    assert_eq!(model.margin(&row, &mut scratch).to_bits(), walked.to_bits());
}
