//! What reading a day found, and how it can fail.

use std::fmt;

use serde::Serialize;

use crate::events::Rejects;

/// One file of the day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FileReport {
    /// The file.
    pub file: String,
    /// `parquet` or `json`.
    pub format: &'static str,
    /// Rows in it.
    pub rows: u64,
    /// Row groups in it; 0 for JSON.
    pub row_groups: u64,
    /// Optional columns that it does not have.
    pub missing_columns: Vec<String>,
}

/// What reading a day found.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ReadReport {
    /// The day, `YYYY-MM-DD`.
    pub day: String,
    /// The files read.
    pub files: Vec<FileReport>,
    /// Rows in the files.
    pub rows: u64,
    /// Events that came of them.
    pub events: u64,
    /// Distinct visitors among them.
    pub visitors: u64,
    /// Dropped rows by reason.
    pub dropped: Rejects,
    /// Rows that speak against the export, as a share of all rows.
    pub fault_share: f64,
}

/// Failures that a caller may want to tell apart; found by `error.downcast_ref::<ReadFailure>()`.
#[derive(Debug)]
pub enum ReadFailure {
    /// The file is no Parquet file.
    NotParquet {
        /// The file.
        file: String,
    },
    /// The file has no end.
    Truncated {
        /// The file.
        file: String,
    },
    /// The file cannot be understood.
    Broken {
        /// The file.
        file: String,
        /// What is wrong.
        what: String,
    },
    /// The file is whole, but not a GA4 export.
    WrongSchema {
        /// The file.
        file: String,
        /// What is wrong.
        what: String,
    },
    /// Too many rows speak against the export.
    TooManyRejected {
        /// The share that is accepted.
        limit: f64,
        /// What was found.
        report: Box<ReadReport>,
    },
}

impl fmt::Display for ReadFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotParquet { file } => write!(f, "{file}: not a Parquet file"),
            Self::Truncated { file } => {
                write!(f, "{file}: the file is truncated (a Parquet file ends with its footer, this one does not)")
            }
            Self::Broken { file, what } => write!(f, "{file}: the file is broken: {what}"),
            Self::WrongSchema { file, what } => write!(f, "{file}: wrong schema: {what}"),
            Self::TooManyRejected { limit, report } => {
                write!(
                    f,
                    "{} of {} rows of {} rejected ({:.2} %, accepted are {:.2} %):",
                    report.dropped.faults(),
                    report.rows,
                    report.day,
                    report.fault_share * 100.0,
                    limit * 100.0
                )?;
                for (name, dropped) in report.dropped.iter().filter(|(_, d)| d.counts_towards_limit) {
                    write!(f, " {name}: {}", dropped.rows)?;
                    if let Some(first) = dropped.examples.first() {
                        write!(f, " (first: {} row {}, {} = {})", first.file, first.row, first.column, first.found)?;
                    }
                    write!(f, ";")?;
                }
                Ok(())
            }
        }
    }
}

impl std::error::Error for ReadFailure {}
