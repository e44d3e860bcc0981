use super::{Among, Columns, Indicator, Link, Member, Plain, Predictor, Schema, Term, Tree};

/// Left below 1.5 of the first input: -1, else by the set {0, 2} of the second: 1 inside, 0.5 outside.
fn trees() -> Plain {
    let tree = Tree {
        feature: vec![0, 0, 2, 0, 0],
        threshold: vec![1.5, 0.0, 0.5, 0.0, 0.0],
        missing_left: vec![true, false, false, false, false],
        left: vec![1, 0, 3, 0, 0],
        right: vec![2, 0, 4, 0, 0],
        value: vec![0.0, -1.0, 0.0, 0.5, 1.0],
        cover: vec![4.0, 2.0, 2.0, 1.0, 1.0],
    };
    let codes = vec![Among::Yes, Among::No, Among::Yes];
    Plain {
        schema: Schema::One,
        inputs: vec!["a".into(), "b".into()],
        categories: Vec::new(),
        indicators: vec![Indicator { input: 1, codes, others: Among::No }],
        base: 0.25,
        predictor: Predictor::Trees { trees: vec![tree], single: false, missing: true },
        link: Link::Logistic,
        source: "a test".into(),
    }
}

fn linear(missing: Option<f64>) -> Plain {
    let term = Term { column: 0, weight: 2.0, mean: 1.0, scale: 4.0, missing };
    Plain { predictor: Predictor::Linear(vec![term]), indicators: Vec::new(), ..trees() }
}

/// Of two.
fn mean() -> Plain {
    let member = |plain: Plain, link| Member { base: plain.base, predictor: plain.predictor, link };
    let members = vec![member(trees(), Link::Platt { a: 2.0, b: -0.5 }), member(linear(Some(0.5)), Link::Logistic)];
    Plain { base: 0.0, predictor: Predictor::Mean(members), link: Link::Probability, ..trees() }
}

#[test]
fn trees_decide_by_values_codes_and_what_is_missing() {
    let plain = trees().checked().unwrap();
    let nan = f32::NAN;
    let rows = [([1.0, 0.0], -0.75), ([1.5, 0.0], 1.25), ([2.0, 1.0], 0.75), ([2.0, 2.9], 1.25), ([2.0, -1.0], 0.75)];
    for (row, margin) in rows.into_iter().chain([([nan, 0.0], -0.75), ([9.0, nan], 1.25), ([2.0, 1e20], 0.75)]) {
        assert_eq!(plain.margin(&row), margin, "{row:?}");
        assert_eq!(plain.probability(&row), 1.0 / (1.0 + libm::exp(-margin)));
    }
}

#[test]
fn a_linear_model_takes_a_value_for_what_is_missing_or_refuses_it() {
    assert_eq!(linear(None).margin(&[3.0, 0.0]), 1.25);
    assert_eq!(linear(Some(-1.0)).margin(&[f32::NAN, 0.0]), -0.75);
    assert!(linear(None).probability(&[f32::NAN, 0.0]).is_nan());
}

#[test]
fn a_mean_is_of_probabilities() {
    let plain = mean().checked().unwrap();
    let sigmoid = |margin: f64| 1.0 / (1.0 + libm::exp(-margin));
    let expected = (sigmoid(2.0 * 1.25 - 0.5) + sigmoid(1.25)) / 2.0;
    assert_eq!((plain.margin(&[3.0, 0.0]), plain.probability(&[3.0, 0.0])), (expected, expected));
    assert_eq!(plain.leaves(&[3.0, 0.0]), [4]);
}

#[test]
fn links() {
    let of = |link| Plain { link, ..linear(None) }.checked().unwrap().probability(&[3.0, 0.0]);
    assert_eq!(of(Link::Platt { a: 2.0, b: -2.5 }), 0.5);
    assert_eq!(of(Link::Isotonic { x: vec![1.0, 2.0], y: vec![0.1, 0.5] }), 0.2);
    assert_eq!(of(Link::Isotonic { x: vec![-1.0, 1.0], y: vec![0.1, 0.5] }), 0.5);
    assert_eq!(of(Link::Probability), 1.0);
}

