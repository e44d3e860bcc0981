//! The warehouse in BigQuery: a dataset whose tables are partitioned by the column `date`.
//!
//! A new content is written to Parquet files on this machine, uploaded, loaded into a staging table, and put in place by
//! one transaction for all tables of a day. What is read is read by the Storage Read API into files on this machine, so
//! that jobs work on the same files whatever the warehouse.

mod catalogue;
mod fetch;
mod lookup;
mod private;
mod publish;
mod runs;
pub mod sql;

pub use lookup::states_of;

use super::{Fence, LocalWarehouse, Replacement, RunRow, Warehouse, events_clean};
use crate::activation::{ledger, sent_state};
use crate::bigquery::{BigQuery, DatasetName, Layout};
use crate::config::CloudConfig;
use crate::fold;
use crate::jobs::{ExitKind, exit};
use crate::scores;
use crate::shards::Shards;
use crate::store::{CloudStore, ObjectStore};
use anyhow::{Result, bail};
use catalogue::Catalogue;
use jiff::civil::Date;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicU32;
use std::sync::{Mutex, OnceLock, PoisonError};

/// The dataset, unless another one is configured.
pub const DATASET: &str = "inkling";
/// The column with the day, by which the large tables are partitioned; the local folders are named by it.
pub const DAY: &str = "date";

/// The tables that the warehouse has from the beginning, and those that are made with their first partition.
#[must_use]
pub fn layouts() -> [(&'static str, Layout<'static>); 7] {
    let of = |columns| Layout { day: DAY, partitioned: true, columns, cluster: Some("user_pseudo_id") };
    [
        (catalogue::TABLE, catalogue::LAYOUT),
        (super::runs::TABLE, runs::LAYOUT),
        (events_clean::TABLE, of(events_clean::COLUMNS)),
        (fold::VISITOR_STATE, of(fold::STATE_COLUMNS)),
        (scores::TABLE, of(scores::COLUMNS)),
        (ledger::TABLE, of(ledger::COLUMNS)),
        (sent_state::TABLE, of(sent_state::COLUMNS)),
    ]
}

/// A dataset as the warehouse.
#[derive(Debug)]
pub struct BigQueryWarehouse {
    bigquery: BigQuery,
    dataset: DatasetName,
    bucket: CloudStore,
    local: LocalWarehouse,
    catalogue: Catalogue,
    /// Set once dataset and first tables are there.
    made: OnceLock<()>,
    /// Tables that were there when they were looked for.
    seen: Mutex<BTreeSet<String>>,
    /// How often this process has begun to publish as the holder of a lease.
    publications: AtomicU32,
}

impl BigQueryWarehouse {
    /// Opens the configured dataset. Who only reads needs no right to make anything: dataset and tables are made when the
    /// first content or run is written. Parquet files go through the configured bucket, or the folder `staging` of `store`.
    ///
    /// # Errors
    /// Exit code 2 when project or bucket are not configured; when a call fails.
    pub fn open(config: &CloudConfig, store: Option<&Path>) -> Result<Self> {
        let bigquery = BigQuery::open(config)?;
        let dataset = DatasetName::parse(config.dataset.as_deref().unwrap_or(DATASET), bigquery.project())?;
        let bucket = match (&config.bucket, store.and_then(Path::to_str).filter(|s| s.starts_with("gs://"))) {
            (Some(word), _) => word.clone(),
            (None, Some(store)) => format!("{}/staging", store.trim_end_matches('/')),
            (None, None) => {
                let text =
                    "which bucket do Parquet files go through? Set `bucket` in [cloud], or give --store gs://...";
                return Err(exit(ExitKind::Usage, text));
            }
        };
        let bucket = CloudStore::open(&bucket, config)?;
        let scratch = match &config.scratch {
            Some(scratch) => scratch.clone(),
            None => {
                let name = format!("inkling-{}-{}", bigquery.project().replace(':', "-"), dataset.dataset);
                let scratch = std::env::temp_dir().join(name);
                private::make(&scratch)?;
                scratch
            }
        };
        let local = LocalWarehouse::open(scratch)?;
        bigquery.locate(&dataset)?;
        Ok(Self {
            bigquery,
            dataset,
            bucket,
            local,
            catalogue: Catalogue::default(),
            made: OnceLock::new(),
            seen: Mutex::default(),
            publications: AtomicU32::new(0),
        })
    }

