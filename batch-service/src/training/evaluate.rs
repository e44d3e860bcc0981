//! How good scores are on rows that nothing was learnt from.

use super::Snapshots;
use crate::metrics::{
    CalibrationBin, Decile, Draws, EqualMassBins, Interval, Ranked, Resamples, auc, brier, deciles, log_loss, pr_auc,
    top_lift,
};
use anyhow::{Result, ensure};
use model_core::{Model, Scratch, Target};
use serde::Serialize;

/// The measures, in the order of every table: name, and whether higher is better.
pub const MEASURES: [(&str, bool); 6] = [
    ("auc", true),
    ("pr_auc", true),
    ("log_loss", false),
    ("brier", false),
    ("calibration_error", false),
    ("top_decile_lift", true),
];
/// Position of the AUC in [`MEASURES`].
pub(super) const AUC: usize = 0;
/// Position of the log-loss in [`MEASURES`].
pub(super) const LOG_LOSS: usize = 2;
/// Position of the Brier score in [`MEASURES`].
pub(super) const BRIER: usize = 3;
pub(super) const BINS: u8 = 10;
/// The page views of a session at which the session target is judged.
pub const PAGE_VIEWS: [u32; 9] = [1, 2, 3, 5, 8, 10, 15, 20, 30];

/// One measure of the model beside the prior.
#[derive(Clone, Debug, Serialize)]
pub struct Measured {
    /// Name in [`MEASURES`].
    pub name: &'static str,
    /// Whether higher is better.
    pub higher_is_better: bool,
    /// The model's value.
    pub model: Interval,
    /// Value of predicting the share of positives of the fit for every row.
    pub prior: f64,
}

/// Measures of some rows.
#[derive(Clone, Debug, Serialize)]
pub struct Measures {
    /// Rows.
    pub rows: usize,
    /// Rows that came true.
    pub positives: usize,
    /// Visitors.
    pub visitors: usize,
    /// Share of rows that came true, by weight.
    pub rate: f64,
    /// One entry per measure.
    pub measures: Vec<Measured>,
}

/// One page view of the sessions.
#[derive(Clone, Debug, Serialize)]
pub struct AtPageView {
    /// Number of the page view in its session.
    pub page_view: u32,
    /// Rows.
    pub rows: usize,
    /// Rows that came true.
    pub positives: usize,
    /// AUC; NaN (null in JSON) when an outcome is missing.
    pub auc: Interval,
    /// Mean score, by weight; NaN without rows.
    pub mean_score: f64,
    /// Share that came true, by weight; NaN without rows.
    pub rate: f64,
    /// Calibration error in ten bins of equal mass; NaN without rows.
    pub calibration_error: f64,
    /// What it would be, about, if every score were exactly right; NaN without rows.
    pub calibration_error_by_chance: f64,
}

/// The session target by page view.
#[derive(Clone, Debug, Serialize)]
pub struct ByPageView {
    /// Each of [`PAGE_VIEWS`].
    pub at: Vec<AtPageView>,
    /// Measures of the rows of exactly those page views together; none when an outcome is missing.
    pub pooled: Option<Measures>,
}

/// Everything that is measured on the rows of a test.
#[derive(Clone, Debug, Serialize)]
pub struct Evaluation {
    /// Measures of all rows.
    pub all: Measures,
    /// Mean score of all rows, by weight: what the model expected their share of positives to be.
    pub mean_score: f64,
    /// Only for the session target.
    pub by_page_view: Option<ByPageView>,
    /// Reliability in ten bins of equal mass.
    pub calibration: Vec<CalibrationBin>,
    /// Tenths of the rows, the highest scores first.
    pub deciles: Vec<Decile>,
}

/// Margins of a model for the given rows. The snapshots are those of the model's profile.
#[must_use]
pub fn margins(model: &Model, snapshots: &Snapshots, rows: &[usize]) -> Vec<f64> {
    let columns: Vec<&[f32]> =
        model.feature_positions().iter().map(|p| snapshots.columns[usize::from(*p)].as_slice()).collect();
    let (mut row, mut scratch) = (vec![f32::NAN; columns.len()], Scratch::default());
    rows.iter()
        .map(|r| {
            row.iter_mut().zip(&columns).for_each(|(x, column)| *x = column[*r]);
            model.margin(&row, &mut scratch)
        })
        .collect()
}

