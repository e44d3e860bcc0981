//! Against numbers computed with numpy 2.4 and scikit-learn 1.9 on the same samples.

use super::*;

const N: usize = 200;

fn label(i: usize, score: f64) -> bool {
    ((i * 104_729 % 97) as f64) < 97.0 * score * 0.8
}

fn sample(score: impl Fn(usize) -> f64) -> Ranked {
    let scores: Vec<f64> = (0..N).map(score).collect();
    let labels: Vec<bool> = (0..N).map(|i| label(i, scores[i])).collect();
    let clusters: Vec<u32> = (0..N as u32).map(|i| i / 3).collect();
    Ranked::new(&scores, &labels, &[1.0; N], &clusters)
}

/// Of the tied sample without and with weights: AUC, average precision, log-loss, Brier score.
const TIED: [[f64; 4]; 2] = [
    [0.75856, 0.5999763549518978, 0.5859697770800194, 0.2000365],
    [0.7536544227886057, 0.6267738084814846, 0.5765320381335729, 0.199978],
];
const TIED_ECE: f64 = 0.09185;

/// Eleven distinct scores.
fn tied() -> Ranked {
    sample(|i| (i * 7919 % 101 / 10) as f64 / 10.0 * 0.9 + 0.05)
}

fn distinct() -> Ranked {
    sample(|i| ((i * 7919 % 1009) as f64 + 0.5) / 1010.0)
}

fn near(value: f64, expected: f64) {
    assert!((value - expected).abs() < 1e-12, "{value} is not {expected}");
}

#[test]
fn ranking_and_losses_are_those_of_scikit_learn() {
    let r = distinct();
    let ones = &r.weight;
    assert_eq!((r.positives(), r.clusters()), (80, 67));
    near(auc(&r, ones), 0.7711458333333333);
    near(pr_auc(&r, ones), 0.6427341591346173);
    near(log_loss(&r, ones), 0.643429980466166);
    near(brier(&r, ones), 0.20370188216841487);
}

#[test]
fn ties_and_weights_are_handled_as_scikit_learn_does() {
    let r = tied();
    assert_eq!(r.group_ends.len(), 11);
    let weight: Vec<f64> = r.order.iter().map(|i| f64::from(i * 31 % 4)).collect();
    for (weight, [a, p, l, b]) in [(r.weight.clone(), TIED[0]), (weight, TIED[1])] {
        near(auc(&r, &weight), a);
        near(pr_auc(&r, &weight), p);
        near(log_loss(&r, &weight), l);
        near(brier(&r, &weight), b);
    }
}

#[test]
fn order_of_the_input_does_not_matter() {
    let r = tied();
    let reversed = {
        let (s, l, c): (Vec<_>, Vec<_>, Vec<_>) =
            (r.score.iter().rev().copied().collect(), r.label.iter().rev().copied().collect(), r.cluster.clone());
        Ranked::new(&s, &l, &[1.0; N], &c)
    };
    let ones = &r.weight;
    assert_eq!(auc(&r, ones), auc(&reversed, ones));
    assert_eq!(pr_auc(&r, ones), pr_auc(&reversed, ones));
    assert_eq!(top_lift(&r, ones, 0.1), top_lift(&reversed, ones, 0.1));
}

#[test]
fn calibration_error_uses_quantile_bins() {
    let r = distinct();
    let bins = EqualMassBins::new(&r, 10);
    assert!(bins.table(&r).iter().all(|b| b.rows == 20));
    near(bins.error(&r, &r.weight), 0.10240594059405939);
    let r = tied();
    near(EqualMassBins::new(&r, 10).error(&r, &r.weight), TIED_ECE);
}

#[test]
fn wilson_interval() {
    let [low, high] = wilson(0.14, 50.0);
    near(low, 0.06950833427016294);
    near(high, 0.2618619371058554);
    assert_eq!(wilson(0.0, 0.0), [0.0, 1.0]);
}

#[test]
fn lift_and_gains() {
    let r = distinct();
    near(top_lift(&r, &r.weight, 0.1), 1.75);
    let table = deciles(&r);
    let positives: Vec<f64> = table.iter().map(|d| d.positives.round()).collect();
    assert_eq!(positives, [14.0, 13.0, 13.0, 11.0, 10.0, 7.0, 5.0, 4.0, 2.0, 1.0]);
    near(table[9].gain, 1.0);
    let constant = Ranked::new(&[0.1; 50], &std::array::from_fn::<_, 50, _>(|i| i < 7), &[1.0; 50], &[0; 50]);
    near(top_lift(&constant, &constant.weight, 0.1), 1.0);
}

