//! Which models the release in a store holds, for the record: nothing is trusted because of it.

use super::pointer::{Pointer, RELEASE};
use super::repository::FOLDER;
use crate::fingerprint;
use crate::store::ObjectStore;
use crate::tuf::{Document, Role, Root};
use anyhow::{Context, Result};
use jiff::Timestamp;

/// A model of a release.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Released {
    /// Its version.
    pub model_version: String,
    /// Since when a channel has it, UTC; `None` when the release does not say.
    pub released_at: Option<String>,
    /// Name of the key that signed the release: SHA-256, hexadecimal.
    pub key_id: Option<String>,
}

/// The models of all sites and channels; none when nothing is released. Documents are checked by the first root that stands
/// in the release itself, and may have expired.
///
/// # Errors
/// When the store fails, or what is there is no release that its own roots lead to.
pub fn released(store: &dyn ObjectStore) -> Result<Vec<Released>> {
    let Some(bytes) = store.get(&format!("{FOLDER}/{RELEASE}"))? else { return Ok(Vec::new()) };
    let pointer = Pointer::parse(&bytes)?;
    let (first, last) = pointer.roots.first().zip(pointer.roots.last()).context("a release without a root")?;
    let trusted = pointer.open(&fingerprint::sha256(first.as_bytes()), Timestamp::MIN)?;
    let targets = trusted.as_ref().and_then(|t| t.targets("targets")).context("a release without targets")?;
    let key_id = signer(last, &pointer.targets)?;
    let models = targets.targets.values().filter_map(|target| {
        Some(Released {
            model_version: target.custom["model_version"].as_str()?.to_owned(),
            released_at: target.custom["released_at"].as_str().map(str::to_owned),
            key_id: key_id.clone(),
        })
    });
    Ok(models.collect())
}

/// The first of the keys for targets whose signature is right.
fn signer(root: &str, targets: &str) -> Result<Option<String>> {
    let root: Root = Document::parse("root", root.as_bytes())?.body("root")?;
    let document = Document::parse("targets", targets.as_bytes())?;
    let keys = root.roles.get("targets").map(|role| role.keyids.clone()).unwrap_or_default();
    let signs = |id: &String| {
        let only = Role { keyids: std::iter::once(id.clone()).collect(), threshold: 1 };
        document.check("targets", &only, &root.keys).is_ok()
    };
    Ok(keys.into_iter().find(signs))
}
