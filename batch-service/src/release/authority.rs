//! Who may sign: the chain of roots, and the ceremonies that make the next one.
//!
//! A keys folder holds the online key (`online-ID.key`) and the public chain (`1.root.json`, `2.root.json`, ...). Root
//! keys (`root-ID.key`) lie in folders of their own, on media that are offline between ceremonies; any folder with enough
//! of them will do. Of several keys the newest root says which one counts.

use super::document::{fields, key_entry, key_id, signed};
use super::signer::{FileKey, Signer};
use crate::fingerprint;
use crate::jobs::{ExitKind, exit};
use crate::tuf::{Document, Root, Trusted};
use anyhow::{Context, Result, bail};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use std::fmt::Display;
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

const ONLINE: &str = "online";
const ROOT: &str = "root";
const LOADER: &str = "loader";
/// Days that a root is good for.
const DAYS: i64 = 365;
const ONLINE_ROLES: [&str; 3] = ["timestamp", "snapshot", "targets"];

/// The chain of roots of a keys folder.
#[derive(Clone, Debug)]
pub struct Authority {
    folder: PathBuf,
    roots: Vec<Vec<u8>>,
    now: Timestamp,
}

/// What changes in the next root.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// Only the time until which it is good.
    Renew,
    /// Another online key.
    Rotate,
    /// A key, by the beginning of its name, is no longer trusted; a new one takes its place.
    Revoke(String),
}

impl Authority {
    /// Reads and checks the chain of a keys folder.
    ///
    /// # Errors
    /// Exit code 2 when there is none; exit code 4 when it does not hold together.
    pub fn read(folder: &Path) -> Result<Self> {
        Self::read_if_there(folder)?.ok_or_else(|| {
            let text = format!("{}: no 1.root.json; make keys with `inkling release keys init`", folder.display());
            exit(ExitKind::Usage, text)
        })
    }

    /// The same; `None` when the folder is not there or holds no root at all.
    ///
    /// # Errors
    /// Exit code 4 when the chain does not hold together; when the folder or a root cannot be read.
    pub fn read_if_there(folder: &Path) -> Result<Option<Self>> {
        let broken = |e: &dyn Display| {
            exit(ExitKind::Integrity, format!("{}: the chain of roots is broken: {e}", folder.display()))
        };
        let mut roots = Vec::new();
        for number in 1..=roots_in(folder)? {
            let name = format!("{number}.root.json");
            match fs::read(folder.join(&name)) {
                Ok(bytes) => roots.push(bytes),
                Err(error) if error.kind() == ErrorKind::NotFound => {
                    return Err(broken(&format!("{name} is missing, and a later one is there")));
                }
                Err(error) => return Err(error).with_context(|| folder.join(&name).display().to_string()),
            }
        }
        let Some(first) = roots.first() else { return Ok(None) };
        let mut trusted = Trusted::new(first, Timestamp::MIN).map_err(|e| broken(&e))?;
        for root in &roots[1..] {
            trusted.update_root(root).map_err(|e| broken(&e))?;
        }
        Ok(Some(Self { folder: folder.to_owned(), roots, now: Timestamp::now() }))
    }

    /// Makes the keys and the first root; a folder that has them keeps them. An online key that is kept elsewhere is not
    /// made.
    ///
    /// # Errors
    /// When a folder cannot be written, or the online key would lie beside the root keys.
    pub fn init(
        folder: &Path,
        root_keys: &Path,
        of: usize,
        threshold: usize,
        online: Option<&dyn Signer>,
    ) -> Result<Self> {
        if folder.join("1.root.json").exists() {
            return Self::read(folder);
        }
        if threshold == 0 || threshold > of {
            return Err(exit(ExitKind::Usage, format!("a threshold of {threshold} of {of} root keys makes no sense")));
        }
        if folder == root_keys {
            let text = "root keys must not lie beside the online key: who takes one folder would have all";
            return Err(exit(ExitKind::Usage, text));
        }
        let online = public_or_new(online, folder)?;
        let made: Vec<FileKey> = (0..of).map(|_| new_key(root_keys, ROOT)).collect::<Result<_>>()?;
        let signers: Vec<&dyn Signer> = made.iter().map(|k| k as &dyn Signer).collect();
        let body = body(&signers.iter().map(|s| s.public()).collect::<Vec<_>>(), threshold, &online);
        let now = Timestamp::now();
        let root = signed("root", 1, expiry(now)?, body, &signers)?;
        let first = Self { folder: folder.to_owned(), roots: Vec::new(), now };
        first.with(root)
    }

