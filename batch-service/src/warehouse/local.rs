//! The warehouse as a folder: `<table>/date=YYYY-MM-DD/part-NNN.parquet`, partitions replaced atomically.

use std::fs::{self, File, TryLockError};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use super::{Fence, RunRow, Unpublished, Warehouse, runs};
use crate::failpoint;
use crate::shards::Shards;
use crate::store::write_whole;
use anyhow::{Context, Result};
use jiff::civil::Date;

const PARTITION: &str = "date=";
/// A partition being written; dropped by recovery.
const STAGING: &str = ".tmp-";
/// A partition being replaced; put back by recovery when nothing took its place.
const REPLACED: &str = ".old-";
/// Held while partitions are swapped, or a file beside the tables.
const SWAP_LOCK: &str = ".swap-lock";
/// The number of the last holder of the lease that has published.
const FENCE: &str = ".run/fence";

/// A warehouse in a folder.
#[derive(Debug)]
pub struct LocalWarehouse {
    root: PathBuf,
}

impl LocalWarehouse {
    /// Opens or creates the folder, and clears up after a writer that was stopped half way.
    pub fn open(root: impl Into<PathBuf>) -> Result<Self> {
        let warehouse = Self { root: root.into() };
        fs::create_dir_all(&warehouse.root).with_context(|| format!("warehouse {}", warehouse.root.display()))?;
        warehouse.recover()?;
        Ok(warehouse)
    }

    /// The names of the tables.
    pub(super) fn tables(&self) -> Result<Vec<String>> {
        Ok(names(&self.root)?.into_iter().filter(|name| !name.starts_with('.')).collect())
    }

    /// The days that a table has, in order.
    pub fn days(&self, table: &str) -> Result<Vec<Date>> {
        let mut days = Vec::new();
        for name in names(&self.root.join(table))? {
            if let Some(day) = name.strip_prefix(PARTITION) {
                days.push(day.parse().with_context(|| format!("warehouse table {table}: partition {name}"))?);
            }
        }
        days.sort_unstable();
        Ok(days)
    }

    /// The files of a partition, in order; none when there is no such partition.
    pub fn partition_files(&self, table: &str, day: Date) -> Result<Vec<PathBuf>> {
        let folder = self.partition(table, day);
        let mut files: Vec<PathBuf> = names(&folder)?
            .into_iter()
            .filter(|name| !name.starts_with('.') && name.ends_with(".parquet"))
            .map(|name| folder.join(name))
            .collect();
        files.sort_unstable();
        Ok(files)
    }

    /// Starts a new content for a partition; nothing is seen of it until [`Replacement::commit`].
    pub fn begin(&self, table: &str, day: Date) -> Result<Replacement> {
        let lock = self.lock_file()?;
        lock.lock_shared()?;
        let folder = self.root.join(table);
        fs::create_dir_all(&folder)?;
        let staging = folder.join(staging_name(day));
        fs::create_dir(&staging).with_context(|| staging.display().to_string())?;
        Ok(Replacement {
            root: self.root.clone(),
            table: table.to_owned(),
            folder,
            staging,
            day,
            parts: 0,
            committed: false,
            _lock: lock,
        })
    }

    /// Removes a partition, if it is there.
    pub fn remove(&self, table: &str, day: Date) -> Result<()> {
        let lock = self.lock_file()?;
        lock.lock_shared()?;
        let partition = self.partition(table, day);
        if partition.exists() {
            // Renamed first, so that nobody sees a part of it.
            let staging = self.root.join(table).join(staging_name(day));
            fs::rename(&partition, &staging)?;
            fs::remove_dir_all(&staging)?;
        }
        Ok(())
    }

    /// Writes a file beside the tables, as a whole.
    pub fn put_beside(&self, name: &str, bytes: &[u8]) -> Result<()> {
        let _turn = self.turn()?;
        write_whole(&self.root.join(name), bytes)
    }

    /// One after the other, until it is dropped.
    pub(super) fn turn(&self) -> Result<Turn> {
        Turn::of(&self.root)
    }

