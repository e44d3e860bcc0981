//! The query for what pages have told of scores on a day.

use super::flatten::find;
use crate::bigquery::{Param, TableInfo, TableName, column_value};
use crate::events::rules::{CARRIER, NO_SCORE};
use crate::ga4::told::{Found, PARAMETERS, Told};
use crate::warehouse::parquet::Value;
use anyhow::{Context, Result};
use arrow_array::RecordBatch;

/// The columns of the result, with their types; values in the order of the parameters.
pub const COLUMNS: [(&str, &str); 10] = [
    ("event_name", "STRING"),
    ("user_pseudo_id", "STRING"),
    ("event_timestamp", "INT64"),
    ("ga_session_id", "STRING"),
    ("score", "STRING"),
    ("score_exact", "STRING"),
    ("model_version", "STRING"),
    ("bundle", "STRING"),
    ("load_ms", "STRING"),
    ("code", "STRING"),
];

/// The query for a table of this schema.
#[must_use]
pub fn sql(name: &TableName, table: &TableInfo) -> String {
    let fields = ["string_value", "int_value", "float_value", "double_value"];
    let there = fields.into_iter().filter(|f| find(&table.fields, &format!("event_params.value.{f}")).is_some());
    let texts: Vec<String> = there.map(|field| format!("CAST(p.value.{field} AS STRING)")).collect();
    let value = format!("COALESCE({})", texts.join(", "));
    let of = |key: &str| format!("(SELECT MAX(IF(p.key = '{key}', {value}, NULL)) FROM UNNEST(e.event_params) AS p)");
    let keys = ["ga_session_id"].into_iter().chain(PARAMETERS);
    let columns = keys.zip(&COLUMNS[3..]).map(|(key, (column, _))| format!("  {} AS {column}", of(key)));
    format!(
        "SELECT\n  e.event_name AS event_name,\n  e.user_pseudo_id AS user_pseudo_id,\n  e.event_timestamp AS \
         event_timestamp,\n{}\nFROM `{name}` AS e\nWHERE e.event_name IN (@event, @no_score) AND e.user_pseudo_id IS NOT NULL",
        columns.collect::<Vec<_>>().join(",\n")
    )
}

/// Its parameters.
#[must_use]
pub fn params() -> Vec<Param> {
    vec![Param::text("event", CARRIER), Param::text("no_score", NO_SCORE)]
}

/// Gives the rows of a batch.
///
/// # Errors
/// When a column of the query is not there, or has a type that none should have.
pub fn give(batch: &RecordBatch, each: &mut dyn FnMut(&Told<'_>)) -> Result<()> {
    let schema = batch.schema();
    let columns = COLUMNS
        .iter()
        .map(|(name, _)| Ok(batch.column(schema.index_of(name).with_context(|| format!("no column {name}"))?)))
        .collect::<Result<Vec<_>>>()?;
    let text = |column: usize, row: usize| -> Result<Option<String>> {
        match columns.get(column).map(|column| column_value(column, row)).transpose()?.flatten() {
            Some(Value::Bytes(bytes)) => Ok(Some(str::from_utf8(bytes).context("not a text")?.to_owned())),
            Some(Value::Int(number)) => Ok(Some(number.to_string())),
            _ => Ok(None),
        }
    };
    for row in 0..batch.num_rows() {
        let number = |column| Ok::<_, anyhow::Error>(text(column, row)?.and_then(|text| text.parse().ok()));
        let (name, user) = (text(0, row)?, text(1, row)?);
        let mut found = Found { name, user, time_us: number(2)?, session_id: number(3)?, ..Found::default() };
        for (at, value) in found.values.iter_mut().enumerate() {
            *value = text(at + 4, row)?;
        }
        found.give(each);
    }
    Ok(())
}