    /// The next root, signed by enough of the old root keys and of the new ones, which are looked for in folders. A new
    /// online key is made in the keys folder, unless `elsewhere` is one that is kept elsewhere.
    ///
    /// # Errors
    /// Exit code 2 when too few root keys are there, or no key has the name.
    pub fn change(&self, change: &Change, root_keys: &[PathBuf], elsewhere: Option<&dyn Signer>) -> Result<Self> {
        let old = self.root()?;
        let role = &old.roles["root"];
        let mut publics: Vec<[u8; 32]> = Vec::new();
        let entries = self.key_entries()?;
        for id in &role.keyids {
            publics.push(public(&entries, id)?);
        }
        let online = old.roles["timestamp"].keyids.first().context("the root names no online key")?.clone();
        let mut online_public = public(&entries, &online)?;
        let mut held = held(root_keys, ROOT)?;
        let revoked = match change {
            Change::Revoke(start) => Some(named(start, role.keyids.iter().chain([&online]))?),
            _ => None,
        };
        if *change == Change::Rotate || revoked.as_ref() == Some(&online) {
            let next = public_or_new(elsewhere, &self.folder)?;
            if next == online_public {
                let text = "the configured online key is the one that would go: make another version of it, and name that \
                            in release.online_key";
                return Err(exit(ExitKind::Usage, text));
            }
            online_public = next;
        } else if let Some(at) = role.keyids.iter().position(|id| Some(id) == revoked.as_ref()) {
            let place = root_keys.first().context("a folder for the new root key")?;
            let new = new_key(place, ROOT)?;
            publics[at] = new.public();
            held.insert(new.id(), new);
        }
        let new_ids: Vec<String> = publics.iter().map(|p| key_id(&key_entry(p))).collect();
        let signers: Vec<&dyn Signer> = held
            .iter()
            .filter(|(id, _)| role.keyids.contains(id) || new_ids.contains(id))
            .map(|(_, key)| key as &dyn Signer)
            .collect();
        for (word, ids) in [("old", &role.keyids), ("new", &new_ids)] {
            let count = signers.iter().filter(|s| ids.contains(&s.id())).count();
            if count < role.threshold {
                let text = format!(
                    "the next root needs {} of the {word} root keys and {count} are in {}; add --root-keys DIR",
                    role.threshold,
                    list(root_keys)
                );
                return Err(exit(ExitKind::Usage, text));
            }
        }
        let version = old.head.version + 1;
        let body = body(&publics, role.threshold, &online_public);
        self.with(signed("root", version, expiry(self.now)?, body, &signers)?)
    }

    /// A new key for the loader's own signature, among the root keys: like these it is needed seldom, and never where
    /// releases are signed.
    ///
    /// # Errors
    /// When the folder cannot be written.
    pub fn loader_key(root_keys: &Path) -> Result<(PathBuf, FileKey)> {
        let key = new_key(root_keys, LOADER)?;
        Ok((key_path(root_keys, LOADER, &key), key))
    }

    /// The chain with one more root, which is written.
    fn with(&self, root: Vec<u8>) -> Result<Self> {
        let mut roots = self.roots.clone();
        let path = self.folder.join(format!("{}.root.json", roots.len() + 1));
        fs::create_dir_all(&self.folder)?;
        crate::store::write_whole(&path, &root)?;
        roots.push(root);
        Ok(Self { roots, ..self.clone() })
    }

    /// All roots, oldest first.
    #[must_use]
    pub fn roots(&self) -> &[Vec<u8>] {
        &self.roots
    }

    /// What pages pin: SHA-256 of the newest root, hexadecimal.
    #[must_use]
    pub fn pin(&self) -> String {
        self.roots.last().map(|r| fingerprint::sha256(r)).unwrap_or_default()
    }

    /// The online key.
    ///
    /// # Errors
    /// Exit code 2 when the folder has none; exit code 4 when the newest root names another one.
    pub fn online(&self) -> Result<FileKey> {
        let mut last = None;
        for (_, key) in held(std::slice::from_ref(&self.folder), ONLINE)? {
            match self.accepts(&key) {
                Ok(()) => return Ok(key),
                Err(error) => last = Some(error),
            }
        }
        let text = format!("{}: no online key; make keys with `inkling release keys init`", self.folder.display());
        Err(last.unwrap_or_else(|| exit(ExitKind::Usage, text)))
    }

    /// Whether the newest root lets a key sign releases.
    ///
    /// # Errors
    /// Exit code 4 when it does not.
    pub fn accepts(&self, key: &dyn Signer) -> Result<()> {
        let root = self.root()?;
        if ONLINE_ROLES.iter().all(|role| root.roles[*role].keyids.contains(&key.id())) {
            return Ok(());
        }
        let text = format!("root {} does not trust the online key {}; docs/RELEASE.md", root.head.version, key.id());
        Err(exit(ExitKind::Integrity, text))
    }

