//! Small queries: their rows at once, as text.

use super::{BigQuery, advice};
use crate::cloud::failure::judge;
use crate::cloud::patience::Failure;
use anyhow::{Context, Result, anyhow};
use google_cloud_bigquery_v2::model::{QueryParameter, QueryParameterType, QueryParameterValue, QueryRequest};
use jiff::civil::Date;
use serde_json::Value;

/// A named parameter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Param {
    /// Without the `@`.
    pub name: &'static str,
    /// `DATE`, `STRING`, `INT64`.
    pub of: &'static str,
    /// As text.
    pub value: String,
}

impl Param {
    /// A date.
    #[must_use]
    pub fn date(name: &'static str, value: Date) -> Self {
        Self { name, of: "DATE", value: value.to_string() }
    }

    /// A whole number.
    #[must_use]
    pub fn int(name: &'static str, value: i64) -> Self {
        Self { name, of: "INT64", value: value.to_string() }
    }

    /// A text.
    #[must_use]
    pub fn text(name: &'static str, value: impl Into<String>) -> Self {
        Self { name, of: "STRING", value: value.into() }
    }

    pub(super) fn model(&self) -> QueryParameter {
        QueryParameter::new()
            .set_name(self.name)
            .set_parameter_type(QueryParameterType::new().set_type(self.of))
            .set_parameter_value(QueryParameterValue::new().set_value(self.value.clone()))
    }
}

/// The cells of a row, as BigQuery writes them; `None` is null.
pub type Row = Vec<Option<String>>;

impl BigQuery {
    /// The rows of a SELECT with a few hundred rows at most.
    ///
    /// # Errors
    /// When the query is wrong, the call fails, or there are more rows than one answer holds.
    pub fn select(&self, what: &str, sql: &str, params: &[Param]) -> Result<Vec<Row>> {
        self.wait(self.patience.call(what, || self.select_once(sql, params)))
    }

    async fn select_once(&self, sql: &str, params: &[Param]) -> Result<Vec<Row>, Failure> {
        let mut request = QueryRequest::new()
            .set_query(sql)
            .set_use_legacy_sql(false)
            .set_parameter_mode("NAMED")
            .set_query_parameters(params.iter().map(Param::model))
            .set_max_results(10_000_u32)
            .set_timeout_ms(30_000_u32);
        if let Some(location) = &self.location {
            request = request.set_location(location);
        }
        if let Some(bytes) = self.max_bytes_billed {
            request = request.set_maximum_bytes_billed(bytes);
        }
        let sent = self.jobs.query().set_project_id(&self.project).set_query_request(request).send().await;
        let answer = sent.map_err(|e| judge(e, advice))?;
        let job = answer.job_reference.clone().map(|r| r.job_id).unwrap_or_default();
        if let Some(error) = answer.errors.first() {
            return Err(Failure::Lasting(anyhow!("{}: {}", error.reason, error.message)));
        }
        match answer.job_complete {
            Some(true) => complete(answer.rows.iter().map(row), &answer.page_token),
            // It goes on by itself; a repetition would be another job.
            Some(false) => self.results(&job).await,
            None => Err(Failure::Passing(anyhow!("the answer is not that of a query; is this BigQuery?"), None)),
        }
    }

    async fn results(&self, job: &str) -> Result<Vec<Row>, Failure> {
        loop {
            let mut request = self.jobs.get_query_results().set_project_id(&self.project).set_job_id(job);
            if let Some(location) = &self.location {
                request = request.set_location(location);
            }
            let answer = request.send().await.map_err(|e| judge(e, advice))?;
            if let Some(error) = answer.errors.first() {
                return Err(Failure::Lasting(anyhow!("{}: {}", error.reason, error.message)));
            }
            if answer.job_complete == Some(true) {
                return complete(answer.rows.iter().map(row), &answer.page_token);
            }
            tokio::time::sleep(self.poll).await;
        }
    }
}

fn complete(rows: impl Iterator<Item = Result<Row>>, more: &str) -> Result<Vec<Row>, Failure> {
    if !more.is_empty() {
        return Err(Failure::Lasting(anyhow!("more rows than one answer holds")));
    }
    rows.collect::<Result<_>>().map_err(|error| Failure::Passing(error, None))
}

/// `{"f": [{"v": "text"}, {"v": null}]}`
fn row(row: &serde_json::Map<String, Value>) -> Result<Row> {
    let cells = row.get("f").and_then(Value::as_array).context("a row without cells; is this BigQuery?")?;
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
