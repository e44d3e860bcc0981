//! What the documents of the four roles say. Fields that are not known here are passed over, but were signed.

use super::document::PublicKey;
use super::error::{Fault, TufError};
use super::trusted::check_bytes;
use jiff::Timestamp as Moment;
use serde::de::Error;
use serde::{Deserialize, Deserializer};
use serde_json::Value;
use std::collections::BTreeMap;

/// Who may sign for a role.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "RawRole")]
pub struct Role {
    /// Names of keys, each once.
    pub keyids: Vec<String>,
    /// How many different keys it takes, 1 or more.
    pub threshold: usize,
}

#[derive(Deserialize)]
struct RawRole {
    keyids: Vec<String>,
    threshold: usize,
}

impl TryFrom<RawRole> for Role {
    type Error = String;

    fn try_from(raw: RawRole) -> Result<Self, String> {
        if raw.threshold == 0 {
            return Err("a threshold of 0".into());
        }
        let mut sorted = raw.keyids.clone();
        sorted.sort();
        sorted.dedup();
        if sorted.len() != raw.keyids.len() {
            return Err("a role that lists a key twice".into());
        }
        Ok(Self { keyids: raw.keyids, threshold: raw.threshold })
    }
}

/// The fields that every role has.
#[derive(Clone, Debug, Deserialize)]
pub struct Head {
    /// Name of the role.
    #[serde(rename = "_type")]
    pub kind: String,
    #[serde(deserialize_with = "spec_version")]
    #[allow(dead_code, reason = "read to be checked")]
    spec_version: (),
    /// Counts up, from 1.
    #[serde(deserialize_with = "version")]
    pub version: u64,
    /// From then on the document says nothing.
    #[serde(deserialize_with = "moment")]
    pub expires: Moment,
}

/// The keys of everything.
#[derive(Clone, Debug, Deserialize)]
pub struct Root {
    #[serde(flatten)]
    #[allow(missing_docs)]
    pub head: Head,
    /// Whether documents and files have their version or hash in their names.
    #[serde(default)]
    pub consistent_snapshot: bool,
    /// Keys by name.
    #[serde(deserialize_with = "keys")]
    pub keys: BTreeMap<String, PublicKey>,
    /// `root`, `timestamp`, `snapshot`, `targets`.
    pub roles: BTreeMap<String, Role>,
}

/// Version, and where given length and hashes, of a document.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct FileMeta {
    #[serde(deserialize_with = "version")]
    #[allow(missing_docs)]
    pub version: u64,
    /// Bytes.
    pub length: Option<u64>,
    /// Hexadecimal, by name of the function.
    #[serde(default)]
    pub hashes: BTreeMap<String, String>,
}

/// Which snapshot is current.
#[derive(Clone, Debug, Deserialize)]
pub struct Timestamp {
    #[serde(flatten)]
    #[allow(missing_docs)]
    pub head: Head,
    /// `snapshot.json`.
    pub meta: BTreeMap<String, FileMeta>,
}

/// Which versions of the targets' documents belong together.
#[derive(Clone, Debug, Deserialize)]
pub struct Snapshot {
    #[serde(flatten)]
    #[allow(missing_docs)]
    pub head: Head,
    /// By name with `.json`.
    pub meta: BTreeMap<String, FileMeta>,
}

/// Files by path.
#[derive(Clone, Debug, Deserialize)]
pub struct Targets {
    #[serde(flatten)]
    #[allow(missing_docs)]
    pub head: Head,
    #[allow(missing_docs)]
    pub targets: BTreeMap<String, TargetFile>,
    /// Who else may say something of files.
    pub delegations: Option<Delegations>,
}

/// A file.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct TargetFile {
    /// Bytes.
    pub length: u64,
    /// Hexadecimal, by name of the function.
    pub hashes: BTreeMap<String, String>,
    /// What the publisher adds.
    #[serde(default)]
    pub custom: Value,
}

impl TargetFile {
    /// Whether it says how to know the file: by its SHA-256, the only hash that is computed.
    ///
    /// # Errors
    /// `Malformed`.
    pub fn has_hash(&self, path: &str) -> Result<(), TufError> {
        match self.hashes.get("sha256") {
            Some(_) => Ok(()),
            None => Err(TufError::new(Fault::Malformed, path, "no SHA-256 among its hashes")),
        }
    }

    /// Whether these bytes are the file.
    ///
    /// # Errors
    /// `Malformed`, `Length` or `Hash`.
    pub fn check(&self, path: &str, bytes: &[u8]) -> Result<(), TufError> {
        self.has_hash(path)?;
        check_bytes(path, Some(self.length), &self.hashes, bytes)
    }
}

/// Roles that a targets role trusts.
#[derive(Clone, Debug, Deserialize)]
pub struct Delegations {
    /// Keys by name.
    #[serde(deserialize_with = "keys")]
    pub keys: BTreeMap<String, PublicKey>,
    /// In the order in which they are asked.
    #[serde(default)]
    pub roles: Vec<Delegated>,
    /// Many roles that share keys, chosen by the hash of the path.
    pub succinct_roles: Option<Succinct>,
}

/// A role, and the paths it is asked about.
#[derive(Clone, Debug, Deserialize)]
#[allow(missing_docs)]
pub struct Delegated {
    pub name: String,
    #[serde(flatten)]
    pub role: Role,
    #[serde(default)]
    pub terminating: bool,
    pub paths: Option<Vec<String>>,
    pub path_hash_prefixes: Option<Vec<String>>,
}

/// Hash bins.
#[derive(Clone, Debug, Deserialize)]
#[allow(missing_docs)]
pub struct Succinct {
    #[serde(flatten)]
    pub role: Role,
    pub bit_length: u32,
    pub name_prefix: String,
}

fn version<'de, D: Deserializer<'de>>(input: D) -> Result<u64, D::Error> {
    match u64::deserialize(input)? {
        0 => Err(D::Error::custom("a version of 0")),
        version => Ok(version),
    }
}

fn spec_version<'de, D: Deserializer<'de>>(input: D) -> Result<(), D::Error> {
    let text = String::deserialize(input)?;
    if text == "1.0" || text.starts_with("1.0.") {
        Ok(())
    } else {
        Err(D::Error::custom(format!("specification {text}")))
    }
}

/// Section 4.2.1: ISO 8601 with seconds and `Z`, and nothing else.
fn moment<'de, D: Deserializer<'de>>(input: D) -> Result<Moment, D::Error> {
    let text = String::deserialize(input)?;
    if text.len() != 20 || !text.ends_with('Z') {
        return Err(D::Error::custom(format!("`{text}` is not YYYY-MM-DDTHH:MM:SSZ")));
    }
    text.parse().map_err(D::Error::custom)
}

fn keys<'de, D: Deserializer<'de>>(input: D) -> Result<BTreeMap<String, PublicKey>, D::Error> {
    let raw = BTreeMap::<String, Value>::deserialize(input)?;
    raw.into_iter().map(|(name, key)| Ok((name, PublicKey::read(&key).map_err(D::Error::custom)?))).collect()
}