    /// Makes dataset and first tables, unless they are there.
    fn make(&self) -> Result<()> {
        if self.made.get().is_none() {
            self.bigquery.ensure_dataset(&self.dataset)?;
            for (table, layout) in layouts().iter().take(2) {
                self.bigquery.ensure_table(&self.dataset.table(table)?, layout)?;
            }
            let _ = self.made.set(());
        }
        Ok(())
    }

    /// Whether a table is there to be read. A warehouse in which nothing was written yet has none.
    fn has(&self, table: &str) -> Result<bool> {
        if self.made.get().is_some() || self.seen.lock().unwrap_or_else(PoisonError::into_inner).contains(table) {
            return Ok(true);
        }
        let there = self.bigquery.locate(&self.dataset)? && self.bigquery.table(&self.dataset.table(table)?)?.is_some();
        if there {
            self.seen.lock().unwrap_or_else(PoisonError::into_inner).insert(table.to_owned());
        }
        Ok(there)
    }
}

impl BigQueryWarehouse {
    /// Tells it from other datasets.
    #[must_use]
    pub fn name(&self) -> String {
        self.dataset.to_string().replace(':', "-")
    }
}

impl Warehouse for BigQueryWarehouse {
    fn partitions(&self, table: &str) -> Result<Vec<Date>> {
        self.catalogue.days(self, table)
    }

    fn files(&self, table: &str, day: Date, shards: Shards) -> Result<Vec<PathBuf>> {
        self.fetch(table, day, shards)
    }

    fn recover(&self) -> Result<()> {
        // The holder of the lease before us may have published since we looked.
        self.catalogue.forget();
        self.local.recover()
    }

    fn replace(&self, table: &str, day: Date) -> Result<Replacement> {
        self.local.begin(table, day)
    }

    fn publish(&self, contents: Vec<Replacement>, fence: &Fence) -> Result<()> {
        let Some(day) = contents.first().map(Replacement::day) else { return Ok(()) };
        if contents.iter().any(|content| content.day() != day) {
            bail!("contents of several days are published one day at a time");
        }
        self.make()?;
        let published = self.swap(day, contents, fence);
        self.catalogue.forget();
        published
    }

    fn add_run(&self, run: &RunRow) -> Result<()> {
        self.make()?;
        runs::add(self, run)
    }

    fn runs(&self, from: Date, to: Date) -> Result<Vec<RunRow>> {
        // A run that is recorded is compared with partitions that are at least as new.
        self.catalogue.forget();
        if !self.has(super::runs::TABLE)? {
            return Ok(Vec::new());
        }
        runs::between(self, from, to)
    }

    fn probe(&self) -> Result<String> {
        self.make()?;
        let table = self.dataset.table(&format!("staging_doctor_{:08x}", getrandom::u32()?))?;
        let layout = Layout { day: DAY, partitioned: false, columns: &[], cluster: None };
        self.bigquery.ensure_table(&table, &layout)?;
        self.bigquery.remove(&table)?;
        self.bigquery.select("running a query", &sql::probe().sql, &[])?;
        self.bucket.put_new("doctor/probe.txt", b"written by `inkling doctor`; it can be removed\n")?;
        Ok(format!("dataset {}: tables made and removed, queries run, files staged in {:?}", self.dataset, self.bucket))
    }

    fn dataset(&self) -> Option<(&BigQuery, &DatasetName)> {
        Some((&self.bigquery, &self.dataset))
    }

    fn folder(&self) -> &Path {
        self.local.folder()
    }
}
