//! Reads a partition into a file on this machine, unless it is there already.

use super::{BigQueryWarehouse, DAY, sql};
use crate::bigquery::{ReadRows, write_sorted};
use crate::shards::Shards;
use anyhow::{Context, Result, bail};
use jiff::ToSpan;
use jiff::civil::Date;
use std::path::PathBuf;

/// Rows of a row group.
const GROUP: usize = 16_384;
/// By which rows are ordered.
const ORDER: &str = "user_pseudo_id";

impl BigQueryWarehouse {
    pub(super) fn fetch(&self, table: &str, day: Date, shards: Shards) -> Result<Vec<PathBuf>> {
        let Some(content) = self.catalogue.content(self, table, day)? else { return Ok(Vec::new()) };
        let cached = cache_name(table, &content.version, shards);
        let files = self.local.partition_files(&cached, day)?;
        if !files.is_empty() {
            return Ok(files);
        }
        let name = self.dataset.table(table)?;
        let described = self.bigquery.table(&name)?.with_context(|| format!("table {name} is gone"))?;
        let columns: Vec<String> =
            described.fields.iter().map(|field| field.name.clone()).filter(|name| name != DAY).collect();
        if !shards.is_all() && !columns.iter().any(|column| column == sql::SHARD) {
            bail!("table {name} has no column {}, and cannot be read in parts", sql::SHARD);
        }
        let only = sql::rows_of(day, shards);
        let mut batches = Vec::new();
        let rows = self.bigquery.read(&ReadRows { table: &name, columns, only }, |batch| {
            batches.push(batch.clone());
            Ok(())
        })?;
        if shards.is_all() && rows != content.rows {
            bail!(
                "table {name} has {rows} rows of {day}, {} were published: who else writes to it? Run the day again with \
                 --force",
                content.rows
            );
        }
        let mut replacement = self.local.begin(&cached, day)?;
        write_sorted(replacement.part()?, table, &batches, ORDER, GROUP).with_context(|| format!("rows of {name}"))?;
        replacement.commit()?;
        self.forget_others(table, &cached, day)?;
        self.local.partition_files(&cached, day)
    }

    /// Removes the files of contents that are no longer there.
    pub(super) fn forget_others(&self, table: &str, cached: &str, day: Date) -> Result<()> {
        let version = cached.rsplit_once('.').map_or(cached, |(version, _)| version);
        for name in self.local.tables()? {
            if name.starts_with(&format!("{table}.")) && !name.starts_with(version) {
                self.local.remove(&name, day)?;
            }
        }
        Ok(())
    }
}

/// Days of files on this machine that are kept: the states of the day before are read, and a few days after a backfill.
const KEPT_DAYS: i32 = 7;

impl BigQueryWarehouse {
    /// Removes files of days long before `day`, which is being written.
    pub(super) fn forget_old(&self, day: Date) -> Result<()> {
        let first = day.checked_sub(KEPT_DAYS.days())?;
        for name in self.local.tables()? {
            for old in self.local.days(&name)?.into_iter().filter(|old| *old < first) {
                self.local.remove(&name, old)?;
            }
        }
        Ok(())
    }
}

/// The folder of a content's files.
pub(super) fn cache_name(table: &str, version: &str, shards: Shards) -> String {
    format!("{table}.{}.{}of{}", version.get(..16).unwrap_or(version), shards.index(), shards.parts())
}
