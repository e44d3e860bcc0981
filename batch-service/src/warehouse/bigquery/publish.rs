//! Puts new contents in place: upload, load, and one transaction for all tables of the day.

use super::catalogue::{self, Content};
use super::fetch::cache_name;
use super::{BigQueryWarehouse, DAY, sql};
use crate::bigquery::{BigQuery, JobEnded, JobWork, Layout, Load, Param, Query, TableName};
use crate::failpoint;
use crate::fingerprint;
use crate::jobs::{ExitKind, exit};
use crate::progress::note;
use crate::shards::Shards;
use crate::store::ObjectStore;
use crate::warehouse::read::TableReader;
use crate::warehouse::{Fence, Replacement, Unpublished};
use anyhow::{Context, Result, bail};
use jiff::civil::Date;
use std::panic::resume_unwind;
use std::sync::atomic::Ordering;
use std::time::Duration;

/// Staging tables that nobody has removed vanish after this time.
const STAGED_FOR: Duration = Duration::from_secs(24 * 3_600);
/// Contents that are loaded at the same time: a load takes seconds, most of which are spent waiting.
const AT_ONCE: usize = 4;

/// A content that is in a staging table.
struct Staged {
    table: TableName,
    staging: TableName,
    columns: Vec<String>,
    content: Content,
}

impl BigQueryWarehouse {
    /// # Errors
    /// With [`Unpublished`] in the chain where it is certain that nothing was published; without it the transaction may
    /// still be done.
    pub(super) fn swap(&self, day: Date, contents: Vec<Replacement>, fence: &Fence) -> Result<()> {
        let nothing = |error: anyhow::Error| error.context(Unpublished { written: Vec::new() });
        // Jobs are named in the project, and remembered for months: the same content published again is another job, since
        // the first one's staging tables are gone. A holder of the lease counts; who needs no lease draws lots.
        let attempt = match fence.number() {
            0 => format!("r{:08x}", getrandom::u32()?),
            _ => format!("n{}", self.publications.fetch_add(1, Ordering::Relaxed)),
        };
        let holder = format!("{attempt}_f{}", fence.number());
        let mut staged = Vec::with_capacity(contents.len());
        for some in contents.chunks(AT_ONCE) {
            let these = self.stage_all(day, some, &holder);
            // A later holder of the lease removes what earlier ones have staged.
            staged.extend(these.map_err(|e| nothing(if self.overtaken(fence) { taken_over(day) } else { e }))?);
        }
        let names: Vec<String> = staged.iter().map(|s| format!("{}{}", s.table, s.content.version)).collect();
        let id = format!("inkling_publish_{}_{}_{holder}", compact(day), self.short_hash(&names.join("\n")));
        let parts: Vec<sql::Part<'_>> = staged
            .iter()
            .map(|s| sql::Part {
                table: &s.table,
                staging: &s.staging,
                columns: &s.columns,
                version: &s.content.version,
                rows: s.content.rows,
            })
            .collect();
        failpoint::at("publish.staged");
        fence.check().map_err(nothing)?;
        let statement = sql::publish(&self.dataset.table(catalogue::TABLE)?, &parts);
        let params = vec![Param::date("run_day", day), Param::int("holder", fence.number())];
        let work = JobWork::Query(Query { sql: statement.sql, params });
        self.bigquery.run(&id, &work).map_err(|error| {
            if !format!("{error:#}").contains(sql::OVERTAKEN) {
                return if error.downcast_ref::<JobEnded>().is_some() { nothing(error) } else { error };
            }
            nothing(taken_over(day))
        })?;
        for (content, staged) in contents.into_iter().zip(&staged) {
            self.keep(day, content, staged);
        }
        if let Err(error) = self.remove_staged(&staged, fence) {
            note(format_args!("clearing up after {day}: {error:#}"));
        }
        Ok(())
    }

    /// Whether a later holder of the lease is known to have published.
    fn overtaken(&self, fence: &Fence) -> bool {
        let later = || -> Result<bool> {
            let statement = sql::later(&self.dataset.table(catalogue::TABLE)?);
            let params = [Param::int("holder", fence.number())];
            let rows = self.bigquery.select("reading who has published", &statement.sql, &params)?;
            let later = rows.first().and_then(|row| row.first()?.as_deref()).context("a count")?;
            Ok(later.parse::<u64>()? > 0)
        };
        // Where that cannot be read, the error that led here says more.
        fence.number() > 0 && later().unwrap_or(false)
    }