    /// Lets a holder of the lease publish unless a later one has done so, and remembers it.
    fn pass(&self, fence: &Fence, _turn: &Turn) -> Result<()> {
        fence.check()?;
        let path = self.root.join(FENCE);
        let seen = match fs::read_to_string(&path) {
            Ok(text) => text.trim().parse().with_context(|| path.display().to_string())?,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => 0,
            Err(error) => return Err(error).with_context(|| path.display().to_string()),
        };
        if fence.passes(seen)? {
            write_whole(&path, fence.number().to_string().as_bytes())?;
        }
        Ok(())
    }

    fn partition(&self, table: &str, day: Date) -> PathBuf {
        self.root.join(table).join(format!("{PARTITION}{day}"))
    }

    fn lock_file(&self) -> std::io::Result<File> {
        File::options().create(true).append(true).open(self.root.join(".lock"))
    }

    fn clear_up(&self) -> Result<()> {
        for table in names(&self.root)? {
            let folder = self.root.join(&table);
            if table.starts_with('.') || !folder.is_dir() {
                continue;
            }
            for name in names(&folder)? {
                let path = folder.join(&name);
                if let Some(day) = name.strip_prefix(REPLACED) {
                    let partition = folder.join(format!("{PARTITION}{day}"));
                    if partition.exists() {
                        fs::remove_dir_all(&path)?;
                    } else {
                        fs::rename(&path, &partition)?;
                    }
                } else if name.starts_with(STAGING) {
                    fs::remove_dir_all(&path)?;
                }
            }
        }
        Ok(())
    }
}

impl Warehouse for LocalWarehouse {
    fn partitions(&self, table: &str) -> Result<Vec<Date>> {
        self.days(table)
    }

    fn files(&self, table: &str, day: Date, _shards: Shards) -> Result<Vec<PathBuf>> {
        self.partition_files(table, day)
    }

    fn recover(&self) -> Result<()> {
        let recover = || match self.lock_file()?.try_lock() {
            Ok(()) => self.clear_up(),
            // Writers hold the lock shared: while there is one, what looks left over is in use.
            Err(TryLockError::WouldBlock) => Ok(()),
            Err(TryLockError::Error(error)) => Err(error.into()),
        };
        recover().with_context(|| format!("warehouse {}", self.root.display()))
    }

    fn replace(&self, table: &str, day: Date) -> Result<Replacement> {
        self.begin(table, day)
    }

    fn publish(&self, contents: Vec<Replacement>, fence: &Fence) -> Result<()> {
        let mut written = Vec::new();
        // One turn for all tables: who overtakes this writer meanwhile publishes after it.
        let begun = contents.iter().try_for_each(Replacement::sync).and_then(|()| {
            let turn = self.turn()?;
            self.pass(fence, &turn)?;
            Ok(turn)
        });
        let turn = begun.map_err(|error| error.context(Unpublished { written: Vec::new() }))?;
        for content in contents {
            let table = content.table.clone();
            if let Err(error) = content.swap(&turn) {
                return Err(error.context(Unpublished { written }));
            }
            written.push(table);
            failpoint::at("publish.middle");
        }
        Ok(())
    }

    fn add_run(&self, run: &RunRow) -> Result<()> {
        runs::add(self, run)
    }

    fn runs(&self, from: Date, to: Date) -> Result<Vec<RunRow>> {
        let mut found = Vec::new();
        for day in self.days(runs::TABLE)?.into_iter().filter(|day| (from..=to).contains(day)) {
            found.extend(runs::of_day(self, day)?);
        }
        Ok(found)
    }

    fn probe(&self) -> Result<String> {
        let mut replacement = self.begin("doctor", Date::MIN)?;
        replacement.part()?;
        drop(replacement);
        fs::remove_dir(self.root.join("doctor"))?;
        Ok("the folder can be written".to_owned())
    }

    fn folder(&self) -> &Path {
        &self.root
    }
}

