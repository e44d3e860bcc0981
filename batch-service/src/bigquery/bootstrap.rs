//! Makes datasets and tables, and brings their columns up to date, with the crate `gcp-bigquery-client`. It knows no
//! retries, no time limit and no checks of its own; all of that is around it.

use super::{BigQuery, DatasetName, TableName, advice};
use crate::cloud::Endpoint;
use crate::cloud::failure::{advised, without_token};
use crate::cloud::patience::{Failure, passes};
use crate::warehouse::table::{Column, Type};
use anyhow::{Context, Result, anyhow};
use gcp_bigquery_client::Client;
use gcp_bigquery_client::auth::Authenticator;
use gcp_bigquery_client::error::BQError;
use gcp_bigquery_client::model::clustering::Clustering;
use gcp_bigquery_client::model::dataset::Dataset;
use gcp_bigquery_client::model::field_type::FieldType;
use gcp_bigquery_client::model::table::Table;
use gcp_bigquery_client::model::table_field_schema::TableFieldSchema;
use gcp_bigquery_client::model::table_schema::TableSchema;
use gcp_bigquery_client::model::time_partitioning::TimePartitioning;
use google_cloud_auth::credentials::{CacheableResource, Credentials};
use jiff::Timestamp;
use std::sync::Arc;
use std::time::Duration;

/// A table that Inkling writes.
#[derive(Clone, Copy, Debug)]
pub struct Layout<'a> {
    /// The column by whose days it is partitioned; it comes first.
    pub day: &'a str,
    /// The others.
    pub columns: &'a [Column<'a>],
    /// The column by which it is clustered.
    pub cluster: Option<&'a str>,
}

/// Google's tokens for the other client.
#[derive(Clone)]
struct Tokens(Credentials);

#[async_trait::async_trait]
impl Authenticator for Tokens {
    async fn access_token(&self) -> Result<String, BQError> {
        match self.0.headers(Default::default()).await {
            Ok(CacheableResource::New { data, .. }) => {
                let bearer = data.get("authorization").and_then(|value| value.to_str().ok());
                // A stand-in wants none, but this client sends one in any case.
                Ok(bearer.and_then(|text| text.strip_prefix("Bearer ")).unwrap_or("none").to_owned())
            }
            Ok(CacheableResource::NotModified) => Err(BQError::NoToken),
            Err(error) => Err(match without_token(&error) {
                Failure::Passing(..) => BQError::ConnectionPoolError(error.to_string()),
                Failure::Lasting(_) => BQError::NoToken,
            }),
        }
    }
}

/// The other client, at the same endpoint.
pub(super) async fn client(endpoint: &Endpoint, credentials: Credentials) -> Result<Client> {
    gcp_bigquery_client::client_builder::ClientBuilder::new()
        .with_v2_base_url(format!("{}/bigquery/v2", endpoint.url))
        .build_from_authenticator(Arc::new(Tokens(credentials)))
        .await
        .map_err(|error| anyhow!("the client for tables: {error}"))
}

/// Whether an error of the other client may pass.
pub(super) fn judged(error: BQError) -> Failure {
    match error {
        BQError::ResponseError { error } => {
            let status = u16::try_from(error.error.code).unwrap_or(500);
            let told = anyhow!("status {status}: {}", error.error.message);
            if passes(status) { Failure::Passing(told, None) } else { Failure::Lasting(advised(told, status, advice)) }
        }
        BQError::NoToken => Failure::Lasting(anyhow!("no access token (`gcloud auth application-default login`)")),
        // A connection that broke, a page that is no JSON.
        other => Failure::Passing(anyhow!("{other}"), None),
    }
}

fn status(error: &BQError) -> Option<i64> {
    match error {
        BQError::ResponseError { error } => Some(error.error.code),
        _ => None,
    }
}

impl BigQuery {
    /// Makes a dataset, if it is not there. Jobs run where it is, unless a location is configured.
    ///
    /// # Errors
    /// When the call fails.
    pub fn ensure_dataset(&mut self, name: &DatasetName) -> Result<()> {
        let what = format!("looking at dataset {name}");
        let found = self.wait(self.patience.call(&what, || async {
            match self.community.dataset().get(&name.project, &name.dataset).await {
                Ok(found) => Ok(Some(found)),
                Err(error) if status(&error) == Some(404) => Ok(None),
                Err(error) => Err(judged(error)),
            }
        }))?;
        let found = match found {
            Some(found) => found,
            None => {
                let what = format!("making dataset {name}");
                self.wait(self.patience.call(&what, || async {
                    let mut dataset = Dataset::new(&name.project, &name.dataset).friendly_name("Inkling");
                    dataset.location.clone_from(&self.location);
                    match self.community.dataset().create(dataset.clone()).await {
                        // Also when an earlier attempt of ours succeeded and its answer was lost.
                        Err(error) if status(&error) == Some(409) => Ok(dataset),
                        done => done.map_err(judged),
                    }
                }))?
            }
        };
        self.location = self.location.take().or(found.location);
        Ok(())
    }