    /// Uploads and loads contents at the same time.
    fn stage_all(&self, day: Date, contents: &[Replacement], holder: &str) -> Result<Vec<Staged>> {
        std::thread::scope(|scope| {
            let start = |content| scope.spawn(move || self.stage(day, content, holder));
            let threads: Vec<_> = contents.iter().map(start).collect();
            let ended = threads.into_iter().map(|thread| thread.join().unwrap_or_else(|panic| resume_unwind(panic)));
            let named = |(staged, content): (Result<Staged>, &Replacement)| {
                staged.with_context(|| format!("loading {}", content.table()))
            };
            ended.zip(contents).map(named).collect()
        })
    }

    /// Uploads and loads a content.
    fn stage(&self, day: Date, content: &Replacement, holder: &str) -> Result<Staged> {
        let (mut uris, mut hashes, mut rows, mut layout) = (Vec::new(), Vec::new(), 0, None);
        for path in content.staged() {
            let bytes = std::fs::read(&path).with_context(|| path.display().to_string())?;
            let sha256 = fingerprint::sha256(&bytes);
            let name = format!("{}/{DAY}={day}/{sha256}.parquet", content.table());
            self.bucket.put_new(&name, &bytes)?;
            uris.push(self.bucket.uri(&name)?);
            hashes.push(sha256);
            let file = TableReader::open(&path)?;
            rows += file.total_rows();
            layout = Some(file.columns()?);
        }
        let columns = layout.context("a content without files")?;
        let table = self.dataset.table(content.table())?;
        let refs: Vec<_> =
            columns.iter().map(|(name, of)| crate::warehouse::table::Column::optional(name, *of)).collect();
        let cluster = columns.iter().any(|(name, _)| name == "user_pseudo_id").then_some("user_pseudo_id");
        self.bigquery.ensure_table(&table, &Layout { day: DAY, partitioned: true, columns: &refs, cluster })?;
        let version = fingerprint::sha256(hashes.join("\n").as_bytes());
        let label = format!("{}_{}_{}_{holder}", content.table(), compact(day), self.short_hash(&version));
        let staging = self.dataset.table(&format!("staging_{label}"))?;
        let load = JobWork::Load(Load { uris, into: staging.clone() });
        let job = self.bigquery.run(&format!("inkling_load_{label}"), &load)?;
        // First of all: whatever is wrong with it, it must not stay.
        self.bigquery.expire(&staging, STAGED_FOR)?;
        let loaded = BigQuery::loaded_rows(&job)?;
        if loaded.unsigned_abs() != rows {
            bail!("{loaded} rows were loaded into {staging}, the files have {rows}");
        }
        let columns = columns.into_iter().map(|(name, _)| name).collect();
        Ok(Staged { table, staging, columns, content: Content { version, rows } })
    }

    /// Of a content of this dataset: other datasets of the project load under other names.
    fn short_hash(&self, content: &str) -> String {
        let mut hash = fingerprint::sha256(format!("{}\n{content}", self.dataset).as_bytes());
        hash.truncate(12);
        hash
    }

    /// Keeps the files for the next reader on this machine, which do not matter to the result.
    fn keep(&self, day: Date, content: Replacement, staged: &Staged) {
        let table = content.table().to_owned();
        let cached = cache_name(&table, &staged.content.version, Shards::ALL);
        let kept = content.commit_as(&cached).and_then(|()| self.forget_others(&table, &cached, day));
        if let Err(error) = kept.and_then(|()| self.forget_old(day)) {
            note(format_args!("keeping the files of {}: {error:#}", staged.table));
        }
    }

    /// Removes the staging tables, also those of earlier holders of the lease, who may have died before they could.
    fn remove_staged(&self, staged: &[Staged], fence: &Fence) -> Result<()> {
        let earlier = |name: &str| {
            let holder = name.rsplit_once("_f").and_then(|(_, number)| number.parse::<i64>().ok());
            holder.is_some_and(|number| number < fence.number())
        };
        for name in self.bigquery.table_names(&self.dataset)?.unwrap_or_default() {
            let ours = staged.iter().any(|s| {
                let of_table = format!("staging_{}_", s.table.table);
                name == s.staging.table || (name.starts_with(&of_table) && earlier(&name))
            });
            if ours {
                self.bigquery.remove(&self.dataset.table(&name)?)?;
            }
        }
        Ok(())
    }
}

fn taken_over(day: Date) -> anyhow::Error {
    exit(ExitKind::CheckFailed, format!("{day}: another run has taken over; what this one found was not written"))
}

fn compact(day: Date) -> String {
    day.strftime("%Y%m%d").to_string()
}
