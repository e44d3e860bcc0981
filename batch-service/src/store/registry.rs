//! Trained models by version, and which one is in service for each target.
//!
//! `models/VERSION/{bundle.inkl, report.json, card.md}` never change; `models/in-service-TARGET.json` names a version, and so
//! does `models/challenger-TARGET.json`: one that was trained because it seemed time, and waits for a decision.

use super::{Generation, ObjectStore, Replaced, taken};
use crate::failpoint;
use crate::jobs::{ExitKind, exit};
use anyhow::{Context, Result, bail};
use model_core::{Bundle, Target};
use serde::{Deserialize, Serialize};

const FOLDER: &str = "models";

/// Which version serves, or challenges the one that does.
#[derive(Debug, Serialize, Deserialize)]
struct InService {
    version: String,
}

/// Name of what beside a model tells that it was put into service all the same.
const FORCED: &str = "forced.json";

/// Why a version was not to be put into service, and was.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Forced {
    /// What was done: `promote`, `train`, `recalibrate`, `release publish`.
    pub by: String,
    /// When, UTC.
    pub at: String,
    /// The reasons against it.
    pub reasons: Vec<String>,
}

/// A model as the registry keeps it.
#[derive(Debug)]
pub struct Stored {
    /// The bundle with the one model.
    pub bundle: Bundle,
    /// SHA-256 of its bytes, hexadecimal.
    pub sha256: String,
}

/// Adds a model. An existing version stays as it is.
///
/// # Errors
/// When the store fails, or the version exists with other bytes (exit code 4).
pub fn add(store: &dyn ObjectStore, version: &str, bundle: &[u8], report: &str, card: &str) -> Result<()> {
    let name = |file: &str| format!("{FOLDER}/{version}/{file}");
    match store.get(&name("bundle.inkl"))? {
        None => {}
        // The bundle was written last. A report of today would compare the model with itself.
        Some(existing) if existing == bundle => return Ok(()),
        Some(existing) => return Err(taken(&name("bundle.inkl"), &existing, bundle)),
    }
    failpoint::at("model.before");
    store.put(&name("report.json"), report.as_bytes())?;
    failpoint::at("model.middle");
    store.put(&name("card.md"), card.as_bytes())?;
    store.put_new(&name("bundle.inkl"), bundle)?;
    failpoint::at("model.after");
    Ok(())
}

/// Puts a version into service for its target.
///
/// # Errors
/// When there is no such version, it has no model of the target, or another version was put into service meanwhile.
pub fn promote(store: &dyn ObjectStore, target: Target, version: &str) -> Result<()> {
    let seen = store.look(&pointer(target))?.map_or_else(Generation::absent, |seen| seen.generation);
    check(store, target, version)?;
    let text = serde_json::to_string(&InService { version: version.to_owned() })?;
    match store.replace(&pointer(target), &seen, text.as_bytes())? {
        Replaced::Done => {
            failpoint::at("promote.after");
            Ok(())
        }
        Replaced::Lost(now) => {
            let now: Option<InService> = now.and_then(|bytes| serde_json::from_slice(&bytes).ok());
            let now = now.map_or_else(|| "something else".to_owned(), |now| format!("model {}", now.version));
            bail!(
                "model {version} was not put into service: another command has put {now} there meanwhile. If {version} \
                 is to follow it, run `inkling model promote` again"
            )
        }
    }
}

/// Checks that a version is there and predicts a target.
///
/// # Errors
/// Exit code 2 when it is not, or does not.
pub fn check(store: &dyn ObjectStore, target: Target, version: &str) -> Result<()> {
    if load(store, version)?.bundle.model(target).is_none() {
        let text = format!("model {version} does not predict the target {}", target.as_str());
        return Err(exit(ExitKind::Usage, text));
    }
    Ok(())
}

/// The version in service for a target.
///
/// # Errors
/// When the store fails or its pointer does not parse.
pub fn in_service(store: &dyn ObjectStore, target: Target) -> Result<Option<String>> {
    named(store, &pointer(target))
}

fn named(store: &dyn ObjectStore, pointer: &str) -> Result<Option<String>> {
    let Some(bytes) = store.get(pointer)? else { return Ok(None) };
    let parsed: InService = serde_json::from_slice(&bytes).with_context(|| pointer.to_owned())?;
    Ok(Some(parsed.version))
}

