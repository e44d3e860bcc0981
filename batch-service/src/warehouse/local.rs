//! The warehouse as a folder: `<table>/date=YYYY-MM-DD/part-NNN.parquet`, partitions replaced atomically.

use std::fs::{self, File, TryLockError};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use anyhow::{Context, Result, bail};
use jiff::civil::Date;

const PARTITION: &str = "date=";
/// A partition being written; dropped by recovery.
const STAGING: &str = ".tmp-";
/// A partition being replaced; put back by recovery when nothing took its place.
const REPLACED: &str = ".old-";
/// Held while a partition is swapped.
const SWAP_LOCK: &str = ".swap-lock";

/// A warehouse in a folder.
#[derive(Debug)]
pub struct LocalWarehouse {
    root: PathBuf,
}

impl LocalWarehouse {
    /// Opens or creates the folder, and clears up after a writer that was stopped half way.
    pub fn open(root: impl Into<PathBuf>) -> Result<Self> {
        let warehouse = Self { root: root.into() };
        let context = || format!("warehouse {}", warehouse.root.display());
        fs::create_dir_all(&warehouse.root).with_context(context)?;
        // Writers hold the lock shared: while there is one, what looks left over is in use.
        match warehouse.lock_file().with_context(context)?.try_lock() {
            Ok(()) => warehouse.recover().with_context(context)?,
            Err(TryLockError::WouldBlock) => {}
            Err(TryLockError::Error(error)) => return Err(error).with_context(context),
        }
        Ok(warehouse)
    }

    /// The folder.
    #[must_use]
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// The days that a table has, in order.
    pub fn partitions(&self, table: &str) -> Result<Vec<Date>> {
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
    pub fn files(&self, table: &str, day: Date) -> Result<Vec<PathBuf>> {
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
    pub fn replace(&self, table: &str, day: Date) -> Result<Replacement> {
        let lock = self.lock_file()?;
        lock.lock_shared()?;
        let folder = self.root.join(table);
        fs::create_dir_all(&folder)?;
        let staging = folder.join(staging_name(day));
        fs::create_dir(&staging).with_context(|| staging.display().to_string())?;
        Ok(Replacement { root: self.root.clone(), folder, staging, day, parts: 0, committed: false, _lock: lock })
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

    fn partition(&self, table: &str, day: Date) -> PathBuf {
        self.root.join(table).join(format!("{PARTITION}{day}"))
    }

    fn lock_file(&self) -> std::io::Result<File> {
        File::options().create(true).append(true).open(self.root.join(".lock"))
    }

    fn recover(&self) -> Result<()> {
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

/// A partition being written; dropped without a trace unless committed.
#[derive(Debug)]
pub struct Replacement {
    root: PathBuf,
    folder: PathBuf,
    staging: PathBuf,
    day: Date,
    parts: usize,
    committed: bool,
    _lock: File,
}

impl Replacement {
    /// Creates the next `part-NNN.parquet`.
    pub fn part(&mut self) -> Result<File> {
        let path = self.staging.join(format!("part-{:03}.parquet", self.parts));
        self.parts += 1;
        File::create_new(&path).with_context(|| path.display().to_string())
    }

    /// Puts the new content in place of the old.
    pub fn commit(mut self) -> Result<()> {
        let partition = self.folder.join(format!("{PARTITION}{}", self.day));
        let swap = || -> Result<()> {
            for name in names(&self.staging)? {
                File::open(self.staging.join(name))?.sync_all()?;
            }
            File::open(&self.staging)?.sync_all()?;
            // One after the other: two processes may work on the same day, and the later one stands.
            let turn = File::options().create(true).append(true).open(self.root.join(SWAP_LOCK))?;
            turn.lock()?;
            let replaced = self.folder.join(format!("{REPLACED}{}", self.day));
            if partition.exists() {
                if replaced.exists() {
                    bail!("{} is in the way; open the warehouse again to recover", replaced.display());
                }
                fs::rename(&partition, &replaced)?;
            }
            fs::rename(&self.staging, &partition)?;
            File::open(&self.folder)?.sync_all()?;
            if replaced.exists() {
                fs::remove_dir_all(&replaced)?;
            }
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
