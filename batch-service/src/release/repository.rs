//! The release folder of a store: what it says now, and the next version of it.

use super::authority::Authority;
use super::contents::Contents;
use super::document::{fields, meta, signed};
use super::integrity;
use super::pointer::{Pointer, RELEASE};
use super::signer::Signer;
use crate::failpoint;
use crate::jobs::{ExitKind, exit};
use crate::store::{Generation, ObjectStore, Replaced};
use crate::tuf::Document;
use anyhow::{Context, Result, bail};
use jiff::{SignedDuration, Timestamp};
use serde_json::json;

/// Folder of the store that pages load from.
pub const FOLDER: &str = "release";
/// JavaScript counts exactly up to here.
const MOST: u64 = 9_007_199_254_740_991;

/// What the store says now. Signed by us, or nobody's.
#[derive(Debug)]
pub struct Repository<'a> {
    store: &'a dyn ObjectStore,
    generation: Generation,
    /// Version of the release, 0 without one.
    pub version: u64,
    /// What it holds; `None` without one, or when it is for another site or environment.
    pub contents: Option<Contents>,
}

/// How a version is signed.
#[derive(Clone, Copy, Debug)]
pub struct Signing<'a> {
    /// The chain of roots.
    pub authority: &'a Authority,
    /// The online key.
    pub signer: &'a dyn Signer,
    /// The moment of signing.
    pub now: Timestamp,
    /// Days until it expires.
    pub days: i64,
}

/// A version that was signed.
#[derive(Clone, Debug)]
pub struct Signed {
    /// Its number.
    pub version: u64,
    /// Until when it is good.
    pub expires: Timestamp,
}

impl<'a> Repository<'a> {
    /// Reads and checks what is there. Expired is good enough to go on from; signed by others is not.
    ///
    /// # Errors
    /// Exit code 4 when the release in the store is not one that the chain of roots leads to.
    pub fn open(store: &'a dyn ObjectStore, authority: &Authority, site: &str, environment: &str) -> Result<Self> {
        let Some(seen) = store.look(&format!("{FOLDER}/{RELEASE}"))? else {
            return Ok(Self { store, generation: Generation::absent(), version: 0, contents: None });
        };
        let refused = |why: String| {
            let text = format!(
                "the release in the store is not ours: {why}. Find out who wrote it; `--fresh` makes one that takes \
                 over nothing of it (docs/RUNBOOK.md#stolen-key)"
            );
            exit(ExitKind::Integrity, text)
        };
        let pointer = Pointer::parse(&seen.bytes).map_err(|e| refused(e.to_string()))?;
        let ours = authority.roots();
        if pointer.roots.len() > ours.len() || pointer.roots.iter().zip(ours).any(|(a, b)| a.as_bytes() != b) {
            return Err(refused("its roots are not those of the keys folder, or newer ones".into()));
        }
        let pin = crate::fingerprint::sha256(&ours[0]);
        let trusted = pointer.open(&pin, Timestamp::MIN).map_err(|e| refused(e.to_string()))?;
        let targets = trusted.as_ref().and_then(|t| t.targets("targets")).context("a release without targets")?;
        let document = Document::parse("targets", pointer.targets.as_bytes())?;
        let contents = Contents::read(site, environment, &targets.targets, &document.signed)?;
        Ok(Self { store, generation: seen.generation, version: targets.head.version, contents })
    }

    /// What is there is not looked at, but for its place.
    ///
    /// # Errors
    /// When the store fails.
    pub fn fresh(store: &'a dyn ObjectStore) -> Result<Self> {
        let seen = store.look(&format!("{FOLDER}/{RELEASE}"))?;
        let generation = seen.map_or_else(Generation::absent, |seen| seen.generation);
        Ok(Self { store, generation, version: 0, contents: None })
    }

