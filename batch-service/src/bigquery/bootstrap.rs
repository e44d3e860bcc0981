//! Makes datasets and tables, unless they are there.

use super::community::{judged, status};
use super::{BigQuery, DatasetName, TableName};
use crate::cloud::patience::Failure;
use crate::warehouse::table::Column;
use anyhow::{Context, Result, anyhow, bail};
use gcp_bigquery_client::error::BQError;
use gcp_bigquery_client::model::clustering::Clustering;
use gcp_bigquery_client::model::dataset::Dataset;
use gcp_bigquery_client::model::table::Table;
use gcp_bigquery_client::model::table_schema::TableSchema;
use gcp_bigquery_client::model::time_partitioning::TimePartitioning;
use google_cloud_bigquery_v2::model::Table as Patch;
use jiff::Timestamp;
use std::time::Duration;

/// How often something is looked for that is there and is not there.
const ROUNDS: u32 = 5;

/// A table that Inkling writes.
#[derive(Clone, Copy, Debug)]
pub struct Layout<'a> {
    /// The column with the day; it comes first.
    pub day: &'a str,
    /// Whether the table is partitioned by it.
    pub partitioned: bool,
    /// The others.
    pub columns: &'a [Column<'a>],
    /// The column by which it is clustered.
    pub cluster: Option<&'a str>,
}

impl BigQuery {
    /// Makes a dataset, if it is not there. Jobs run where it is, unless a location is configured.
    ///
    /// # Errors
    /// When the call fails.
    pub fn ensure_dataset(&self, name: &DatasetName) -> Result<()> {
        let found = self.wait(async {
            for _ in 0..ROUNDS {
                if let Some(found) = self.dataset(name).await? {
                    return Ok(found);
                }
                if let Some(made) = self.make_dataset(name).await? {
                    return Ok(made);
                }
            }
            Err(anyhow!("dataset {name} is there, and is not there: who removes datasets?"))
        })?;
        self.run_where(found);
        Ok(())
    }

    fn run_where(&self, dataset: Dataset) {
        if let Some(location) = dataset.location {
            // The first one stays.
            let _ = self.location.set(location);
        }
    }

    /// Lets jobs run where a dataset is, unless a location is configured. Whether there is such a dataset.
    ///
    /// # Errors
    /// When the call fails.
    pub fn locate(&self, name: &DatasetName) -> Result<bool> {
        let found = self.wait(self.dataset(name))?;
        let there = found.is_some();
        found.into_iter().for_each(|dataset| self.run_where(dataset));
        Ok(there)
    }

    async fn dataset(&self, name: &DatasetName) -> Result<Option<Dataset>> {
        let what = format!("looking at dataset {name}");
        self.patience
            .call(&what, || async {
                match self.community.dataset().get(&name.project, &name.dataset).await {
                    Err(error) if status(&error) == Some(404) => Ok(None),
                    answer => checked(answer, name).map(Some),
                }
            })
            .await
    }

    /// `None` when there is one already, also when an earlier attempt of ours succeeded and its answer was lost.
    async fn make_dataset(&self, name: &DatasetName) -> Result<Option<Dataset>> {
        let what = format!("making dataset {name}");
        self.patience
            .call(&what, || async {
                let mut dataset = Dataset::new(&name.project, &name.dataset).friendly_name("Inkling");
                dataset.location = self.location.get().cloned();
                match self.community.dataset().create(dataset).await {
                    Err(error) if status(&error) == Some(409) => Ok(None),
                    answer => checked(answer, name).map(Some),
                }
            })
            .await
    }

    /// Makes a table, or adds the columns that it lacks.
    ///
    /// # Errors
    /// When the call fails, or a column has another type than it should.
    pub fn ensure_table(&self, name: &TableName, layout: &Layout<'_>) -> Result<()> {
        for _ in 0..ROUNDS {
            if let Some(there) = self.table_as_it_is(name, false)? {
                return self.ensure_columns(name, there, layout);
            }
            if self.make_table(name, layout)? {
                return Ok(());
            }
        }
        bail!("table {name} is there, and is not there: who removes tables?")
    }

    /// Not done when there is one already, perhaps with fewer columns.
    fn make_table(&self, name: &TableName, layout: &Layout<'_>) -> Result<bool> {
        let (project, dataset) = (&name.dataset.project, &name.dataset.dataset);
        let mut table = Table::new(project, dataset, &name.table, TableSchema::new(layout.fields()?));
        table.time_partitioning = layout.partitioned.then(|| TimePartitioning::per_day().field(layout.day));
        table.clustering = layout.cluster.map(|column| Clustering { fields: Some(vec![column.to_owned()]) });
        let what = format!("making table {name}");
        self.wait(self.patience.call(&what, || async {
            match self.community.table().create(table.clone()).await {
                Ok(made) if made.table_reference.table_id == name.table => Ok(true),
                Ok(_) => Err(Failure::Passing(anyhow!("the answer is about another table; is this BigQuery?"), None)),
                Err(error) if status(&error) == Some(409) => Ok(false),
                Err(error) => Err(judged(error)),
            }
        }))
    }

    /// Lets a table vanish by itself after a time.
    ///
    /// # Errors
    /// When the call fails.
    pub fn expire(&self, name: &TableName, after: Duration) -> Result<()> {
        let at = Timestamp::now().checked_add(after).context("a time that far")?.as_millisecond();
        self.patch(name, &Patch::new().set_expiration_time(at), "setting the end of")
    }
}

/// An answer about something else is none.
fn checked(answer: Result<Dataset, BQError>, name: &DatasetName) -> Result<Dataset, Failure> {
    let found = answer.map_err(judged)?;
    if found.dataset_reference.dataset_id != name.dataset {
        return Err(Failure::Passing(anyhow!("the answer is about another dataset; is this BigQuery?"), None));
    }
    Ok(found)
}
