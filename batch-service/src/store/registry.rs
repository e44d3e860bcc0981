//! Trained models by version, and which one is in service for each target.
//!
//! `models/VERSION/{bundle.inkl, report.json, card.md, lineage.json}` never change, but for report and card of a model that is
//! imported again; `models/in-service-TARGET.json` names the champion of a target and those before it,
//! `models/challenger-TARGET.json` one that waits for a decision.

mod history;
mod lineage;
#[cfg(test)]
mod tests;

pub use history::{Decision, Promotion, ROLLBACK, before_in_service, history, in_service, promote};
pub use lineage::{COMMIT, Lineage, Source};

use super::{ObjectStore, taken};
use crate::failpoint;
use crate::jobs::{ExitKind, exit};
use anyhow::{Context, Result};
use model_core::{Bundle, Target};
use serde::{Deserialize, Serialize};

const FOLDER: &str = "models";

/// Which version challenges the one that serves; `None` when it is to do so no more.
#[derive(Debug, Serialize, Deserialize)]
struct Challenger {
    version: Option<String>,
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
    // The bundle was written last. A report of today would compare the model with itself.
    if is_there(store, version, bundle)? {
        return Ok(());
    }
    failpoint::at("model.before");
    store.put(&name("report.json"), report.as_bytes())?;
    failpoint::at("model.middle");
    store.put(&name("card.md"), card.as_bytes())?;
    store.put_new(&name("bundle.inkl"), bundle)?;
    failpoint::at("model.after");
    Ok(())
}

/// Adds a model that is judged anew each time: of an existing version the report and the card are those of now.
///
/// # Errors
/// As for [`add`].
pub fn add_or_judge(store: &dyn ObjectStore, version: &str, bundle: &[u8], report: &str, card: &str) -> Result<()> {
    if is_there(store, version, bundle)? {
        put_text(store, version, "report.json", report)?;
        return put_text(store, version, "card.md", card);
    }
    add(store, version, bundle, report, card)
}

/// Whether a version is there; an error when it has other bytes.
fn is_there(store: &dyn ObjectStore, version: &str, bundle: &[u8]) -> Result<bool> {
    let name = format!("{FOLDER}/{version}/bundle.inkl");
    match store.get(&name)? {
        None => Ok(false),
        Some(existing) if existing == bundle => Ok(true),
        Some(existing) => Err(taken(&name, &existing, bundle)),
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

/// The challenger of a target; `None` when there is none, or it serves by now.
///
/// # Errors
/// When the store fails or its pointer does not parse.
pub fn challenger(store: &dyn ObjectStore, target: Target) -> Result<Option<String>> {
    let pointer = challenger_pointer(target);
    let Some(bytes) = store.get(&pointer)? else { return Ok(None) };
    let named: Challenger = serde_json::from_slice(&bytes).with_context(|| pointer)?;
    let serving = in_service(store, target)?;
    Ok(named.version.filter(|version| Some(version) != serving.as_ref()))
}

/// Makes a version the challenger of a target, in the place of an earlier one; `None` leaves the target without.
///
/// # Errors
/// When the store fails.
pub fn challenge(store: &dyn ObjectStore, target: Target, version: Option<&str>) -> Result<()> {
    let text = serde_json::to_string(&Challenger { version: version.map(str::to_owned) })?;
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
    load_if_there(store, version)?
        .ok_or_else(|| exit(ExitKind::Usage, format!("no model {version} in the registry (`inkling model list`)")))
}

/// Loads a version; `None` when there is none, or not yet all of it.
///
/// # Errors
/// When the store fails, or its bundle is malformed.
pub fn load_if_there(store: &dyn ObjectStore, version: &str) -> Result<Option<Stored>> {
    let name = format!("{FOLDER}/{version}/bundle.inkl");
    let Some(bytes) = store.get(&name)? else { return Ok(None) };
    let bundle = Bundle::read(&bytes).with_context(|| name)?;
    Ok(Some(Stored { bundle, sha256: crate::fingerprint::sha256(&bytes) }))
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

fn challenger_pointer(target: Target) -> String {
    format!("{FOLDER}/challenger-{}.json", target.as_str())
}
