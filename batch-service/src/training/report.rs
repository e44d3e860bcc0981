//! What is known about a trained model.

use super::calibrate::CalibrationChoice;
use super::compare::Comparison;
use super::evaluate::{AUC, Evaluation, LOG_LOSS};
use super::linear::LinearSettings;
use super::split::Slice;
use super::trees::TreeSettings;
use serde::Serialize;

/// Of fewer conversions an AUC says little.
const TELLING_POSITIVES: usize = 20;
/// An AUC above this at a fixed page view is leakage until shown otherwise.
const SUSPICIOUS_AUC: f64 = 0.93;

/// The report of a training.
#[derive(Clone, Debug, Serialize)]
pub struct Report {
    /// Version of the model.
    pub model_version: String,
    /// `session` or `visitor`.
    pub target: &'static str,
    /// Days ahead that the visitor target looks; the session target looks to the end of the session.
    pub horizon_days: u8,
    /// Name of the site profile.
    pub profile: String,
    /// All rows.
    pub data: Slice,
    /// Rows by what they served for.
    pub split: Vec<Slice>,
    /// The model.
    pub model: ModelSummary,
    /// Measured on the test days with the model that was fitted on the days before them.
    pub test: Evaluation,
    /// The model in service on the same rows, if there is one.
    pub in_service: Option<Comparison>,
    /// Share of the total gain (trees) or of the absolute weights (linear) by feature, strongest first.
    pub importances: Vec<Importance>,
    /// What the released model is.
    pub refit: String,
    /// What deserves a look.
    pub warnings: Vec<String>,
    /// Whether the model may be released without `--force`.
    pub release_allowed: bool,
    /// Why not.
    pub release_reasons: Vec<String>,
    /// Class and version in Python of a model that was fitted elsewhere.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub imported_from: Option<String>,
}

/// Shape and settings of a model.
#[derive(Clone, Debug, Serialize)]
pub struct ModelSummary {
    /// `trees` or `linear`.
    pub kind: &'static str,
    /// Trees; 0 for a linear model.
    pub trees: usize,
    /// Features that it reads.
    pub features: usize,
    /// Bytes of a bundle with this model alone, before compression.
    pub bundle_bytes: usize,
    /// How probabilities were fitted; `own` of an imported model.
    pub calibration: CalibrationChoice,
    /// Lowest scores of the bands medium and high: the top 20 % and 5 % of the calibration rows.
    pub bands: [f64; 2],
    /// Settings of the trees.
    pub tree_settings: Option<TreeSettings>,
    /// Settings of the linear model.
    pub linear_settings: Option<LinearSettings>,
}

/// Weight of a feature.
#[derive(Clone, Debug, Serialize)]
pub struct Importance {
    /// Name of the feature.
    pub feature: String,
    /// Share, of 1 in all.
    pub share: f64,
}

/// Why a model may not be released.
pub(super) fn refusals(test: &Evaluation, in_service: Option<&Comparison>) -> Vec<String> {
    let mut reasons = Vec::new();
    let (auc, loss) = (&test.all.measures[AUC], &test.all.measures[LOG_LOSS]);
    if auc.model.low.is_nan() || auc.model.low <= auc.prior {
        reasons.push(format!(
            "not shown to order visitors better than chance: AUC {:.4}, interval from {:.4}",
            auc.model.value, auc.model.low
        ));
    }
    if loss.model.value.is_nan() || loss.model.value >= loss.prior {
        reasons.push(format!("worse than the prior: log-loss {:.5} against {:.5}", loss.model.value, loss.prior));
    }
    reasons.extend(in_service.map(Comparison::worse).unwrap_or_default());
    reasons
}

/// What deserves a look, though it does not stop a release.
pub(super) fn warnings(test: &Evaluation, in_service: Option<&Comparison>, notes: &[String]) -> Vec<String> {
    let mut warnings = notes.to_vec();
    for at in test.by_page_view.iter().flat_map(|b| &b.at) {
        if at.auc.value > SUSPICIOUS_AUC && at.positives >= TELLING_POSITIVES {
            warnings.push(format!(
                "AUC {:.3} above {SUSPICIOUS_AUC} at page view {}: leakage?",
                at.auc.value, at.page_view
            ));
        }
    }
    let all = &test.all;
    if all.positives < 100 {
        warnings.push(format!("only {} positive rows in the test: the intervals are wide", all.positives));
    }
    let ratio = test.mean_score / all.rate;
    if !(0.7..=1.4).contains(&ratio) {
        warnings.push(format!(
            "scores average {:.2} times what came true on the test days: the share of conversions has moved",
            ratio
        ));
    }
    if let Some(comparison) = in_service.filter(|c| c.measures.is_empty()) {
        warnings.push(format!(
            "not compared with the model in service, {}: only {} positive rows are later than its own days",
            comparison.version, comparison.positives
        ));
    }
    warnings
}
