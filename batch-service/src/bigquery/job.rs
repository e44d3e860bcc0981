//! Jobs: submitted under a name of our own, so that a repetition is the same job, and followed to their end.

use super::query::Param;
use super::{BigQuery, DatasetName, TableName, advice};
use crate::cloud::failure::judge;
use crate::cloud::patience::Failure;
use crate::progress::note;
use anyhow::{Context, Result, anyhow};
use google_cloud_bigquery_v2::model::{
    ErrorProto, Job, JobConfiguration, JobConfigurationLoad, JobConfigurationQuery, JobReference, TableReference,
};
use std::time::Duration;
use tokio::time::{Instant, sleep};

/// How often a job is submitted whose end says that it may succeed another time.
const SUBMISSIONS: u32 = 5;
/// A job that takes longer has failed.
const LONGEST: Duration = Duration::from_secs(3_600);
/// Reasons of a job's end that may pass.
const PASSING: [&str; 6] = [
    "backendError",
    "internalError",
    "rateLimitExceeded",
    "jobBackendError",
    "jobInternalError",
    "jobRateLimitExceeded",
];

/// What a job does.
#[derive(Clone, Debug)]
pub enum JobWork {
    /// Runs a query or a script.
    Query(Query),
    /// Loads Parquet files of Cloud Storage into a table, in place of what it holds.
    Load(Load),
}

/// A query or a script.
#[derive(Clone, Debug)]
pub struct Query {
    /// GoogleSQL.
    pub sql: String,
    /// Values of its named parameters.
    pub params: Vec<Param>,
    /// The table that the result replaces.
    pub destination: Option<TableName>,
}

/// A load of Parquet files; the table's columns are those of the files.
#[derive(Clone, Debug)]
pub struct Load {
    /// `gs://` addresses.
    pub uris: Vec<String>,
    /// The table.
    pub into: TableName,
}

impl BigQuery {
    /// Runs a job to its end. A job of this id that was submitted before, perhaps by another process, is this job.
    ///
    /// # Errors
    /// When it fails, for good or too often, or takes longer than an hour.
    pub fn run(&self, id: &str, work: &JobWork) -> Result<Job> {
        let configuration = self.configuration(work);
        self.wait(async {
            for submission in 0..SUBMISSIONS {
                // An id cannot be used again, even if the job failed.
                let id = if submission == 0 { id.to_owned() } else { format!("{id}_{submission}") };
                let job = self.finished(&id, configuration.clone()).await?;
                let Some(error) = job.status.as_ref().and_then(|status| status.error_result.clone()) else {
                    return Ok(job);
                };
                let told = anyhow!("job {id}: {}: {}", error.reason, error.message);
                if !passes(&error) || submission + 1 == SUBMISSIONS {
                    return Err(told);
                }
                let wait = self.patience.random_wait(submission + 1);
                note(format_args!("{told:#}; submitting it again in {:.1} s", wait.as_secs_f64()));
                sleep(wait).await;
            }
            Err(anyhow!("job {id}: it was not submitted"))
        })
    }

    /// What a query would read, in bytes, by a dry run.
    ///
    /// # Errors
    /// When the query is wrong, or the call fails.
    pub fn bytes_of(&self, query: &Query) -> Result<i64> {
        let configuration = self.configuration(&JobWork::Query(query.clone())).set_dry_run(true);
        let what = "a dry run";
        let job = self.wait(self.patience.call(what, || async {
            let job = Job::new().set_configuration(configuration.clone()).set_job_reference(self.reference(""));
            let sent = self.jobs.insert_job().set_project_id(&self.project).set_job(job).send().await;
            let job = sent.map_err(|e| judge(e, advice))?;
            let bytes = job.statistics.as_ref().and_then(|s| s.total_bytes_processed);
            bytes.ok_or_else(|| Failure::Passing(anyhow!("the answer tells no bytes; is this BigQuery?"), None))
        }))?;
        Ok(job)
    }

    /// Submits a job, unless there is one of this id, and waits until it is done.
    async fn finished(&self, id: &str, configuration: JobConfiguration) -> Result<Job> {
        let what = format!("submitting job {id}");
        let submitted = self.patience.call(&what, || self.submit(id, configuration.clone())).await?;
        let start = Instant::now();
        let mut wait = self.poll;
        let mut job = match submitted {
            Some(job) => job,
            None => self.look_at(id).await?,
        };
        while job.status.as_ref().is_none_or(|status| status.state != "DONE") {
            if start.elapsed() > LONGEST {
                return Err(anyhow!("job {id}: not done after {} s", LONGEST.as_secs()));
            }
            sleep(wait).await;
            wait = wait.mul_f64(1.5).min(Duration::from_secs(5));
            job = self.look_at(id).await?;
        }
        Ok(job)
    }

