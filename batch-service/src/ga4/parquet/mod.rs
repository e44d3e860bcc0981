//! Reads GA4 events from Parquet: dictionary codes and levels, so that work is done once per distinct value.

mod columns;
mod echoes;
mod items;
mod params;
mod schema;
mod told;

use std::fs::File;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

use anyhow::{Context, Result, bail};
use parquet::file::reader::{FileReader, SerializedFileReader};

use super::report::{FileReport, ReadFailure};
use crate::events::{DayBuilder, RawRow};
use columns::FlatColumn;
pub use echoes::read_echoes;
use items::Items;
use params::Params;
pub use schema::Leaves;
pub use told::read_told;

/// Rows are decoded in steps of this size; small enough to stay in the processor's cache.
const CHUNK: usize = 1024;

/// Reads all events of a file into the day.
pub fn read_file(path: &Path, day: &mut DayBuilder) -> Result<FileReport> {
    let name = path.display().to_string();
    let file = open(path)?;
    let leaves = Leaves::find(file.metadata().file_metadata().schema_descr())
        .map_err(|what| ReadFailure::WrongSchema { file: name.clone(), what })?;
    let rows: i64 = file.metadata().row_groups().iter().map(|group| group.num_rows()).sum();
    day.reserve(usize::try_from(rows).unwrap_or(0));
    let groups = file.num_row_groups();
    let mut first_row = 1;
    for group in 0..groups {
        // Rare encodings are decoded by the `parquet` crate, which on some damaged data panics.
        let mut read = || read_group(&file, group, &leaves, day, (&name, first_row));
        catch_unwind(AssertUnwindSafe(&mut read)).unwrap_or_else(|_| bail!("the data cannot be decoded")).map_err(
            |error| {
                let what = format!("row group {} of {groups}: {error:#}", group + 1);
                ReadFailure::Broken { file: name.clone(), what }
            },
        )?;
        first_row += file.metadata().row_group(group).num_rows().unsigned_abs();
    }
    Ok(FileReport {
        file: name,
        format: "parquet".into(),
        rows: rows.unsigned_abs(),
        row_groups: groups as u64,
        missing_columns: leaves.missing,
    })
}

/// Opens a Parquet file and says plainly when it is none, or not a whole one.
pub fn open(path: &Path) -> Result<SerializedFileReader<File>> {
    let name = || path.display().to_string();
    let mut file = File::open(path).with_context(name)?;
    match magic(&mut file).with_context(name)? {
        (true, true) => {}
        (true, false) => return Err(ReadFailure::Truncated { file: name() }.into()),
        (false, _) => return Err(ReadFailure::NotParquet { file: name() }.into()),
    }
    SerializedFileReader::new(file)
        .map_err(|error| ReadFailure::Broken { file: name(), what: error.to_string() }.into())
}

/// Whether the file starts and ends as Parquet does.
fn magic(file: &mut File) -> std::io::Result<(bool, bool)> {
    use std::io::{Read, Seek, SeekFrom};
    const MAGIC: &[u8; 4] = b"PAR1";
    let length = file.metadata()?.len();
    let mut found = [0; 4];
    if length < 4 {
        return Ok((false, false));
    }
    file.read_exact(&mut found)?;
    let starts = &found == MAGIC;
    file.seek(SeekFrom::End(-4))?;
    file.read_exact(&mut found)?;
    file.rewind()?;
    Ok((starts, length >= 12 && &found == MAGIC))
}

fn read_group(
    file: &SerializedFileReader<File>,
    group: usize,
    leaves: &Leaves,
    day: &mut DayBuilder,
    (name, first_row): (&str, u64),
) -> Result<()> {
    let reader = file.get_row_group(group)?;
    let total = usize::try_from(reader.metadata().num_rows())?;
    let mut flat = FlatColumn::open_all(file, reader.as_ref(), group, leaves)?;
    let mut params = Params::open(file, reader.as_ref(), group, leaves)?;
    let mut items = Items::open(reader.as_ref(), leaves)?;
    let mut rows = vec![RawRow::EMPTY; CHUNK.min(total)];
    let mut done = 0;
    while done < total {
        let count = CHUNK.min(total - done);
        let rows = &mut rows[..count];
        rows.fill(RawRow::EMPTY);
        let mut read = || -> Result<()> {
            // Event parameters come before the columns that only fill the gaps they leave.
            params.read(rows, day)?;
            if let Some(items) = &mut items {
                items.read(rows)?;
            }
            flat.iter_mut().try_for_each(|column| column.read(rows, day))
        };
        read().with_context(|| {
            let first = first_row + done as u64;
            format!("rows {first} to {}", first + count as u64 - 1)
        })?;
        for (offset, row) in rows.iter().enumerate() {
            day.push(row, (name, first_row + (done + offset) as u64));
        }
        done += count;
    }
    Ok(())
}
