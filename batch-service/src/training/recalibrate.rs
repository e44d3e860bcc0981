//! The calibration alone, fitted anew on later days: the share of conversions moves sooner than what leads to one.
//!
//! Of three ways with one, two and many parameters the simplest is taken unless the next one is clearly better on
//! visitors that neither has seen (Vergouwe et al., 2017): a shift of the log-odds ("calibration in the large",
//! Steyerberg et al., 2004), Platt's line, isotonic regression. Trees and weights, and so the order of visitors, stay.

use super::calibrate::{CLEARLY_BETTER, Outcomes, isotonic, platt};
use super::recalibration::{Before, Parts};
use super::select::mix;
use super::{Comparison, Evaluation, Snapshots, bands, date, evaluate, margins, version};
use crate::metrics::{Interval, Ranked, Resamples, log_loss};
use anyhow::Result;
use model_core::{Calibration, Model, ModelBuilder, Profile};
use serde::Serialize;

/// Visitors with a conversion below which only a shift is tried, and below which isotonic is not.
const LINE_VISITORS: usize = 100;
const STEPS_VISITORS: usize = 200;
/// A shift of the log-odds is sought between minus and plus this.
const MOST_SHIFT: f64 = 12.0;

/// Parts of a straight line that is shifted: no more knots than a calibration may have.
const LINE_PARTS: u32 = 255;

/// How much is looked at.
#[derive(Clone, Copy, Debug)]
pub struct RecalibrateOptions {
    /// Latest days with known labels that are used, at most.
    pub days: i32,
    /// Resamples of the confidence intervals.
    pub resamples: u32,
    /// Seed of the confidence intervals.
    pub seed: u64,
}

impl Default for RecalibrateOptions {
    fn default() -> Self {
        Self { days: 28, resamples: 200, seed: 1 }
    }
}

/// How a calibration was fitted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Method {
    /// The old calibration, its log-odds shifted.
    Shift,
    /// Platt's line on the margins.
    Platt,
    /// Isotonic regression on the margins.
    Isotonic,
}

impl Method {
    /// In words.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Shift => "shift of the log-odds",
            Self::Platt => "Platt",
            Self::Isotonic => "isotonic",
        }
    }
}

/// A recalibrated model and what is known about it.
#[derive(Clone, Debug)]
pub struct Recalibrated {
    /// The model: margins as before, calibration and bands anew.
    pub model: Model,
    /// The way that was taken.
    pub method: Method,
    /// Which days served for what.
    pub parts: Parts,
    /// Predicted over observed of the old calibration on the days of the fit.
    pub fit_ratio: Interval,
    /// The old calibration on the judged days.
    pub before: Before,
    /// The new calibration, fitted on the days before them, on the judged days.
    pub after: Evaluation,
    /// Both on the same rows.
    pub comparison: Comparison,
}

