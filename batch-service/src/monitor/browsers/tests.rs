use super::*;
use jiff::civil::date;

#[test]
fn three_of_four_pages_were_ready() {
    let of = |load_ms: &[f64]| OfBundle { load_ms: load_ms.to_vec(), ..OfBundle::default() }.p75_load_ms();
    assert_eq!([of(&[]), of(&[7.0]), of(&[40.0, 10.0, 30.0, 20.0])], [None, Some(7.0), Some(32.5)]);
}

/// So many sessions that told a score of a bundle.
fn told(bundle: &str, sessions: i64) -> (String, OfBundle) {
    let sessions: BTreeSet<(String, i64)> = (0..sessions).map(|id| (bundle.to_owned(), id)).collect();
    (bundle.to_owned(), OfBundle { scores: sessions.len() as u64, sessions, load_ms: vec![1.0] })
}

#[test]
fn a_refused_release_is_the_cause_and_its_pages_are_the_value() {
    let mut back = Back { bundles: BTreeMap::from([told("0123456789abcdef", 950)]), ..Back::default() };
    back.off = BTreeMap::from([("signature-invalid", 3), ("key-unknown", 1), (STOPPED, 400), ("expired", 50)]);
    let found = |back: &Back, limit: f64| {
        let thresholds = Thresholds { signature_failures: [limit], ..Thresholds::default() };
        tag(back, date(2026, 11, 1), [1_000, 0], 0.95, &thresholds).1
    };
    let refused = found(&back, 0.0);
    assert_eq!((refused.status, refused.value, refused.threshold), (Status::Red, 4.0, 0.0));
    assert!(
        refused.cause.starts_with("4 pages refused the release, most of them for `signature-invalid`"),
        "{refused:?}"
    );
    // As few as are allowed are no cause, and the site's own stop never is.
    let allowed = found(&back, 4.0);
    assert_eq!((allowed.status, allowed.value), (Status::Green, 0.95));
    assert!(allowed.cause.ends_with("50 pages said that they had none for `expired`"), "{allowed:?}");
    back.off = BTreeMap::from([(STOPPED, 400)]);
    assert!(found(&back, 0.0).cause.ends_with("its release good?"));
}

#[test]
fn made_up_bundles_are_not_told_apart() {
    let names =
        ["0123456789abcdef", "0123456789abcde", "0123456789ABCDEF", "0123456789abcdefa", "anna@example.org", ""];
    assert_eq!(names.map(is_bundle), [true, false, false, false, false, false]);
    let many = (1..=20).map(|number| told(&format!("{number:016x}"), number));
    let mut back = Back { bundles: many.chain([told(UNKNOWN, 5)]).collect(), ..Back::default() };
    back.tidy();
    let scores: Vec<(&str, u64)> = back.bundles.iter().map(|(name, of)| (name.as_str(), of.scores)).collect();
    assert_eq!(scores.len(), MOST_BUNDLES + 1);
    // Those of 13 to 20 scores are told apart; 1 to 12, and the five, are not.
    assert_eq!((scores[0], scores[8]), (("000000000000000d", 13), (UNKNOWN, 83)));
    assert_eq!(back.bundles[UNKNOWN].sessions.len(), 83);
    assert_eq!(back.bundles[UNKNOWN].load_ms.len(), 13);
}

#[test]
fn a_session_that_told_scores_of_two_bundles_counts_once() {
    let (mut old, mut new) = (told("000000000000000a", 30), told("000000000000000b", 20));
    let both: Vec<(String, i64)> = (0..5).map(|id| ("both".to_owned(), id)).collect();
    old.1.sessions.extend(both.iter().cloned());
    new.1.sessions.extend(both);
    let mut back = Back { bundles: BTreeMap::from([new, old]), ..Back::default() };
    back.tidy();
    let sessions: Vec<usize> = back.bundles.values().map(|of| of.sessions.len()).collect();
    assert_eq!(sessions, [35, 20]);
}
