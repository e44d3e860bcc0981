//! The manifest and its verification: signature, binding, expiry, then length and hash of every file.

use super::keys::{KeyPair, PublicKey};
use crate::fingerprint;
use crate::store::ObjectStore;
use anyhow::Result;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fmt;

/// Name of the manifest below a release folder.
pub const RELEASE: &str = "release.json";
const CONTEXT: &[u8] = b"inkling-release-v1\n";
/// No manifest is longer.
const MAX_MANIFEST: usize = 16_384;
const FILES: [&str; 3] = ["bundle", "loader", "scorer"];

/// A file of a release.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NamedFile {
    /// Path below the release folder; its name carries the hash.
    pub path: String,
    /// Bytes.
    pub length: u64,
    /// SHA-256, hexadecimal.
    pub sha256: String,
}

/// What is signed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// 1.
    pub format: u32,
    /// `inkling`.
    pub product: String,
    /// `prod`, `stage`, ...
    pub environment: String,
    /// Name of the site profile.
    pub site: String,
    /// Counts up with every release of the folder.
    pub version: u64,
    /// UTC.
    pub created: String,
    /// UTC; from then on there is no score.
    pub expires: String,
    /// Version of the model.
    pub model_version: String,
    /// `bundle`, `loader` and `scorer`.
    pub files: BTreeMap<String, NamedFile>,
}

impl Manifest {
    /// The bytes of `release.json`.
    ///
    /// # Errors
    /// Never in practice: the manifest is plain data.
    pub fn signed(&self, key: &KeyPair) -> Result<Vec<u8>> {
        let payload = serde_json::to_vec(self)?;
        let signature = STANDARD.encode(key.sign(&[CONTEXT, &payload].concat()));
        let mut bytes = format!("ed25519 {} {signature}\n", key.public().id()).into_bytes();
        bytes.extend_from_slice(&payload);
        Ok(bytes)
    }
}

/// What a release must be made for.
#[derive(Clone, Debug)]
pub struct Expected<'a> {
    /// The pinned key.
    pub key: &'a PublicKey,
    /// Environment.
    pub environment: &'a str,
    /// Site, or any.
    pub site: Option<&'a str>,
    /// The moment at which verification began.
    pub now: Timestamp,
}

/// Why a release was refused; the codes are those that the page shows.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum VerifyError {
    Unreachable(String),
    Malformed(&'static str),
    KeyUnknown,
    SignatureInvalid,
    SiteMismatch,
    Expired,
    FileUnreachable(String),
    LengthMismatch(String),
    HashMismatch(String),
}

impl VerifyError {
    /// The code.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Unreachable(_) => "release-unreachable",
            Self::Malformed(_) => "release-malformed",
            Self::KeyUnknown => "key-unknown",
            Self::SignatureInvalid => "signature-invalid",
            Self::SiteMismatch => "site-mismatch",
            Self::Expired => "expired",
            Self::FileUnreachable(_) => "file-unreachable",
            Self::LengthMismatch(_) => "length-mismatch",
            Self::HashMismatch(_) => "hash-mismatch",
        }
    }
}

impl fmt::Display for VerifyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.code())?;
        match self {
            Self::Unreachable(what)
            | Self::FileUnreachable(what)
            | Self::LengthMismatch(what)
            | Self::HashMismatch(what) => write!(f, ": {what}"),
            Self::Malformed(what) => write!(f, ": {what}"),
            _ => Ok(()),
        }
    }
}

impl std::error::Error for VerifyError {}

/// Verifies the release in a folder of a store: all checks that the page makes, in its order.
///
/// # Errors
/// The first check that fails.
pub fn verify(store: &dyn ObjectStore, folder: &str, expected: &Expected<'_>) -> Result<Manifest, VerifyError> {
    let manifest = open(&read(store, &format!("{folder}/{RELEASE}"), VerifyError::Unreachable)?, expected)?;
    for name in FILES {
        let file = manifest.files.get(name).ok_or(VerifyError::Malformed("a file is not named"))?;
        if file.path.split('/').any(|part| part.is_empty() || part.starts_with('.')) {
            return Err(VerifyError::Malformed("a path that leaves the folder"));
        }
        let bytes = read(store, &format!("{folder}/{}", file.path), VerifyError::FileUnreachable)?;
        if bytes.len() as u64 != file.length {
            return Err(VerifyError::LengthMismatch(file.path.clone()));
        }
        if fingerprint::sha256(&bytes) != file.sha256 {
            return Err(VerifyError::HashMismatch(file.path.clone()));
        }
    }
    Ok(manifest)
}

/// Checks signature, binding and expiry. Nothing of the payload is parsed before its signature holds.
pub(super) fn open(bytes: &[u8], expected: &Expected<'_>) -> Result<Manifest, VerifyError> {
    if bytes.len() > MAX_MANIFEST {
        return Err(VerifyError::Malformed("too long"));
    }
    let end = bytes.iter().position(|b| *b == b'\n').ok_or(VerifyError::Malformed("no signature line"))?;
    let line = std::str::from_utf8(&bytes[..end]).map_err(|_| VerifyError::Malformed("signature line"))?;
    let mut words = line.split(' ');
    let (Some("ed25519"), Some(id), Some(signature), None) = (words.next(), words.next(), words.next(), words.next())
    else {
        return Err(VerifyError::Malformed("signature line"));
    };
    if id != expected.key.id() {
        return Err(VerifyError::KeyUnknown);
    }
    let signature = STANDARD.decode(signature).map_err(|_| VerifyError::SignatureInvalid)?;
    let payload = &bytes[end + 1..];
    if !expected.key.accepts(&[CONTEXT, payload].concat(), &signature) {
        return Err(VerifyError::SignatureInvalid);
    }
    let manifest: Manifest = serde_json::from_slice(payload).map_err(|_| VerifyError::Malformed("payload"))?;
    if manifest.format != 1 || manifest.product != "inkling" {
        return Err(VerifyError::Malformed("another format or product"));
    }
    if manifest.environment != expected.environment || expected.site.is_some_and(|site| manifest.site != site) {
        return Err(VerifyError::SiteMismatch);
    }
    let expires: Timestamp = manifest.expires.parse().map_err(|_| VerifyError::Malformed("expiry"))?;
    if expected.now >= expires {
        return Err(VerifyError::Expired);
    }
    Ok(manifest)
}

fn read(store: &dyn ObjectStore, name: &str, failure: impl Fn(String) -> VerifyError) -> Result<Vec<u8>, VerifyError> {
    match store.get(name) {
        Ok(Some(bytes)) => Ok(bytes),
        Ok(None) => Err(failure(name.to_owned())),
        Err(error) => Err(failure(format!("{name}: {error:#}"))),
    }
}
