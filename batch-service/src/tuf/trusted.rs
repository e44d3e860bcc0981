//! The documents that are trusted so far, and the rules by which one more joins them (section 5 of the specification).

use super::document::{Document, PublicKey};
use super::error::{Fault, TufError};
use super::roles::{FileMeta, Head, Role, Root, Snapshot, Targets, Timestamp};
use crate::fingerprint;
use jiff::Timestamp as Moment;
use std::collections::BTreeMap;

const TOP: [&str; 4] = ["root", "timestamp", "snapshot", "targets"];

/// Trusted documents. They join in the order root, timestamp, snapshot, targets.
#[derive(Clone, Debug)]
pub struct Trusted {
    now: Moment,
    root: Root,
    timestamp: Option<Timestamp>,
    snapshot: Option<Snapshot>,
    targets: BTreeMap<String, (String, Targets)>,
}

impl Trusted {
    /// Begins with a root that is trusted because somebody says so. `now` is the moment at which the update began;
    /// it stays that moment, however long the update takes (5.1).
    ///
    /// # Errors
    /// When it is not a root, or not signed by its own keys.
    pub fn new(root: &[u8], now: Moment) -> Result<Self, TufError> {
        let (document, root) = read_root(root)?;
        signed_by_root(&document, "root", &root)?;
        Ok(Self { now, root, timestamp: None, snapshot: None, targets: BTreeMap::new() })
    }

    /// The root of now.
    #[must_use]
    pub fn root(&self) -> &Root {
        &self.root
    }

    /// The timestamp, once there is one.
    #[must_use]
    pub fn timestamp(&self) -> Option<&Timestamp> {
        self.timestamp.as_ref()
    }

    /// The snapshot, once there is one.
    #[must_use]
    pub fn snapshot(&self) -> Option<&Snapshot> {
        self.snapshot.as_ref()
    }

    /// A targets document, once there is one.
    #[must_use]
    pub fn targets(&self, role: &str) -> Option<&Targets> {
        self.targets.get(role).map(|(_, targets)| targets)
    }

    /// The next root: one version up, signed by the old keys and by its own (5.3.4, 5.3.5).
    ///
    /// # Errors
    /// When it is not that.
    pub fn update_root(&mut self, bytes: &[u8]) -> Result<(), TufError> {
        let (document, next) = read_root(bytes)?;
        signed_by_root(&document, "root", &self.root)?;
        signed_by_root(&document, "root", &next)?;
        if next.head.version != self.root.head.version.saturating_add(1) {
            let why = format!("version {} after {}", next.head.version, self.root.head.version);
            return Err(TufError::new(Fault::Version, "root", why));
        }
        self.root = next;
        Ok(())
    }

    /// A timestamp (5.4). `false`: it has the version that is trusted already, which stays.
    ///
    /// # Errors
    /// When it is not signed, goes back, or has expired; an expired one joins all the same, to compare others with.
    pub fn update_timestamp(&mut self, bytes: &[u8]) -> Result<bool, TufError> {
        self.not_expired("root", &self.root.head)?;
        let (document, next): (_, Timestamp) = read("timestamp", bytes)?;
        signed_by_root(&document, "timestamp", &self.root)?;
        let meta = snapshot_of(&next)?;
        if let Some(last) = &self.timestamp {
            not_back("timestamp", next.head.version, last.head.version)?;
            if next.head.version == last.head.version {
                return Ok(false);
            }
            not_back("timestamp: snapshot", meta.version, snapshot_of(last)?.version)?;
        }
        let head = next.head.clone();
        self.timestamp = Some(next);
        self.not_expired("timestamp", &head)?;
        Ok(true)
    }

    /// The snapshot that the timestamp names (5.5). Of a `stored` one length and hashes are not compared, because it
    /// may be older than the timestamp: then it joins to compare the next one with, and is an error.
    ///
    /// # Errors
    /// When there is no timestamp, or it is not the snapshot that it names, or something in it goes back.
    pub fn update_snapshot(&mut self, bytes: &[u8], stored: bool) -> Result<(), TufError> {
        let announced = self.announced_snapshot()?.clone();
        if !stored {
            matches("snapshot", &announced, bytes)?;
        }
        let (document, next): (_, Snapshot) = read("snapshot", bytes)?;
        signed_by_root(&document, "snapshot", &self.root)?;
        for (name, last) in self.snapshot.iter().flat_map(|s| &s.meta) {
            let Some(now) = next.meta.get(name) else {
                return Err(TufError::new(Fault::Version, "snapshot", format!("{name} is missing")));
            };
            not_back(&format!("snapshot: {name}"), now.version, last.version)?;
        }
        let head = next.head.clone();
        self.snapshot = Some(next);
        self.final_snapshot(&head, &announced)
    }

    fn final_snapshot(&self, head: &Head, announced: &FileMeta) -> Result<(), TufError> {
        self.not_expired("snapshot", head)?;
        same_version("snapshot", head.version, announced.version)
    }

    /// The document of the targets role or of one that `delegator` delegates to (5.6).
    ///
    /// # Errors
    /// When it is not the one that the snapshot names, or not signed by the keys that the delegator names.
    pub fn update_targets(&mut self, bytes: &[u8], role: &str, delegator: &str) -> Result<&Targets, TufError> {
        let announced = self.announced_targets(role)?;
        matches(role, announced, bytes)?;
        let (document, next): (_, Targets) = read_as(role, "targets", bytes)?;
        let (signers, keys) = self.signers(role, delegator)?;
        document.check(role, &signers, keys)?;
        same_version(role, next.head.version, announced.version)?;
        self.not_expired(role, &next.head)?;
        let entry = (delegator.to_owned(), next);
        Ok(&self.targets.entry(role.to_owned()).insert_entry(entry).into_mut().1)
    }

