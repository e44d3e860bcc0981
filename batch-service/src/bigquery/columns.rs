//! The columns of tables: what they should be, and adding the ones that are lacking.

use super::{BigQuery, Layout, TableName, advice};
use crate::cloud::failure::judge;
use crate::warehouse::table::{Column, Type};
use anyhow::{Context, Result, bail};
use gcp_bigquery_client::model::table_field_schema::TableFieldSchema;
use google_cloud_bigquery_v2::model::{Table, TableFieldSchema as Field};

impl Layout<'_> {
    /// The names of its columns, with BigQuery's types.
    fn types(&self) -> impl Iterator<Item = (&str, &'static str)> {
        let of = |column: &Column<'_>| match column.of {
            Type::Bool => "BOOLEAN",
            Type::I32 | Type::I64 => "INTEGER",
            Type::F32 | Type::F64 => "FLOAT",
            Type::Text => "STRING",
            Type::Bytes => "BYTES",
            Type::Date => "DATE",
        };
        std::iter::once((self.day, "DATE")).chain(self.columns.iter().map(move |column| (column.name, of(column))))
    }

    /// Its columns for the other client.
    pub(super) fn fields(&self) -> Result<Vec<TableFieldSchema>> {
        let field = |(name, of): (&str, &str)| {
            let of = serde_json::from_value(of.into()).with_context(|| format!("a column of type {of}"))?;
            Ok(TableFieldSchema::new(name, of))
        };
        self.types().map(field).collect()
    }
}

impl BigQuery {
    /// Adds the columns that a table lacks. What it has, of ours and of others, stays as it is.
    pub(super) fn ensure_columns(&self, name: &TableName, there: Table, layout: &Layout<'_>) -> Result<()> {
        let mut schema = there.schema.unwrap_or_default();
        let before = schema.fields.len();
        for (column, of) in layout.types() {
            // Names differ by more than their case.
            let Some(found) = schema.fields.iter().find(|field| field.name.eq_ignore_ascii_case(column)) else {
                schema.fields.push(Field::new().set_name(column).set_type(of));
                continue;
            };
            if found.mode == "REPEATED" || one_name(&found.r#type) != of {
                bail!("table {name}: column {column} is {} {}, and should be {of}", found.mode, found.r#type);
            }
        }
        if schema.fields.len() == before {
            return Ok(());
        }
        self.patch(name, &Table::new().set_schema(schema), "adding columns to")
    }

    pub(super) fn patch(&self, name: &TableName, table: &Table, doing: &str) -> Result<()> {
        let what = format!("{doing} table {name}");
        self.wait(self.patience.call(&what, || async {
            let request = self
                .tables
                .patch_table()
                .set_project_id(&name.dataset.project)
                .set_dataset_id(&name.dataset.dataset)
                .set_table_id(&name.table)
                .set_table(table.clone());
            name.checked(request.send().await.map_err(|e| judge(e, advice))?).map(drop)
        }))
    }
}

/// BigQuery has two names for some types.
fn one_name(of: &str) -> &str {
    match of {
        "INT64" => "INTEGER",
        "FLOAT64" => "FLOAT",
        "BOOL" => "BOOLEAN",
        other => other,
    }
}
