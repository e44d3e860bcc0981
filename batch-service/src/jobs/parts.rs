//! A day's work split among processes: each computes its part of the visitors and hands it in; whoever finds all parts
//! there puts them together and publishes the day. The result is the same, byte for byte, as that of one process.

use super::daily::alone;
use super::lease::{LeaseOptions, holding};
use super::run::{Computed, DayOptions, DaySummary, Prepared, compute, located, prepare, publish};
use super::steps::Clock;
use super::{ExitKind, exit};
use crate::failpoint;
use crate::fingerprint;
use crate::fold::{FoldCounts, StateReader, StateWriter, VISITOR_STATE};
use crate::ga4::{Export, ReadOptions, ReadReport};
use crate::place::Place;
use crate::scores;
use crate::shards::Shards;
use crate::stop;
use crate::warehouse::events_clean;
use anyhow::{Context, Result};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// How often to look whether the others are done.
const LOOK_EVERY: Duration = Duration::from_secs(2);
/// How folders with fetched files are named.
const FETCHED: &str = ".parts-";

/// A part that was handed in.
#[derive(Debug, Serialize, Deserialize)]
struct Part {
    /// Its Parquet file by table: the object's name and its SHA-256.
    files: BTreeMap<String, (String, String)>,
    fold: FoldCounts,
    read: ReadReport,
}

/// How the parts of a day come together.
#[derive(Clone, Copy, Debug)]
pub struct PartOptions {
    /// The part of this process.
    pub shards: Shards,
    /// How leases are held.
    pub lease: LeaseOptions,
    /// Whether to wait until the day is published, for the next one needs it.
    pub to_the_end: bool,
}

/// Works on a part of a day, and publishes the day if it was the last part. `None` when others are still at work.
///
/// # Errors
/// As for `run_day`; exit code 3 when the others do not end in time.
pub fn run_part(
    place: &Place,
    export: &dyn Export,
    day: Date,
    options: &DayOptions,
    parts: PartOptions,
) -> Result<Option<DaySummary>> {
    let (index, of) = (parts.shards.index(), parts.shards.parts());
    let mut clock = Clock::new(day);
    located(options.score, &mut clock, |clock| {
        let mut prepared = prepare(place, export, day, options, clock)?;
        let folder = format!("parts/{}/{day}/{}/{of}", place.name, prepared.record.run_id);
        if prepared.is_done(place, options)? {
            return Ok(Some(unchanged(prepared)));
        }
        // Of two processes with the same part one works, and the other finds its result.
        holding(&*place.shared, &format!("leases/{}/part-{index}-of-{of}.json", place.name), parts.lease, |_| {
            if place.shared.get(&format!("{folder}/{index}.json"))?.is_some() {
                return Ok(());
            }
            let computed = compute(place, export, &mut prepared, parts.shards, clock)?;
            clock.begin("hand_in")?;
            hand_in(place, &folder, index, computed)
        })?;
        let start = Instant::now();
        loop {
            stop::check()?;
            if prepared.is_done(place, options)? {
                return Ok(Some(unchanged(prepared)));
            }
            let there = place.shared.list(&folder)?.iter().filter(|name| name.ends_with(".json")).count();
            if there == of as usize {
                return put_together(place, export, day, options, parts.lease, of, clock).map(Some);
            }
            if !parts.to_the_end {
                return Ok(None);
            }
            if start.elapsed() > parts.lease.wait {
                let text = format!("{day}: {there} of {of} parts are there after {} s", parts.lease.wait.as_secs());
                return Err(exit(ExitKind::NotReady, text));
            }
            std::thread::sleep(LOOK_EVERY);
        }
    })
}

fn unchanged(prepared: Prepared) -> DaySummary {
    DaySummary { run: prepared.record, fold: None, read: None, unchanged: true }
}

/// Uploads a part; what names it comes last.
fn hand_in(place: &Place, folder: &str, index: u32, computed: Computed) -> Result<()> {
    let mut files = BTreeMap::new();
    for content in &computed.contents {
        for path in content.staged() {
            let bytes = std::fs::read(&path).with_context(|| path.display().to_string())?;
            let name = format!("{folder}/{index}/{}.parquet", content.table());
            place.shared.put_new(&name, &bytes)?;
            files.insert(content.table().to_owned(), (name, fingerprint::sha256(&bytes)));
            failpoint::at("hand_in.middle");
        }
    }
    let part = Part { files, fold: computed.fold, read: computed.read };
    place.shared.put_new(&format!("{folder}/{index}.json"), &serde_json::to_vec(&part)?)?;
    failpoint::at("hand_in.after");
    Ok(())
}

/// Puts all parts together and publishes the day, unless another process has done so by the time it is our turn.
fn put_together(
    place: &Place,
    export: &dyn Export,
    day: Date,
    options: &DayOptions,
    lease: LeaseOptions,
    of: u32,
    clock: &mut Clock,
) -> Result<DaySummary> {
    alone(place, lease, |fence| {
        let mut prepared = prepare(place, export, day, options, clock)?;
        if prepared.is_done(place, options)? {
            return Ok(unchanged(prepared));
        }
        let collected = collect(place, &mut prepared, of, clock);
        let worked = collected.and_then(|computed| publish(place, computed, fence, clock));
        let (fold, read) = prepared.recorded(place, clock, worked)?;
        Ok(DaySummary { run: prepared.record, fold: Some(fold), read: Some(read), unchanged: false })
    })
}

fn collect(place: &Place, prepared: &mut Prepared, of: u32, clock: &mut Clock) -> Result<Computed> {
    clock.begin("collect_parts")?;
    let (day, warehouse) = (prepared.day, &*place.warehouse);
    let folder = format!("parts/{}/{day}/{}/{of}", place.name, prepared.record.run_id);
    let local = Fetched::new(warehouse.folder(), &prepared.record.run_id)?;
    let (mut fold, mut read) = (FoldCounts::default(), None);
    let mut files: BTreeMap<String, Vec<PathBuf>> = BTreeMap::new();
    for index in 0..of {
        let name = format!("{folder}/{index}.json");
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
    clock.lap(&[("parts", u64::from(of)), ("events", read.events), ("scores", prepared.record.scored)]);
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
