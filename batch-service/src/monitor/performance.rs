//! Measures of a day's scores: realised ones when the labels are known, estimated ones before (`metrics/estimated.rs`).
//!
//! A measure is missing where one of the outcomes is. What is usual is what the model's test measured; the AUC of a day
//! strays from it by Hanley and McNeil's standard deviation for as many conversions, and by that of the test.

use super::finding::{Finding, Tile};
use super::outcomes::{Outcomes, Window};
use super::rows::{Row, row};
use super::sample::Sample;
use super::status::{Status, Thresholds};
use crate::metrics::{
    EqualMassBins, Ranked, auc, auc_deviation, brier, estimated_auc, estimated_brier, estimated_lift,
    estimated_log_loss, estimated_pr_auc, log_loss, pr_auc, top_lift,
};
use crate::store::{ObjectStore, registry};
use anyhow::{Context, Result};
use jiff::civil::Date;
use serde_json::Value;

/// The measures, each with its name in the report of a training.
pub const METRICS: [(&str, &str); 7] = [
    ("auc", "auc"),
    ("pr_auc", "pr_auc"),
    ("log_loss", "log_loss"),
    ("brier", "brier"),
    ("ece", "calibration_error"),
    ("calibration_ratio", "calibration_ratio"),
    ("lift", "top_decile_lift"),
];

/// What a model's test measured, with the ends of its 95 % interval, and the model whose calibration was fitted anew for it.
#[derive(Clone, Debug, Default)]
pub struct Expected {
    measures: Vec<(String, f64, f64, f64)>,
    /// Set for a recalibrated model.
    pub of: Option<String>,
}

impl Expected {
    /// From the report of a training; empty for a model without one.
    ///
    /// # Errors
    /// When the store fails, or the report does not parse.
    pub fn of(store: &dyn ObjectStore, version: &str) -> Result<Self> {
        let Some(text) = registry::text_if_there(store, version, "report.json")? else { return Ok(Self::default()) };
        let report: Value = serde_json::from_str(&text).with_context(|| format!("report of model {version}"))?;
        let mut measures = Vec::new();
        for measure in report["test"]["all"]["measures"].as_array().into_iter().flatten() {
            let number = |name: &str| measure["model"][name].as_f64().unwrap_or(f64::NAN);
            let name = measure["name"].as_str().unwrap_or_default().to_owned();
            measures.push((name, number("value"), number("low"), number("high")));
        }
        Ok(Self { measures, of: report["recalibration"]["of"].as_str().map(str::to_owned) })
    }

    /// Of one measure.
    #[cfg(test)]
    pub fn one(metric: &str, value: f64) -> Self {
        Self { measures: vec![(metric.to_owned(), value, value, value)], of: None }
    }

    /// The value of a measure.
    #[must_use]
    pub fn value(&self, metric: &str) -> Option<f64> {
        self.measures.iter().find(|m| m.0 == metric).map(|m| m.1).filter(|value| value.is_finite())
    }

    /// The standard deviation of a measure, by its interval.
    fn deviation(&self, metric: &str) -> f64 {
        let found = self.measures.iter().find(|m| m.0 == metric);
        found.map_or(0.0, |m| (m.3 - m.2) / (2.0 * 1.959_963_984_540_054)).max(0.0)
    }

    /// The AUC that is usual for so many conversions and others, and its standard deviation.
    fn auc(&self, positives: f64, negatives: f64) -> Option<(f64, f64)> {
        let value = self.value("auc")?;
        let of_test = self.deviation("auc");
        let of_test = if of_test.is_finite() { of_test } else { 0.0 };
        Some((value, auc_deviation(value, positives, negatives).hypot(of_test)))
    }
}

/// Realised measures, in the order of [`METRICS`].
fn realised(ranked: &Ranked) -> [f64; 7] {
    let weight = &ranked.weight;
    if !ranked.has_both() {
        return [f64::NAN; 7];
    }
    [
        auc(ranked, weight),
        pr_auc(ranked, weight),
        log_loss(ranked, weight),
        brier(ranked, weight),
        EqualMassBins::new(ranked, super::calibration::BINS).error(ranked, weight),
        ranked.mean(weight, |i| ranked.score[i]) / ranked.rate(),
        top_lift(ranked, weight, 0.1),
    ]
}

/// Estimated measures, in the order of [`METRICS`]; calibration is what they take for granted.
fn estimated(ranked: &Ranked) -> [f64; 7] {
    let (auc, pr_auc) = (estimated_auc(ranked), estimated_pr_auc(ranked));
    let (log_loss, brier) = (estimated_log_loss(ranked), estimated_brier(ranked));
    [auc, pr_auc, log_loss, brier, f64::NAN, f64::NAN, estimated_lift(ranked, 0.1)]
}

