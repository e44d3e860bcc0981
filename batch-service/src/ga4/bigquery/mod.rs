//! A GA4 export in BigQuery: the tables `events_YYYYMMDD` of a dataset, named one by one. A wildcard would also catch
//! intraday and fresh tables.

mod day;
pub mod echoes;
pub mod flatten;
pub mod told;

use super::discover::{Table, table_name};
use super::echoes::{Echo, EchoNames};
use super::export::Export;
use super::report::{FileReport, ReadFailure, ReadReport};
use super::told::Told;
use crate::bigquery::{BigQuery, DatasetName, JobWork, Query, ReadRows, TableInfo, TableName};
use crate::config::CloudConfig;
use crate::events::{CleanEvents, DayBuilder};
use crate::fingerprint;
use crate::jobs::{ExitKind, exit};
use crate::shards::Shards;
use anyhow::{Context, Result};
pub use day::DayRows;
use flatten::Flat;
use jiff::civil::Date;
use std::collections::BTreeSet;

/// How addresses begin.
pub const SCHEME: &str = "bigquery://";
/// Results of queries are kept for a day; one that is gone is made again, so often.
const REPETITIONS: u32 = 50;
/// What Google asks for a TiB that a query reads, in US dollars (list price of on-demand queries in 2026); another one
/// can be configured.
const PRICE_PER_TIB: f64 = 6.25;

/// An export in BigQuery.
#[derive(Debug)]
pub struct BigQueryExport {
    bigquery: BigQuery,
    dataset: DatasetName,
    days: BTreeSet<Date>,
    max_bytes_billed: Option<i64>,
    price_per_tib: f64,
    /// What was left aside and why, a line each.
    pub notes: Vec<String>,
}

impl BigQueryExport {
    /// Opens `bigquery://[PROJECT.]DATASET`.
    ///
    /// # Errors
    /// Exit code 2 for a bad address or a dataset that is not there, 3 when it has no daily table.
    pub fn open(word: &str, config: &CloudConfig) -> Result<Self> {
        let bigquery = BigQuery::open(config)?;
        let dataset = DatasetName::parse(word.strip_prefix(SCHEME).unwrap_or(word), bigquery.project())?;
        let Some(names) = bigquery.table_names(&dataset)? else {
            return Err(exit(ExitKind::Usage, format!("{word}: there is no dataset {dataset}")));
        };
        // Jobs must run where the data are.
        if !bigquery.locate(&dataset)? {
            let text = format!("there is no dataset {dataset}, or the account may not see it");
            return Err(exit(ExitKind::Usage, text));
        }
        let mut days = BTreeSet::new();
        let (mut intraday, mut fresh) = (BTreeSet::new(), 0);
        for name in &names {
            match table_name(name) {
                Some(Table::Daily(day)) if name.len() == "events_YYYYMMDD".len() => _ = days.insert(day),
                Some(Table::Intraday(day)) => _ = intraday.insert(day),
                Some(Table::Fresh) => fresh += 1,
                _ => {}
            }
        }
        let mut notes = Vec::new();
        for day in intraday.difference(&days) {
            notes.push(format!("{day}: there is only an intraday table so far; its rows are not final"));
        }
        if fresh > 0 {
            notes.push(format!("ignored tables events_fresh_: {fresh}"));
        }
        if days.is_empty() {
            let text = format!(
                "{word}: no table events_YYYYMMDD yet{}{}",
                if notes.is_empty() { "" } else { "; " },
                notes.join("; ")
            );
            return Err(exit(ExitKind::NotReady, text));
        }
        let (max_bytes_billed, price) = (config.max_bytes_billed, config.price_per_tib);
        Ok(Self { bigquery, dataset, days, max_bytes_billed, price_per_tib: price.unwrap_or(PRICE_PER_TIB), notes })
    }

    fn name(&self, day: Date) -> Result<TableName> {
        self.dataset.table(&format!("events_{}", day.strftime("%Y%m%d")))
    }

    fn table(&self, day: Date) -> Result<Option<(TableName, TableInfo)>> {
        let name = self.name(day)?;
        Ok(self.bigquery.table(&name)?.map(|table| (name, table)))
    }

    /// What reading a range of days costs, from dry runs.
    ///
    /// # Errors
    /// When a table is no GA4 export, or a call fails.
    pub fn estimate(&self, from: Date, to: Date) -> Result<Estimate> {
        let mut estimate = Estimate { days: 0, bytes: 0, dollars: 0.0 };
        for day in self.days.range(from..=to) {
            let Some((name, table)) = self.table(*day)? else { continue };
            let flat = Flat::of(&name, &table, false)?;
            estimate.days += 1;
            estimate.bytes += self.bigquery.bytes_of(&query(&flat))?;
        }
        estimate.dollars = estimate.bytes as f64 / (1_u64 << 40) as f64 * self.price_per_tib;
        Ok(estimate)
    }

    /// Reads no row of a day by the Storage Read API, which needs the same permissions as reading all.
    ///
    /// # Errors
    /// When it may not be read.
    pub fn try_reading(&self, day: Date) -> Result<()> {
        let name = self.name(day)?;
        let columns = vec!["event_timestamp".to_owned()];
        let wanted = ReadRows { table: &name, columns, only: "event_timestamp < 0".to_owned() };
        self.bigquery.read(&wanted, |_| Ok(())).map(|_| ())
    }

    /// The table with a day's flattened events, made unless this or another process has made it already.
    fn flattened(&self, day: Date, flat: &Flat, fingerprint: &str) -> Result<TableName> {
        self.result_of(day, query(flat), fingerprint)
    }

