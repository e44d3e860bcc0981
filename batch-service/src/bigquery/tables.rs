//! What tables there are, and what they look like.

use super::{BigQuery, DatasetName, TableName, advice, answers, is_refused};
use crate::cloud::failure::judge;
use crate::cloud::patience::Failure;
use anyhow::{Context, Result, anyhow};
use google_cloud_bigquery_v2::model::{Table, TableFieldSchema};
use google_cloud_gax::error::Error;

/// More pages than this are a server that goes round in circles.
const MAX_PAGES: usize = 1_000;

/// A table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TableInfo {
    /// Rows in it, without those of its streaming buffer.
    pub rows: u64,
    /// Their size.
    pub bytes: i64,
    /// Milliseconds since 1970.
    pub last_modified: u64,
    /// Its columns.
    pub fields: Vec<Field>,
}

/// A column, or a field of a struct.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Field {
    /// Its name.
    pub name: String,
    /// `STRING`, `INTEGER`, `FLOAT`, `RECORD` ...
    pub of: String,
    /// Whether it is a list.
    pub repeated: bool,
    /// The fields of a struct.
    pub fields: Vec<Field>,
}

impl Field {
    fn of(field: &TableFieldSchema) -> Self {
        Self {
            name: field.name.clone(),
            of: field.r#type.clone(),
            repeated: field.mode == "REPEATED",
            fields: field.fields.iter().map(Self::of).collect(),
        }
    }
}

impl BigQuery {
    /// The names of a dataset's tables, sorted; `None` when there is no such dataset.
    ///
    /// # Errors
    /// When the call fails.
    pub fn table_names(&self, dataset: &DatasetName) -> Result<Option<Vec<String>>> {
        let what = format!("listing the tables of {dataset}");
        self.wait(async {
            let mut names = Vec::new();
            let mut token = String::new();
            for _ in 0..MAX_PAGES {
                let page = self.patience.call(&what, || self.page(dataset, &token)).await?;
                let Some((found, next)) = page else { return Ok(None) };
                names.extend(found);
                token = next;
                if token.is_empty() {
                    names.sort_unstable();
                    return Ok(Some(names));
                }
            }
            Err(anyhow!("{what}: more than {MAX_PAGES} pages"))
        })
    }

    async fn page(&self, dataset: &DatasetName, token: &str) -> Result<Option<(Vec<String>, String)>, Failure> {
        let request = self
            .tables
            .list_tables()
            .set_project_id(&dataset.project)
            .set_dataset_id(&dataset.dataset)
            .set_max_results(1_000_u32)
            .set_page_token(token);
        let page = match request.send().await {
            Ok(page) => page,
            Err(error) if answers(&error, 404) => return Ok(None),
            Err(error) => return Err(judge(error, advice)),
        };
        if page.kind != "bigquery#tableList" {
            return Err(Failure::Passing(anyhow!("a list of `{}`; is this BigQuery?", page.kind), None));
        }
        let names = page.tables.into_iter().map(|table| Some(table.table_reference?.table_id));
        let names = names.collect::<Option<_>>().context("a table without a name; is this BigQuery?");
        Ok(Some((names.map_err(|error| Failure::Passing(error, None))?, page.next_page_token)))
    }

    /// A table; `None` when there is none of this name.
    ///
    /// # Errors
    /// When the call fails, or there is not even the dataset.
    pub fn table(&self, name: &TableName) -> Result<Option<TableInfo>> {
        Ok(self.table_as_it_is(name, false)?.map(|table| TableInfo {
            rows: table.num_rows.unwrap_or(0),
            bytes: table.num_bytes.unwrap_or(0),
            last_modified: table.last_modified_time,
            fields: table.schema.map(|s| s.fields.iter().map(Field::of).collect()).unwrap_or_default(),
        }))
    }

    /// Whether the result of a query is there and may be read. BigQuery shows it to the account that ran the query alone.
    ///
    /// # Errors
    /// When the call fails.
    pub fn result_is_there(&self, name: &TableName) -> Result<bool> {
        Ok(self.table_as_it_is(name, true)?.is_some())
    }

    /// A table, as BigQuery describes it; one that is refused is none where it is `perhaps_others`.
    pub(super) fn table_as_it_is(&self, name: &TableName, perhaps_others: bool) -> Result<Option<Table>> {
        let what = format!("looking at table {name}");
        self.wait(self.patience.call(&what, || async {
            let request = self
                .tables
                .get_table()
                .set_project_id(&name.dataset.project)
                .set_dataset_id(&name.dataset.dataset)
                .set_table_id(&name.table);
            match request.send().await {
                Ok(table) => name.checked(table).map(Some),
                Err(error) if name.is_absent(&error) => Ok(None),
                Err(error) if perhaps_others && is_refused(&error) => Ok(None),
                Err(error) => Err(judge(error, advice)),
            }
        }))
    }

    /// Removes a table, if it is there.
    ///
    /// # Errors
    /// When the call fails.
    pub fn remove(&self, name: &TableName) -> Result<()> {
        let what = format!("removing table {name}");
        self.wait(self.patience.call(&what, || async {
            let request = self
                .tables
                .delete_table()
                .set_project_id(&name.dataset.project)
                .set_dataset_id(&name.dataset.dataset)
                .set_table_id(&name.table);
            match request.send().await {
                Ok(()) => Ok(()),
                Err(error) if name.is_absent(&error) => Ok(()),
                Err(error) => Err(judge(error, advice)),
            }
        }))
    }
}

impl TableName {
    /// Whether BigQuery says that the table is not there, and does not say so of its dataset: a dataset that was removed
    /// by mistake is not a table that is not there yet. The datasets of results come and go.
    fn is_absent(&self, error: &Error) -> bool {
        let said = error.status().map(|status| status.message.as_str()).unwrap_or_default();
        answers(error, 404) && (self.dataset.dataset.starts_with('_') || !said.contains("Not found: Dataset"))
    }

    /// An answer about something else is none.
    pub(super) fn checked(&self, table: Table) -> Result<Table, Failure> {
        if table.table_reference.as_ref().is_none_or(|r| r.table_id != self.table) {
            return Err(Failure::Passing(anyhow!("the answer is about another table; is this BigQuery?"), None));
        }
        Ok(table)
    }
}