    /// The document of a role, if it joined through this delegator; through another one, other keys signed it.
    pub(super) fn targets_by(&self, role: &str, delegator: &str) -> Option<&Targets> {
        self.targets.get(role).filter(|(by, _)| by == delegator).map(|(_, targets)| targets)
    }

    /// What the timestamp says of the snapshot; the timestamp must not have expired.
    pub(super) fn announced_snapshot(&self) -> Result<&FileMeta, TufError> {
        let Some(timestamp) = &self.timestamp else {
            return Err(TufError::new(Fault::Unreachable, "snapshot", "there is no timestamp yet"));
        };
        self.not_expired("timestamp", &timestamp.head)?;
        snapshot_of(timestamp)
    }

    /// What the snapshot says of a targets document; both must hold.
    pub(super) fn announced_targets(&self, role: &str) -> Result<&FileMeta, TufError> {
        let Some(snapshot) = &self.snapshot else {
            return Err(TufError::new(Fault::Unreachable, role, "there is no snapshot yet"));
        };
        self.final_snapshot(&snapshot.head, self.announced_snapshot()?)?;
        let entry = snapshot.meta.get(&format!("{role}.json"));
        entry.ok_or_else(|| TufError::new(Fault::Unknown, role, "the snapshot does not name it"))
    }

    fn signers(&self, role: &str, delegator: &str) -> Result<(Role, &BTreeMap<String, PublicKey>), TufError> {
        if role == "targets" {
            return Ok((self.root.roles["targets"].clone(), &self.root.keys));
        }
        let delegations = self.targets(delegator).and_then(|t| t.delegations.as_ref());
        let found = delegations.and_then(|d| Some((d.role(role)?.clone(), &d.keys)));
        found.ok_or_else(|| TufError::new(Fault::Unknown, role, format!("{delegator} does not delegate to it")))
    }

    fn not_expired(&self, role: &str, head: &Head) -> Result<(), TufError> {
        if self.now < head.expires {
            return Ok(());
        }
        let why = format!("it was good until {}, and the update began at {}", head.expires, self.now);
        Err(TufError::new(Fault::Expired, role, why))
    }
}

fn read_root(bytes: &[u8]) -> Result<(Document, Root), TufError> {
    let (document, root): (_, Root) = read("root", bytes)?;
    match TOP.iter().find(|name| !root.roles.contains_key(**name)) {
        Some(name) => Err(TufError::new(Fault::Malformed, "root", format!("it has no role {name}"))),
        None => Ok((document, root)),
    }
}

fn signed_by_root(document: &Document, role: &str, root: &Root) -> Result<(), TufError> {
    document.check(role, &root.roles[role], &root.keys)
}

fn read<T: serde::de::DeserializeOwned>(role: &str, bytes: &[u8]) -> Result<(Document, T), TufError> {
    read_as(role, role, bytes)
}

fn read_as<T: serde::de::DeserializeOwned>(role: &str, kind: &str, bytes: &[u8]) -> Result<(Document, T), TufError> {
    let document = Document::parse(role, bytes)?;
    let head: Head = document.body(role)?;
    if head.kind != kind {
        return Err(TufError::new(Fault::Malformed, role, format!("a document of type {}", head.kind)));
    }
    let body = document.body(role)?;
    Ok((document, body))
}

fn snapshot_of(timestamp: &Timestamp) -> Result<&FileMeta, TufError> {
    let entry = timestamp.meta.get("snapshot.json");
    entry.ok_or_else(|| TufError::new(Fault::Malformed, "timestamp", "it names no snapshot.json"))
}

fn not_back(what: &str, now: u64, last: u64) -> Result<(), TufError> {
    if now < last {
        return Err(TufError::new(Fault::Version, what, format!("version {now}, and {last} was seen before")));
    }
    Ok(())
}

fn same_version(role: &str, is: u64, announced: u64) -> Result<(), TufError> {
    if is != announced {
        return Err(TufError::new(Fault::Version, role, format!("version {is}, and {announced} was announced")));
    }
    Ok(())
}

/// Length and SHA-256 as far as they are announced; another hash alone is no proof.
fn matches(of: &str, meta: &FileMeta, bytes: &[u8]) -> Result<(), TufError> {
    check_bytes(of, meta.length, &meta.hashes, bytes)
}

/// Length and hashes of a file or document. SHA-256 is the only hash that is computed.
pub(super) fn check_bytes(
    of: &str,
    length: Option<u64>,
    hashes: &BTreeMap<String, String>,
    bytes: &[u8],
) -> Result<(), TufError> {
    if length.is_some_and(|length| length != bytes.len() as u64) {
        return Err(TufError::new(Fault::Length, of, format!("{} bytes, not the {length:?} signed", bytes.len())));
    }
    match hashes.get("sha256") {
        Some(hash) if *hash == fingerprint::sha256(bytes) => Ok(()),
        Some(_) => Err(TufError::new(Fault::Hash, of, "other bytes than were signed")),
        None if hashes.is_empty() => Ok(()),
        None => Err(TufError::new(Fault::Malformed, of, "no SHA-256 among its hashes")),
    }
}
