//! The monitor: whether scores can be trusted. After a day's work it joins the outcomes that have become known to the
//! scores given at the time, measures, compares with what is usual, and writes small tables (`tables.rs`), which the views
//! show and from which alerts are told.
//!
//! A day's cost is that of the day and of 28 days of outcomes, whatever the history: outcomes are kept without visitors
//! (`outcomes.rs`), of many a sample.

mod acknowledge;
mod activation;
pub mod alerts;
mod bars;
pub mod bins;
mod browsers;
mod calibration;
mod drift;
pub mod finding;
mod gains;
mod health;
mod histogram;
mod matured;
mod models;
pub mod outcomes;
mod performance;
mod points;
pub mod reference;
pub mod rows;
mod sample;
mod segment;
mod segments;
mod sessions;
pub mod status;
mod step;
pub mod tables;
#[cfg(test)]
mod tests;
mod usual;
pub mod verdict;
pub mod views;
mod volume;

pub use acknowledge::{Alert, acknowledge, open as open_alerts};
pub use status::{DashboardConfig, Status, Thresholds};
pub use step::{MonitorOptions, Monitored, monitor};
