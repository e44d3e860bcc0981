//! The query for what a day's events say of our own scores: a row for each visitor and value.

use super::flatten::find;
use crate::bigquery::{Param, TableInfo, TableName, column_value};
use crate::ga4::{Echo, EchoNames};
use crate::warehouse::parquet::Value;
use anyhow::{Context, Result};
use arrow_array::RecordBatch;

/// The columns of the result, with their types.
pub const COLUMNS: [(&str, &str); 4] =
    [("user_pseudo_id", "STRING"), ("carrier", "INT64"), ("score", "STRING"), ("band", "STRING")];

/// The query for a table of this schema.
#[must_use]
pub fn sql(name: &TableName, table: &TableInfo) -> String {
    let has = |path: &str| find(&table.fields, path).is_some();
    let text = "p.value.string_value";
    let value = match (has("user_properties.value.string_value"), has("user_properties.value.int_value")) {
        (true, true) => Some(format!("IFNULL({text}, CAST(p.value.int_value AS STRING))")),
        (true, false) => Some(text.to_owned()),
        (false, _) => None,
    };
    let of = |param: &str| match &value {
        Some(value) => {
            format!("(SELECT MAX(IF(p.key = @{param}, {value}, NULL)) FROM UNNEST(e.user_properties) AS p)")
        }
        None => "CAST(NULL AS STRING)".to_owned(),
    };
    format!(
        "SELECT DISTINCT q.user_pseudo_id, q.carrier, q.score, q.band\nFROM (\n  SELECT\n    e.user_pseudo_id AS \
         user_pseudo_id,\n    IF(e.event_name = @event, 1, 0) AS carrier,\n    {} AS score,\n    {} AS band\n  FROM \
         `{name}` AS e\n  WHERE e.user_pseudo_id IS NOT NULL) AS q\nWHERE q.carrier = 1 OR q.score IS NOT NULL OR q.band IS NOT \
         NULL",
        of("score"),
        of("band")
    )
}

/// Its parameters.
#[must_use]
pub fn params(names: &EchoNames<'_>) -> Vec<Param> {
    vec![Param::text("event", names.event), Param::text("score", names.score), Param::text("band", names.band)]
}

/// Gives the rows of a batch.
///
/// # Errors
/// When a column of the query is not there, or has a type that none should have.
pub fn give(batch: &RecordBatch, each: &mut dyn FnMut(&Echo<'_>)) -> Result<()> {
    let schema = batch.schema();
    let column = |name: &str| -> Result<_> {
        let index = schema.index_of(name).with_context(|| format!("no column {name}"))?;
        Ok(batch.column(index))
    };
    let [users, carriers, scores, bands] = COLUMNS.map(|(name, _)| column(name));
    let (users, carriers, scores, bands) = (users?, carriers?, scores?, bands?);
    let text = |column, row| -> Result<Option<&str>> {
        match column_value(column, row)? {
            Some(Value::Bytes(bytes)) => Ok(Some(str::from_utf8(bytes).context("not a text")?)),
            _ => Ok(None),
        }
    };
    for row in 0..batch.num_rows() {
        let Some(user) = text(users, row)? else { continue };
        let carrier = matches!(column_value(carriers, row)?, Some(Value::Int(1)));
        each(&Echo { user, carrier, score: text(scores, row)?, band: text(bands, row)? });
    }
    Ok(())
}