/// Scores of a model for the given rows.
#[must_use]
pub fn scores(model: &Model, snapshots: &Snapshots, rows: &[usize]) -> Vec<f64> {
    margins(model, snapshots, rows).into_iter().map(|m| model.calibration().apply(m)).collect()
}

/// Measures scores of the given rows; `prior` is the constant to beat.
///
/// # Errors
/// When the rows hold one outcome only.
pub fn evaluate(
    snapshots: &Snapshots,
    rows: &[usize],
    scores: &[f64],
    prior: f64,
    resamples: Resamples,
) -> Result<Evaluation> {
    let ranked = rank(snapshots, rows, scores);
    ensure!(ranked.has_both(), "the rows to test on need both outcomes");
    let bins = EqualMassBins::new(&ranked, BINS);
    let session = snapshots.target == Target::Session;
    Ok(Evaluation {
        all: measures(&ranked, prior, resamples),
        mean_score: ranked.mean(&ranked.weight, |i| ranked.score[i]),
        by_page_view: session.then(|| by_page_view(snapshots, rows, scores, prior, resamples)),
        calibration: bins.table(&ranked),
        deciles: deciles(&ranked),
    })
}

pub(super) fn rank(snapshots: &Snapshots, rows: &[usize], scores: &[f64]) -> Ranked {
    let label: Vec<bool> = rows.iter().map(|r| snapshots.label[*r]).collect();
    let weight: Vec<f64> = rows.iter().map(|r| f64::from(snapshots.weight[*r])).collect();
    let visitor: Vec<u32> = rows.iter().map(|r| snapshots.visitor[*r]).collect();
    Ranked::new(scores, &label, &weight, &visitor)
}

pub(super) fn draw(ranked: &Ranked, resamples: Resamples) -> Draws<6> {
    let bins = EqualMassBins::new(ranked, BINS);
    resamples.draw(ranked, |r, w| values(r, &bins, w))
}

fn values(ranked: &Ranked, bins: &EqualMassBins, weight: &[f64]) -> [f64; 6] {
    [
        auc(ranked, weight),
        pr_auc(ranked, weight),
        log_loss(ranked, weight),
        brier(ranked, weight),
        bins.error(ranked, weight),
        top_lift(ranked, weight, 0.1),
    ]
}

fn measures(ranked: &Ranked, prior: f64, resamples: Resamples) -> Measures {
    let model = draw(ranked, resamples).intervals();
    let constant = Ranked::new(&vec![prior; ranked.len()], &ranked.label, &ranked.weight, &ranked.cluster);
    let prior = values(&constant, &EqualMassBins::new(&constant, BINS), &constant.weight);
    let measures = (0..MEASURES.len()).map(|i| Measured {
        name: MEASURES[i].0,
        higher_is_better: MEASURES[i].1,
        model: model[i],
        prior: prior[i],
    });
    Measures {
        rows: ranked.len(),
        positives: ranked.positives(),
        visitors: ranked.clusters(),
        rate: ranked.rate(),
        measures: measures.collect(),
    }
}

fn by_page_view(snapshots: &Snapshots, rows: &[usize], scores: &[f64], prior: f64, resamples: Resamples) -> ByPageView {
    let part = |keep: &dyn Fn(u32) -> bool| {
        let kept = rows.iter().zip(scores).filter(|(row, _)| keep(snapshots.page_view[**row]));
        let (rows, scores): (Vec<usize>, Vec<f64>) = kept.map(|(row, score)| (*row, *score)).unzip();
        rank(snapshots, &rows, &scores)
    };
    let at = PAGE_VIEWS.iter().map(|n| {
        let ranked = part(&|page_view| page_view == *n);
        let [auc] = resamples.draw(&ranked, |r, w| [auc(r, w)]).intervals();
        let bins = EqualMassBins::new(&ranked, BINS);
        AtPageView {
            page_view: *n,
            rows: ranked.len(),
            positives: ranked.positives(),
            auc,
            mean_score: ranked.mean(&ranked.weight, |i| ranked.score[i]),
            rate: ranked.rate(),
            calibration_error: bins.error(&ranked, &ranked.weight),
            calibration_error_by_chance: bins.error_by_chance(&ranked, &ranked.weight),
        }
    });
    let together = part(&|page_view| PAGE_VIEWS.contains(&page_view));
    ByPageView { at: at.collect(), pooled: together.has_both().then(|| measures(&together, prior, resamples)) }
}
