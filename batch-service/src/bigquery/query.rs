//! Small queries: their rows at once, as text.

use super::job::billed_for;
use super::{BigQuery, LONGEST_POLL, advice, answers, failed};
use crate::cloud::failure::{judge, reason, reason_passes};
use crate::cloud::patience::Failure;
use crate::logs::{Severity, line};
use anyhow::{Context, Result, anyhow, bail};
use google_cloud_bigquery_v2::model::{
    ErrorProto, QueryParameter, QueryParameterType, QueryParameterValue, QueryRequest,
};
use google_cloud_gax::error::Error;
use jiff::civil::Date;
use serde_json::Value;
use std::cell::{Cell, RefCell};
use tokio::time::{Instant, sleep};

/// Rows that one answer may have.
const MOST_ROWS: u32 = 10_000;
/// Answers that are asked for; more rows than they hold are no small query.
const MOST_PAGES: usize = 100;

/// A named parameter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Param {
    /// Without the `@`.
    pub name: &'static str,
    /// `DATE`, `STRING`, `INT64`; of an array what each of its values is.
    pub of: &'static str,
    /// What it is.
    pub value: ParamValue,
}

/// A parameter's value, as text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ParamValue {
    /// A value.
    One(String),
    /// An array.
    Many(Vec<String>),
}

impl Param {
    /// A date.
    #[must_use]
    pub fn date(name: &'static str, value: Date) -> Self {
        Self { name, of: "DATE", value: ParamValue::One(value.to_string()) }
    }

    /// A whole number.
    #[must_use]
    pub fn int(name: &'static str, value: i64) -> Self {
        Self { name, of: "INT64", value: ParamValue::One(value.to_string()) }
    }

    /// A text.
    #[must_use]
    pub fn text(name: &'static str, value: impl Into<String>) -> Self {
        Self { name, of: "STRING", value: ParamValue::One(value.into()) }
    }

    /// Texts, an `ARRAY<STRING>`.
    #[must_use]
    pub fn texts(name: &'static str, values: &[&str]) -> Self {
        Self { name, of: "STRING", value: ParamValue::Many(values.iter().map(|text| (*text).to_owned()).collect()) }
    }

    pub(super) fn model(&self) -> QueryParameter {
        let one = QueryParameterType::new().set_type(self.of);
        let value = |text: &String| QueryParameterValue::new().set_value(text.clone());
        let (of, value) = match &self.value {
            ParamValue::One(text) => (one, value(text)),
            ParamValue::Many(texts) => (
                QueryParameterType::new().set_type("ARRAY").set_array_type(one),
                QueryParameterValue::new().set_array_values(texts.iter().map(value)),
            ),
        };
        QueryParameter::new().set_name(self.name).set_parameter_type(of).set_parameter_value(value)
    }
}

/// The cells of a row, as BigQuery writes them; `None` is null.
pub type Row = Vec<Option<String>>;

/// How far a query is.
enum Progress {
    /// The last rows, and how many there are in all.
    Rows(Vec<Row>, u64),
    /// Some rows; more are asked for.
    More(Vec<Row>, Running),
    Running(Running),
}

/// A query that goes on by itself.
#[derive(Clone)]
struct Running {
    job: String,
    location: Option<String>,
    /// From where on rows are asked for.
    page: String,
}

impl BigQuery {
    /// The rows of a small SELECT: they are held in memory.
    ///
    /// # Errors
    /// When the query is wrong, the call fails, or there are more than a million rows.
    pub fn select(&self, what: &str, sql: &str, params: &[Param]) -> Result<Vec<Row>> {
        let mut request = QueryRequest::new()
            .set_query(sql)
            .set_use_legacy_sql(false)
            .set_parameter_mode("NAMED")
            .set_query_parameters(params.iter().map(Param::model))
            .set_max_results(MOST_ROWS)
            .set_timeout_ms(30_000_u32);
        if let Some(location) = self.location.get() {
            request = request.set_location(location);
        }
        if let Some(bytes) = self.max_bytes_billed {
            request = request.set_maximum_bytes_billed(bytes);
        }
        let name = getrandom::u64()?;
        // Attempts of the same number are one query to BigQuery, also when an answer was lost.
        let number = Cell::new(0_u32);
        let running = RefCell::new(None);
        // Only the first answer tells it, and only of a query that is done by then.
        let billed = Cell::new(None);
        self.wait(async {
            let (start, mut wait) = (Instant::now(), self.poll);
            let (mut all, mut pages): (Vec<Row>, usize) = (Vec::new(), 0);
            let mut slow = None;
            loop {
                let progress = self.patience.call(what, || async {
                    let known = running.borrow().clone();
                    let id = format!("{name:016x}-{}", number.get());
                    let step = match &known {
                        None => self.ask(request.clone().set_request_id(id), &billed).await,
                        Some(running) => self.ask_on(running).await,
                    };
                    step.map_err(|(failure, over)| {
                        if over {
                            number.set(number.get() + 1);
                            *running.borrow_mut() = None;
                        }
                        failure
                    })
                });
                let job = match progress.await? {
                    Progress::Rows(rows, total) => {
                        all.extend(rows);
                        if all.len() as u64 != total {
                            bail!("{what}: {} rows came where {total} were told", all.len());
                        }
                        if let (None, Some(Running { job, location, .. })) = (billed.get(), slow) {
                            let location = self.location.get().cloned().or(location);
                            match self.look_at(&job, location, false).await {
                                Ok(job) => billed.set(job.as_ref().and_then(billed_for)),
                                // The rows are there.
                                Err(error) => {
                                    let text = format!("what job {job} was billed for is not known: {error:#}");
                                    line(Severity::Warning, text).print();
                                }
                            }
                        }
                        self.add_billed(billed.get());
                        return Ok(all);
                    }
                    Progress::More(rows, next) => {
                        all.extend(rows);
                        pages += 1;
                        if pages == MOST_PAGES {
                            bail!("{what}: more than {} rows", all.len());
                        }
                        *running.borrow_mut() = Some(next);
                        continue;
                    }
                    Progress::Running(job) => job,
                };
                self.too_long(start, &job.job).with_context(|| what.to_owned())?;
                slow = Some(job.clone());
                *running.borrow_mut() = Some(job);
                sleep(wait).await;
                wait = wait.mul_f64(1.5).min(LONGEST_POLL);
            }
        })
    }

