use super::convert;

/// Splits the first input at 0.5, then the second by the set {0, 33}; `{}` is where a line of the head is changed.
const MODEL: &str = "tree
version=v4
num_class=1
num_tree_per_iteration=1
max_feature_idx=1
objective=binary sigmoid:2
feature_names=a b
feature_infos=[0:1] 0:33

Tree=0
num_leaves=3
num_cat=1
split_feature=0 1
threshold=0.5 0
decision_type=2 1
left_child=1 -1
right_child=-2 -3
leaf_value=1 -2 0.25
leaf_count=10 20 30
internal_count=60 40
cat_boundaries=0 2
cat_threshold=1 2
is_linear=0

Tree=1
num_leaves=1
num_cat=0
leaf_value=0.5

end of trees
pandas_categorical:null
";

fn refused(from: &str, to: &str) -> String {
    assert!(MODEL.contains(from), "{from}");
    convert(&MODEL.replacen(from, to, 1), None).unwrap_err().to_string()
}

#[test]
fn decides_as_lightgbm_does() {
    let plain = convert(MODEL, None).unwrap();
    let nan = f32::NAN;
    // A missing number counts as 0; a missing or unknown category goes right.
    for (row, leaf) in
        [([0.5, 0.0], 1.0), ([0.5, 33.0], 1.0), ([0.51, 0.0], -2.0), ([0.0, 1.0], 0.25), ([nan, 33.9], 1.0)]
    {
        assert_eq!(plain.margin(&row), leaf + 0.5, "{row:?}");
    }
    for code in [nan, -1.0, 34.0, 1e9] {
        assert_eq!(plain.margin(&[0.0, code]), 0.75, "{code}");
    }
    assert_eq!(plain.probability(&[0.0, 1.0]), 1.0 / (1.0 + libm::exp(-1.5)));
    assert_eq!(convert(MODEL, Some(1)).unwrap().margin(&[0.0, 1.0]), 0.25);
}

#[test]
fn what_is_broken_or_unknown_is_refused_and_named() {
    assert!(refused("version=v4", "version=v2").contains("version v2"));
    assert!(refused("num_class=1", "num_class=3").contains("several classes"));
    assert!(refused("objective=binary sigmoid:2", "objective=poisson").contains("poisson"));
    assert!(refused("objective=binary sigmoid:2\n", "").contains("an objective of its own"));
    assert!(refused("is_linear=0", "is_linear=1").contains("linear_tree (tree 0)"));
    assert!(refused("decision_type=2 1", "decision_type=6 1").contains("zero_as_missing (tree 0, node 0)"));
    assert!(refused("left_child=1 -1", "left_child=0 -1").contains("tree 0: node 0 has two parents"));
    assert!(refused("left_child=1 -1", "left_child=7 -1").contains("tree 0: node 7 is none of its 5 nodes"));
    assert!(refused("split_feature=0 1", "split_feature=0 9").contains("unknown input"));
    assert!(refused("leaf_value=1 -2 0.25", "leaf_value=1 nan 0.25").contains("a value that is not finite"));
    assert!(refused("leaf_value=1 -2 0.25", "leaf_value=1 -2").contains("leaf_value has 2 numbers where 3 belong"));
    assert!(refused("cat_boundaries=0 2", "cat_boundaries=1 0").contains("cat_threshold has 2 numbers where 0 belong"));
    assert!(refused("threshold=0.5 0", "threshold=0.5 1").contains("tree 0, node 1: an unknown set"));
    assert!(refused("end of trees", "").contains("cut off"));
    assert!(refused("Tree=1", "Tree=2").contains("where tree 1 belongs"));
}
