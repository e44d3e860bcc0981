//! Reads GA4 exports: finds the files of each day, and turns them into cleansed events.

pub mod discover;
mod fields;
mod json;
mod parquet;
mod report;

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
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
        let report = if is_parquet(path)? {
            parquet::read_file(path, &mut builder)?
        } else {
            json::read_file(path, &mut builder)?
        };
        reports.push(report);
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

/// By the first bytes or else by the name, so that a damaged file is reported as what it should be.
fn is_parquet(path: &Path) -> Result<bool> {
    let mut start = Vec::new();
    let mut read = || File::open(path)?.take(4).read_to_end(&mut start);
    read().with_context(|| path.display().to_string())?;
    Ok(start == b"PAR1" || path.extension().is_some_and(|extension| extension == "parquet"))
}

#[cfg(test)]
mod tests;
