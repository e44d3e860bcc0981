//! The parts of a day, fetched and put together.

use super::super::run::{Computed, Prepared};
use super::super::steps::Clock;
use super::super::{ExitKind, exit};
use super::{Part, Set};
use crate::failpoint;
use crate::fingerprint;
use crate::fold::{FoldCounts, StateReader, StateWriter, VISITOR_STATE};
use crate::ga4::{ReadOptions, ReadReport};
use crate::place::Place;
use crate::scores;
use crate::warehouse::events_clean;
use anyhow::{Context, Result};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// How folders with fetched files are named.
const FETCHED: &str = ".parts-";

/// The contents of the day's tables, made of all parts.
pub(super) fn collect(place: &Place, prepared: &mut Prepared, set: &Set, clock: &mut Clock) -> Result<Computed> {
    clock.begin("collect_parts")?;
    let (day, warehouse) = (prepared.day, &*place.warehouse);
    let local = Fetched::new(warehouse.folder(), &prepared.record.run_id)?;
    let (mut fold, mut read) = (FoldCounts::default(), None);
    let mut files: BTreeMap<String, Vec<PathBuf>> = BTreeMap::new();
    for index in 0..set.of {
        let name = set.name(index);
        let bytes = place.shared.get(&name)?.with_context(|| format!("part {index} of {day} is gone"))?;
        let part: Part = serde_json::from_slice(&bytes).with_context(|| name.clone())?;
        fold += part.fold;
        read = Some(ReadReport::together(read, part.read));
        for (table, (name, sha256)) in part.files {
            let path = local.fetch(place, &name, &sha256, &format!("{index}-{table}.parquet"))?;
            files.entry(table).or_default().push(path);
            failpoint::at("collect_parts.middle");
        }
    }
    let read = read.context("a day without parts")?;
    read.check(&ReadOptions::default())?;
    prepared.count(&read);
    prepared.record.conversions = fold.conversions;
    let of_table = |table: &str| files.get(table).cloned().unwrap_or_default();
    let mut contents = vec![events_clean::stage(warehouse, day, &events_clean::read(&of_table(events_clean::TABLE))?)?];
    let mut states = StateWriter::create(warehouse, day)?;
    StateReader::merge(of_table(VISITOR_STATE), |row| {
        states.push(&row.user, row.last_event_us, row.last_conversion_us, &row.state)
    })?;
    contents.push(states.finish()?);
    if !prepared.models.is_empty() {
        let found = scores::gather(&of_table(scores::TABLE), &prepared.models)?;
        prepared.count_scores(&found);
        contents.push(scores::stage(warehouse, day, &prepared.record.run_id, &found)?);
    }
    clock.lap(&[("parts", u64::from(set.of)), ("events", read.events), ("scores", prepared.record.scored)]);
    Ok(Computed { contents, fold, read })
}

/// A folder for fetched files, removed at the end.
struct Fetched(PathBuf);

impl Fetched {
    /// For the holder of the lease: what others have left is of holders that died.
    fn new(folder: &Path, run_id: &str) -> Result<Self> {
        let name = |path: &Path| path.file_name().is_some_and(|name| name.to_string_lossy().starts_with(FETCHED));
        for left in folder.read_dir()?.flatten().map(|entry| entry.path()).filter(|path| name(path)) {
            std::fs::remove_dir_all(&left).with_context(|| left.display().to_string())?;
        }
        let path = folder.join(format!("{FETCHED}{run_id}-{}", std::process::id()));
        std::fs::create_dir_all(&path).with_context(|| path.display().to_string())?;
        Ok(Self(path))
    }

    fn fetch(&self, place: &Place, name: &str, sha256: &str, file: &str) -> Result<PathBuf> {
        let bytes = place.shared.get(name)?.with_context(|| format!("{name} is gone"))?;
        if fingerprint::sha256(&bytes) != sha256 {
            return Err(exit(ExitKind::Integrity, format!("{name} has other bytes than were handed in")));
        }
        let path = self.0.join(file);
        std::fs::write(&path, bytes).with_context(|| path.display().to_string())?;
        Ok(path)
    }
}

impl Drop for Fetched {
    fn drop(&mut self) {
        // What stays is in a folder whose name no table has.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}
