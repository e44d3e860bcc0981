//! Google BigQuery, call by call: jobs, small queries, rows as Arrow, tables. What the calls are for is decided elsewhere.
//!
//! Google's own clients make the calls, one attempt at a time; how often is decided in `cloud::patience`. Datasets and
//! tables are made, and rows of the ledger inserted, with the crate `gcp-bigquery-client`.
//!
//! What another process may have done a moment ago, or an attempt of ours whose answer was lost, is never done twice:
//! jobs, queries and rows have names of our own, and what is there already is looked at.

mod bootstrap;
mod columns;
mod community;
mod insert;
mod job;
mod name;
mod query;
mod read;
mod rows;
mod tables;
mod work;

pub use bootstrap::Layout;
pub use job::JobEnded;
pub use name::{DatasetName, TableName};
pub use query::{Param, Row};
pub use read::ReadRows;
pub use rows::{column_value, write_sorted};
pub use tables::{Field, TableInfo};
pub use work::{JobWork, Load, Query};

use crate::cloud::failure::{of_status, reason, reason_passes};
use crate::cloud::patience::Failure;
use crate::cloud::{self, BIGQUERY, BIGQUERY_STORAGE, Endpoint, Patience};
use crate::config::CloudConfig;
use crate::jobs::{ExitKind, exit};
use anyhow::{Context, Result, anyhow};
use google_cloud_bigquery::client::Read;
use google_cloud_bigquery_v2::client::{JobService, TableService};
use google_cloud_bigquery_v2::model::{ErrorProto, Job};
use google_cloud_gax::error::Error;
use google_cloud_gax::retry_policy::NeverRetry;
use jiff::Timestamp;
use std::collections::HashSet;
use std::fmt;
use std::future::Future;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;
use tokio::runtime::Runtime;

/// Reads and writes tables, runs jobs.
const SCOPE: &str = "https://www.googleapis.com/auth/bigquery";
/// A job that takes longer has failed, as far as we are concerned.
const LONGEST_JOB: Duration = Duration::from_secs(3_600);
/// A job is looked at at least so often.
const LONGEST_POLL: Duration = Duration::from_secs(5);
/// By how much BigQuery's clock may be behind ours, in milliseconds.
const CLOCKS_DIFFER_MS: i64 = 60_000;

/// A project's BigQuery.
///
/// Calls block; inside an asynchronous runtime they must be made where blocking is allowed.
pub struct BigQuery {
    runtime: Runtime,
    jobs: JobService,
    tables: TableService,
    read: Read,
    community: gcp_bigquery_client::Client,
    project: String,
    /// Where jobs run: configured, or where the first dataset is that was looked at.
    location: OnceLock<String>,
    max_bytes_billed: Option<i64>,
    /// What the queries that have ended here were billed for.
    billed: AtomicU64,
    /// Jobs that are counted in it.
    counted: Mutex<HashSet<String>>,
    /// In milliseconds since 1970.
    opened: i64,
    patience: Patience,
    poll: Duration,
    longest_job: Duration,
    endpoint: Endpoint,
}

impl fmt::Debug for BigQuery {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "BigQuery of {} at {}", self.project, self.endpoint.url)
    }
}

impl BigQuery {
    /// Opens the project that jobs run in, with Application Default Credentials; with none at an endpoint on this
    /// machine.
    ///
    /// # Errors
    /// Exit code 2 when no project is configured, or an endpoint or the credentials are bad.
    pub fn open(config: &CloudConfig) -> Result<Self> {
        Self::with_patience(config, Patience::default())
    }

