//! Inserts single rows by `insertAll`, with the crate `gcp-bigquery-client`.

use super::community::{judged, status};
use super::{BigQuery, TableName};
use crate::cloud::failure::reason_passes;
use crate::cloud::patience::Failure;
use anyhow::{Result, anyhow};
use gcp_bigquery_client::model::table_data_insert_all_request::TableDataInsertAllRequest;
use gcp_bigquery_client::model::table_data_insert_all_response_insert_errors::TableDataInsertAllResponseInsertErrors;
use serde::Serialize;

impl BigQuery {
    /// Inserts a row. `id` names it: an attempt whose answer was lost is not a second row, as long as BigQuery remembers
    /// (a minute or so), so readers must not count on it.
    ///
    /// # Errors
    /// When the row is refused, or the call fails.
    pub fn insert(&self, table: &TableName, id: &str, row: &impl Serialize) -> Result<()> {
        let row = serde_json::to_value(row)?;
        let what = format!("inserting a row into {table}");
        self.wait(self.patience.call(&what, || async {
            let mut request = TableDataInsertAllRequest::new();
            request.add_row(Some(id.to_owned()), &row).map_err(judged)?;
            let (project, dataset) = (&table.dataset.project, &table.dataset.dataset);
            let answer = self.community.tabledata().insert_all(project, dataset, &table.table, request).await;
            let answer = answer.map_err(|error| {
                // A table that was made a moment ago is not known everywhere yet.
                let unknown = status(&error) == Some(404);
                match judged(error) {
                    Failure::Lasting(error) if unknown => Failure::Passing(error, None),
                    other => other,
                }
            })?;
            if let Some(errors) = answer.insert_errors.into_iter().flatten().next() {
                return Err(refused(errors));
            }
            // Without this, any JSON at all would count as success.
            if answer.kind.as_deref() != Some("bigquery#tableDataInsertAllResponse") {
                let text = "the answer is not that of an insertion; is this BigQuery?";
                return Err(Failure::Passing(anyhow!(text), None));
            }
            Ok(())
        }))
    }
}

/// `REASON: MESSAGE (COLUMN)` of every error of a row.
fn refused(row: TableDataInsertAllResponseInsertErrors) -> Failure {
    let errors = row.errors.unwrap_or_default();
    let passing = |reason: &str| reason_passes(reason) || reason == "timeout";
    let passes = !errors.is_empty() && errors.iter().all(|e| e.reason.as_deref().is_some_and(passing));
    let told: Vec<String> = errors
        .into_iter()
        .map(|error| {
            let (reason, message) = (error.reason.unwrap_or_default(), error.message.unwrap_or_default());
            let column = error.location.filter(|column| !column.is_empty()).map(|column| format!(" ({column})"));
            format!("{reason}: {message}{}", column.unwrap_or_default())
        })
        .collect();
    let told = anyhow!("the row is refused: {}", told.join("; "));
    if passes { Failure::Passing(told, None) } else { Failure::Lasting(told) }
}