/// Fits the calibration of a model anew.
///
/// It is fitted on the older days and judged on the newest third, which are later than the labels of the fit; the one
/// that is given is fitted in the same way on all of them. `learnt` is the last day that trees or weights were fitted
/// on, days since 1970-01-01: a model remembers those days, so only later ones are looked at.
///
/// # Errors
/// [`super::TooFew`] days or converting visitors; snapshots that are not the profile's.
pub fn recalibrate(
    snapshots: &Snapshots,
    profile: &Profile,
    model: &Model,
    learnt: Option<i32>,
    options: &RecalibrateOptions,
) -> Result<Recalibrated> {
    snapshots.check(profile)?;
    let parts = Parts::of(snapshots, i32::from(profile.parts().horizon_days), learnt, options.days)?;
    let resamples = Resamples { count: options.resamples, seed: options.seed };
    let old = model.calibration();

    let fit = Sample::of(model, snapshots, &parts.fit);
    let method = choose(&fit, old);
    let judged = fit.calibration(method, old);
    let raw = margins(model, snapshots, &parts.judge);
    let scored = |by: &Calibration| -> Vec<f64> { raw.iter().map(|m| by.apply(*m)).collect() };
    let (old_scores, new_scores) = (scored(old), scored(&judged));
    let prior = snapshots.rate(&parts.fit);
    let fit_ratio = fit.ratio(old, resamples);
    let before = Before::of(snapshots, &parts.judge, &old_scores);
    let after = evaluate(snapshots, &parts.judge, &new_scores, prior, resamples)?;
    let comparison =
        Comparison::between(snapshots, &parts.judge, [&new_scores, &old_scores], model.version(), resamples);

    let all = Sample::of(model, snapshots, &parts.all);
    let calibration = all.calibration(method, old);
    let scores: Vec<f64> = all.margins.iter().map(|m| calibration.apply(*m)).collect();
    let [medium, high] = bands::thresholds(&scores, &all.weight);
    let named = |version: &str| {
        let builder = ModelBuilder::new(snapshots.target, version).calibration(calibration.clone());
        builder.bands(medium, high).with_margins_of(model)
    };
    let last = parts.all.iter().map(|row| snapshots.day[*row]).max().unwrap_or_default();
    let version = version::name(snapshots.target, last, &named("unnamed")?, profile)?;
    Ok(Recalibrated { model: named(&version)?, method, parts, fit_ratio, before, after, comparison })
}

/// Rows to fit a calibration on.
struct Sample {
    margins: Vec<f64>,
    labels: Vec<bool>,
    weight: Vec<f64>,
    visitor: Vec<u32>,
}

impl Sample {
    fn of(model: &Model, snapshots: &Snapshots, rows: &[usize]) -> Self {
        Self {
            margins: margins(model, snapshots, rows),
            labels: rows.iter().map(|row| snapshots.label[*row]).collect(),
            weight: rows.iter().map(|row| f64::from(snapshots.weight[*row])).collect(),
            visitor: rows.iter().map(|row| snapshots.visitor[*row]).collect(),
        }
    }

    /// Rows of every other visitor.
    fn half(&self, odd: u64) -> Self {
        let rows: Vec<usize> =
            (0..self.margins.len()).filter(|row| mix(u64::from(self.visitor[*row])) & 1 == odd).collect();
        Self {
            margins: rows.iter().map(|row| self.margins[*row]).collect(),
            labels: rows.iter().map(|row| self.labels[*row]).collect(),
            weight: rows.iter().map(|row| self.weight[*row]).collect(),
            visitor: rows.iter().map(|row| self.visitor[*row]).collect(),
        }
    }

    /// Mean score over the share that came true.
    fn ratio(&self, by: &Calibration, resamples: Resamples) -> Interval {
        let scores: Vec<f64> = self.margins.iter().map(|m| by.apply(*m)).collect();
        let ranked = Ranked::new(&scores, &self.labels, &self.weight, &self.visitor);
        let ratio = |r: &Ranked, w: &[f64]| {
            let came_true = |i: usize| f64::from(u8::from(r.label[i]));
            [r.mean(w, |i| r.score[i]) / r.mean(w, came_true)]
        };
        let [interval] = resamples.draw(&ranked, ratio).intervals();
        interval
    }

    /// Visitors with a row that came true.
    fn converting(&self) -> usize {
        let mut visitors: Vec<u32> =
            self.visitor.iter().zip(&self.labels).filter(|(_, label)| **label).map(|(visitor, _)| *visitor).collect();
        visitors.sort_unstable();
        visitors.dedup();
        visitors.len()
    }

    fn calibration(&self, method: Method, old: &Calibration) -> Calibration {
        match method {
            Method::Shift => self.shifted(old),
            Method::Platt => {
                let covered = vec![1.0; self.margins.len()];
                let outcomes = Outcomes { labels: &self.labels, weight: &self.weight, covered: &covered };
                let (a, b) = platt(&self.margins, outcomes);
                Calibration::Platt { a, b }
            }
            Method::Isotonic => isotonic(&self.margins, &self.labels, &self.weight),
        }
    }

