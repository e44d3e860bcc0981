//! The scores of a window by device, channel, country, and new or returning visitors.
//!
//! Measures are those of all scores. What is not known is the segment `unknown`; of the countries the largest are kept.
//! The view hides segments of few people; small ones are not judged either. A visitor is scored on many days, and nothing
//! tells that two days' rows are of one: so many people there are at least as on a day on average.

use super::calibration::{OF_A_GROUP, ratio};
use super::finding::{Finding, Tile};
use super::outcomes::{Outcomes, Window};
use super::rows::{Row, row};
use super::segment::DIMENSIONS;
use super::status::{Status, Thresholds};
use crate::metrics::{Ranked, auc, top_lift};
use model_core::Target;
use std::collections::BTreeMap;

/// Segments of a dimension that are kept, the largest ones.
const MOST: usize = 20;

/// The rows of a window, and what they say.
#[must_use]
pub fn rows(window: &Window, overlap: f64, thresholds: &Thresholds) -> (Vec<Row>, Finding) {
    let outcomes = &window.outcomes;
    let mut rows = Vec::new();
    let mut finding = Finding {
        rule: format!("segments:{}", outcomes.target.as_str()),
        tile: Tile::Segments,
        status: Status::Grey,
        value: f64::NAN,
        threshold: f64::NAN,
        cause: String::new(),
    };
    for dimension in DIMENSIONS {
        let mut by_word: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
        for at in 0..outcomes.len() {
            by_word.entry(outcomes.word(dimension, at)).or_default().push(at);
        }
        let mut segments: Vec<(&str, Vec<usize>)> = by_word.into_iter().collect();
        segments.sort_by(|a, b| b.1.len().cmp(&a.1.len()).then(a.0.cmp(b.0)));
        for (word, at) in segments.into_iter().take(MOST) {
            let ranked = of_rows(outcomes, &at);
            let visitors: f64 = ranked.weight.iter().sum();
            let rate = ranked.rate();
            let conversions = (rate * visitors).round();
            let calibrated = ratio(&ranked, overlap, OF_A_GROUP, thresholds);
            let both = ranked.has_both();
            let [people, converted] = people(outcomes, &at, window.days(), overlap);
            // What is not shown is not told in a mail either.
            let least = thresholds.small_cell;
            let few = people < least.visitors || converted < least.conversions;
            let status = if few { Status::Grey } else { calibrated.status };
            if status > finding.status {
                let limits = thresholds.calibration_ratio[1];
                finding.status = status;
                finding.value = calibrated.value;
                finding.threshold = if calibrated.value < 1.0 { limits[0] } else { limits[1] };
                finding.cause =
                    format!("{dimension} {word}: predicted over observed conversions is {:.2}", calibrated.value);
            }
            rows.push(row![
                outcomes.model_version.as_str(),
                window.from,
                window.to,
                dimension,
                word,
                visitors.round() as u64,
                conversions as u64,
                rate,
                ranked.mean(&ranked.weight, |i| ranked.score[i]),
                calibrated.value,
                if both { top_lift(&ranked, &ranked.weight, 0.1) } else { f64::NAN },
                if both { auc(&ranked, &ranked.weight) } else { f64::NAN },
                people,
                converted,
                status,
            ]);
        }
    }
    (rows, finding)
}

/// How many people, and converters among them, a segment has at least: those of a day on average, and conversions by how
/// often each is counted.
fn people(outcomes: &Outcomes, at: &[usize], days: f64, overlap: f64) -> [u64; 2] {
    // A visitor of a day, with the weight of one of the rows.
    let mut visitors: BTreeMap<u32, (f64, bool)> = BTreeMap::new();
    for i in at {
        let visitor = visitors.entry(outcomes.cluster[*i]).or_default();
        *visitor = (outcomes.weight[*i], visitor.1 || outcomes.label[*i]);
    }
    let all: f64 = visitors.values().map(|(weight, _)| weight).sum();
    let converted = visitors.values().filter(|(_, converted)| *converted).count();
    // Of the session target each day has conversions of its own.
    let often = if outcomes.target == Target::Visitor { overlap } else { 1.0 };
    [(all / days).floor() as u64, (converted as f64 / often).floor() as u64]
}

fn of_rows(outcomes: &Outcomes, at: &[usize]) -> Ranked {
    let score: Vec<f64> = at.iter().map(|i| outcomes.score[*i]).collect();
    let label: Vec<bool> = at.iter().map(|i| outcomes.label[*i]).collect();
    let weight: Vec<f64> = at.iter().map(|i| outcomes.weight[*i]).collect();
    let each: Vec<u32> = (0..at.len() as u32).collect();
    Ranked::new(&score, &label, &weight, &each)
}
