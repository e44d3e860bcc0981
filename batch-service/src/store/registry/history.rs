//! Which version serves a target, and how it came to that: one object, so that the two never disagree.

use super::{FOLDER, check};
use crate::failpoint;
use crate::store::{Generation, ObjectStore, Replaced};
use anyhow::{Context, Result, bail};
use jiff::Timestamp;
use model_core::Target;
use serde::{Deserialize, Serialize};

/// The command that goes back.
pub const ROLLBACK: &str = "model rollback";
/// Promotions that are kept for a target, the latest ones.
const KEPT: usize = 200;

/// The champion of a target and the promotions up to it.
#[derive(Debug, Default, Serialize, Deserialize)]
struct InService {
    version: String,
    /// The earliest first; empty in what versions of the program without a history have written.
    #[serde(default)]
    history: Vec<Promotion>,
}

/// A version put into service.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Promotion {
    /// The version.
    pub version: String,
    /// When, UTC; `None` for what served before there was a history.
    pub at: Option<String>,
    /// What was done: `promote`, `train`, `recalibrate`, `model rollback`; `None` as for `at`.
    pub by: Option<String>,
    /// Why, in the words of whoever did it.
    pub why: Option<String>,
    /// Reasons that spoke against it, and were overruled by force.
    #[serde(default)]
    pub against: Vec<String>,
    /// The version that served until then.
    pub previous: Option<String>,
}

/// Who puts a version into service, and why.
#[derive(Clone, Copy, Debug, Default)]
pub struct Decision<'a> {
    /// What was done.
    pub by: &'a str,
    /// Why, in the words of whoever did it.
    pub why: Option<&'a str>,
    /// Reasons against it that were overruled.
    pub against: &'a [String],
    /// The version that it is to follow, where the decision holds for that one only.
    pub after: Option<&'a str>,
}

impl<'a> Decision<'a> {
    /// Of a command.
    #[must_use]
    pub fn by(by: &'a str) -> Self {
        Self { by, ..Self::default() }
    }
}

/// Puts a version into service for its target. One that serves already stays there, and nothing is written.
///
/// # Errors
/// When there is no such version, it has no model of the target, or another version was put into service meanwhile.
pub fn promote(store: &dyn ObjectStore, target: Target, version: &str, decision: &Decision<'_>) -> Result<()> {
    let (seen, before) = match store.look(&pointer(target))? {
        // What does not parse is put right by this.
        Some(seen) => (seen.generation, serde_json::from_slice::<InService>(&seen.bytes).ok()),
        None => (Generation::absent(), None),
    };
    check(store, target, version)?;
    let serving = before.as_ref().map(|before| before.version.clone());
    if serving.as_deref() == Some(version) {
        return Ok(());
    }
    if decision.after.is_some_and(|after| serving.as_deref() != Some(after)) {
        bail!(lost(version, serving));
    }
    let mut history = before.map(|before| before.history).unwrap_or_default();
    if let (Some(serving), true) = (&serving, history.is_empty()) {
        let (at, by, why, against, previous) = (None, None, None, Vec::new(), None);
        history.push(Promotion { version: serving.clone(), at, by, why, against, previous });
    }
    history.push(Promotion {
        version: version.to_owned(),
        at: Some(Timestamp::now().strftime("%Y-%m-%dT%H:%M:%SZ").to_string()),
        by: Some(decision.by.to_owned()),
        why: decision.why.map(str::to_owned),
        against: decision.against.to_vec(),
        previous: serving,
    });
    history.drain(..history.len().saturating_sub(KEPT));
    let text = serde_json::to_string_pretty(&InService { version: version.to_owned(), history })?;
    match store.replace(&pointer(target), &seen, text.as_bytes())? {
        Replaced::Done => {
            failpoint::at("promote.after");
            Ok(())
        }
        Replaced::Lost(now) => {
            let now: Option<InService> = now.and_then(|bytes| serde_json::from_slice(&bytes).ok());
            bail!(lost(version, now.map(|now| now.version)))
        }
    }
}

fn lost(version: &str, now: Option<String>) -> String {
    let now = now.map_or_else(|| "something else".to_owned(), |now| format!("model {now}"));
    format!(
        "model {version} was not put into service: another command has put {now} there meanwhile. If {version} is to \
         follow it, run `inkling model promote` again"
    )
}

/// The version in service for a target.
///
/// # Errors
/// When the store fails or its pointer does not parse.
pub fn in_service(store: &dyn ObjectStore, target: Target) -> Result<Option<String>> {
    Ok(read(store, target)?.map(|found| found.version))
}

/// The promotions of a target, the earliest first; the last one serves.
///
/// # Errors
/// As for [`in_service`].
pub fn history(store: &dyn ObjectStore, target: Target) -> Result<Vec<Promotion>> {
    Ok(read(store, target)?.map(|found| found.history).unwrap_or_default())
}

/// The champion before the one in service: the version that it followed when it was first put there. Going back twice goes
/// back further, and not to and fro.
///
/// # Errors
/// As for [`in_service`].
pub fn before_in_service(store: &dyn ObjectStore, target: Target) -> Result<Option<String>> {
    let Some(InService { version, history }) = read(store, target)? else { return Ok(None) };
    let own = |p: &&Promotion| p.version == version && p.by.as_deref() != Some(ROLLBACK);
    Ok(history.iter().rev().find(own).and_then(|promotion| promotion.previous.clone()))
}

fn read(store: &dyn ObjectStore, target: Target) -> Result<Option<InService>> {
    let Some(bytes) = store.get(&pointer(target))? else { return Ok(None) };
    Ok(Some(serde_json::from_slice(&bytes).with_context(|| pointer(target))?))
}

fn pointer(target: Target) -> String {
    format!("{FOLDER}/in-service-{}.json", target.as_str())
}
