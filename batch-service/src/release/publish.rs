//! Puts a model, the scorer and the loader together under content-hashed names and signs them.

use super::compressed;
use super::keys::KeyPair;
use super::manifest::{Manifest, NamedFile, RELEASE};
use crate::failpoint;
use crate::fingerprint;
use crate::store::{Generation, ObjectStore, Replaced, registry};
use anyhow::{Context, Result, bail};
use jiff::{SignedDuration, Timestamp};
use model_core::Target;
use serde::Serialize;
use std::collections::BTreeMap;
use std::path::Path;

/// Folder of the store that pages load from.
const FOLDER: &str = "release";

/// What to publish.
#[derive(Clone, Debug)]
pub struct PublishOptions<'a> {
    /// Version of the model; the session model in service by default.
    pub version: Option<&'a str>,
    /// Folder with `scorer.wasm` and `loader.js`.
    pub web: &'a Path,
    /// `prod` and the like.
    pub environment: &'a str,
    /// Days until the release expires.
    pub days: i64,
    /// The moment of publishing.
    pub now: Timestamp,
}

/// What was published.
#[derive(Debug, Serialize)]
pub struct Published {
    /// Folder in the store.
    pub folder: &'static str,
    /// What was signed.
    pub manifest: Manifest,
    /// Base64 of the key that pages pin.
    pub public_key: String,
}

/// Publishes a release. The files come first and the manifest last, so that a page sees the old release or the new one.
///
/// # Errors
/// When there is no model, a file is missing, or the store fails; when another publisher was faster; exit code 4 when
/// a file of the release is in the store with other bytes.
pub fn publish(store: &dyn ObjectStore, key: &KeyPair, options: &PublishOptions<'_>) -> Result<Published> {
    let version = match options.version {
        Some(version) => version.to_owned(),
        None => registry::in_service(store, Target::Session)?
            .context("no session model is in service; make one with `inkling train`")?,
    };
    let stored = registry::load(store, &version)?;
    if stored.bundle.model(Target::Session).is_none() {
        bail!("model {version} does not predict the target session, which is what pages ask");
    }
    let mut files = BTreeMap::new();
    let mut add = |name: &str, ending: &str, bytes: &[u8]| -> Result<()> {
        let sha256 = fingerprint::sha256(bytes);
        let path = format!("files/{name}-{}.{ending}", &sha256[..16]);
        store.put_new(&format!("{FOLDER}/{path}"), bytes)?;
        compressed::add(store, &format!("{FOLDER}/{path}"), bytes)?;
        files.insert(name.to_owned(), NamedFile { path, length: bytes.len() as u64, sha256 });
        failpoint::at("release.file");
        Ok(())
    };
    let read = |file: &str| {
        let path = options.web.join(file);
        std::fs::read(&path).with_context(|| format!("{}: build it with scripts/build-web", path.display()))
    };
    add("bundle", "bin", &stored.bundle.write())?;
    add("scorer", "wasm", &read("scorer.wasm")?)?;
    add("loader", "js", &read("loader.js")?)?;
    let (previous, seen) = match store.look(&format!("{FOLDER}/{RELEASE}"))? {
        Some(seen) => (payload(&seen.bytes).context("the existing release.json")?.version, seen.generation),
        None => (0, Generation::absent()),
    };
    let time = |t: Timestamp| t.strftime("%Y-%m-%dT%H:%M:%SZ").to_string();
    let manifest = Manifest {
        format: 1,
        product: "inkling".into(),
        environment: options.environment.into(),
        site: stored.bundle.profile().parts().name.clone(),
        version: previous + 1,
        created: time(options.now),
        expires: time(options.now.checked_add(SignedDuration::from_hours(24 * options.days))?),
        model_version: version,
        files,
    };
    if let Replaced::Lost(now) = store.replace(&format!("{FOLDER}/{RELEASE}"), &seen, &manifest.signed(key)?)? {
        bail!(lost(&manifest, now.as_deref()));
    }
    failpoint::at("release.after");
    Ok(Published { folder: FOLDER, manifest, public_key: key.public().text() })
}

/// What an existing manifest says, whoever signed it: the next version is higher.
fn payload(bytes: &[u8]) -> Result<Manifest> {
    let payload = bytes.splitn(2, |b| *b == b'\n').nth(1).context("it has no payload")?;
    Ok(serde_json::from_slice(payload)?)
}

/// What to say when another publisher moved `release.json` first.
fn lost(ours: &Manifest, now: Option<&[u8]>) -> String {
    let winner = match now.map(payload) {
        Some(Ok(m)) => format!("release {} with model {}, created {}", m.version, m.model_version, m.created),
        Some(Err(_)) => "a release.json that cannot be read".to_owned(),
        None => "nobody: release.json was removed".to_owned(),
    };
    format!(
        "release {} with model {} was not published: another publisher moved release.json meanwhile. The winner is \
         {winner}. Nothing is broken: pages load the winner, and nothing names the files that this command uploaded. If \
         your model is to follow it, run `inkling release publish` again",
        ours.version, ours.model_version
    )
}
