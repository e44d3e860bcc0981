//! An object store in a folder.

use super::{Generation, ObjectStore, Replaced, Seen, check_name, taken};
use crate::failpoint;
use crate::fingerprint;
use anyhow::{Context, Result};
use std::fs::{self, File};
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};

/// Writers hold it.
const LOCK: &str = ".lock";
/// What is being written. One name for all, because there is one writer: the next one overwrites what one that died has
/// left behind.
const STAGING: &str = ".writing";

/// Objects as files below a folder.
#[derive(Clone, Debug)]
pub struct LocalStore {
    root: PathBuf,
}

impl LocalStore {
    /// The folder is made when the first object is written.
    #[must_use]
    pub fn new(root: impl Into<PathBuf>) -> Self {
        Self { root: root.into() }
    }

    /// The folder.
    #[cfg(test)]
    pub(crate) fn root(&self) -> &Path {
        &self.root
    }

    fn path(&self, name: &str) -> Result<PathBuf> {
        check_name(name)?;
        Ok(self.root.join(name))
    }

    /// Alone among the writers, until the file is dropped.
    fn lock(&self) -> Result<File> {
        let path = self.root.join(LOCK);
        let lock = || -> io::Result<File> {
            fs::create_dir_all(&self.root)?;
            let file = File::options().create(true).append(true).open(&path)?;
            file.lock()?;
            Ok(file)
        };
        lock().with_context(|| path.display().to_string())
    }
}

impl ObjectStore for LocalStore {
    fn look(&self, name: &str) -> Result<Option<Seen>> {
        let path = self.path(name)?;
        match fs::read(&path) {
            Ok(bytes) => Ok(Some(Seen { generation: Generation(fingerprint::sha256(&bytes)), bytes })),
            Err(e) if matches!(e.kind(), ErrorKind::NotFound | ErrorKind::IsADirectory) => Ok(None),
            Err(e) => Err(e).with_context(|| path.display().to_string()),
        }
    }

    fn put(&self, name: &str, bytes: &[u8]) -> Result<()> {
        let path = self.path(name)?;
        let _lock = self.lock()?;
        write_by(&self.root.join(STAGING), &path, bytes)
    }

    fn put_new(&self, name: &str, bytes: &[u8]) -> Result<()> {
        let _lock = self.lock()?;
        match self.look(name)? {
            Some(seen) if seen.bytes == bytes => Ok(()),
            Some(seen) => Err(taken(name, &seen.bytes, bytes)),
            None => write_by(&self.root.join(STAGING), &self.path(name)?, bytes),
        }
    }

    fn replace(&self, name: &str, seen: &Generation, bytes: &[u8]) -> Result<Replaced> {
        let _lock = self.lock()?;
        let now = self.look(name)?;
        if now.as_ref().map_or_else(Generation::absent, |now| now.generation.clone()) != *seen {
            return Ok(Replaced::Lost(now.map(|now| now.bytes)));
        }
        write_by(&self.root.join(STAGING), &self.path(name)?, bytes)?;
        Ok(Replaced::Done)
    }

    fn list(&self, folder: &str) -> Result<Vec<String>> {
        let path = self.path(folder)?;
        let entries = match fs::read_dir(&path) {
            Ok(entries) => entries,
            Err(e) if e.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
            Err(e) => return Err(e).with_context(|| path.display().to_string()),
        };
        let mut names = Vec::new();
        for entry in entries {
            let name = entry?.file_name().to_string_lossy().into_owned();
            if !name.starts_with('.') {
                names.push(name);
            }
        }
        names.sort_unstable();
        Ok(names)
    }

    fn forget(&self, folder: &str) -> Result<()> {
        let path = self.path(folder)?;
        let _lock = self.lock()?;
        match fs::remove_dir_all(&path) {
            Err(e) if e.kind() != ErrorKind::NotFound => Err(e).with_context(|| path.display().to_string()),
            _ => Ok(()),
        }
    }
}

/// Writes a file that others see as it was or with all of the new bytes. One writer at a time: what one that died has
/// left behind is overwritten by the next.
pub(crate) fn write_whole(path: &Path, bytes: &[u8]) -> Result<()> {
    write_by(&path.with_file_name(format!(".tmp-{}", path.file_name().unwrap_or_default().display())), path, bytes)
}

fn write_by(staging: &Path, path: &Path, bytes: &[u8]) -> Result<()> {
    let write = || -> io::Result<()> {
        fs::create_dir_all(path.parent().unwrap_or(Path::new("")))?;
        let mut file = File::create(staging)?;
        file.write_all(bytes)?;
        failpoint::at("object.written");
        file.sync_all()?;
        fs::rename(staging, path)?;
        failpoint::at("object.there");
        Ok(())
    };
    write()
        .inspect_err(|_| {
            // What cannot be removed either is overwritten another time.
            let _ = fs::remove_file(staging);
        })
        .with_context(|| path.display().to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::jobs::{Exit, ExitKind};

    fn empty(name: &str) -> LocalStore {
        let root = std::env::temp_dir().join(format!("inkling-local-store-{}-{name}", std::process::id()));
        let _ = fs::remove_dir_all(&root);
        LocalStore::new(root)
    }

    #[test]
    fn names_that_leave_the_folder_are_refused() {
        let store = LocalStore::new("/nonexistent");
        for name in ["", "/etc/passwd", "../x", "a/../../x", "./a/.."] {
            assert!(store.get(name).is_err(), "{name}");
        }
    }

    #[test]
    fn what_never_changes_is_written_once() {
        let store = empty("new");
        store.put_new("files/a", b"one").unwrap();
        store.put_new("files/a", b"one").unwrap();
        let error = store.put_new("files/a", b"two").unwrap_err();
        assert_eq!(error.downcast_ref::<Exit>().unwrap().kind, ExitKind::Integrity);
        assert_eq!(store.get("files/a").unwrap().unwrap(), b"one");
        assert_eq!(store.list("files").unwrap(), ["a"]);
        fs::remove_dir_all(store.root()).unwrap();
    }

    #[test]
    fn of_many_writers_who_saw_the_same_one_wins() {
        let store = empty("race");
        let mut seen = Generation::absent();
        for round in 0..20 {
            let bytes = |writer: usize| format!("round {round} writer {writer}").into_bytes();
            let outcomes: Vec<Replaced> = std::thread::scope(|scope| {
                let (store, seen) = (&store, &seen);
                let write = |writer| scope.spawn(move || store.replace("pointer", seen, &bytes(writer)).unwrap());
                let writers: Vec<_> = (0..8).map(write).collect();
                writers.into_iter().map(|w| w.join().unwrap()).collect()
            });
            let winners: Vec<usize> = (0..8).filter(|w| outcomes[*w] == Replaced::Done).collect();
            assert_eq!(winners.len(), 1, "{outcomes:?}");
            let now = store.look("pointer").unwrap().unwrap();
            assert_eq!(now.bytes, bytes(winners[0]));
            assert!(
                outcomes
                    .iter()
                    .filter(|o| **o != Replaced::Done)
                    .all(|o| *o == Replaced::Lost(Some(now.bytes.clone())))
            );
            seen = now.generation;
        }
        fs::remove_dir_all(store.root()).unwrap();
    }
}
