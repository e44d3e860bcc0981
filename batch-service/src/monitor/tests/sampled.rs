//! A sample of visitors is judged by those that were drawn, whatever each stands for.

use crate::monitor::outcomes::{Outcome, Outcomes, Window};
use crate::monitor::performance::Expected;
use crate::monitor::segment::Segment;
use crate::monitor::status::{Status, Thresholds};
use crate::monitor::{calibration, gains, tables};
use jiff::civil::date;
use model_core::Target;

/// 40 visitors who convert, with three page views each, of which three in five have the highest scores, and 4,080 others.
fn window(weight: f64) -> Window {
    let day = date(2026, 11, 1);
    let mut outcomes = Outcomes::new(day, Target::Session, "session-a");
    let mut push = |score: f64, label: bool, cluster: u32| {
        let segment = Segment::of(&[]);
        outcomes.push(Outcome { score, label, weight, decile: 1, segment, country: "", cluster });
    };
    for at in 0..120_u32 {
        push(if at % 5 < 3 { 0.9 } else { 0.01 }, true, at / 3);
    }
    for at in 0..4_080_u32 {
        push(0.02 + f64::from(at) / 10_000.0, false, 40 + at);
    }
    Window { from: day, to: day, outcomes }
}

#[test]
fn what_is_drawn_is_judged_as_if_all_were_looked_at() {
    let thresholds = Thresholds::default();
    let status = tables::CALIBRATION.position("status").unwrap();
    let judged = |weight: f64| {
        let window = window(weight);
        let (ranked, overlap) = (window.outcomes.ranked(), window.overlap(7));
        let finding = gains::finding(&window, &ranked, overlap, &Expected::one("top_decile_lift", 10.0), &thresholds);
        let bins = calibration::rows(&window, &ranked, overlap, &thresholds);
        let bins: Vec<String> = bins.iter().map(|row| row[status].text().to_owned()).collect();
        (overlap / weight, finding.status, finding.value, bins)
    };
    let (all, drawn) = (judged(1.0), judged(8.0));
    assert_eq!(all, drawn);
    assert_eq!((all.0, all.1), (3.0, Status::Red), "a lift of six where it was ten");
    assert_ne!(all.3.last().map(String::as_str), Some("grey"), "{:?}", all.3);
}

#[test]
fn days_of_other_samples_count_by_their_own_weight() {
    let mut both = window(1.0);
    both.outcomes.extend(&window(8.0).outcomes);
    // 40 visitors of weight 3 and 40 of weight 24.
    assert_eq!(both.overlap(7), (9.0 + 576.0) / 27.0);
}
