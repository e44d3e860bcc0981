//! The monitor: its measures equal those of the packages that define them, its views say in BigQuery what they say in a
//! folder, planted faults are seen and quiet days are quiet.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "test code")]

#[path = "monitor/document.rs"]
mod document;
#[path = "monitor/faults.rs"]
mod faults;
#[path = "monitor/ids.rs"]
mod ids;
#[path = "monitor/measures.rs"]
mod measures;
#[path = "monitor/planted.rs"]
mod planted;
#[path = "monitor/shown.rs"]
mod shown;
#[path = "monitor/views.rs"]
mod views;
