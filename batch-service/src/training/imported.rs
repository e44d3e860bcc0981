//! A model that was fitted elsewhere: judged on the newest days like one of ours, banded, named.

use super::calibrate::CalibrationChoice;
use super::{
    Comparison, ModelSummary, Report, Snapshots, Split, TrainOptions, Trained, bands, card, evaluate, report, scores,
    split, version,
};
use crate::metrics::Resamples;
use anyhow::Result;
use model_core::{Bundle, Model, Profile};

/// What is known of an imported model.
#[derive(Clone, Copy, Debug)]
pub struct Imported<'a> {
    /// Class and version, such as `lightgbm.LGBMClassifier 4.7.0`.
    pub source: &'a str,
    /// File and hash, in words.
    pub file: &'a str,
    /// Why it may not be released, besides what its test says.
    pub reasons: &'a [String],
}

/// Judges a model on the days that a training would test on. `make` makes it of a version and bands.
///
/// # Errors
/// When the snapshots hold too few days or positives for a test; what `make` says.
pub fn imported(
    snapshots: &Snapshots,
    profile: &Profile,
    options: &TrainOptions,
    in_service: Option<&Model>,
    about: Imported<'_>,
    make: impl Fn(&str, [f64; 2]) -> Result<Model>,
) -> Result<Trained> {
    snapshots.check(profile)?;
    let horizon = i32::from(profile.parts().horizon_days);
    let split = Split::by_time(snapshots, horizon, options.test_from)?;
    let resamples = Resamples { count: options.resamples, seed: options.seed };
    let raw = make("unnamed", [0.5, 0.8])?;
    let test_scores = scores(&raw, snapshots, &split.test);
    let test = evaluate(snapshots, &split.test, &test_scores, snapshots.rate(&split.fit), resamples)?;
    let comparison = in_service
        .filter(|m| m.feature_positions().iter().all(|p| usize::from(*p) < snapshots.columns.len()))
        .map(|m| Comparison::of(snapshots, &split.test, &test_scores, m, resamples));
    let latest: Vec<usize> = split.calibrate.iter().chain(&split.test).copied().collect();
    let weight: Vec<f64> = latest.iter().map(|row| f64::from(snapshots.weight[*row])).collect();
    let bands = bands::thresholds(&scores(&raw, snapshots, &latest), &weight);
    let last_day = snapshots.day.iter().copied().max().unwrap_or_default();
    let version = version::name(snapshots.target, last_day, &make("unnamed", bands)?, profile)?;
    let model = make(&version, bands)?;

    let everything = split::learnable(snapshots, horizon);
    let data = split::slice("all", snapshots, &everything);
    let refit = format!(
        "The model was fitted elsewhere and imported from {}: {}. The days above are those that it was judged on as a model \
         trained here would have been. Whether it has learnt from the days of the test, only who trained it knows; the \
         column `split` of `inkling train-set export` says which days to leave out.",
        about.file, about.source
    );
    let mut release_reasons = report::refusals(&test, comparison.as_ref());
    release_reasons.extend_from_slice(about.reasons);
    let kind = model.kind();
    let report = Report {
        model_version: version,
        target: snapshots.target.as_str(),
        horizon_days: profile.parts().horizon_days,
        profile: profile.parts().name.clone(),
        data,
        split: split.slices(snapshots),
        model: ModelSummary {
            kind,
            trees: model.tree_count(),
            features: model.feature_positions().len(),
            bundle_bytes: Bundle::new(profile.clone(), vec![model.clone()])?.write().len(),
            calibration: CalibrationChoice::imported(),
            bands,
            tree_settings: None,
            linear_settings: None,
        },
        warnings: report::warnings(&test, comparison.as_ref(), &[&snapshots.notes[..], &split.notes].concat()),
        importances: Vec::new(),
        test,
        in_service: comparison,
        refit,
        release_allowed: release_reasons.is_empty(),
        release_reasons,
        imported_from: Some(about.source.to_owned()),
    };
    let card_markdown = card::markdown(&report, &model, profile);
    Ok(Trained { model, report, card_markdown })
}
