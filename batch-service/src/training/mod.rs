//! From snapshots to a model: split by time, choose features, grow or fit, calibrate, band, judge, refit, name.
//!
//! The same snapshots and options give the same model bytes.

pub mod bands;
pub mod calibrate;
mod card;
mod challenger;
mod compare;
mod coverage;
mod evaluate;
mod export;
mod imported;
mod linear;
mod recalibrate;
mod recalibration;
mod recalibration_report;
mod report;
mod select;
mod snapshots;
mod split;
mod stop;
pub mod table;
mod text;
mod trees;
mod version;

#[cfg(test)]
mod tests;

use crate::metrics::Resamples;
use anyhow::Result;
use calibrate::Outcomes;
use coverage::Coverage;
use jiff::{ToSpan, civil::Date};
use model_core::{Bundle, Calibration, LeafPrecision, Model, ModelBuilder, Profile};
use trees::Rows;

pub use challenger::{ChallengerReport, Outcome};
pub use compare::{Compared, Comparison, last_day};
pub use evaluate::{
    AtPageView, ByPageView, Evaluation, MEASURES, Measured, Measures, PAGE_VIEWS, evaluate, margins, scores,
};
pub use export::{TrainSet, export};
pub use imported::{Imported, imported};
pub use linear::LinearSettings;
pub use recalibrate::{Method, RecalibrateOptions, Recalibrated, recalibrate};
pub use recalibration::{Before, BeforeAt, MIN_FIT_VISITORS, MIN_JUDGE_VISITORS, Parts};
pub use recalibration_report::RecalibrationReport;
pub use report::{Importance, ModelSummary, Report};
pub use snapshots::{Snapshots, TrainingRows};
pub use split::{Slice, Split, TooFew};
pub use trees::TreeSettings;

/// Which kind of model.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ModelKind {
    /// Gradient-boosted trees.
    Trees,
    /// Logistic regression.
    Linear,
}

/// What to train.
#[derive(Clone, Debug)]
pub struct TrainOptions {
    /// Which kind of model.
    pub kind: ModelKind,
    /// Settings of the trees; they also choose the features of a linear model.
    pub trees: TreeSettings,
    /// Settings of the linear model.
    pub linear: LinearSettings,
    /// Most features that the model reads.
    pub max_features: usize,
    /// Rows count for their weight times their page view number to this power; 0 = all alike. Below 0, long
    /// sessions, which have many rows, decide less.
    pub page_view_power: f64,
    /// First local day (days since 1970-01-01) of the test; none = the last fifth of the days.
    pub test_from: Option<i32>,
    /// Resamples of the confidence intervals.
    pub resamples: u32,
    /// Seed of the confidence intervals.
    pub seed: u64,
}

impl Default for TrainOptions {
    fn default() -> Self {
        Self {
            kind: ModelKind::Trees,
            trees: TreeSettings::default(),
            linear: LinearSettings::default(),
            max_features: 48,
            page_view_power: -0.25,
            test_from: None,
            resamples: 200,
            seed: 1,
        }
    }
}

/// A trained model and what is known about it.
#[derive(Clone, Debug)]
pub struct Trained {
    /// The model to release, fitted on all days.
    pub model: Model,
    /// What was measured.
    pub report: Report,
    /// The model card.
    pub card_markdown: String,
}

