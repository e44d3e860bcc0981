//! What jobs do.

use super::query::Param;
use super::{BigQuery, TableName};
use google_cloud_bigquery_v2::model::{
    JobConfiguration, JobConfigurationLoad, JobConfigurationQuery, JobReference, TableReference,
};

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
    pub(super) fn reference(&self, id: &str) -> JobReference {
        let reference = JobReference::new().set_project_id(&self.project).set_job_id(id);
        match self.location.get() {
            Some(location) => reference.set_location(location.clone()),
            None => reference,
        }
    }

    pub(super) fn configuration(&self, work: &JobWork) -> JobConfiguration {
        let configuration = JobConfiguration::new().set_labels([("app", "inkling")]);
        match work {
            JobWork::Query(query) => {
                let mut inner = JobConfigurationQuery::new().set_query(&query.sql).set_use_legacy_sql(false);
                if !query.params.is_empty() {
                    inner =
                        inner.set_parameter_mode("NAMED").set_query_parameters(query.params.iter().map(Param::model));
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

fn reference(table: &TableName) -> TableReference {
    TableReference::new()
        .set_project_id(&table.dataset.project)
        .set_dataset_id(&table.dataset.dataset)
        .set_table_id(&table.table)
}
