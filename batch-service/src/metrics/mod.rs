//! Measures of scores against what came true, with the definitions of numpy and scikit-learn.
//!
//! Every measure reads a [`Ranked`] sample, sorted once, and a weight per row: the row's own for the value itself, times how
//! often the row's visitor was drawn for a bootstrap resample (`interval.rs`).

mod auc;
mod brier;
mod calibration_error;
mod interval;
mod lift;
mod log_loss;
mod pr_auc;
mod ranked;

#[cfg(test)]
mod tests;

pub use auc::auc;
pub use brier::brier;
pub use calibration_error::{CalibrationBin, EqualMassBins, wilson};
pub use interval::{Draws, Interval, Resamples};
pub use lift::{Decile, deciles, top_lift};
pub use log_loss::log_loss;
pub use pr_auc::pr_auc;
pub use ranked::Ranked;
