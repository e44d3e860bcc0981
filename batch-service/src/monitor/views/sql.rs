//! The views as GoogleSQL. Names were checked when they were made; there are no values but limits of the configuration.

use super::DAYS;
use super::declared::{Column, Form, Kind, Rows, View};
use crate::bigquery::{DatasetName, TableName};
use crate::monitor::status::Thresholds;
use crate::monitor::tables;
use crate::warehouse::bigquery::DAY;
use crate::warehouse::runs::TABLE as RUNS;
use anyhow::Result;

/// The moment of a query.
pub const NOW: &str = "CURRENT_TIMESTAMP()";

/// What a view shows, of the tables of a dataset.
///
/// # Errors
/// When a name is none of BigQuery.
pub fn select(view: &View, from: &DatasetName, thresholds: &Thresholds, now: &str) -> Result<String> {
    let table = from.table(view.table.name)?;
    let order = if view.order.is_empty() { String::new() } else { format!("\nORDER BY {}", names(view.order)) };
    match view.rows {
        Rows::Health => Ok(health(view, &table, &from.table(RUNS)?, thresholds, now)),
        Rows::Runs => runs(&table, from).map(|sql| sql + &order),
        _ => Ok(plain(view, &table, thresholds) + &order),
    }
}

/// Makes a view, or replaces it.
///
/// # Errors
/// As for [`select`].
pub fn create(view: &View, into: &DatasetName, from: &DatasetName, thresholds: &Thresholds) -> Result<String> {
    let name = into.table(view.name)?;
    let columns =
        view.columns.iter().map(|c| format!("  `{}` OPTIONS(description = {})", c.name, quoted(c.description)));
    Ok(format!(
        "CREATE OR REPLACE VIEW `{name}` (\n{}\n)\nOPTIONS(description = {})\nAS\n{}",
        columns.collect::<Vec<_>>().join(",\n"),
        quoted(view.description),
        select(view, from, thresholds, NOW)?
    ))
}

/// A view as a reader would ask for it.
#[must_use]
pub fn whole(view: &TableName) -> String {
    format!("SELECT * FROM `{view}`")
}

/// The rows of a view, each as JSON.
#[must_use]
pub fn rows(view: &TableName) -> String {
    format!("SELECT TO_JSON_STRING(v) AS row_json\nFROM `{view}` AS v")
}

fn plain(view: &View, table: &TableName, thresholds: &Thresholds) -> String {
    let columns = view.columns.iter().map(|column| shown(column, view, thresholds));
    let since = format!("{DAY} > DATE_SUB((SELECT MAX({DAY}) FROM `{table}`), INTERVAL {DAYS} DAY)");
    let mut sql = format!("SELECT\n{}\nFROM `{table}`\nWHERE {since}", columns.collect::<Vec<_>>().join(",\n"));
    if let Rows::LastOf(keys) = view.rows {
        sql += &format!("\nQUALIFY {DAY} = MAX({DAY}) OVER (PARTITION BY {})", names(keys));
    }
    sql
}

fn shown(column: &Column, view: &View, thresholds: &Thresholds) -> String {
    let Column { name, kind, form, .. } = column;
    let least = thresholds.small_cell;
    let small = format!("(people < {} OR converted < {})", least.visitors, least.conversions);
    match form {
        Form::Suppressed => format!("  {small} AS `{name}`"),
        Form::Hidden => format!("  IF({small}, NULL, `{name}`) AS `{name}`"),
        _ => {
            let text = view.table.columns.iter().any(|c| c.name == *name && super::declared::stored(c.of) != *kind);
            if text && *kind == Kind::Timestamp {
                format!("  TIMESTAMP(`{name}`) AS `{name}`")
            } else {
                format!("  `{name}`")
            }
        }
    }
}