/// A partition being written; dropped without a trace unless committed.
#[derive(Debug)]
pub struct Replacement {
    root: PathBuf,
    table: String,
    folder: PathBuf,
    staging: PathBuf,
    day: Date,
    parts: usize,
    committed: bool,
    _lock: File,
}

impl Replacement {
    /// The table.
    #[must_use]
    pub fn table(&self) -> &str {
        &self.table
    }

    /// The day.
    #[must_use]
    pub fn day(&self) -> Date {
        self.day
    }

    /// Creates the next `part-NNN.parquet`.
    pub fn part(&mut self) -> Result<File> {
        let path = self.staging.join(part_name(self.parts));
        self.parts += 1;
        File::create_new(&path).with_context(|| path.display().to_string())
    }

    /// The files, in order.
    pub(crate) fn staged(&self) -> Vec<PathBuf> {
        (0..self.parts).map(|part| self.staging.join(part_name(part))).collect()
    }

    /// Puts the content into the partition of another table.
    pub(super) fn commit_as(mut self, table: &str) -> Result<()> {
        self.folder = self.root.join(table);
        fs::create_dir_all(&self.folder)?;
        self.commit()
    }

    /// Puts the new content in place of the old.
    pub(super) fn commit(self) -> Result<()> {
        self.sync()?;
        let turn = Turn::of(&self.root)?;
        self.swap(&turn)
    }

    /// The files are on the disk.
    pub(super) fn sync(&self) -> Result<()> {
        let sync = || -> Result<()> {
            for name in names(&self.staging)? {
                File::open(self.staging.join(name))?.sync_all()?;
            }
            Ok(File::open(&self.staging)?.sync_all()?)
        };
        sync().with_context(|| self.staging.display().to_string())
    }

    /// The same as `commit` for files that are on the disk, when it is our turn: two processes may work on the same day.
    pub(super) fn swap(mut self, _turn: &Turn) -> Result<()> {
        let partition = self.folder.join(format!("{PARTITION}{}", self.day));
        let swap = || -> Result<()> {
            let replaced = self.folder.join(format!("{REPLACED}{}", self.day));
            if partition.exists() {
                // It is our turn: whoever has left this one died before removing it.
                if replaced.exists() {
                    fs::remove_dir_all(&replaced)?;
                }
                fs::rename(&partition, &replaced)?;
                failpoint::at("swap.away");
            }
            fs::rename(&self.staging, &partition)?;
            failpoint::at("swap.there");
            File::open(&self.folder)?.sync_all()?;
            if replaced.exists() {
                fs::remove_dir_all(&replaced)?;
            }
            failpoint::at("swap.done");
            Ok(())
        };
        swap().with_context(|| format!("replacing {}", partition.display()))?;
        self.committed = true;
        Ok(())
    }
}

impl Drop for Replacement {
    fn drop(&mut self) {
        if !self.committed {
            // What cannot be removed now is removed when the warehouse is opened next.
            let _ = fs::remove_dir_all(&self.staging);
        }
    }
}

/// The turn of a writer who swaps; nobody else does until it is dropped.
pub(super) struct Turn(#[expect(dead_code, reason = "held, never read")] File);

impl Turn {
    fn of(root: &Path) -> Result<Self> {
        let turn = || -> std::io::Result<File> {
            let file = File::options().create(true).append(true).open(root.join(SWAP_LOCK))?;
            file.lock()?;
            Ok(file)
        };
        turn().map(Self).with_context(|| format!("{}", root.join(SWAP_LOCK).display()))
    }
}

fn part_name(part: usize) -> String {
    format!("part-{part:03}.parquet")
}

/// A name that no other writer of the day has, in this process or another one.
fn staging_name(day: Date) -> String {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    format!("{STAGING}{day}-{}-{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed))
}

/// The names in a folder; none when there is no such folder.
fn names(folder: &Path) -> Result<Vec<String>> {
    let entries = match folder.read_dir() {
        Ok(entries) => entries,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(error).with_context(|| folder.display().to_string()),
    };
    entries.map(|entry| Ok(entry?.file_name().to_string_lossy().into_owned())).collect()
}
