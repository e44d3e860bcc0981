//! `inkling simulate`: a GA4 export of a made-up university site with a planted truth.
//!
//! The folder holds one `events_YYYYMMDD.parquet` a day as first delivered, `_late/` the rewritten files of the days
//! that got late rows, `_json/` (on request) the same days as newline JSON, and `truth.json` what was planted. The
//! underscore keeps a reader of the folder from taking the same day twice; each subfolder can be named by itself.

mod calendar;
mod channels;
mod defects;
mod intent;
mod journey;
mod json_out;
mod pages;
mod parquet_out;
mod people;
mod requests;
mod rng;
mod rows;
mod schema;
mod tally;
#[cfg(test)]
mod tests;
mod truth;

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use jiff::civil::{Date, date};
use serde::Serialize;

use calendar::Calendar;
use people::{Kind, Visitor};
use rng::Rng;
use rows::Row;
use tally::Tally;

/// First day when none is asked for. A fixed day, so that the same options give the same files; a month from here
/// holds the end of summer time.
pub const DEFAULT_START: Date = date(2026, 10, 1);

/// What to simulate.
#[derive(Clone, Debug)]
pub struct SimulateOptions {
    /// Output folder.
    pub out: PathBuf,
    /// Number of days.
    pub days: usize,
    /// Number of visitors over all days.
    pub visitors: u64,
    /// Seed: same options, same bytes.
    pub seed: u64,
    /// First day, in the property's time zone.
    pub start: Date,
    /// Newline JSON too.
    pub json: bool,
}

/// What was written.
#[derive(Clone, Debug, Serialize)]
pub struct SimulateSummary {
    /// Output folder.
    pub out: PathBuf,
    /// First day.
    pub from: String,
    /// Last day.
    pub to: String,
    /// Rows, with the late ones.
    pub rows: u64,
    /// Distinct `user_pseudo_id`.
    pub identified_visitors: u64,
    /// Sessions.
    pub sessions: u64,
    /// Visitors with a conversion.
    pub converting_visitors: u64,
    /// Rows that only the rewritten files hold.
    pub late_rows: u64,
}

/// Simulates and writes the export.
pub fn run(options: &SimulateOptions) -> Result<SimulateSummary> {
    ensure!(options.days > 0, "the number of days must be at least 1");
    ensure!(options.visitors > 0, "the number of visitors must be at least 1");
    prepare(options)?;
    let calendar = Calendar::new(options.start, options.days)?;
    let traffic: Vec<f64> = (0..options.days).map(|day| calendar.traffic(day)).collect();
    let mut visitors: Vec<Visitor> =
        (0..options.visitors).map(|index| Visitor::new(options.seed, index, &calendar, &traffic)).collect();
    let mut tally = Tally::new()?;
    let mut order = Rng::new(options.seed, 0);
    let mut tomorrow = Vec::new();
    for (index, day) in calendar.days.iter().enumerate() {
        let mut rows = std::mem::take(&mut tomorrow);
        for visitor in &mut visitors {
            while let Some(start) = visitor.next.filter(|next| *next < day.end) {
                journey::play(visitor, start, &calendar, &mut rows);
            }
        }
        // Sessions over midnight: their later rows belong to the next file.
        tomorrow = rows.extract_if(.., |row| row.day > index).collect();
        let duplicates = defects::disorder(&mut rows, &mut order);
        let rewritten = defects::is_rewritten(index, options.days);
        tally.day(&day.label, &rows, duplicates, rewritten);
        write_day(options, &day.label, &rows, rewritten)?;
    }
    let truth = tally.finish(options, |index| {
        usize::try_from(index)
            .ok()
            .and_then(|index| visitors.get(index))
            .is_some_and(|visitor| visitor.kind == Kind::Bot)
    });
    let path = options.out.join("truth.json");
    fs::write(&path, serde_json::to_vec_pretty(&truth)?).with_context(|| format!("write {}", path.display()))?;
    Ok(SimulateSummary {
        out: options.out.clone(),
        from: truth.by_day.first().map(|day| day.date.clone()).unwrap_or_default(),
        to: truth.by_day.last().map(|day| day.date.clone()).unwrap_or_default(),
        rows: truth.counts.rows,
        identified_visitors: truth.counts.identified_visitors,
        sessions: truth.counts.sessions,
        converting_visitors: truth.counts.converting_visitors,
        late_rows: truth.defects.late_rows,
    })
}

fn write_day(options: &SimulateOptions, label: &str, rows: &[Row], rewritten: bool) -> Result<()> {
    let name = format!("events_{label}");
    let first: Vec<&Row> = rows.iter().filter(|row| !(rewritten && row.late)).collect();
    parquet_out::write(&options.out.join(&name).with_extension("parquet"), &first)?;
    if options.json {
        json_out::write(&options.out.join("_json").join(format!("{name}.json.gz")), &first)?;
    }
    if rewritten {
        let all: Vec<&Row> = rows.iter().collect();
        parquet_out::write(&options.out.join("_late").join(&name).with_extension("parquet"), &all)?;
    }
    Ok(())
}

/// Makes the folders and takes an earlier simulation out of them; files of any other origin are refused.
fn prepare(options: &SimulateOptions) -> Result<()> {
    let folders = [options.out.clone(), options.out.join("_late"), options.out.join("_json")];
    let mut old = Vec::new();
    for folder in &folders {
        old.extend(exported_files(folder)?);
    }
    let truth = options.out.join("truth.json");
    ensure!(
        old.is_empty() || truth.is_file(),
        "{} holds event files that are not from a simulation; choose another folder",
        options.out.display()
    );
    for file in old {
        fs::remove_file(&file).with_context(|| format!("remove {}", file.display()))?;
    }
    if !options.json {
        // Only the empty folder of an earlier simulation goes.
        let _ = fs::remove_dir(options.out.join("_json"));
    }
    for folder in folders.iter().take(if options.json { 3 } else { 2 }) {
        fs::create_dir_all(folder).with_context(|| format!("create {}", folder.display()))?;
    }
    Ok(())
}

fn exported_files(folder: &Path) -> Result<Vec<PathBuf>> {
    if !folder.is_dir() {
        return Ok(Vec::new());
    }
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).with_context(|| format!("read {}", folder.display()))? {
        let path = entry?.path();
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        if name.starts_with("events_") && (name.ends_with(".parquet") || name.ends_with(".json.gz")) {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}