#[test]
fn intervals_are_deterministic_and_hold_the_value() {
    let r = distinct();
    let measure = |r: &Ranked, w: &[f64]| [auc(r, w), log_loss(r, w)];
    let intervals = |seed: u64| Resamples { count: 200, seed }.draw(&r, measure).intervals();
    let first = intervals(7);
    assert_eq!(first, intervals(7));
    for i in first {
        assert!(i.low < i.value && i.value < i.high, "{i:?}");
    }
    // The standard error of this AUC is about 0.034 (Hanley and McNeil, 1982).
    assert!((0.1..0.17).contains(&(first[0].high - first[0].low)), "{first:?}");
    assert_ne!(first, intervals(8));
}

#[test]
fn clustered_rows_widen_the_interval() {
    let r = distinct();
    let copies = |n: u32| {
        let rows = || (0..N).flat_map(|i| (0..n).map(move |_| i));
        let s: Vec<f64> = rows().map(|i| r.score[i]).collect();
        let l: Vec<bool> = rows().map(|i| r.label[i]).collect();
        let c: Vec<u32> = rows().map(|i| i as u32).collect();
        Ranked::new(&s, &l, &vec![1.0; s.len()], &c)
    };
    let width = |r: &Ranked| {
        let [i] = Resamples { count: 400, seed: 1 }.draw(r, |r, w| [auc(r, w)]).intervals();
        i.high - i.low
    };
    // Twenty copies of each row say nothing new.
    assert!((width(&copies(20)) / width(&copies(1)) - 1.0).abs() < 1e-9);
}

#[test]
fn a_sample_against_itself_has_no_difference() {
    let r = distinct();
    let draws = Resamples { count: 50, seed: 1 }.draw(&r, |r, w| [auc(r, w)]);
    assert_eq!(draws.minus(&draws).intervals(), [Interval { value: 0.0, low: 0.0, high: 0.0 }]);
}

#[test]
fn a_weight_stands_for_copies() {
    let scores: Vec<f64> = (0..60).map(|i| (i * 7919 % 61) as f64 / 61.0).collect();
    let labels: Vec<bool> = (0..60).map(|i| label(i, scores[i])).collect();
    let times = |i: usize| if labels[i] { 1 } else { 4 };
    let weight: Vec<f64> = (0..60).map(|i| times(i) as f64).collect();
    let weighted = Ranked::new(&scores, &labels, &weight, &[0; 60]);
    let rows: Vec<usize> = (0..60).flat_map(|i| std::iter::repeat_n(i, times(i))).collect();
    let n = rows.len();
    let (s, l): (Vec<f64>, Vec<bool>) = rows.iter().map(|i| (scores[*i], labels[*i])).unzip();
    let copied = Ranked::new(&s, &l, &vec![1.0; n], &vec![0; n]);
    for measure in [auc, pr_auc, log_loss, brier] {
        near(measure(&weighted, &weighted.weight), measure(&copied, &copied.weight));
    }
    near(top_lift(&weighted, &weighted.weight, 0.1), top_lift(&copied, &copied.weight, 0.1));
    near(weighted.rate(), copied.rate());
}

#[test]
fn what_chance_leaves_of_the_calibration_error_is_what_right_scores_leave() {
    let mut state = 7u64;
    let mut uniform = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 11) as f64 / (1u64 << 53) as f64
    };
    let score: Vec<f64> = (0..600).map(|_| 0.02 + 0.3 * uniform()).collect();
    let each: Vec<u32> = (0..600).collect();
    let (mut sum, mut expected) = (0.0, 0.0);
    for _ in 0..400 {
        let label: Vec<bool> = score.iter().map(|p| uniform() < *p).collect();
        let ranked = Ranked::new(&score, &label, &[1.0; 600], &each);
        let bins = EqualMassBins::new(&ranked, 10);
        sum += bins.error(&ranked, &ranked.weight);
        expected = bins.error_by_chance(&ranked, &ranked.weight);
    }
    assert!((sum / 400.0 / expected - 1.0).abs() < 0.05, "{} {expected}", sum / 400.0);
}
