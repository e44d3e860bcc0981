//! Inserts single rows by `insertAll`, with the crate `gcp-bigquery-client`.

use super::bootstrap::judged;
use super::{BigQuery, TableName};
use crate::cloud::patience::Failure;
use anyhow::{Result, anyhow};
use gcp_bigquery_client::model::table_data_insert_all_request::TableDataInsertAllRequest;
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
            let answer = match answer {
                Ok(answer) => answer,
                // A table that was made a moment ago is not known everywhere yet.
                Err(error) => {
                    return Err(match judged(error) {
                        Failure::Lasting(error) if error.to_string().contains("status 404") => {
                            Failure::Passing(error, None)
                        }
                        other => other,
                    });
                }
            };
            if let Some(error) = answer.insert_errors.into_iter().flatten().next() {
                return Err(Failure::Lasting(anyhow!("the row is refused: {error}")));
            }
            // Without this, any JSON at all would count as success.
            if answer.kind.as_deref() != Some("bigquery#tableDataInsertAllResponse") {
                return Err(Failure::Passing(
                    anyhow!("the answer is not that of an insertion; is this BigQuery?"),
                    None,
                ));
            }
            Ok(())
        }))
    }
}