    /// `None` when there is a job of this id already, also when an earlier attempt succeeded and its answer was lost.
    async fn submit(&self, id: &str, configuration: JobConfiguration) -> Result<Option<Job>, Failure> {
        let job = Job::new().set_job_reference(self.reference(id)).set_configuration(configuration);
        match self.jobs.insert_job().set_project_id(&self.project).set_job(job).send().await {
            Ok(job) => checked(job, id).map(Some),
            Err(error) if error.http_status_code() == Some(409) => Ok(None),
            Err(error) => Err(judge(error, advice)),
        }
    }

    async fn look_at(&self, id: &str) -> Result<Job> {
        let what = format!("looking at job {id}");
        let location = self.location.clone().unwrap_or_default();
        self.patience
            .call(&what, || async {
                let request = self.jobs.get_job().set_project_id(&self.project).set_job_id(id).set_location(&location);
                checked(request.send().await.map_err(|e| judge(e, advice))?, id)
            })
            .await
    }

    fn reference(&self, id: &str) -> JobReference {
        let reference = JobReference::new().set_project_id(&self.project).set_job_id(id);
        match &self.location {
            Some(location) => reference.set_location(location.clone()),
            None => reference,
        }
    }

    fn configuration(&self, work: &JobWork) -> JobConfiguration {
        let configuration = JobConfiguration::new().set_labels([("app", "inkling")]);
        match work {
            JobWork::Query(query) => {
                let mut inner = JobConfigurationQuery::new().set_query(&query.sql).set_use_legacy_sql(false);
                if !query.params.is_empty() {
                    inner =
                        inner.set_parameter_mode("NAMED").set_query_parameters(query.params.iter().map(Param::model));
                }
                if let Some(table) = &query.destination {
                    inner = inner
                        .set_destination_table(reference(table))
                        .set_create_disposition("CREATE_IF_NEEDED")
                        .set_write_disposition("WRITE_TRUNCATE");
                }
                if let Some(bytes) = self.max_bytes_billed {
                    inner = inner.set_maximum_bytes_billed(bytes);
                }
                configuration.set_query(inner)
            }
            JobWork::Load(load) => configuration.set_load(
                JobConfigurationLoad::new()
                    .set_source_uris(load.uris.clone())
                    .set_source_format("PARQUET")
                    .set_destination_table(reference(&load.into))
                    .set_create_disposition("CREATE_IF_NEEDED")
                    .set_write_disposition("WRITE_TRUNCATE"),
            ),
        }
    }
}

pub(super) fn reference(table: &TableName) -> TableReference {
    TableReference::new()
        .set_project_id(&table.dataset.project)
        .set_dataset_id(&table.dataset.dataset)
        .set_table_id(&table.table)
}

/// An answer that is no job of ours is not taken for one.
fn checked(job: Job, id: &str) -> Result<Job, Failure> {
    let (named, status) = (job.job_reference.as_ref().map(|r| r.job_id.as_str()), job.status.as_ref());
    if named != Some(id) || status.is_none_or(|s| s.state.is_empty()) {
        let text = format!("the answer is about job {}, or tells no state; is this BigQuery?", named.unwrap_or("none"));
        return Err(Failure::Passing(anyhow!(text), None));
    }
    Ok(job)
}

/// A conflict of two transactions: the other one was faster.
fn passes(error: &ErrorProto) -> bool {
    let conflict = ["concurrent update", "could not serialize", "Failed to commit"];
    PASSING.contains(&error.reason.as_str()) || conflict.iter().any(|text| error.message.contains(text))
}

impl BigQuery {
    /// The table with the result of a finished query, which BigQuery keeps for a day.
    ///
    /// # Errors
    /// When the job tells none.
    pub fn result_of(job: &Job) -> Result<TableName> {
        let query = job.configuration.as_ref().and_then(|c| c.query.as_ref());
        let table = query.and_then(|q| q.destination_table.clone()).context("the query does not tell its table")?;
        let dataset = DatasetName { project: table.project_id, dataset: table.dataset_id };
        Ok(TableName { dataset, table: table.table_id })
    }

    /// The rows that a finished load has loaded.
    ///
    /// # Errors
    /// When the job tells no number.
    pub fn loaded_rows(job: &Job) -> Result<i64> {
        let load = job.statistics.as_ref().and_then(|s| s.load.as_ref());
        load.and_then(|l| l.output_rows).context("the load job does not tell how many rows it has loaded")
    }
}
