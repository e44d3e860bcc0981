//! The training rows of a target as one file, for a model that is made elsewhere: the rows that `train` learns from, each with
//! its part in the split.

use super::snapshots::Snapshots;
use super::split::{Slice, Split, learnable, slice};
use crate::warehouse::parquet::{Dictionary, MISSING};
use crate::warehouse::table::{Cells, Column, TableWriter, Type};
use anyhow::{Context, Result};
use model_core::Profile;
use std::fs::File;
use std::path::Path;

/// Rows of a row group: a column of it is in memory at a time.
const GROUP: usize = 65_536;

/// The columns before those of the features.
const COLUMNS: [Column; 7] = [
    Column::required("snapshot_date", Type::Date),
    Column::required("visitor", Type::I64),
    Column::optional("page_view_number", Type::I32),
    Column::required("event_timestamp", Type::I64),
    Column::optional("split", Type::Text),
    Column::required("label", Type::Bool),
    Column::required("weight", Type::F64),
];

/// What rows serve for, as the column `split` says it.
const PARTS: [&str; 4] = ["train", "validation", "calibration", "test"];

/// What a file of training rows holds.
#[derive(Debug)]
pub struct TrainSet {
    /// All rows.
    pub data: Slice,
    /// Rows by part, in the order of time; `refit` are the rows without one.
    pub parts: Vec<Slice>,
    /// Names of the columns: first those of the row, then the features by their names in the schema.
    pub columns: Vec<String>,
    /// Visitors.
    pub visitors: usize,
    /// What a reader of the rows must know.
    pub notes: Vec<String>,
}

/// Writes the rows that a training learns from or judges by, with all features of the profile. The file is there whole or
/// not at all.
///
/// # Errors
/// As for [`super::train`]: when the snapshots are not the profile's, or hold too few days or positives for an honest
/// test; when the file cannot be written.
pub fn export(snapshots: &Snapshots, profile: &Profile, out: &Path) -> Result<TrainSet> {
    snapshots.check(profile)?;
    let horizon = i32::from(profile.parts().horizon_days);
    let split = Split::by_time(snapshots, horizon, None)?;
    let learnt = learnable(snapshots, horizon);
    let mut part: Vec<Option<u32>> = vec![None; snapshots.len()];
    learnt.iter().for_each(|row| part[*row] = Some(MISSING));
    // Where days are few the rows of `stop` calibrate, too; they are named after that.
    for (code, rows) in (0..).zip([&split.fit, &split.stop, &split.calibrate, &split.test]) {
        rows.iter().for_each(|row| part[*row] = Some(code));
    }
    let mut rows: Vec<(usize, u32)> = part.iter().enumerate().filter_map(|(row, p)| Some((row, (*p)?))).collect();
    rows.sort_by_key(|(row, _)| snapshots.day[*row]);

    let mut columns = COLUMNS.to_vec();
    columns.extend(snapshots.names.iter().map(|name| Column::optional(name, Type::F64)));
    write(snapshots, &rows, &columns, out).with_context(|| format!("writing {}", out.display()))?;

    let of = |code: u32| -> Vec<usize> { rows.iter().filter(|(_, p)| *p == code).map(|(row, _)| *row).collect() };
    let named = (0..).zip(PARTS).chain([(MISSING, "refit")]);
    let parts = named.map(|(code, name)| slice(name, snapshots, &of(code))).filter(|s| s.rows > 0).collect();
    let all: Vec<usize> = rows.iter().map(|(row, _)| *row).collect();
    let mut visitors: Vec<u32> = all.iter().map(|row| snapshots.visitor[*row]).collect();
    visitors.sort_unstable();
    visitors.dedup();
    Ok(TrainSet {
        data: slice("all", snapshots, &all),
        parts,
        columns: columns.iter().map(|column| column.name.to_owned()).collect(),
        visitors: visitors.len(),
        notes: [&snapshots.notes[..], &split.notes].concat(),
    })
}

fn write(snapshots: &Snapshots, rows: &[(usize, u32)], columns: &[Column], out: &Path) -> Result<()> {
    let staging = out.with_file_name(format!(".tmp-{}", out.file_name().unwrap_or_default().display()));
    let write = || -> Result<()> {
        let mut writer = TableWriter::new(File::create(&staging)?, "train_set", columns)?;
        for rows in rows.chunks(GROUP) {
            put(&mut writer, snapshots, rows)?;
        }
        writer.finish()?.sync_all()?;
        Ok(std::fs::rename(&staging, out)?)
    };
    write().inspect_err(|_| {
        // What cannot be removed either is overwritten another time.
        let _ = std::fs::remove_file(&staging);
    })
}

/// One row group.
fn put(writer: &mut TableWriter<'_, File>, from: &Snapshots, rows: &[(usize, u32)]) -> Result<()> {
    fn of<'a, T: Copy>(values: &'a [T], rows: &'a [(usize, u32)]) -> impl Iterator<Item = T> + 'a {
        rows.iter().map(|(row, _)| values[*row])
    }
    let mut group = writer.group()?;
    group.put(Cells::i32s(of(&from.day, rows).collect()))?;
    group.put(Cells::i64s(of(&from.visitor, rows).map(i64::from).collect()))?;
    group.put(Cells::i32s_optional(of(&from.page_view, rows).map(|n| (n != 0).then_some(n as i32))))?;
    group.put(Cells::i64s(of(&from.moment_us, rows).collect()))?;
    group.put(Cells::coded(Dictionary::text(PARTS), rows.iter().map(|(_, part)| *part).collect()))?;
    group.put(Cells::bools(of(&from.label, rows).collect()))?;
    group.put(Cells::f64s(of(&from.weight, rows).map(f64::from).collect()))?;
    for column in &from.columns {
        group.put(Cells::f64s_optional(of(column, rows).map(|x| (!x.is_nan()).then_some(f64::from(x)))))?;
    }
    group.finish()
}
