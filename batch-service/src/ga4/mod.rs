//! Reads GA4 exports: finds the files of each day, and turns them into cleansed events.

pub mod bigquery;
pub mod discover;
mod echoes;
mod export;
mod fields;
mod json;
mod parquet;
mod report;
mod told;

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use jiff::civil::Date;

use crate::config::CloudConfig;
use crate::events::{CleanEvents, DayBuilder};
use crate::failpoint;
use crate::jobs::{ExitKind, exit};
use crate::progress;
pub use echoes::{Echo, EchoNames};
pub use export::Export;
pub use report::{FileReport, ReadFailure, ReadReport};
pub use told::{PARAMETERS as TOLD_PARAMETERS, Score as ToldScore, Told};

/// Opens the export that the inputs name: a dataset in BigQuery, or files and folders. Notes about what was left aside
/// go to stderr.
///
/// # Errors
/// Exit code 2 for inputs that are not there, or that are of both kinds; 3 when they hold no day.
pub fn open(inputs: &[String], cloud: &CloudConfig) -> Result<Box<dyn Export>> {
    let in_bigquery = inputs.iter().filter(|input| input.starts_with(bigquery::SCHEME)).count();
    let (export, notes): (Box<dyn Export>, _) = match inputs {
        [word] if in_bigquery == 1 => {
            let export = bigquery::BigQueryExport::open(word, cloud)?;
            let notes = export.notes.clone();
            (Box::new(export), notes)
        }
        _ if in_bigquery > 0 => {
            let text = "an export is one dataset in BigQuery, or files; several at once cannot be told apart";
            return Err(exit(ExitKind::Usage, text));
        }
        files => {
            let found = discover::discover(files, discover::DiscoverOptions::default())?;
            let notes = found.notes.clone();
            (Box::new(found), notes)
        }
    };
    for note in notes {
        progress::note(note);
    }
    Ok(export)
}

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

/// Reads and cleanses the events of one day from its files; refuses the day when too many rows speak against it.
pub fn read_day(files: &[PathBuf], day: Date, options: &ReadOptions) -> Result<(CleanEvents, ReadReport)> {
    let (events, report) = read_files(files, day)?;
    report.check(options)?;
    Ok((events, report))
}

fn read_files(files: &[PathBuf], day: Date) -> Result<(CleanEvents, ReadReport)> {
    let mut builder = DayBuilder::new(day);
    let mut reports = Vec::with_capacity(files.len());
    for path in files {
        let report = if is_parquet(path)? {
            parquet::read_file(path, &mut builder)?
        } else {
            json::read_file(path, &mut builder)?
        };
        reports.push(report);
        failpoint::at("read.middle");
    }
    let rows = builder.seen();
    let (events, dropped) = builder.finish();
    let report = ReadReport::of(day, reports, rows, &events, dropped);
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
