//! Rows by their keys, for somebody who waits for them.

use super::sql;
use crate::bigquery::{BigQuery, DatasetName, Param};
use crate::fold::VISITOR_STATE;
use anyhow::{Context, Result};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use jiff::civil::Date;
use std::collections::HashMap;

/// The states of some visitors at the end of a day, of those who have one. One query of the day's partition, in which the rows
/// lie by visitor.
///
/// # Errors
/// When the query fails, or gives what is no state.
pub fn states_of(
    bigquery: &BigQuery,
    dataset: &DatasetName,
    day: Date,
    users: &[&str],
) -> Result<HashMap<String, Vec<u8>>> {
    let statement = sql::states(&dataset.table(VISITOR_STATE)?);
    let params = [Param::date("day", day), Param::texts("users", users)];
    let rows = bigquery.select("reading visitors' states", &statement.sql, &params)?;
    let state = |row: Vec<Option<String>>| {
        let [user, state] = <[_; 2]>::try_from(row).ok().context("a row without two columns")?;
        let (user, state) = user.zip(state).context("a row without a visitor or a state")?;
        Ok((user, BASE64_STANDARD.decode(state).context("bytes that are not base64")?))
    };
    rows.into_iter().map(state).collect::<Result<_>>().context("table visitor_state")
}
