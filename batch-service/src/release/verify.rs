//! What a page would say of the release in a store.

use super::contents::Contents;
use super::pointer::{Before, Pointer, RELEASE};
use super::repository::{FOLDER, Signed};
use crate::fingerprint;
use crate::progress::note;
use crate::store::ObjectStore;
use crate::tuf::{Document, Fault, Local, Remote, TufError, refresh};
use jiff::Timestamp;
use serde::Serialize;
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fmt;

/// A release that was signed or checked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Manifest {
    /// Counts up with every release of the folder.
    pub version: u64,
    /// UTC; from then on there is no score.
    pub expires: String,
    #[serde(flatten)]
    #[allow(missing_docs)]
    pub contents: Contents,
}

impl Manifest {
    pub(super) fn of(done: &Signed, contents: Contents) -> Self {
        Self { version: done.version, expires: super::document::time(done.expires), contents }
    }
}

/// What a release must be made for.
#[derive(Clone, Debug)]
pub struct Expected<'a> {
    /// SHA-256 of the pinned root, hexadecimal.
    pub root: &'a str,
    /// Environment.
    pub environment: &'a str,
    /// Site.
    pub site: &'a str,
    /// The moment at which verification began.
    pub now: Timestamp,
}

/// Why a release was refused: the code that the page shows, and in words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refused {
    /// The code.
    pub code: &'static str,
    why: String,
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.code, self.why)
    }
}

impl std::error::Error for Refused {}

impl From<TufError> for Refused {
    fn from(error: TufError) -> Self {
        Self { code: error.code(), why: format!("{}: {}", error.of, error.why) }
    }
}

fn refused(code: &'static str, why: impl Into<String>) -> Refused {
    Refused { code, why: why.into() }
}

/// Checks `release.json` as a page does, without the files.
///
/// # Errors
/// The first check that fails.
pub fn verify_documents(store: &dyn ObjectStore, expected: &Expected<'_>) -> Result<Manifest, Refused> {
    verify_after(store, expected, &mut None)
}

/// The same for whoever looks again and again: what is older than what was trusted before is refused, and what is trusted now
/// is kept for the next look.
///
/// # Errors
/// The first check that fails.
pub fn verify_after(
    store: &dyn ObjectStore,
    expected: &Expected<'_>,
    before: &mut Option<Before>,
) -> Result<Manifest, Refused> {
    let name = format!("{FOLDER}/{RELEASE}");
    let bytes = read(store, &name).map_err(|why| refused("release-unreachable", why))?;
    let pointer = Pointer::parse(&bytes)?;
    let trusted = pointer.open_after(before.as_ref(), expected.root, expected.now)?;
    let trusted = trusted.ok_or_else(|| refused("key-unknown", "none of its roots is the pinned one"))?;
    let (Some(targets), Some(timestamp), Some(snapshot)) =
        (trusted.targets("targets"), trusted.timestamp(), trusted.snapshot())
    else {
        return Err(refused("release-malformed", "a document is missing"));
    };
    let document = Document::parse("targets", pointer.targets.as_bytes())?;
    let contents = Contents::read(expected.site, expected.environment, &targets.targets, &document.signed)
        .map_err(|e| refused("release-malformed", format!("{e:#}")))?;
    let why = || format!("it has no files for {} in {}", expected.site, expected.environment);
    let contents = contents.ok_or_else(|| refused("site-mismatch", why()))?;
    let expires = targets.head.expires.min(timestamp.head.expires).min(snapshot.head.expires);
    let manifest = Manifest::of(&Signed { version: targets.head.version, expires }, contents);
    *before = Some(Before::of(pointer, &trusted));
    Ok(manifest)
}

/// Checks the release in a store: all that a page checks, every file of every channel, and what a plain TUF client sees that
/// begins at `timestamp.json`. That may be an older version for a moment, never a newer one.
///
/// # Errors
/// The first check that fails.
pub fn verify(store: &dyn ObjectStore, expected: &Expected<'_>) -> Result<Manifest, Refused> {
    let manifest = verify_documents(store, expected)?;
    for file in manifest.contents.channels.values().flat_map(|channel| channel.files.values()) {
        let bytes = read(store, &format!("{FOLDER}/{}", file.path)).map_err(|why| refused("file-unreachable", why))?;
        if bytes.len() as u64 != file.length {
            return Err(refused("length-mismatch", &*file.path));
        }
        if fingerprint::sha256(&bytes) != file.sha256 {
            return Err(refused("hash-mismatch", &*file.path));
        }
    }
    let version = plain_version(store, expected)?;
    if version > manifest.version {
        let why = format!("timestamp.json leads to version {version}, release.json is only {}", manifest.version);
        return Err(refused("rolled-back", why));
    }
    if version < manifest.version {
        note(format_args!(
            "timestamp.json, where plain TUF clients begin, still leads to version {version}: whoever published {} was \
             interrupted; `inkling release sign` moves it",
            manifest.version
        ));
    }
    Ok(manifest)
}

/// The version that a plain TUF client sees that begins with the pinned root; 0 before the first one is there.
fn plain_version(store: &dyn ObjectStore, expected: &Expected<'_>) -> Result<u64, Refused> {
    let name = format!("{FOLDER}/timestamp.json");
    if store.get(&name).map_err(|e| refused("release-unreachable", format!("{name}: {e:#}")))?.is_none() {
        return Ok(0);
    }
    let memory = Memory::default();
    for version in 1u32.. {
        let name = format!("{FOLDER}/{version}.root.json");
        let root = read(store, &name).map_err(|why| refused("release-unreachable", why))?;
        if fingerprint::sha256(&root) == expected.root {
            memory.keep("root", &root)?;
            break;
        }
    }
    let trusted = refresh(&StoreRemote(store), &memory, expected.now)?;
    Ok(trusted.targets("targets").map_or(0, |targets| targets.head.version))
}

fn read(store: &dyn ObjectStore, name: &str) -> Result<Vec<u8>, String> {
    match store.get(name) {
        Ok(Some(bytes)) => Ok(bytes),
        Ok(None) => Err(format!("there is no {name}")),
        Err(error) => Err(format!("{name}: {error:#}")),
    }
}

struct StoreRemote<'a>(&'a dyn ObjectStore);

impl Remote for StoreRemote<'_> {
    fn fetch(&self, name: &str, limit: u64) -> Result<Option<Vec<u8>>, TufError> {
        let unreachable = |e: anyhow::Error| TufError::new(Fault::Unreachable, name, format!("{e:#}"));
        let found = self.0.get(&format!("{FOLDER}/{name}")).map_err(unreachable)?;
        if found.as_ref().is_some_and(|bytes| bytes.len() as u64 > limit) {
            return Err(TufError::new(Fault::Length, name, format!("more than {limit} bytes")));
        }
        Ok(found)
    }
}

#[derive(Default)]
struct Memory(RefCell<BTreeMap<String, Vec<u8>>>);

impl Local for Memory {
    fn kept(&self, name: &str) -> Option<Vec<u8>> {
        self.0.borrow().get(name).cloned()
    }

    fn keep(&self, name: &str, bytes: &[u8]) -> Result<(), TufError> {
        self.0.borrow_mut().insert(name.to_owned(), bytes.to_vec());
        Ok(())
    }
}