fn health(view: &View, table: &TableName, runs: &TableName, thresholds: &Thresholds, now: &str) -> String {
    let [amber, red] = thresholds.fresh_hours;
    let stored = view.columns.iter().filter(|c| c.form == Form::Shown).map(|c| c.name);
    let columns = view.columns.iter().map(|c| match (c.form, c.name) {
        // What is good so far never lifts what cannot be judged.
        (Form::Special, "status") => "  CASE WHEN 'red' IN (status, status_freshness) THEN 'red'\n    \
             WHEN 'amber' IN (status, status_freshness) OR last_run_status != 'done' THEN 'amber'\n    \
             ELSE status END AS status"
            .to_owned(),
        (Form::Special, "status_reason") => "  CASE WHEN (status_freshness = 'red' AND status != 'red')\n      \
             OR (status_freshness = 'amber' AND status NOT IN ('red', 'amber'))\n    \
             THEN FORMAT('the last scores are %d hours old', CAST(FLOOR(hours_since_score) AS INT64))\n    \
             WHEN last_run_status != 'done' AND status NOT IN ('red', 'amber') THEN 'the last run has failed'\n    \
             ELSE status_reason END AS status_reason"
            .to_owned(),
        (_, name) => format!("  `{name}`"),
    });
    format!(
        "WITH ran AS (\n  SELECT run_id, status\n  FROM `{runs}`\n  WHERE {DAY} IS NOT NULL\n  \
         ORDER BY TIMESTAMP(started_at) DESC, run_id DESC\n  LIMIT 1\n), newest AS (\n  SELECT\n    {}, status, \
         status_reason,\n    COALESCE((SELECT run_id FROM ran), run_id) AS last_run_id, \
         COALESCE((SELECT status FROM ran), run_status) AS last_run_status,\n    score_date AS last_score_date,\n    IF(score_date IS NULL, NULL, TIMESTAMP_DIFF({now}, TIMESTAMP(scored_at), SECOND) / \
         3600) AS hours_since_score\n  FROM `{table}`\n  WHERE {DAY} = (SELECT MAX({DAY}) FROM `{table}`)\n), aged AS (\n  \
         SELECT *, CASE WHEN hours_since_score IS NULL THEN 'grey' WHEN hours_since_score > {red:?} THEN 'red'\n    \
         WHEN hours_since_score > {amber:?} THEN 'amber' ELSE 'green' END AS status_freshness\n  FROM newest\n)\n\
         SELECT\n{}\nFROM aged",
        stored.collect::<Vec<_>>().join(", "),
        columns.collect::<Vec<_>>().join(",\n")
    )
}

fn runs(table: &TableName, from: &DatasetName) -> Result<String> {
    let (activation, alerts) = (from.table(tables::ACTIVATION.name)?, from.table(tables::ALERTS.name)?);
    Ok(format!(
        "WITH sent AS (\n  SELECT event_date, accepted\n  FROM `{activation}`\n  WHERE TRUE\n  \
         QUALIFY {DAY} = MAX({DAY}) OVER (PARTITION BY event_date, destination)\n), activated AS (\n  \
         SELECT event_date, SUM(accepted) AS accepted\n  FROM sent\n  GROUP BY event_date\n), alerted AS (\n  \
         SELECT run_id, MIN(TIMESTAMP(opened_at)) AS opened_at\n  FROM `{alerts}`\n  GROUP BY run_id\n)\n\
         SELECT\n  r.run_id,\n  r.{DAY} AS run_date,\n  NULLIF(JSON_VALUE(r.record, '$.trigger'), '') AS trigger,\n  \
         TIMESTAMP(r.started_at) AS started_at,\n  \
         TIMESTAMP_ADD(TIMESTAMP(r.started_at), INTERVAL CAST(FLOOR(CAST(JSON_VALUE(r.record, '$.seconds') AS FLOAT64)) AS \
         INT64) SECOND) AS finished_at,\n  \
         CAST(JSON_VALUE(r.record, '$.seconds') AS FLOAT64) AS duration_s,\n  r.status,\n  \
         JSON_VALUE(r.record, '$.failed_step') AS failed_stage,\n  JSON_VALUE(r.record, '$.error_id') AS error_id,\n  \
         CAST(JSON_VALUE(r.record, '$.rows_read') AS INT64) AS rows_read,\n  \
         CAST(JSON_VALUE(r.record, '$.events') AS INT64) AS rows_clean,\n  \
         IFNULL((SELECT SUM(IF(JSON_VALUE(d, '$.fault') = 'true', CAST(JSON_VALUE(d, '$.rows') AS INT64), 0))\n    \
         FROM UNNEST(JSON_QUERY_ARRAY(r.record, '$.dropped')) AS d), 0) AS rows_rejected,\n  \
         CAST(JSON_VALUE(r.record, '$.scored') AS INT64) AS rows_scored,\n  \
         IF(r.status = 'done', a.accepted, NULL) AS rows_activated,\n  CAST(JSON_VALUE(r.record, '$.bytes_billed') AS INT64) AS bytes_billed,\n  \
         NULLIF(ARRAY_TO_STRING(JSON_VALUE_ARRAY(r.record, '$.models'), ','), '') AS model_version,\n  \
         NULLIF(JSON_VALUE(r.record, '$.code_version'), '') AS code_version,\n  \
         l.opened_at AS alert_sent_at\nFROM `{table}` AS r\nLEFT JOIN activated AS a ON a.event_date = r.{DAY}\n\
         LEFT JOIN alerted AS l ON l.run_id = r.run_id\n\
         WHERE r.{DAY} > DATE_SUB((SELECT MAX({DAY}) FROM `{table}`), INTERVAL {DAYS} DAY)"
    ))
}

fn names(columns: &[&str]) -> String {
    columns.iter().map(|c| format!("`{c}`")).collect::<Vec<_>>().join(", ")
}

/// A text of GoogleSQL.
fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\\', "\\\\").replace('\'', "\\'"))
}