    /// The shift with which the mean score is the share that came true, which is that of the largest likelihood.
    fn shifted(&self, old: &Calibration) -> Calibration {
        let rows: f64 = self.weight.iter().sum();
        let positives: f64 = self.weight.iter().zip(&self.labels).filter(|(_, l)| **l).map(|(w, _)| w).sum();
        // Never exactly none or all.
        let wanted = (positives + 0.5) / (rows + 1.0);
        let mean = |shift: f64| {
            let by = shift_by(old, shift);
            self.margins.iter().zip(&self.weight).map(|(m, w)| w * by.apply(*m)).sum::<f64>() / rows
        };
        let (mut low, mut high) = (-MOST_SHIFT, MOST_SHIFT);
        for _ in 0..50 {
            let middle = (low + high) / 2.0;
            if mean(middle) < wanted { low = middle } else { high = middle }
        }
        shift_by(old, (low + high) / 2.0)
    }

    fn loss(&self, by: &Calibration) -> f64 {
        let scores: Vec<f64> = self.margins.iter().map(|m| by.apply(*m)).collect();
        let ranked = Ranked::new(&scores, &self.labels, &self.weight, &vec![0; scores.len()]);
        log_loss(&ranked, &ranked.weight)
    }
}

/// The calibration with all log-odds moved.
fn shift_by(old: &Calibration, shift: f64) -> Calibration {
    match old {
        Calibration::None | Calibration::SingleLogistic => Calibration::Platt { a: 1.0, b: shift },
        Calibration::Platt { a, b } => Calibration::Platt { a: *a, b: (b + shift).clamp(-1e3, 1e3) },
        Calibration::Isotonic { margins, probabilities } => {
            let odds = shift.exp();
            let moved = |p: &f64| p * odds / (1.0 - p + p * odds);
            let (margins, probabilities) = with_parts(margins, probabilities);
            Calibration::Isotonic { probabilities: probabilities.iter().map(moved).collect(), margins }
        }
    }
}

/// Knots that a shift can move. A straight line, such as that of a model whose margin is a probability, becomes a curve, and
/// its ends may be 0 and 1, which no shift moves; so it is cut into parts.
fn with_parts(margins: &[f64], probabilities: &[f64]) -> (Vec<f64>, Vec<f64>) {
    if let (&[low, high], &[lowest, highest]) = (margins, probabilities) {
        let share = |i: u32| f64::from(i) / f64::from(LINE_PARTS);
        let cut = |low: f64, high: f64| -> Vec<f64> {
            (0..=LINE_PARTS).map(|i| low * (1.0 - share(i)) + high * share(i)).collect()
        };
        let (margins, probabilities) = (cut(low, high), cut(lowest, highest));
        // Ends that are neighbours among the numbers have none between them.
        if margins.windows(2).all(|pair| pair[0] < pair[1]) && probabilities.is_sorted() {
            return (margins, probabilities);
        }
    }
    (margins.to_vec(), probabilities.to_vec())
}

/// The simplest way that no other one clearly beats.
fn choose(sample: &Sample, old: &Calibration) -> Method {
    let visitors = sample.converting();
    let (half, held) = (sample.half(0), sample.half(1));
    let loss = |method: Method| held.loss(&half.calibration(method, old));
    let mut best = (Method::Shift, loss(Method::Shift));
    for (method, least) in [(Method::Platt, LINE_VISITORS), (Method::Isotonic, STEPS_VISITORS)] {
        if visitors < least {
            break;
        }
        let loss = loss(method);
        if loss < best.1 * (1.0 - CLEARLY_BETTER) {
            best = (method, loss);
        }
    }
    best.0
}

/// A day as text.
pub(super) fn day_text(day: i32) -> String {
    date(day).to_string()
}
