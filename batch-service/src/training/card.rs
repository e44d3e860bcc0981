//! The model card.

use super::report::Report;
use model_core::{Model, Profile};

pub(super) fn markdown(report: &Report, _model: &Model, _profile: &Profile) -> String {
    format!("# {}\n", report.model_version)
}