    /// Signs contents as the next version and moves `release.json` to it. Documents with a version in their name come
    /// first, so that readers see the old version or the new one.
    ///
    /// # Errors
    /// Exit code 1 when another publisher was faster; when signing or the store fails.
    pub fn commit(&self, contents: &Contents, signing: Signing<'_>) -> Result<Signed> {
        let Signing { authority, signer, now, days } = signing;
        authority.accepts(signer)?;
        let expires = now.checked_add(SignedDuration::from_hours(24 * days))?;
        let document = |role: &str, version: u64, body| signed(role, version, expires, body, &[signer]);
        for (at, root) in authority.roots().iter().enumerate() {
            self.store.put_new(&format!("{FOLDER}/{}.root.json", at + 1), root)?;
        }
        for file in contents.channels.values().flat_map(|channel| channel.files.values()) {
            integrity::add(self.store, &format!("{FOLDER}/{}", file.path), &file.sha256, signer)?;
        }
        let (version, targets, snapshot) = next_documents(self.store, self.version, |version| {
            let targets = document("targets", version, contents.body())?;
            let body = fields(json!({"meta": {"targets.json": meta(version, &targets)}}));
            Ok((targets, document("snapshot", version, body)?))
        })?;
        let body = fields(json!({"meta": {"snapshot.json": meta(version, &snapshot)}}));
        let timestamp = document("timestamp", version, body)?;
        let pointer = Pointer {
            roots: authority.roots().iter().map(|root| text(root)).collect::<Result<_>>()?,
            timestamp: text(&timestamp)?,
            snapshot: text(&snapshot)?,
            targets: text(&targets)?,
        };
        failpoint::at("release.documents");
        let bytes = serde_json::to_vec(&pointer)?;
        if let Replaced::Lost(now) = self.store.replace(&format!("{FOLDER}/{RELEASE}"), &self.generation, &bytes)? {
            bail!(lost(version, now.as_deref()));
        }
        failpoint::at("release.after");
        self.follow(version, &timestamp)?;
        Ok(Signed { version, expires })
    }

    /// Moves `timestamp.json`, where plain TUF clients begin, unless it is ahead already.
    fn follow(&self, version: u64, timestamp: &[u8]) -> Result<()> {
        let name = format!("{FOLDER}/timestamp.json");
        for _ in 0..16 {
            let seen = self.store.look(&name)?;
            let ahead = seen.as_ref().and_then(|s| document_version(&s.bytes)).is_some_and(|v| v > version && v < MOST);
            // Of a fresh start after a stolen key, a higher one is the thief's.
            if ahead && self.version > 0 {
                return Ok(());
            }
            let generation = seen.map_or_else(Generation::absent, |s| s.generation);
            if let Replaced::Done = self.store.replace(&name, &generation, timestamp)? {
                return Ok(());
            }
        }
        bail!("{name} is being written by others all the time; release.json is version {version}")
    }
}

/// The next version whose documents can be written. One that a publisher left behind on its way is stepped over.
fn next_documents(
    store: &dyn ObjectStore,
    last: u64,
    make: impl Fn(u64) -> Result<(Vec<u8>, Vec<u8>)>,
) -> Result<(u64, Vec<u8>, Vec<u8>)> {
    let names = store.list(FOLDER)?;
    let mut version = last;
    for _ in 0..1000 {
        version += 1;
        if version >= MOST {
            break;
        }
        let (targets, snapshot) = (format!("{version}.targets.json"), format!("{version}.snapshot.json"));
        if names.contains(&targets) || names.contains(&snapshot) {
            continue;
        }
        let made = make(version)?;
        let mut there = true;
        for (name, bytes) in [(&targets, &made.0), (&snapshot, &made.1)] {
            let name = format!("{FOLDER}/{name}");
            if let Err(error) = store.put_new(&name, bytes) {
                // Somebody wrote it since we looked: theirs, then.
                if store.get(&name)?.is_none_or(|found| found == *bytes) {
                    return Err(error);
                }
                there = false;
                break;
            }
        }
        if there {
            return Ok((version, made.0, made.1));
        }
    }
    bail!("no free version after {last} in the release folder; `inkling release publish --fresh` begins anew")
}

fn text(bytes: &[u8]) -> Result<String> {
    String::from_utf8(bytes.to_vec()).context("a document that is not text")
}

fn document_version(bytes: &[u8]) -> Option<u64> {
    Document::parse("timestamp", bytes).ok()?.signed["version"].as_u64()
}

/// The stable model of a release, whoever signed it.
fn model_of(pointer: &Pointer) -> Option<String> {
    let document = Document::parse("targets", pointer.targets.as_bytes()).ok()?;
    let targets = document.signed["targets"].as_object()?;
    let (_, bundle) = targets.iter().find(|(path, _)| path.ends_with("/stable/bundle.bin"))?;
    Some(bundle["custom"]["model_version"].as_str()?.to_owned())
}

/// What to say when another publisher moved `release.json` first.
fn lost(ours: u64, now: Option<&[u8]>) -> String {
    let winner = match now.map(Pointer::parse) {
        Some(Ok(p)) => {
            let version = document_version(p.timestamp.as_bytes()).unwrap_or_default();
            format!("release {version} with model {}", model_of(&p).unwrap_or_else(|| "unknown".into()))
        }
        Some(Err(_)) => "a release.json that cannot be read".to_owned(),
        None => "nobody: release.json was removed".to_owned(),
    };
    format!(
        "release {ours} was not published: another publisher moved release.json meanwhile. The winner is {winner}. \
         Nothing is broken: pages load the winner, and nothing names what this command uploaded. If yours is to follow \
         it, run the command again"
    )
}
