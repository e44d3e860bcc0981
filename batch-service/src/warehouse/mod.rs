//! The warehouse: tables by day.

pub mod bigquery;
pub mod events_clean;
mod fence;
pub mod local;
pub mod parquet;
pub mod read;
pub mod runs;
#[cfg(test)]
pub(crate) mod scratch;
pub mod table;
#[cfg(test)]
mod tests;

use crate::bigquery::{BigQuery, DatasetName};
use crate::shards::Shards;
use anyhow::Result;
pub use fence::Fence;
use jiff::civil::Date;
pub use local::{LocalWarehouse, Replacement};
pub use runs::RunRow;
use std::fmt::Debug;
use std::path::{Path, PathBuf};

/// Tables, each with a partition for every day that it has.
pub trait Warehouse: Debug + Send + Sync {
    /// The days that a table has, in order.
    ///
    /// # Errors
    /// When the warehouse cannot be reached, or holds what is no partition.
    fn partitions(&self, table: &str) -> Result<Vec<Date>>;

    /// Parquet files on this machine with a partition's rows, or at least those of `shards`, in the table's order; none
    /// when there is no such partition.
    ///
    /// # Errors
    /// When the partition cannot be read.
    fn files(&self, table: &str, day: Date, shards: Shards) -> Result<Vec<PathBuf>>;

    /// Puts right what a writer that died has left half done, unless others are writing; for whoever has waited for it.
    ///
    /// # Errors
    /// When this machine's disk refuses it.
    fn recover(&self) -> Result<()>;

    /// Starts a new content for a partition. Nothing is seen of it until it is published.
    ///
    /// # Errors
    /// When this machine's disk refuses it.
    fn replace(&self, table: &str, day: Date) -> Result<Replacement>;

    /// Puts new contents in place of the old: of each partition a reader sees the old rows or the new ones.
    ///
    /// # Errors
    /// When writing fails, or a later holder of the day's lease has published; [`Unpublished`] in its chain tells which
    /// tables are new nevertheless.
    fn publish(&self, contents: Vec<Replacement>, fence: &Fence) -> Result<()>;

    /// Adds a row to the table `runs`.
    ///
    /// # Errors
    /// When writing fails.
    fn add_run(&self, run: &RunRow) -> Result<()>;

    /// The runs of a range of days; of one day, oldest first.
    ///
    /// # Errors
    /// When the table cannot be read.
    fn runs(&self, from: Date, to: Date) -> Result<Vec<RunRow>>;

    /// Tries to write, without changing a table; says what was tried.
    ///
    /// # Errors
    /// When it cannot be written.
    fn probe(&self) -> Result<String>;

    /// Where its tables are in BigQuery; `None` for a folder.
    fn dataset(&self) -> Option<(&BigQuery, &DatasetName)> {
        None
    }

    /// A folder on this machine for files beside the tables, such as the dashboard.
    fn folder(&self) -> &Path;
}

/// Publishing stopped half way: these tables have their new partition, the others their old one.
#[derive(Clone, Debug)]
pub struct Unpublished {
    /// Tables with their new partition.
    pub written: Vec<String>,
}

impl std::fmt::Display for Unpublished {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.written.as_slice() {
            [] => write!(f, "nothing was published"),
            written => write!(f, "published by then: {}", written.join(", ")),
        }
    }
}

impl std::error::Error for Unpublished {}