    /// The table with the result of a query about a day.
    fn result_of(&self, day: Date, query: Query, fingerprint: &str) -> Result<TableName> {
        let bytes = self.bigquery.bytes_of(&query)?;
        if let Some(most) = self.max_bytes_billed.filter(|most| bytes > *most) {
            let text = format!(
                "reading {day} would be billed for {bytes} bytes; `max_bytes_billed` in [cloud] allows {most}. Raise it if \
                 the day is that large"
            );
            return Err(exit(ExitKind::Usage, text));
        }
        let of = fingerprint::sha256(format!("{fingerprint}\n{}", query.sql).as_bytes());
        let id = format!("inkling_read_{}_{}", day.strftime("%Y%m%d"), &of[..16]);
        for repetition in 0..REPETITIONS {
            let id = if repetition == 0 { id.clone() } else { format!("{id}_again{repetition}") };
            let job = self.bigquery.run(&id, &JobWork::Query(query.clone()))?;
            let table = BigQuery::result_of(&job)?;
            if self.bigquery.result_is_there(&table)? {
                return Ok(table);
            }
        }
        anyhow::bail!("{day}: results vanish as soon as they are made")
    }
}

/// What reading costs.
#[derive(Clone, Copy, Debug, serde::Serialize)]
pub struct Estimate {
    /// Days with a table.
    pub days: u64,
    /// Bytes that are read; BigQuery bills 10 MB a table at least.
    pub bytes: i64,
    /// US dollars.
    pub dollars: f64,
}

impl std::fmt::Display for Estimate {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let gib = self.bytes as f64 / f64::from(1 << 30);
        write!(f, "{} days to read in BigQuery: {gib:.2} GiB, about {:.2} US dollars", self.days, self.dollars)
    }
}

/// Google's times of change: free of charge, and new whenever a day is written anew.
fn state_of(name: &TableName, table: &TableInfo) -> String {
    let TableInfo { rows, bytes, last_modified, .. } = table;
    fingerprint::sha256(format!("{name}\n{rows}\n{bytes}\n{last_modified}").as_bytes())
}

fn query(flat: &Flat) -> Query {
    Query { sql: flat.sql.clone(), params: Vec::new() }
}

impl Export for BigQueryExport {
    fn days(&self) -> BTreeSet<Date> {
        self.days.clone()
    }

    fn price(&self, from: Date, to: Date) -> Result<Option<String>> {
        Ok(Some(self.estimate(from, to)?.to_string()))
    }

    fn billed(&self) -> Option<u64> {
        Some(self.bigquery.billed())
    }

    fn rows(&self, day: Date) -> Result<Option<u64>> {
        Ok(self.table(day)?.map(|(_, table)| table.rows))
    }

    fn fingerprint(&self, day: Date) -> Result<Option<String>> {
        Ok(self.table(day)?.map(|(name, table)| state_of(&name, &table)))
    }

    fn read(&self, day: Date, shards: Shards) -> Result<(CleanEvents, ReadReport)> {
        let (name, table) = self.table(day)?.with_context(|| format!("there is no table of {day}"))?;
        let flat = Flat::of(&name, &table, !shards.is_all())?;
        let fingerprint = state_of(&name, &table);
        let flattened = self.flattened(day, &flat, &fingerprint)?;
        let only = if shards.is_all() { String::new() } else { flatten::only(flatten::SHARD, shards) };
        let mut builder = DayBuilder::new(day);
        let mut rows = DayRows::new(name.to_string());
        let wanted = ReadRows { table: &flattened, columns: Vec::new(), only };
        let read = self.bigquery.read(&wanted, |batch| rows.push(batch, &flat, &mut builder))?;
        if shards.is_all() && read != table.rows {
            if self.fingerprint(day)? != Some(fingerprint) {
                return Err(exit(ExitKind::NotReady, format!("{name} is being written right now; try again later")));
            }
            let what = format!("{read} rows where the table has {}", table.rows);
            return Err(ReadFailure::Broken { file: name.to_string(), what }.into());
        }
        let (events, rejects) = builder.finish();
        let file = FileReport {
            file: name.to_string(),
            format: "bigquery".into(),
            rows: read,
            row_groups: 0,
            missing_columns: flat.missing,
        };
        let report = ReadReport::of(day, vec![file], read, &events, rejects);
        Ok((events, report))
    }

    fn echoes(&self, day: Date, names: &EchoNames<'_>, each: &mut dyn FnMut(&Echo<'_>)) -> Result<()> {
        let (name, table) = self.table(day)?.with_context(|| format!("there is no table of {day}"))?;
        let query = Query { sql: echoes::sql(&name, &table), params: echoes::params(names) };
        let found = self.result_of(day, query, &state_of(&name, &table))?;
        let wanted = ReadRows { table: &found, columns: Vec::new(), only: String::new() };
        self.bigquery.read(&wanted, |batch| echoes::give(batch, each)).map(|_| ())
    }

    fn told(&self, day: Date, each: &mut dyn FnMut(&Told<'_>)) -> Result<()> {
        let (name, table) = self.table(day)?.with_context(|| format!("there is no table of {day}"))?;
        let query = Query { sql: told::sql(&name, &table), params: told::params() };
        let found = self.result_of(day, query, &state_of(&name, &table))?;
        let wanted = ReadRows { table: &found, columns: Vec::new(), only: String::new() };
        self.bigquery.read(&wanted, |batch| told::give(batch, each)).map(|_| ())
    }
}
