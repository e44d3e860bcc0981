//! Changes of a release that need no new files: signing it anew, going back, stopping it, ending a canary.

use super::authority::Authority;
use super::contents::{CANARY, Channel, Contents, STABLE};
use super::repository::{FOLDER, Repository, Signing};
use super::verify::Manifest;
use crate::jobs::{ExitKind, exit};
use crate::store::ObjectStore;
use crate::tuf::{Document, Targets};
use anyhow::{Context, Result};

/// What is to change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Control {
    /// Nothing but the time until which it is good.
    Resign,
    /// The stable files of an older version; by default those before the present ones.
    Rollback(Option<u64>),
    /// Pages give no score until `Resume`.
    Stop,
    /// Pages give scores again.
    Resume,
    /// All visitors get the stable files.
    EndCanary,
}

/// Signs the next version with a change.
///
/// # Errors
/// As for `publish`; exit code 2 when there is nothing to change or to go back to.
pub fn control(
    store: &dyn ObjectStore,
    signing: Signing<'_>,
    site: &str,
    environment: &str,
    change: &Control,
) -> Result<Manifest> {
    let repository = Repository::open(store, signing.authority, site, environment)?;
    let Some(mut contents) = repository.contents.clone() else {
        let text = format!("no release of {site} in {environment} is published; `inkling release publish`");
        return Err(exit(ExitKind::Usage, text));
    };
    match change {
        Control::Resign => {}
        Control::Rollback(to) => {
            let older = older(store, signing.authority, &contents, repository.version, *to)?;
            contents.channels.insert(STABLE.to_owned(), older);
        }
        Control::Stop => contents.stopped = true,
        Control::Resume => contents.stopped = false,
        Control::EndCanary => {
            contents.channels.remove(CANARY);
            contents.canary_percent = 0;
        }
    }
    let done = repository.commit(&contents, signing)?;
    Ok(Manifest::of(&done, contents))
}

/// The stable files of an older version. Only what the present online key signed is signed again: who can write to the
/// store may have put documents there, and a key that was revoked proves nothing.
fn older(
    store: &dyn ObjectStore,
    authority: &Authority,
    now: &Contents,
    version: u64,
    to: Option<u64>,
) -> Result<Channel> {
    let root = authority.root()?;
    let candidates = match to {
        Some(version) => version..version + 1,
        None => 1..version,
    };
    for version in candidates.rev() {
        let Some(bytes) = store.get(&format!("{FOLDER}/{version}.targets.json"))? else { continue };
        let document = Document::parse("targets", &bytes)?;
        if document.check("targets", &root.roles["targets"], &root.keys).is_err() {
            continue;
        }
        let targets: Targets = document.body("targets")?;
        let contents = Contents::read(&now.site, &now.environment, &targets.targets, &document.signed)?;
        let Some(channel) = contents.and_then(|mut c| c.channels.remove(STABLE)) else { continue };
        if to.is_none() && now.channels.get(STABLE) == Some(&channel) {
            continue;
        }
        for file in channel.files.values() {
            let bytes =
                store.get(&format!("{FOLDER}/{}", file.path))?.with_context(|| format!("{} is gone", file.path))?;
            if crate::fingerprint::sha256(&bytes) != file.sha256 {
                return Err(exit(ExitKind::Integrity, format!("{} has other bytes than were signed", file.path)));
            }
        }
        return Ok(channel);
    }
    let text = match to {
        Some(version) => format!("there is no release {version} with stable files that the present online key signed"),
        None => "there is no older release with other stable files that the present online key signed; `inkling release publish --model` takes any model".to_owned(),
    };
    Err(exit(ExitKind::Usage, text))
}