#[test]
fn what_is_not_sound_is_refused_and_named() {
    let tree = |change: fn(&mut Tree)| {
        let mut plain = trees();
        if let Predictor::Trees { trees, .. } = &mut plain.predictor {
            change(&mut trees[0]);
        }
        plain.checked().unwrap_err().to_string()
    };
    assert!(tree(|t| t.left[2] = 1).contains("tree 0, node 2: a child before its parent"));
    assert!(tree(|t| t.right[2] = 3).contains("node 2: a child that has two parents"));
    assert!(tree(|t| t.feature[2] = 3).contains("node 2: a split of an unknown column"));
    assert!(tree(|t| t.threshold[0] = f32::INFINITY).contains("node 0: a threshold"));
    assert!(tree(|t| t.value[1] = f64::NAN).contains("node 1: a value"));
    assert!(tree(|t| t.cover.truncate(1)).contains("arrays of several lengths"));
    assert!(tree(|t| t.left[2] = 9).contains("out of range"));
    let refused = |plain: Plain| plain.checked().unwrap_err().to_string();
    assert!(refused(Plain { base: f64::NAN, ..trees() }).contains("base"));
    assert!(refused(Plain { base: 0.5, ..mean() }).contains("base: of a mean is not 0"));
    let with = |change: fn(&mut Vec<Member>)| {
        let mut plain = mean();
        if let Predictor::Mean(members) = &mut plain.predictor {
            change(members);
        }
        refused(plain)
    };
    assert!(with(|m| m.truncate(1)).contains("mean: fewer than 2 members"));
    assert!(with(|m| *m = vec![m[0].clone(); 33]).contains("mean: fewer than 2 members, or too many"));
    assert!(with(|m| m[1].base = f64::NAN).contains("member 1: base: not finite"));
    assert!(with(|m| m[1].predictor = mean().predictor).contains("member 1: predictor: a mean in a mean"));
    assert!(refused(Plain { inputs: vec!["a".into(), "a".into()], ..trees() }).contains("a name twice"));
    assert!(refused(Plain { link: Link::Platt { a: -1.0, b: 0.0 }, ..trees() }).contains("slope"));
    assert!(
        refused(Plain { link: Link::Isotonic { x: vec![1.0, 1.0], y: vec![0.0, 1.0] }, ..trees() })
            .contains("strictly")
    );
}

#[test]
fn a_document_gives_the_same_model_back() {
    for plain in [trees(), linear(Some(0.1)), linear(None), mean()] {
        let text = serde_json::to_string(&plain).unwrap();
        assert!(text.starts_with(r#"{"schema":"inkling.model/1""#), "{text}");
        assert_eq!(serde_json::from_str::<Plain>(&text).unwrap(), plain);
    }
    let text = serde_json::to_string(&mean()).unwrap().replace(r#"{"linear":["#, r#"{"mean":["#);
    assert!(serde_json::from_str::<Plain>(&text).unwrap_err().to_string().contains("unknown variant `mean`"));
    let text = serde_json::to_string(&trees()).unwrap().replace("[1.5,", "[1.1,");
    assert!(serde_json::from_str::<Plain>(&text).unwrap_err().to_string().contains("not a single-precision number"));
}

#[test]
fn a_set_of_categories_is_one_column() {
    let mut columns = Columns::new(2);
    assert_eq!(columns.bitset(1, &[0b101]), Ok(2));
    assert_eq!(columns.bitset(1, &[0b101, 0, 0]), Ok(2));
    assert_eq!(columns.bitset(0, &[0b101]), Ok(3));
    assert!(columns.bitset(0, &[0, 0, 0, 0, 0, 0, 0, 0, 1]).unwrap_err().contains("256"));
    assert!(columns.bitset(0, &[1; 100]).unwrap_err().contains("above 255"));
    assert_eq!(columns.into_indicators().len(), 2);
}
