//! A signed document as it came, and who signed it.

use super::canonical;
use super::error::{Fault, TufError};
use super::roles::Role;
use crate::fingerprint;
use ed25519_dalek::{Signature, Verifier, VerifyingKey};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// A key as documents list it. Of other kinds than Ed25519 nothing is accepted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublicKey(Option<VerifyingKey>);

impl PublicKey {
    /// Whether a signature over a message is this key's.
    #[must_use]
    pub fn accepts(&self, message: &[u8], signature: &[u8]) -> bool {
        let (Some(key), Ok(signature)) = (&self.0, Signature::from_slice(signature)) else { return false };
        key.verify(message, &signature).is_ok() && key.verify_strict(message, &signature).is_ok()
    }

    /// From the entry of a document.
    ///
    /// # Errors
    /// With what is wrong with its form.
    pub fn read(entry: &Value) -> Result<Self, String> {
        let text = |name: &str| entry.get(name).and_then(Value::as_str).ok_or(format!("a key without `{name}`"));
        let (keytype, scheme) = (text("keytype")?, text("scheme")?);
        let public = entry.pointer("/keyval/public").and_then(Value::as_str).ok_or("a key without `keyval.public`")?;
        if (keytype, scheme) != ("ed25519", "ed25519") {
            return Ok(Self(None));
        }
        let bytes = fingerprint::unhex(public)
            .and_then(|b| <[u8; 32]>::try_from(b).ok())
            .ok_or("a key that is not 32 bytes")?;
        Ok(Self(VerifyingKey::from_bytes(&bytes).ok()))
    }
}

/// A document whose form is known, and nothing else.
#[derive(Clone, Debug)]
pub struct Document {
    /// What was signed.
    pub signed: Value,
    canonical: Vec<u8>,
    signatures: Vec<(String, Vec<u8>)>,
}

#[derive(Deserialize)]
struct Envelope {
    signed: Value,
    signatures: Vec<Line>,
}

#[derive(Deserialize)]
struct Line {
    keyid: String,
    sig: String,
}

impl Document {
    /// Reads a document of a role.
    ///
    /// # Errors
    /// `Malformed`, also when a key signed twice.
    pub fn parse(role: &str, bytes: &[u8]) -> Result<Self, TufError> {
        let bad = |why: String| TufError::new(Fault::Malformed, role, why);
        let envelope: Envelope = serde_json::from_slice(bytes).map_err(|e| bad(e.to_string()))?;
        let canonical = canonical(&envelope.signed).map_err(bad)?;
        let mut seen = BTreeSet::new();
        let mut signatures = Vec::new();
        for Line { keyid, sig } in envelope.signatures {
            if !seen.insert(keyid.clone()) {
                return Err(bad(format!("two signatures of key {keyid}")));
            }
            // A signature of another kind of key may be anything; it counts for nothing.
            signatures.push((keyid, fingerprint::unhex(&sig).unwrap_or_default()));
        }
        Ok(Self { signed: envelope.signed, canonical, signatures })
    }

    /// The signed part as the type of its role.
    ///
    /// # Errors
    /// `Malformed`.
    pub fn body<T: DeserializeOwned>(&self, role: &str) -> Result<T, TufError> {
        serde_json::from_value(self.signed.clone()).map_err(|e| TufError::new(Fault::Malformed, role, e.to_string()))
    }

    /// Whether enough keys of a role signed it. Each key counts once, under however many names it is listed.
    ///
    /// # Errors
    /// `Unsigned`.
    pub fn check(&self, name: &str, role: &Role, keys: &BTreeMap<String, PublicKey>) -> Result<(), TufError> {
        let mut signers: BTreeSet<[u8; 32]> = BTreeSet::new();
        for (keyid, signature) in &self.signatures {
            let Some(key) = keys.get(keyid).filter(|_| role.keyids.contains(keyid)) else { continue };
            if let Some(public) = &key.0
                && key.accepts(&self.canonical, signature)
            {
                signers.insert(public.to_bytes());
            }
        }
        if signers.len() < role.threshold {
            let why = format!("signed by {} of the {} keys that it needs", signers.len(), role.threshold);
            return Err(TufError::new(Fault::Unsigned, name, why));
        }
        Ok(())
    }
}
