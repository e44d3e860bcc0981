//! A row by its key, for somebody who waits for it.

use super::sql;
use crate::bigquery::{BigQuery, DatasetName, Param};
use crate::fold::VISITOR_STATE;
use crate::shards::shard;
use anyhow::{Context, Result};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use jiff::civil::Date;

/// The state of one visitor at the end of a day; `None` when it has none. A query, of the visitor's shard of the day.
///
/// # Errors
/// When the query fails, or gives what is no state.
pub fn state_of(bigquery: &BigQuery, dataset: &DatasetName, day: Date, user: &str) -> Result<Option<Vec<u8>>> {
    let statement = sql::state(&dataset.table(VISITOR_STATE)?);
    let params = [Param::date("day", day), Param::int("shard", shard(user).into()), Param::text("user", user)];
    let rows = bigquery.select("reading a visitor's state", &statement.sql, &params)?;
    let Some(row) = rows.into_iter().next() else { return Ok(None) };
    let state = row.into_iter().next().flatten().context("table visitor_state: a row without a state")?;
    BASE64_STANDARD.decode(state).map(Some).context("table visitor_state: bytes that are not base64")
}
