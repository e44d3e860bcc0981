//! Reads GA4 exports: finds the files of each day, and turns them into cleansed events.

mod fields;
mod parquet;
mod report;

use std::path::PathBuf;

use anyhow::Result;
use jiff::civil::Date;

use crate::events::{CleanEvents, DayBuilder};
pub use report::{FileReport, ReadFailure, ReadReport};

/// How a day is read.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ReadOptions {
    /// The share of rows that may be rejected before the day is refused.
    pub max_fault_share: f64,
}

impl Default for ReadOptions {
    fn default() -> Self {
        Self { max_fault_share: 0.01 }
    }
}

/// Reads and cleanses the events of one day from its files.
pub fn read_day(files: &[PathBuf], day: Date, options: &ReadOptions) -> Result<(CleanEvents, ReadReport)> {
    let mut builder = DayBuilder::new(day);
    let mut reports = Vec::with_capacity(files.len());
    for path in files {
        reports.push(parquet::read_file(path, &mut builder)?);
    }
    let rows = builder.seen();
    let (events, dropped) = builder.finish();
    let faults = dropped.faults();
    let report = ReadReport {
        day: day.to_string(),
        files: reports,
        rows,
        events: events.rows.len() as u64,
        visitors: events.visitors().count() as u64,
        fault_share: if rows == 0 { 0.0 } else { faults as f64 / rows as f64 },
        dropped,
    };
    if report.fault_share > options.max_fault_share {
        return Err(ReadFailure::TooManyRejected { limit: options.max_fault_share, report: Box::new(report) }.into());
    }
    Ok((events, report))
}