/// The challenger of a target; `None` when there is none, or it serves by now.
///
/// # Errors
/// When the store fails or its pointer does not parse.
pub fn challenger(store: &dyn ObjectStore, target: Target) -> Result<Option<String>> {
    let challenger = named(store, &challenger_pointer(target))?;
    let serving = in_service(store, target)?;
    Ok(challenger.filter(|version| Some(version) != serving.as_ref()))
}

/// Makes a version the challenger of a target, in the place of an earlier one.
///
/// # Errors
/// When the store fails.
pub fn challenge(store: &dyn ObjectStore, target: Target, version: &str) -> Result<()> {
    let text = serde_json::to_string(&InService { version: version.to_owned() })?;
    store.put(&challenger_pointer(target), text.as_bytes())
}

/// Keeps beside a version that it was put into service against reasons. Earlier times stay; the same command against the
/// same reasons again changes nothing.
///
/// # Errors
/// When the store fails, or what is there does not parse.
pub fn record_forced(store: &dyn ObjectStore, version: &str, forced: Forced) -> Result<()> {
    let mut all = forced_of(store, version)?;
    if all.last().is_some_and(|last| (&last.by, &last.reasons) == (&forced.by, &forced.reasons)) {
        return Ok(());
    }
    all.push(forced);
    put_text(store, version, FORCED, &serde_json::to_string_pretty(&all)?)
}

/// The times when a version was put into service against reasons, the first one first.
///
/// # Errors
/// When the store fails, or what is there does not parse.
pub fn forced_of(store: &dyn ObjectStore, version: &str) -> Result<Vec<Forced>> {
    let Some(text) = text_if_there(store, version, FORCED)? else { return Ok(Vec::new()) };
    serde_json::from_str(&text).with_context(|| format!("{FORCED} of model {version}"))
}

/// Loads a version.
///
/// # Errors
/// When there is none, or its bundle is malformed.
pub fn load(store: &dyn ObjectStore, version: &str) -> Result<Stored> {
    let name = format!("{FOLDER}/{version}/bundle.inkl");
    let Some(bytes) = store.get(&name)? else {
        return Err(exit(ExitKind::Usage, format!("no model {version} in the registry (`inkling model list`)")));
    };
    let bundle = Bundle::read(&bytes).with_context(|| name)?;
    Ok(Stored { bundle, sha256: crate::fingerprint::sha256(&bytes) })
}

/// A text beside a model: `report.json` or `card.md`.
///
/// # Errors
/// When there is none.
pub fn text(store: &dyn ObjectStore, version: &str, file: &str) -> Result<String> {
    let name = format!("{FOLDER}/{version}/{file}");
    let Some(bytes) = store.get(&name)? else {
        return Err(exit(ExitKind::Usage, format!("no model {version} in the registry (`inkling model list`)")));
    };
    Ok(String::from_utf8(bytes)?)
}

/// A text beside a model; `None` when there is none.
///
/// # Errors
/// When the store fails.
pub fn text_if_there(store: &dyn ObjectStore, version: &str, file: &str) -> Result<Option<String>> {
    let bytes = store.get(&format!("{FOLDER}/{version}/{file}"))?;
    bytes.map(String::from_utf8).transpose().context("a text of the registry")
}

/// Keeps a text beside a model, which may be written again.
///
/// # Errors
/// When the store fails.
pub fn put_text(store: &dyn ObjectStore, version: &str, file: &str, text: &str) -> Result<()> {
    store.put(&format!("{FOLDER}/{version}/{file}"), text.as_bytes())
}

/// All versions, sorted by name.
///
/// # Errors
/// When the store fails.
pub fn versions(store: &dyn ObjectStore) -> Result<Vec<String>> {
    let mut names = store.list(FOLDER)?;
    names.retain(|n| !n.ends_with(".json"));
    Ok(names)
}

fn pointer(target: Target) -> String {
    format!("{FOLDER}/in-service-{}.json", target.as_str())
}

fn challenger_pointer(target: Target) -> String {
    format!("{FOLDER}/challenger-{}.json", target.as_str())
}
