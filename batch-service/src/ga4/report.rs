//! What reading a day found, and how it can fail.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::ReadOptions;
use crate::events::{CleanEvents, Rejects};
use jiff::civil::Date;

/// One file of the day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileReport {
    /// The file.
    pub file: String,
    /// `parquet`, `json` or `bigquery`.
    pub format: String,
    /// Rows in it.
    pub rows: u64,
    /// Row groups in it; 0 for JSON.
    pub row_groups: u64,
    /// Optional columns that it does not have.
    pub missing_columns: Vec<String>,
}

/// What reading a day found.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
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

impl ReadReport {
    /// Of a day that was read: its files, the rows in them, the events that came of them and the dropped rows.
    #[must_use]
    pub fn of(day: Date, files: Vec<FileReport>, rows: u64, events: &CleanEvents, dropped: Rejects) -> Self {
        let visitors = events.visitors().count() as u64;
        let fault_share = share(dropped.faults(), rows);
        Self { day: day.to_string(), files, rows, events: events.rows.len() as u64, visitors, dropped, fault_share }
    }

    /// Of a day that was read in parts: each visitor in one of them.
    #[must_use]
    pub fn together(one: Option<Self>, other: Self) -> Self {
        let Some(mut all) = one else { return other };
        all.rows += other.rows;
        all.events += other.events;
        all.visitors += other.visitors;
        all.dropped.add_all(other.dropped);
        all.fault_share = share(all.dropped.faults(), all.rows);
        for file in other.files {
            match all.files.iter_mut().find(|known| known.file == file.file) {
                Some(known) => known.rows += file.rows,
                None => all.files.push(file),
            }
        }
        all
    }

    /// Refuses the day when too many rows speak against the export.
    ///
    /// # Errors
    /// [`ReadFailure::TooManyRejected`].
    pub fn check(&self, options: &ReadOptions) -> Result<(), ReadFailure> {
        let limit = options.max_fault_share;
        if self.fault_share > limit {
            return Err(ReadFailure::TooManyRejected { limit, report: Box::new(self.clone()) });
        }
        Ok(())
    }
}

fn share(faults: u64, rows: u64) -> f64 {
    if rows == 0 { 0.0 } else { faults as f64 / rows as f64 }
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
