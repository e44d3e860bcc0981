//! Finds the files of each day among folders, files and glob patterns.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use crate::jobs::{ExitKind, exit};
use anyhow::{Context, Result};
use jiff::ToSpan;
use jiff::civil::Date;

/// The endings of files that are read, before `.gz` or `.zst`.
const ENDINGS: [&str; 4] = [".parquet", ".json", ".jsonl", ".ndjson"];

/// Files by day.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Discovery {
    /// The files of each day, sorted by name.
    pub days: BTreeMap<Date, Vec<PathBuf>>,
    /// What was left aside and why, a line each.
    pub notes: Vec<String>,
}

/// What to look for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct DiscoverOptions {
    /// Also take `events_intraday_YYYYMMDD` for days that have no daily table.
    pub intraday: bool,
}

impl Discovery {
    /// The days of a range that have no file.
    #[must_use]
    pub fn missing(&self, from: Date, to: Date) -> Vec<Date> {
        from.series(1.day()).take_while(|&day| day <= to).filter(|day| !self.days.contains_key(day)).collect()
    }
}

/// Which table a file belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Table {
    Daily(Date),
    Intraday(Date),
    Fresh,
}

/// Finds the files of each day.
///
/// # Errors
/// Exit code 2 when an input does not exist, 3 when nothing is found.
pub fn discover(inputs: &[String], options: DiscoverOptions) -> Result<Discovery> {
    let mut files = BTreeSet::new();
    for input in inputs {
        let path = Path::new(input);
        if path.is_dir() {
            walk(path, &mut files)?;
        } else if path.is_file() {
            files.insert(path.to_path_buf());
        } else {
            let before = files.len();
            for found in glob::glob(input).with_context(|| format!("{input}: not a file, a folder or a pattern"))? {
                let found = found?;
                if found.is_dir() {
                    walk(&found, &mut files)?;
                } else {
                    files.insert(found);
                }
            }
            if files.len() == before {
                return Err(exit(ExitKind::Usage, format!("{input}: no such file or folder")));
            }
        }
    }
    let mut discovery = Discovery::default();
    let mut intraday: BTreeMap<Date, Vec<PathBuf>> = BTreeMap::new();
    let mut seen = BTreeSet::new();
    let (mut fresh, mut other) = (0, 0);
    for file in files {
        // The same file may be named by two inputs.
        if !seen.insert(file.canonicalize().unwrap_or_else(|_| file.clone())) {
            continue;
        }
        match table_of(&file) {
            Some(Table::Daily(day)) => discovery.days.entry(day).or_default().push(file),
            Some(Table::Intraday(day)) => intraday.entry(day).or_default().push(file),
            Some(Table::Fresh) => fresh += 1,
            None => other += 1,
        }
    }
    for (day, files) in intraday {
        if !options.intraday {
            discovery.notes.push(format!("{day}: intraday table ignored; its rows are not final"));
        } else if discovery.days.contains_key(&day) {
            discovery.notes.push(format!("{day}: intraday table ignored; the daily table is there"));
        } else {
            discovery.notes.push(format!("{day}: intraday table used; its rows are not final"));
            discovery.days.insert(day, files);
        }
    }
    if fresh > 0 {
        discovery.notes.push(format!("ignored files of events_fresh_ tables: {fresh}"));
    }
    if other > 0 {
        discovery.notes.push(format!("ignored files that are not named events_YYYYMMDD: {other}"));
    }
    if discovery.days.is_empty() {
        let notes = discovery.notes.join("; ");
        let text = format!(
            "{}: no events_YYYYMMDD files (.parquet, .json, .jsonl, .ndjson; .gz or .zst) found{}{notes}",
            inputs.join(", "),
            if notes.is_empty() { "" } else { "; " }
        );
        return Err(exit(ExitKind::NotReady, text));
    }
    Ok(discovery)
}

fn walk(folder: &Path, files: &mut BTreeSet<PathBuf>) -> Result<()> {
    for entry in folder.read_dir().with_context(|| folder.display().to_string())? {
        let path = entry.with_context(|| folder.display().to_string())?.path();
        // Hidden files and markers such as `_SUCCESS` are no data.
        let hidden = path.file_name().is_none_or(|name| name.to_string_lossy().starts_with(['.', '_']));
        if hidden {
            continue;
        }
        if path.is_dir() {
            walk(&path, files)?;
        } else {
            files.insert(path);
        }
    }
    Ok(())
}

/// The table, from the name of the file or else of the nearest folder that is named like a table.
fn table_of(file: &Path) -> Option<Table> {
    let name = file.file_name()?.to_str()?;
    let stem = name.strip_suffix(".gz").or_else(|| name.strip_suffix(".zst")).unwrap_or(name);
    if !ENDINGS.iter().any(|ending| stem.ends_with(ending)) {
        return None;
    }
    file.ancestors().find_map(|path| table_name(path.file_name()?.to_str()?))
}

pub(super) fn table_name(name: &str) -> Option<Table> {
    let rest = name.strip_prefix("events_")?;
    let (make, digits): (fn(Date) -> Table, _) = if let Some(rest) = rest.strip_prefix("intraday_") {
        (Table::Intraday, rest)
    } else if let Some(rest) = rest.strip_prefix("fresh_") {
        (|_| Table::Fresh, rest)
    } else {
        (Table::Daily, rest)
    };
    let date = digits.get(..8).filter(|date| date.bytes().all(|byte| byte.is_ascii_digit()))?;
    if digits[8..].starts_with(|next: char| next.is_ascii_digit()) {
        return None;
    }
    let (year, month, day) = (date[..4].parse().ok()?, date[4..6].parse().ok()?, date[6..].parse().ok()?);
    Date::new(year, month, day).ok().map(make)
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    #[test]
    fn tables_are_known_by_name() {
        let day = date(2020, 11, 1);
        for name in [
            "events_20201101.parquet",
            "x/events_20201101-000000000003.json.gz",
            "x/events_20201101/part-0.snappy.parquet",
            "events_20201101_extract.ndjson.zst",
        ] {
            assert_eq!(table_of(Path::new(name)), Some(Table::Daily(day)), "{name}");
        }
        assert_eq!(table_of(Path::new("events_intraday_20201101.parquet")), Some(Table::Intraday(day)));
        assert_eq!(table_of(Path::new("events_fresh_20201101.parquet")), Some(Table::Fresh));
        for name in
            ["events_20201341.parquet", "events_20201101.csv", "users_20201101.parquet", "events_202011011.parquet"]
        {
            assert_eq!(table_of(Path::new(name)), None, "{name}");
        }
    }
}
