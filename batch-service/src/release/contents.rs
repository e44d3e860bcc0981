//! What a release says beside its signatures: files by channel, and the switches that pages obey.

use super::document::fields;
use crate::tuf::TargetFile;
use anyhow::{Result, bail};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

/// The files of a channel, by what they are.
pub const FILES: [(&str, &str); 4] =
    [("bundle", "bundle.bin"), ("scorer", "scorer.wasm"), ("fallback", "scorer.js"), ("loader", "loader.js")];
/// The channel that pages get unless something else is said.
pub const STABLE: &str = "stable";
/// The channel that a share of the visitors gets.
pub const CANARY: &str = "canary";

/// Everything that is signed but versions and times.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Contents {
    /// Site profile and environment that the files are for; a page refuses those of any other.
    pub site: String,
    #[allow(missing_docs)]
    pub environment: String,
    /// Files by channel.
    pub channels: BTreeMap<String, Channel>,
    /// Of 100 visitors so many get the channel `canary`, if there is one.
    pub canary_percent: u64,
    /// Pages give no score.
    pub stopped: bool,
    /// Loaders of a lower version give no score.
    pub min_loader: u64,
}

/// What visitors of a channel load.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Channel {
    /// Version of the session model.
    pub model_version: String,
    /// First 16 hexadecimal digits of the bundle's SHA-256: it stands in every score.
    pub bundle_version: String,
    /// When this channel was given the bundle, UTC; signing anew does not change it.
    pub released_at: Option<String>,
    /// By what they are: `bundle`, `scorer`, `loader`, and where there is one `fallback`.
    pub files: BTreeMap<String, NamedFile>,
}

/// A file of a release.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct NamedFile {
    /// Below the release folder; the name carries the hash.
    pub path: String,
    /// Bytes.
    pub length: u64,
    /// SHA-256, hexadecimal.
    pub sha256: String,
}

#[derive(Deserialize)]
struct Switches {
    #[serde(default)]
    canary_percent: u64,
    #[serde(default)]
    stopped: bool,
    #[serde(default)]
    min_loader: u64,
}

impl Contents {
    /// Where the files of a channel are, bound to product, site, environment and channel.
    fn folder(&self, channel: &str) -> String {
        format!("inkling/{}/{}/{channel}", self.site, self.environment)
    }

    /// The target path of a file.
    fn target(&self, channel: &str, file: &str) -> String {
        format!("{}/{file}", self.folder(channel))
    }

    /// Where the file with a hash lies below the release folder.
    pub(super) fn place(&self, channel: &str, file: &str, sha256: &str) -> String {
        format!("targets/{}/{sha256}.{file}", self.folder(channel))
    }

    /// The fields of the targets document.
    pub(super) fn body(&self) -> Map<String, Value> {
        let mut targets = Map::new();
        for (name, channel) in &self.channels {
            for (what, file) in FILES {
                let Some(entry) = channel.files.get(what) else { continue };
                let mut target = json!({"length": entry.length, "hashes": {"sha256": entry.sha256}});
                if what == "bundle" {
                    target["custom"] = json!({"model_version": channel.model_version});
                    if let Some(at) = &channel.released_at {
                        target["custom"]["released_at"] = json!(at);
                    }
                }
                targets.insert(self.target(name, file), target);
            }
        }
        let switches =
            json!({"canary_percent": self.canary_percent, "stopped": self.stopped, "min_loader": self.min_loader});
        fields(json!({"targets": targets, "inkling": switches}))
    }

    /// From a targets document; `None` when it holds nothing for this site and environment.
    ///
    /// # Errors
    /// When it is not a release of Inkling.
    pub(super) fn read(
        site: &str,
        environment: &str,
        targets: &BTreeMap<String, TargetFile>,
        signed: &Value,
    ) -> Result<Option<Self>> {
        let Ok(switches) = Switches::deserialize(&signed["inkling"]) else { bail!("not a release of Inkling") };
        let Switches { canary_percent, stopped, min_loader } = switches;
        let (site, environment) = (site.to_owned(), environment.to_owned());
        let mut contents = Self { site, environment, channels: BTreeMap::new(), canary_percent, stopped, min_loader };
        for name in [STABLE, CANARY] {
            let mut files = BTreeMap::new();
            let (mut model_version, mut released_at) = (String::new(), None);
            for (what, file) in FILES {
                let Some(target) = targets.get(&contents.target(name, file)) else { continue };
                let Some(sha256) = target.hashes.get("sha256") else { bail!("{file} without SHA-256") };
                let path = contents.place(name, file, sha256);
                files.insert(what.to_owned(), NamedFile { path, length: target.length, sha256: sha256.clone() });
                if let Some(version) = target.custom["model_version"].as_str() {
                    model_version = version.to_owned();
                }
                if let Some(at) = target.custom["released_at"].as_str() {
                    released_at = Some(at.to_owned());
                }
            }
            let Some(bundle) = files.get("bundle") else { continue };
            let bundle_version = bundle.sha256.get(..16).unwrap_or_default().to_owned();
            contents.channels.insert(name.to_owned(), Channel { model_version, bundle_version, released_at, files });
        }
        Ok((!contents.channels.is_empty()).then_some(contents))
    }
}
