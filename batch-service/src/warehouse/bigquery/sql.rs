//! Every statement that the warehouse sends. Names in it were checked when they were made; values are parameters.

use super::DAY;
use crate::bigquery::TableName;
use crate::shards::Shards;
use jiff::civil::Date;
use std::fmt::Write;

/// What the database says when a later holder of the lease has published.
pub const OVERTAKEN: &str = "inkling: a later run has published";

/// By which the tables that are read in parts are cut.
pub const SHARD: &str = "shard";

/// A statement with the types of its parameters and of the columns of its result.
#[derive(Clone, Debug)]
pub struct Statement {
    /// GoogleSQL.
    pub sql: String,
    /// Name and type.
    pub params: &'static [(&'static str, &'static str)],
    /// Name and type, in order; empty for scripts.
    pub columns: &'static [(&'static str, &'static str)],
}

/// Whether queries can be run at all.
#[must_use]
pub fn probe() -> Statement {
    Statement { sql: "SELECT 1 AS one".to_owned(), params: &[], columns: &[("one", "INT64")] }
}

/// Which partitions there are.
#[must_use]
pub fn catalogue(published: &TableName) -> Statement {
    Statement {
        sql: format!(
            "SELECT table_name, CAST({DAY} AS STRING) AS day, version, row_count\nFROM `{published}`\nORDER BY table_name, day"
        ),
        params: &[],
        columns: &[("table_name", "STRING"), ("day", "STRING"), ("version", "STRING"), ("row_count", "INT64")],
    }
}

/// How many partitions later holders of the lease have published.
#[must_use]
pub fn later(published: &TableName) -> Statement {
    Statement {
        sql: format!("SELECT COUNT(*) AS later\nFROM `{published}`\nWHERE fence > @holder"),
        params: &[("holder", "INT64")],
        columns: &[("later", "INT64")],
    }
}

/// The runs of a range of days, of one day oldest first.
#[must_use]
pub fn runs(runs: &TableName) -> Statement {
    Statement {
        sql: format!(
            "SELECT CAST({DAY} AS STRING) AS day, run_id, status, started_at, record\nFROM `{runs}`\n\
             WHERE {DAY} BETWEEN @first_day AND @last_day\nORDER BY day, started_at, run_id, status"
        ),
        params: &[("first_day", "DATE"), ("last_day", "DATE")],
        columns: &[
            ("day", "STRING"),
            ("run_id", "STRING"),
            ("status", "STRING"),
            ("started_at", "STRING"),
            ("record", "STRING"),
        ],
    }
}

/// The states of some visitors at the end of a day.
#[must_use]
pub fn states(states: &TableName) -> Statement {
    Statement {
        sql: format!(
            "SELECT user_pseudo_id, state\nFROM `{states}`\nWHERE {DAY} = @day AND user_pseudo_id IN UNNEST(@users)"
        ),
        params: &[("day", "DATE"), ("users", "ARRAY<STRING>")],
        columns: &[("user_pseudo_id", "STRING"), ("state", "BYTES")],
    }
}

/// A table's new partition, in a staging table.
#[derive(Clone, Copy, Debug)]
pub struct Part<'a> {
    /// The table.
    pub table: &'a TableName,
    /// The new rows, without the column of the day.
    pub staging: &'a TableName,
    /// The columns of the staging table.
    pub columns: &'a [String],
    /// Names the rows: hexadecimal.
    pub version: &'a str,
    /// Their number.
    pub rows: u64,
}

/// Puts all of a day's new partitions in place at once, unless a later holder of the lease has published any day of these
/// tables. Tables that are written without a lease are not kept out by those that need one.
#[must_use]
pub fn publish(published: &TableName, parts: &[Part<'_>]) -> Statement {
    let names: Vec<String> = parts.iter().map(|part| format!("'{}'", part.table.table)).collect();
    let mut sql = format!(
        "BEGIN TRANSACTION;\nASSERT NOT EXISTS (\n  SELECT 1 FROM `{published}` AS p\n  \
         WHERE p.table_name IN ({}) AND p.fence > @holder\n) AS '{OVERTAKEN}';\n",
        names.join(", ")
    );
    for Part { table, staging, columns, version, rows } in parts {
        let list = |before: &str| columns.iter().map(|c| format!("{before}`{c}`")).collect::<Vec<_>>().join(", ");
        let name = &table.table;
        let _ = write!(
            sql,
            "DELETE FROM `{table}` WHERE {DAY} = @run_day;\n\
             INSERT INTO `{table}` ({DAY}, {})\nSELECT @run_day, {}\nFROM `{staging}` AS s;\n\
             DELETE FROM `{published}` WHERE {DAY} = @run_day AND table_name = '{name}';\n\
             INSERT INTO `{published}` ({DAY}, table_name, version, row_count, fence)\n\
             VALUES (@run_day, '{name}', '{version}', {rows}, @holder);\n",
            list(""),
            list("s."),
        );
    }
    sql.push_str("COMMIT TRANSACTION;");
    Statement { sql, params: &[("run_day", "DATE"), ("holder", "INT64")], columns: &[] }
}

/// Which rows of a table are a day's and belong to some visitors: the condition of a read session.
#[must_use]
pub fn rows_of(day: Date, shards: Shards) -> String {
    let of_day = format!("{DAY} = '{day}'");
    if shards.is_all() {
        of_day
    } else {
        format!("{of_day} AND {}", crate::ga4::bigquery::flatten::only(SHARD, shards))
    }
}