    /// The same with other limits of time.
    ///
    /// # Errors
    /// As for `open`.
    pub fn with_patience(config: &CloudConfig, patience: Patience) -> Result<Self> {
        let Some(project) = config.project.clone() else {
            let text = "which project? Set `project` in [cloud], or INKLING__CLOUD__PROJECT";
            return Err(exit(ExitKind::Usage, text));
        };
        name::check_project(&project)?;
        let endpoint = Endpoint::choose(BIGQUERY, config.bigquery_endpoint.as_deref(), None)?;
        let rows = Endpoint::choose(BIGQUERY_STORAGE, config.bigquery_storage_endpoint.as_deref(), None)?;
        let runtime = cloud::runtime("bigquery")?;
        let _inside = runtime.enter();
        let what = format!("BigQuery in {project}");
        let credentials = cloud::credentials(&endpoint, &[SCOPE], &what)?;
        let reading = cloud::credentials(&rows, &[SCOPE], &what)?;
        let (jobs, tables, read, community) = runtime.block_on(async {
            let jobs = JobService::builder()
                .with_endpoint(endpoint.url.clone())
                .with_credentials(credentials.clone())
                .with_retry_policy(NeverRetry)
                .build()
                .await
                .context("the client for jobs")?;
            let tables = TableService::builder()
                .with_endpoint(endpoint.url.clone())
                .with_credentials(credentials.clone())
                .with_retry_policy(NeverRetry)
                .build()
                .await
                .context("the client for tables")?;
            let read = Read::builder()
                .with_endpoint(rows.url.clone())
                .with_credentials(reading)
                .with_retry_policy(NeverRetry)
                .build()
                .await
                .context("the client for rows")?;
            let community = community::client(&endpoint, credentials).await?;
            anyhow::Ok((jobs, tables, read, community))
        })?;
        Ok(Self {
            runtime,
            jobs,
            tables,
            read,
            community,
            project,
            location: config.location.clone().map(OnceLock::from).unwrap_or_default(),
            max_bytes_billed: config.max_bytes_billed,
            billed: AtomicU64::new(0),
            counted: Mutex::default(),
            opened: Timestamp::now().as_millisecond(),
            poll: patience.wait.max(Duration::from_millis(20)),
            patience,
            longest_job: LONGEST_JOB,
            endpoint,
        })
    }

    /// The same with another limit for jobs: one that takes longer has failed.
    #[must_use]
    pub fn with_longest_job(mut self, limit: Duration) -> Self {
        self.longest_job = limit;
        self
    }

    /// The project that jobs run in and are billed to.
    #[must_use]
    pub fn project(&self) -> &str {
        &self.project
    }

    /// Bytes that the queries were billed for that have ended here since it was opened. Loads, and rows read by the Storage
    /// Read API, are no queries. A job counts once, if it was made since it was opened, or in the minute before, for clocks
    /// differ: whose it is cannot be told when the answer to a submission was lost. So a job of another process that is
    /// found, or waited for, counts as well if it was made in that time; one that was there before is none of ours.
    #[must_use]
    pub fn billed(&self) -> u64 {
        self.billed.load(Ordering::Relaxed)
    }

    fn add_billed_of(&self, id: &str, job: &Job) {
        let made = job.statistics.as_ref().map_or(0, |statistics| statistics.creation_time);
        if made >= self.opened - CLOCKS_DIFFER_MS && self.counted().insert(id.to_owned()) {
            self.add_billed(job::billed_for(job));
        }
    }

    fn counted(&self) -> MutexGuard<'_, HashSet<String>> {
        self.counted.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn add_billed(&self, bytes: Option<i64>) {
        let bytes = bytes.and_then(|bytes| u64::try_from(bytes).ok()).unwrap_or_default();
        self.billed.fetch_add(bytes, Ordering::Relaxed);
    }

    /// Waits for a call.
    fn wait<T>(&self, call: impl Future<Output = T>) -> T {
        self.runtime.block_on(call)
    }
}

/// What to do about a status.
fn advice(status: u16) -> Option<&'static str> {
    match status {
        403 => Some(
            "not permitted, or over a quota: the account needs roles/bigquery.jobUser and roles/bigquery.readSessionUser \
             on the project, roles/bigquery.dataViewer on the export's dataset and roles/bigquery.dataEditor on \
             Inkling's datasets",
        ),
        404 => Some("not found: are project, dataset, table and location right?"),
        _ => None,
    }
}

/// Whether BigQuery itself answers with this status: a page of a proxy does not count, whatever its status.
fn answers(error: &Error, status: u16) -> bool {
    error.http_status_code() == Some(status) && error.status().is_some()
}

/// Whether it is BigQuery's word that this account may not, and not that there were too many calls.
fn is_refused(error: &Error) -> bool {
    answers(error, 403) && !reason(error).is_some_and(reason_passes)
}

/// What an error means that is told in an answer of 200, or by the end of a job.
fn failed(error: &ErrorProto) -> Failure {
    let told = anyhow!("{}: {}", error.reason, error.message);
    let status = match error.reason.as_str() {
        "accessDenied" => 403,
        "notFound" => 404,
        _ => 400,
    };
    of_status(told, status, Some(&error.reason), None, advice)
}