/// Trains a model.
///
/// It is judged on days later than those it was fitted on; then fitted again on all days with the same features, number
/// of trees. `in_service` is the model to be no worse than.
///
/// # Errors
/// When the snapshots are not the profile's, or hold too few days or positives for an honest test.
pub fn train(
    snapshots: &Snapshots,
    profile: &Profile,
    options: &TrainOptions,
    in_service: Option<&Model>,
) -> Result<Trained> {
    snapshots.check(profile)?;
    let horizon = i32::from(profile.parts().horizon_days);
    let split = Split::by_time(snapshots, horizon, options.test_from)?;
    let job = Job { snapshots, profile, options };
    let resamples = Resamples { count: options.resamples, seed: options.seed };

    let fit_weight = job.weights(&split.fit);
    let features = select::strongest(snapshots, &split.fit, &fit_weight, options.max_features, &options.trees)?;
    let draft = job.fit(&features, &split.fit, Some(&split.stop), options.trees.trees)?;
    let raw = draft.build(&job, ModelBuilder::new(snapshots.target, "draft"))?;

    let judged = job.calibrate(&raw, &split.calibrate);
    let test_margins = margins(&raw, snapshots, &split.test);
    let test_scores: Vec<f64> = test_margins.into_iter().map(|m| judged.calibration.apply(m)).collect();
    let test = evaluate(snapshots, &split.test, &test_scores, snapshots.rate(&split.fit), resamples)?;
    let comparison = in_service
        .filter(|m| m.feature_positions().iter().all(|p| usize::from(*p) < snapshots.columns.len()))
        .map(|m| Comparison::of(snapshots, &split.test, &test_scores, m, resamples));

    let everything = split::learnable(snapshots, horizon);
    let last = job.fit(&features, &everything, None, draft.trees().max(1))?;
    let latest: Vec<usize> = split.calibrate.iter().chain(&split.test).copied().collect();
    let released = job.calibrate(&raw, &latest);
    let named = |version: &str| {
        let builder = ModelBuilder::new(snapshots.target, version).calibration(released.calibration.clone());
        last.build(&job, builder.bands(released.bands[0], released.bands[1]))
    };
    let last_day = snapshots.day.iter().copied().max().unwrap_or_default();
    let version = version::name(snapshots.target, last_day, &named("unnamed")?, profile)?;
    let model = named(&version)?;

    let data = split::slice("all", snapshots, &everything);
    let refit = format!(
        "The released model is fitted again on all {} days ({} to {}) with the same features and settings. Its \
         calibration and bands are those of the judged model on the days of calibration and test, which that model had \
         not seen.",
        data.day_count, data.days[0], data.days[1]
    );
    let release_reasons = report::refusals(&test, comparison.as_ref());
    let report = Report {
        model_version: version,
        target: snapshots.target.as_str(),
        horizon_days: profile.parts().horizon_days,
        profile: profile.parts().name.clone(),
        data,
        split: split.slices(snapshots),
        model: job.summary(&model, profile, released)?,
        warnings: report::warnings(&test, comparison.as_ref(), &[&snapshots.notes[..], &split.notes].concat()),
        importances: last.importances(snapshots),
        test,
        in_service: comparison,
        refit,
        release_allowed: release_reasons.is_empty(),
        release_reasons,
        imported_from: None,
    };
    let card_markdown = card::markdown(&report, &model, profile);
    Ok(Trained { model, report, card_markdown })
}

/// What every step of a training reads.
struct Job<'a> {
    snapshots: &'a Snapshots,
    profile: &'a Profile,
    options: &'a TrainOptions,
}

/// What was fitted, by feature of a list.
struct Fitted {
    features: Vec<usize>,
    shape: Shape,
}

struct Calibrated {
    calibration: Calibration,
    choice: calibrate::CalibrationChoice,
    bands: [f64; 2],
}

enum Shape {
    Trees(trees::Trees),
    Line(linear::Line),
}