    /// Asks a query; with a failure, whether the query itself is over.
    async fn ask(&self, request: QueryRequest, billed: &Cell<Option<i64>>) -> Result<Progress, (Failure, bool)> {
        let sent = self.jobs.query().set_project_id(&self.project).set_query_request(request).send().await;
        let answer = sent.map_err(|error| match (answers(&error, 409), judged(error)) {
            // Of an attempt whose answer was lost. BigQuery would give its rows; who does not is asked under another id.
            (true, (Failure::Lasting(error), _)) => (Failure::Passing(error, None), true),
            (_, other) => other,
        })?;
        billed.set(answer.total_bytes_billed);
        let job = answer.job_reference.map(|r| Running { job: r.job_id, location: r.location, page: String::new() });
        progress(answer.errors.first(), answer.job_complete, job, &answer.rows, answer.total_rows, &answer.page_token)
    }

    /// Asks what has become of it.
    async fn ask_on(&self, running: &Running) -> Result<Progress, (Failure, bool)> {
        let mut request = self.jobs.get_query_results().set_project_id(&self.project).set_job_id(&running.job);
        request = request.set_max_results(MOST_ROWS).set_page_token(&running.page);
        if let Some(location) = self.location.get().or(running.location.as_ref()) {
            request = request.set_location(location);
        }
        let answer = request.send().await.map_err(judged)?;
        let job = Some(running.clone());
        progress(answer.errors.first(), answer.job_complete, job, &answer.rows, answer.total_rows, &answer.page_token)
    }
}

/// The query has failed, and not only a call about it, when the reason speaks of the job, or under a status that is not
/// one of passing trouble.
fn judged(error: Error) -> (Failure, bool) {
    let over = reason(&error).is_some_and(|reason| {
        reason_passes(reason) && (reason.starts_with("job") || error.http_status_code() == Some(400))
    });
    (judge(error, advice), over)
}

fn progress(
    error: Option<&ErrorProto>,
    complete: Option<bool>,
    job: Option<Running>,
    rows: &[serde_json::Map<String, Value>],
    total: Option<u64>,
    more: &str,
) -> Result<Progress, (Failure, bool)> {
    let not_ours = |text: &str| (Failure::Passing(anyhow!("{text}; is this BigQuery?"), None), false);
    if let Some(error) = error {
        return Err((failed(error), true));
    }
    let first = job.as_ref().is_none_or(|job| job.page.is_empty());
    match (complete, &job) {
        // A repetition would be another job.
        (Some(false), Some(job)) if !job.job.is_empty() => return Ok(Progress::Running(job.clone())),
        (Some(true), _) => {}
        _ => return Err(not_ours("the answer is not that of a query")),
    }
    let here = rows.len() as u64;
    let whole = first && more.is_empty();
    let Some(total) = total.filter(|total| if whole { here == *total } else { here <= *total }) else {
        return Err(not_ours(&format!("{here} rows where {total:?} were told")));
    };
    let rows = rows.iter().map(row).collect::<Result<_>>().map_err(|error| not_ours(&format!("{error:#}")))?;
    match job {
        _ if more.is_empty() => Ok(Progress::Rows(rows, total)),
        Some(job) if !job.job.is_empty() && here > 0 => {
            Ok(Progress::More(rows, Running { page: more.to_owned(), ..job }))
        }
        _ => Err(not_ours("a part of the rows, and no job to ask for the others")),
    }
}

/// `{"f": [{"v": "text"}, {"v": null}]}`
fn row(row: &serde_json::Map<String, Value>) -> Result<Row> {
    let cells = row.get("f").and_then(Value::as_array).context("a row without cells")?;
    cells
        .iter()
        .map(|cell| match cell.get("v") {
            Some(Value::Null) => Ok(None),
            Some(Value::String(text)) => Ok(Some(text.clone())),
            Some(Value::Number(number)) => Ok(Some(number.to_string())),
            Some(Value::Bool(truth)) => Ok(Some(truth.to_string())),
            other => Err(anyhow!("a cell that is no single value: {other:?}")),
        })
        .collect()
}