    /// The newest root.
    ///
    /// # Errors
    /// Never once it has been read.
    pub fn root(&self) -> Result<Root> {
        let bytes = self.roots.last().context("no root")?;
        Ok(Document::parse("root", bytes)?.body("root")?)
    }

    fn key_entries(&self) -> Result<BTreeMap<String, Value>> {
        let bytes = self.roots.last().context("no root")?;
        let document = Document::parse("root", bytes)?;
        Ok(fields(document.signed["keys"].clone()).into_iter().collect())
    }
}

/// The highest number of a root in a keys folder; 0 without one.
fn roots_in(folder: &Path) -> Result<usize> {
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(0),
        Err(error) => return Err(error).with_context(|| folder.display().to_string()),
    };
    let mut highest = 0;
    for entry in entries {
        let name = entry.with_context(|| folder.display().to_string())?.file_name();
        let number = name.to_str().and_then(|name| name.strip_suffix(".root.json")?.parse().ok());
        highest = highest.max(number.unwrap_or(0));
    }
    Ok(highest)
}

fn expiry(now: Timestamp) -> Result<Timestamp> {
    Ok(now.checked_add(SignedDuration::from_hours(24 * DAYS))?)
}

fn body(root: &[[u8; 32]], threshold: usize, online: &[u8; 32]) -> Map<String, Value> {
    let entries: Vec<Value> = root.iter().chain([online]).map(key_entry).collect();
    let ids: Vec<String> = root.iter().map(|p| key_id(&key_entry(p))).collect();
    let online = json!({"keyids": [key_id(&key_entry(online))], "threshold": 1});
    let keys: Map<String, Value> = entries.into_iter().map(|entry| (key_id(&entry), entry)).collect();
    let mut roles = fields(json!({"root": {"keyids": ids, "threshold": threshold}}));
    roles.extend(ONLINE_ROLES.map(|role| (role.to_owned(), online.clone())));
    fields(json!({"consistent_snapshot": true, "keys": keys, "roles": roles}))
}

/// The public half of the online key: of one that is kept elsewhere, or of a new one in the folder.
fn public_or_new(elsewhere: Option<&dyn Signer>, folder: &Path) -> Result<[u8; 32]> {
    Ok(match elsewhere {
        Some(key) => key.public(),
        None => new_key(folder, ONLINE)?.public(),
    })
}

/// A key under its own name; a ceremony that is cut off leaves keys that no root names.
fn new_key(folder: &Path, kind: &str) -> Result<FileKey> {
    let staging = folder.join(format!(".{kind}.key"));
    let _ = fs::remove_file(&staging);
    let key = FileKey::create(&staging)?;
    fs::rename(&staging, key_path(folder, kind, &key))?;
    Ok(key)
}

fn key_path(folder: &Path, kind: &str, key: &FileKey) -> PathBuf {
    folder.join(format!("{kind}-{}.key", &key.id()[..8]))
}

/// Keys of a kind in folders, by name.
fn held(folders: &[PathBuf], kind: &str) -> Result<BTreeMap<String, FileKey>> {
    let mut keys = BTreeMap::new();
    for folder in folders {
        for entry in fs::read_dir(folder).with_context(|| folder.display().to_string())? {
            let path = entry?.path();
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            if name.starts_with(&format!("{kind}-")) && name.ends_with(".key") {
                let key = FileKey::read(&path)?;
                keys.insert(key.id(), key);
            }
        }
    }
    Ok(keys)
}

fn public(entries: &BTreeMap<String, Value>, id: &str) -> Result<[u8; 32]> {
    let entry = entries.get(id).with_context(|| format!("the root does not list key {id}"))?;
    let text = entry["keyval"]["public"].as_str().unwrap_or_default();
    fingerprint::unhex(text).and_then(|b| b.try_into().ok()).with_context(|| format!("key {id} is not an Ed25519 key"))
}

fn named<'a>(start: &str, ids: impl Iterator<Item = &'a String>) -> Result<String> {
    let found: Vec<&String> = ids.filter(|id| start.len() >= 8 && id.starts_with(start)).collect();
    match found.as_slice() {
        [one] => Ok((*one).clone()),
        _ => bail!(exit(
            ExitKind::Usage,
            format!("no key is named {start} (8 or more digits of its name, as `inkling release keys show` says)")
        )),
    }
}

fn list(folders: &[PathBuf]) -> String {
    folders.iter().map(|f| f.display().to_string()).collect::<Vec<_>>().join(", ")
}
