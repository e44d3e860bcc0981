//! Jobs: submitted under a name of our own, so that a repetition is the same job, and followed to their end.

use super::work::{JobWork, Query};
use super::{BigQuery, DatasetName, LONGEST_POLL, TableName, advice, answers, failed, is_refused};
use crate::cloud::failure::judge;
use crate::cloud::patience::Failure;
use crate::logs::{Severity, line};
use anyhow::{Context, Result, anyhow, bail};
use google_cloud_bigquery_v2::model::{ErrorProto, Job, JobConfiguration};
use tokio::time::{Instant, sleep};

/// How often a job is submitted whose end says that it may succeed another time.
const SUBMISSIONS: u32 = 5;
/// Submissions of one id that are numbered; after so many that have failed, names are random.
const NUMBERED: u32 = 20;

/// A job that BigQuery has ended with an error: nothing of it will still happen.
#[derive(Debug)]
pub struct JobEnded(pub String);

impl std::fmt::Display for JobEnded {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "job {}", self.0)
    }
}

impl BigQuery {
    /// Runs a job to its end. A job of this id that was submitted before, perhaps by another process, is this job, unless
    /// it has failed: what was wrong then may be right by now.
    ///
    /// # Errors
    /// When it fails, for good or too often, or takes longer than an hour.
    pub fn run(&self, id: &str, work: &JobWork) -> Result<Job> {
        let configuration = self.configuration(work);
        self.wait(async {
            let mut failures = 0;
            for number in 0..NUMBERED + SUBMISSIONS {
                // An id cannot be used again, even if the job failed.
                let id = name_of(id, number)?;
                let Some((job, from_before)) = self.finished(&id, configuration.clone()).await? else { continue };
                self.add_billed_of(&id, &job);
                let Some(error) = job.status.as_ref().and_then(|status| status.error_result.clone()) else {
                    return Ok(job);
                };
                if from_before {
                    continue;
                }
                failures += 1;
                let told = match failed(&error) {
                    Failure::Passing(told, _) => told,
                    Failure::Lasting(told) if is_conflict(&error) => told,
                    Failure::Lasting(told) => return Err(told.context(JobEnded(id))),
                };
                let told = told.context(format!("job {id}"));
                if failures == SUBMISSIONS {
                    return Err(told.context(format!("a job was submitted {failures} times")));
                }
                let wait = self.patience.random_wait(failures);
                let text = format!("{told:#}; submitting it again in {:.1} s", wait.as_secs_f64());
                line(Severity::Warning, text).print();
                sleep(wait).await;
            }
            Err(anyhow!("job {id}: every job of this name has failed"))
        })
    }

    /// What a query would read, in bytes, by a dry run.
    ///
    /// # Errors
    /// When the query is wrong, or the call fails.
    pub fn bytes_of(&self, query: &Query) -> Result<i64> {
        let configuration = self.configuration(&JobWork::Query(query.clone())).set_dry_run(true);
        self.wait(self.patience.call("a dry run", || async {
            // It has no id: nothing is run, and nothing remembered.
            let job = Job::new().set_configuration(configuration.clone()).set_job_reference(self.reference(""));
            let sent = self.jobs.insert_job().set_project_id(&self.project).set_job(job).send().await;
            let job = sent.map_err(|e| judge(e, advice))?;
            if let Some(error) = job.status.as_ref().and_then(|status| status.error_result.as_ref()) {
                return Err(failed(error));
            }
            let bytes = job.statistics.as_ref().and_then(|s| s.total_bytes_processed);
            bytes.ok_or_else(|| Failure::Passing(anyhow!("the answer tells no bytes; is this BigQuery?"), None))
        }))
    }

    /// Submits a job, unless there is one of this id, and waits until it is done. Tells whether it was done before; `None`
    /// when the job of this id is another account's, which we may not look at.
    async fn finished(&self, id: &str, configuration: JobConfiguration) -> Result<Option<(Job, bool)>> {
        let what = format!("submitting job {id}");
        let submitted = self.patience.call(&what, || self.submit(id, configuration.clone())).await?;
        let mut job = match submitted {
            Some(job) => job,
            None => {
                let Some(job) = self.look_at(id, self.location.get().cloned(), true).await? else { return Ok(None) };
                if is_done(&job) {
                    return Ok(Some((job, true)));
                }
                job
            }
        };
        let (start, mut wait) = (Instant::now(), self.poll);
        let location = self.location.get().cloned().or(job.job_reference.as_ref().and_then(|r| r.location.clone()));
        while !is_done(&job) {
            self.too_long(start, id)?;
            sleep(wait).await;
            wait = wait.mul_f64(1.5).min(LONGEST_POLL);
            job = self.look_at(id, location.clone(), false).await?.with_context(|| format!("job {id} is gone"))?;
        }
        Ok(Some((job, false)))
    }

    /// An error when a job has been waited for long enough.
    pub(super) fn too_long(&self, start: Instant, id: &str) -> Result<()> {
        if start.elapsed() > self.longest_job {
            let limit = self.longest_job.as_secs_f64();
            bail!("job {id}: not done after {limit} s; it goes on, and can be looked at in the console");
        }
        Ok(())
    }

    /// `None` when there is a job of this id already, also when an earlier attempt succeeded and its answer was lost.
    async fn submit(&self, id: &str, configuration: JobConfiguration) -> Result<Option<Job>, Failure> {
        let job = Job::new().set_job_reference(self.reference(id)).set_configuration(configuration);
        match self.jobs.insert_job().set_project_id(&self.project).set_job(job).send().await {
            Ok(job) => checked(job, id).map(Some),
            Err(error) if answers(&error, 409) => Ok(None),
            Err(error) => Err(judge(error, advice)),
        }
    }

    /// `None` when it is another account's, if that is to be expected.
    pub(super) async fn look_at(
        &self,
        id: &str,
        location: Option<String>,
        perhaps_others: bool,
    ) -> Result<Option<Job>> {
        let what = format!("looking at job {id}");
        let location = location.unwrap_or_default();
        self.patience
            .call(&what, || async {
                let request = self.jobs.get_job().set_project_id(&self.project).set_job_id(id).set_location(&location);
                match request.send().await {
                    Err(error) if perhaps_others && is_refused(&error) => Ok(None),
                    answer => checked(answer.map_err(|e| judge(e, advice))?, id).map(Some),
                }
            })
            .await
    }
}

/// Nothing but queries is billed by the byte.
pub(super) fn billed_for(job: &Job) -> Option<i64> {
    job.statistics.as_ref()?.query.as_ref()?.total_bytes_billed
}

/// The id of a submission. Others find the numbered ones.
fn name_of(id: &str, number: u32) -> Result<String> {
    Ok(match number {
        0 => id.to_owned(),
        1..NUMBERED => format!("{id}_{number}"),
        _ => format!("{id}_{:016x}", getrandom::u64()?),
    })
}

fn is_done(job: &Job) -> bool {
    job.status.as_ref().is_some_and(|status| status.state == "DONE")
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

/// Of two transactions the other one was faster.
fn is_conflict(error: &ErrorProto) -> bool {
    ["concurrent update", "could not serialize", "Failed to commit"].iter().any(|text| error.message.contains(text))
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