impl Job<'_> {
    fn weights(&self, rows: &[usize]) -> Vec<f64> {
        let power = self.options.page_view_power;
        let s = self.snapshots;
        rows.iter().map(|r| f64::from(s.weight[*r]) * f64::from(s.page_view[*r].max(1)).powf(power)).collect()
    }

    fn fit(&self, features: &[usize], fit: &[usize], stop: Option<&[usize]>, trees: usize) -> Result<Fitted> {
        let weight = self.weights(fit);
        let learn = Rows { rows: fit, weight: &weight };
        if self.options.kind == ModelKind::Linear {
            let features = linear::readable(self.profile, features);
            let line = linear::fit(self.snapshots, &features, learn, &self.options.linear)?;
            return Ok(Fitted { features, shape: Shape::Line(line) });
        }
        let settings = TreeSettings { trees, ..self.options.trees };
        let grown = trees::grow(self.snapshots, features, learn, stop, &settings)?;
        Ok(Fitted { features: features.to_vec(), shape: Shape::Trees(grown) })
    }

    /// Calibration and bands on rows that the model has not learnt from.
    fn calibrate(&self, model: &Model, rows: &[usize]) -> Calibrated {
        let margins = margins(model, self.snapshots, rows);
        let labels: Vec<bool> = rows.iter().map(|r| self.snapshots.label[*r]).collect();
        let weight: Vec<f64> = rows.iter().map(|r| f64::from(self.snapshots.weight[*r])).collect();
        let visitors: Vec<u32> = rows.iter().map(|r| self.snapshots.visitor[*r]).collect();
        let coverage = Coverage::of(self.snapshots, i32::from(self.profile.parts().horizon_days));
        let covered: Vec<f64> = rows.iter().map(|r| coverage.share(self.snapshots.day[*r])).collect();
        let outcomes = Outcomes { labels: &labels, weight: &weight, covered: &covered };
        let (calibration, choice) = calibrate::choose(&margins, outcomes, &visitors);
        let scores: Vec<f64> = margins.iter().map(|m| calibration.apply(*m)).collect();
        Calibrated { bands: bands::thresholds(&scores, &weight), calibration, choice }
    }

    fn summary(&self, model: &Model, profile: &Profile, calibrated: Calibrated) -> Result<ModelSummary> {
        let trees = self.options.kind == ModelKind::Trees;
        Ok(ModelSummary {
            kind: if trees { "trees" } else { "linear" },
            trees: model.tree_count(),
            features: model.feature_positions().len(),
            bundle_bytes: Bundle::new(profile.clone(), vec![model.clone()])?.write().len(),
            calibration: calibrated.choice,
            bands: calibrated.bands,
            tree_settings: trees.then_some(self.options.trees),
            linear_settings: (!trees).then_some(self.options.linear),
        })
    }
}

impl Fitted {
    fn trees(&self) -> usize {
        match &self.shape {
            Shape::Trees(grown) => grown.trees.len(),
            Shape::Line(_) => 0,
        }
    }

    fn build(&self, job: &Job<'_>, builder: ModelBuilder) -> Result<Model> {
        let names: Vec<String> = self.features.iter().map(|f| job.snapshots.names[*f].clone()).collect();
        Ok(match &self.shape {
            Shape::Trees(grown) => {
                builder.trees(job.profile, &names, grown.base, &grown.trees, LeafPrecision::Quantised)?
            }
            Shape::Line(line) => builder.linear(job.profile, &names, line.bias, line.terms.clone())?,
        })
    }

    fn importances(&self, snapshots: &Snapshots) -> Vec<Importance> {
        let strength: Vec<f64> = match &self.shape {
            Shape::Trees(grown) => grown.gain.clone(),
            Shape::Line(line) => line.terms.iter().map(|t| t.weight.abs()).collect(),
        };
        let total: f64 = strength.iter().sum();
        let mut list: Vec<Importance> = self
            .features
            .iter()
            .zip(strength)
            .filter(|(_, s)| *s > 0.0)
            .map(|(f, s)| Importance { feature: snapshots.names[*f].clone(), share: s / total })
            .collect();
        list.sort_by(|a, b| b.share.total_cmp(&a.share).then_with(|| a.feature.cmp(&b.feature)));
        list
    }
}

/// A local day as a date.
fn date(day: i32) -> Date {
    jiff::civil::date(1970, 1, 1).saturating_add(day.days())
}