    /// Lets jobs run where a dataset is, unless a location is configured.
    ///
    /// # Errors
    /// When the call fails, or there is no such dataset.
    pub fn locate(&mut self, name: &DatasetName) -> Result<()> {
        if self.location.is_some() {
            return Ok(());
        }
        let what = format!("looking at dataset {name}");
        let found = self.wait(self.patience.call(&what, || async {
            self.community.dataset().get(&name.project, &name.dataset).await.map_err(judged)
        }))?;
        self.location = found.location;
        Ok(())
    }

    /// Makes a table, or adds the columns that it lacks.
    ///
    /// # Errors
    /// When the call fails, or a column has another type than it should.
    pub fn ensure_table(&self, name: &TableName, layout: &Layout<'_>) -> Result<()> {
        let wanted = fields(layout)?;
        let there = self.table(name)?;
        let (project, dataset) = (&name.dataset.project, &name.dataset.dataset);
        let Some(there) = there else {
            let mut table = Table::new(project, dataset, &name.table, TableSchema::new(wanted));
            table.time_partitioning = Some(TimePartitioning::per_day().field(layout.day));
            table.clustering = layout.cluster.map(|column| Clustering { fields: Some(vec![column.to_owned()]) });
            let what = format!("making table {name}");
            return self.wait(self.patience.call(&what, || async {
                match self.community.table().create(table.clone()).await {
                    Ok(_) => Ok(()),
                    Err(error) if status(&error) == Some(409) => Ok(()),
                    Err(error) => Err(judged(error)),
                }
            }));
        };
        let lacking = wanted.iter().any(|field| there.fields.iter().all(|f| f.name != field.name));
        if !lacking {
            return Ok(());
        }
        // Columns that the table has and we do not know stay.
        let mut all = there.fields.iter().map(|f| Ok(TableFieldSchema::new(&f.name, field_type(&f.of)?)));
        let mut all = all.by_ref().collect::<Result<Vec<_>>>()?;
        all.extend(wanted.into_iter().filter(|field| there.fields.iter().all(|f| f.name != field.name)));
        let table = Table::new(project, dataset, &name.table, TableSchema::new(all));
        self.patch(name, table, "adding columns to")
    }

    /// Lets a table vanish by itself after a time.
    ///
    /// # Errors
    /// When the call fails.
    pub fn expire(&self, name: &TableName, after: Duration) -> Result<()> {
        let at = Timestamp::now().checked_add(after).context("a time that far")?.as_millisecond();
        let schema = TableSchema { fields: None };
        let mut table = Table::new(&name.dataset.project, &name.dataset.dataset, &name.table, schema);
        table.expiration_time = Some(at.to_string());
        self.patch(name, table, "setting the end of")
    }

    fn patch(&self, name: &TableName, table: Table, doing: &str) -> Result<()> {
        let what = format!("{doing} table {name}");
        self.wait(self.patience.call(&what, || async {
            let (project, dataset) = (&name.dataset.project, &name.dataset.dataset);
            let patched = self.community.table().patch(project, dataset, &name.table, table.clone()).await;
            patched.map(|_| ()).map_err(judged)
        }))
    }
}

fn fields(layout: &Layout<'_>) -> Result<Vec<TableFieldSchema>> {
    let mut fields = vec![TableFieldSchema::date(layout.day)];
    for column in layout.columns {
        let of = match column.of {
            Type::Bool => FieldType::Boolean,
            Type::I32 | Type::I64 => FieldType::Integer,
            Type::F32 | Type::F64 => FieldType::Float,
            Type::Text => FieldType::String,
            Type::Bytes => FieldType::Bytes,
            Type::Date => FieldType::Date,
        };
        fields.push(TableFieldSchema::new(column.name, of));
    }
    Ok(fields)
}

fn field_type(name: &str) -> Result<FieldType> {
    serde_json::from_value(serde_json::Value::String(name.to_owned()))
        .with_context(|| format!("a column of type {name}"))
}
