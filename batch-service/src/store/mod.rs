//! Where models and releases live: objects named by paths, in a folder or in Google Cloud Storage.

pub mod cloud;
mod content_type;
mod local;
pub mod registry;

pub use cloud::CloudStore;
pub use content_type::{BROTLI, content_encoding, content_type};
pub use local::LocalStore;
pub(crate) use local::write_whole;

use crate::config::CloudConfig;
use crate::jobs::{ExitKind, exit};
use anyhow::{Result, bail};
use std::fmt::Debug;
use std::path::{Component, Path};

/// An object store. Names are `/`-separated relative paths.
pub trait ObjectStore: Debug + Send + Sync {
    /// The object with its generation, or `None` when there is none of that name. Never a part of it, and never other
    /// bytes than were written.
    ///
    /// # Errors
    /// When the store cannot be reached or the name is not a relative path.
    fn look(&self, name: &str) -> Result<Option<Seen>>;

    /// Writes an object as a whole, whatever was there: readers see the old or the new one.
    ///
    /// # Errors
    /// As for `look`.
    fn put(&self, name: &str, bytes: &[u8]) -> Result<()>;

    /// Writes an object that never changes. The same object may be there already; caches may keep it for ever.
    ///
    /// # Errors
    /// As for `look`; exit code 4 when there is an object of that name with other bytes, which is left as it is.
    fn put_new(&self, name: &str, bytes: &[u8]) -> Result<()>;

    /// Writes an object if it still is of the generation that was seen. Caches ask for it anew at every use.
    ///
    /// # Errors
    /// As for `look`.
    fn replace(&self, name: &str, seen: &Generation, bytes: &[u8]) -> Result<Replaced>;

    /// Names below a prefix (a folder), sorted: files, and folders without a slash.
    ///
    /// # Errors
    /// As for `look`.
    fn list(&self, folder: &str) -> Result<Vec<String>>;

    /// Removes a folder that nobody needs any more, where the store has no rules of its own for that.
    ///
    /// # Errors
    /// As for `look`.
    fn forget(&self, _folder: &str) -> Result<()> {
        Ok(())
    }

    /// The bytes of an object, or `None` when there is none of that name.
    ///
    /// # Errors
    /// As for `look`.
    fn get(&self, name: &str) -> Result<Option<Vec<u8>>> {
        Ok(self.look(name)?.map(|seen| seen.bytes))
    }
}

/// An object as it was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seen {
    /// All of it.
    pub bytes: Vec<u8>,
    /// For `replace`.
    pub generation: Generation,
}

/// Which state of an object was seen. Only the store that gave it can read it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Generation(String);

impl Generation {
    /// There is no object.
    #[must_use]
    pub fn absent() -> Self {
        Self("0".to_owned())
    }
}

/// What came of `replace`.
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use]
pub enum Replaced {
    /// The object has the new bytes.
    Done,
    /// Another writer was faster. Nothing was written; this is what is there now.
    Lost(Option<Vec<u8>>),
}

impl<T: ObjectStore + ?Sized> ObjectStore for Box<T> {
    fn look(&self, name: &str) -> Result<Option<Seen>> {
        (**self).look(name)
    }

    fn put(&self, name: &str, bytes: &[u8]) -> Result<()> {
        (**self).put(name, bytes)
    }

    fn put_new(&self, name: &str, bytes: &[u8]) -> Result<()> {
        (**self).put_new(name, bytes)
    }

    fn replace(&self, name: &str, seen: &Generation, bytes: &[u8]) -> Result<Replaced> {
        (**self).replace(name, seen, bytes)
    }

    fn list(&self, folder: &str) -> Result<Vec<String>> {
        (**self).list(folder)
    }

    fn forget(&self, folder: &str) -> Result<()> {
        (**self).forget(folder)
    }
}

/// Opens the store that a path or a `gs://` address names. Nothing is read or written yet.
///
/// # Errors
/// Exit code 2 for an address that is neither, or a bad endpoint.
pub fn open(place: &Path, config: &CloudConfig) -> Result<Box<dyn ObjectStore>> {
    let word = place.to_string_lossy();
    if word.starts_with("gs://") {
        return Ok(Box::new(CloudStore::open(&word, config)?));
    }
    if word.contains("://") {
        return Err(exit(ExitKind::Usage, format!("store {word}: a store is a folder or gs://BUCKET[/PREFIX]")));
    }
    Ok(Box::new(LocalStore::new(place)))
}

/// The error of a file that is longer than it may be.
pub(crate) fn longer(name: &str, most: usize) -> anyhow::Error {
    exit(ExitKind::Usage, format!("{name}: longer than {} MiB", most >> 20))
}

/// The error of `put_new` when the name is taken.
fn taken(name: &str, there: &[u8], ours: &[u8]) -> anyhow::Error {
    let (there, ours) = (crate::fingerprint::sha256(there), crate::fingerprint::sha256(ours));
    let text = format!(
        "{name} is in the store already with other bytes (SHA-256 {}..., not {}...), though objects of this kind never \
         change. It was left as it is. Find out who wrote it; then remove it and try again",
        &there[..16],
        &ours[..16]
    );
    exit(ExitKind::Integrity, text)
}

fn check_name(name: &str) -> Result<()> {
    if name.is_empty() || !Path::new(name).components().all(|c| matches!(c, Component::Normal(_))) {
        bail!("`{name}` is not the name of an object");
    }
    Ok(())
}
