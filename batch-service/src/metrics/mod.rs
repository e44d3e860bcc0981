//! Measures of scores against what came true, with the definitions of numpy and scikit-learn.
//!
//! Every measure reads a [`Ranked`] sample, sorted once, and a weight per row: the row's own for the value itself, times how
//! often the row's visitor was drawn for a bootstrap resample (`interval.rs`).

mod auc;
mod brier;
mod calibration_error;
mod curve;
mod estimated;
mod interval;
mod jensen_shannon;
mod lift;
mod log_loss;
mod pr_auc;
mod psi;
mod ranked;
mod spread;
mod wasserstein;

#[cfg(test)]
mod tests;

pub use auc::auc;
pub use brier::brier;
pub use calibration_error::{CalibrationBin, EqualMassBins, wilson, wilson_at};
pub use curve::{CurvePoint, curve};
pub use estimated::{estimated_auc, estimated_brier, estimated_lift, estimated_log_loss, estimated_pr_auc};
pub use interval::{Draws, Interval, Resamples};
pub use jensen_shannon::jensen_shannon;
pub use lift::{Decile, deciles, top_lift};
pub use log_loss::log_loss;
pub use pr_auc::pr_auc;
pub use psi::{psi, psi_by_chance};
pub use ranked::Ranked;
pub use spread::{auc_deviation, poisson_at_most};
pub use wasserstein::{Weighted, wasserstein, wasserstein_normed};