/// The rows of a day whose labels are known.
#[must_use]
pub fn mature(outcomes: &Outcomes, overlap: f64, expected: &Expected, thresholds: &Thresholds) -> Vec<Row> {
    let ranked = outcomes.ranked();
    let (labels, conversions) = outcomes.counts();
    let realised = realised(&ranked);
    let usual = expected.auc(conversions / overlap, (labels - conversions) / overlap);
    let status = judged(realised[0], usual, conversions / overlap, thresholds);
    let about = About { day: outcomes.day, version: &outcomes.model_version, labels, conversions: Some(conversions) };
    about.rows(realised, estimated(&ranked), usual, expected, status)
}

/// The rows of a day whose labels are not known yet; `one_in` scores were looked at.
#[must_use]
pub fn immature(sample: &Sample, day: Date, one_in: u64, expected: &Expected) -> Vec<Row> {
    let none = vec![false; sample.score.len()];
    let each: Vec<u32> = (0..sample.score.len() as u32).collect();
    let ranked = Ranked::new(&sample.score, &none, &vec![1.0; none.len()], &each);
    let labels = sample.score.len() as f64 * one_in as f64;
    let about = About { day, version: &sample.model_version, labels, conversions: None };
    about.rows([f64::NAN; 7], estimated(&ranked), None, expected, Status::Grey)
}

struct About<'a> {
    day: Date,
    version: &'a str,
    labels: f64,
    conversions: Option<f64>,
}

impl About<'_> {
    fn rows(
        &self,
        realised: [f64; 7],
        estimated: [f64; 7],
        usual: Option<(f64, f64)>,
        expected: &Expected,
        of_auc: Status,
    ) -> Vec<Row> {
        let rows = METRICS.iter().enumerate().map(|(i, (metric, in_report))| {
            let usual = usual.filter(|_| *metric == "auc");
            let ends = usual.map(|(value, deviation)| (value - 2.0 * deviation, (value + 2.0 * deviation).min(1.0)));
            let reference = if *metric == "calibration_ratio" { Some(1.0) } else { expected.value(in_report) };
            row![
                self.day,
                self.version,
                *metric,
                realised[i],
                estimated[i],
                reference,
                ends.map(|e| e.0),
                ends.map(|e| e.1),
                self.labels.round() as u64,
                self.conversions.map(|c| c.round() as u64),
                self.conversions.is_some(),
                if *metric == "auc" { of_auc } else { Status::Grey },
            ]
        });
        rows.collect()
    }
}

fn judged(value: f64, usual: Option<(f64, f64)>, conversions: f64, thresholds: &Thresholds) -> Status {
    match usual {
        Some((mean, deviation)) if conversions >= thresholds.small_cell.conversions as f64 => {
            let below = (mean - value) / deviation;
            // Far better than in the test is no good news: perhaps a feature tells the outcome.
            if below < -thresholds.auc_sd[1] { Status::Amber } else { Status::above(below, thresholds.auc_sd) }
        }
        _ => Status::Grey,
    }
}

/// Whether the scores of a window order visitors as well as in the test.
#[must_use]
pub fn finding(
    window: &Window,
    ranked: &Ranked,
    overlap: f64,
    expected: &Expected,
    thresholds: &Thresholds,
) -> Finding {
    let (labels, conversions) = window.outcomes.counts();
    let usual = expected.auc(conversions / overlap, (labels - conversions) / overlap);
    let value = if ranked.has_both() { auc(ranked, &ranked.weight) } else { f64::NAN };
    let (mean, deviation) = usual.unwrap_or((f64::NAN, f64::NAN));
    let [least, most] = [-1.0, 1.0].map(|side| mean + side * thresholds.auc_sd[1] * deviation);
    let better = value > most;
    let limit = if better { most } else { least };
    let (word, ask) = if better {
        ("most", ": does something that a visitor sees only after a conversion tell it?")
    } else {
        ("least", "")
    };
    Finding {
        rule: format!("auc:{}", window.outcomes.target.as_str()),
        tile: Tile::Auc,
        status: judged(value, usual, conversions / overlap, thresholds),
        value,
        threshold: limit,
        cause: format!(
            "the AUC of the scores of {} to {} is {value:.3}; in the test it was {mean:.3}, and {limit:.3} is the {word} by chance{ask}",
            window.from, window.to
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn far_better_than_in_the_test_is_worth_a_look() {
        let usual = Expected::one("auc", 0.88).auc(200.0, 20_000.0);
        let (_, deviation) = usual.unwrap();
        let of = |deviations: f64| judged(0.88 + deviations * deviation, usual, 200.0, &Thresholds::default());
        let statuses = [-3.1, -2.1, -1.9, 2.9, 3.1].map(of);
        assert_eq!(statuses, [Status::Red, Status::Amber, Status::Green, Status::Green, Status::Amber]);
        assert_eq!(judged(0.99, usual, 9.0, &Thresholds::default()), Status::Grey, "of too few conversions");
    }
}
