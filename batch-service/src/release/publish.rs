//! Puts a model, the scorer and the loader together under content-hashed names and signs them.

use super::compressed;
use super::contents::{CANARY, Channel, Contents, FILES, NamedFile, STABLE};
use super::document::time;
use super::repository::{FOLDER, Repository, Signing};
use super::verify::Manifest;
use crate::failpoint;
use crate::fingerprint;
use crate::jobs::{ExitKind, exit};
use crate::store::{ObjectStore, registry};
use anyhow::{Context, Result, bail};
use model_core::Target;
use std::collections::BTreeMap;
use std::path::Path;

/// What to publish.
#[derive(Clone, Debug)]
pub struct PublishOptions<'a> {
    /// Version of the model; the session model in service by default.
    pub version: Option<&'a str>,
    /// Folder with `scorer.wasm`, `scorer.js` and `loader.js`.
    pub web: &'a Path,
    /// `prod` and the like.
    pub environment: &'a str,
    /// Of 100 visitors so many get it; all without.
    pub canary: Option<u64>,
    /// The lowest loader that gives a score; as before without.
    pub min_loader: Option<u64>,
    /// Take nothing over from the release that is there.
    pub fresh: bool,
}

/// Publishes a release. Files and documents come first and `release.json` last, so that a page sees the old release or
/// the new one.
///
/// # Errors
/// When there is no model, a file is missing, or the store fails; when another publisher was faster; exit code 4 when
/// a file of the release is in the store with other bytes, or the release that is there is not ours.
pub fn publish(store: &dyn ObjectStore, signing: Signing<'_>, options: &PublishOptions<'_>) -> Result<Manifest> {
    let version = match options.version {
        Some(version) => version.to_owned(),
        None => registry::in_service(store, Target::Session)?
            .context("no session model is in service; make one with `inkling train`")?,
    };
    let stored = registry::load(store, &version)?;
    if stored.bundle.model(Target::Session).is_none() {
        bail!("model {version} does not predict the target session, which is what pages ask");
    }
    let site = stored.bundle.profile().parts().name.clone();
    let repository = if options.fresh {
        Repository::fresh(store)?
    } else {
        Repository::open(store, signing.authority, &site, options.environment)?
    };
    let mut contents = repository.contents.clone().unwrap_or_else(|| Contents {
        site,
        environment: options.environment.to_owned(),
        channels: BTreeMap::new(),
        canary_percent: 0,
        stopped: false,
        min_loader: 0,
    });
    let channel = match options.canary {
        Some(percent @ 1..=99) => {
            contents.canary_percent = percent;
            CANARY
        }
        Some(_) => return Err(exit(ExitKind::Usage, "a canary goes to 1 to 99 of 100 visitors")),
        None => STABLE,
    };
    if channel == CANARY && !contents.channels.contains_key(STABLE) {
        bail!("there is no stable release beside which a canary could be; publish one first");
    }
    contents.min_loader = options.min_loader.unwrap_or(contents.min_loader);
    let bundle = stored.bundle.write();
    let mut files = BTreeMap::new();
    for (what, file) in FILES {
        let bytes = match what {
            "bundle" => bundle.clone(),
            // Pages that must not run WebAssembly go without a score then.
            "fallback" if !options.web.join(file).exists() => continue,
            _ => read(options.web, file)?,
        };
        let sha256 = fingerprint::sha256(&bytes);
        let path = contents.place(channel, file, &sha256);
        store.put_new(&format!("{FOLDER}/{path}"), &bytes)?;
        compressed::add(store, &format!("{FOLDER}/{path}"), &bytes)?;
        files.insert(what.to_owned(), NamedFile { path, length: bytes.len() as u64, sha256 });
        failpoint::at("release.file");
    }
    let bundle_version = fingerprint::sha256(&bundle)[..16].to_owned();
    let before = contents.channels.get(channel).filter(|before| before.bundle_version == bundle_version);
    let released_at = before.and_then(|before| before.released_at.clone()).or_else(|| Some(time(signing.now)));
    contents
        .channels
        .insert(channel.to_owned(), Channel { model_version: version, bundle_version, released_at, files });
    let done = repository.commit(&contents, signing)?;
    Ok(Manifest::of(&done, contents))
}

fn read(folder: &Path, file: &str) -> Result<Vec<u8>> {
    let path = folder.join(file);
    std::fs::read(&path).with_context(|| format!("{}: build it with scripts/build-web", path.display()))
}
