//! Documents as we write them: compact JSON, signed over its canonical form.

use super::signer::Signer;
use crate::fingerprint;
use crate::tuf::{SPEC_VERSION, canonical};
use anyhow::{Result, anyhow};
use jiff::Timestamp;
use serde_json::{Map, Value, json};

/// How a key stands in a root.
pub(super) fn key_entry(public: &[u8; 32]) -> Value {
    json!({"keytype": "ed25519", "scheme": "ed25519", "keyval": {"public": fingerprint::hex(public)}})
}

/// The name of a key: SHA-256 of its entry in canonical form (4.2 of the specification).
pub(super) fn key_id(entry: &Value) -> String {
    // An entry holds strings only, for which there always is a canonical form.
    fingerprint::sha256(&canonical(entry).unwrap_or_default())
}

/// Times in documents: whole seconds.
pub(super) fn time(moment: Timestamp) -> String {
    moment.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

/// A document of a role, signed.
///
/// # Errors
/// When a signer fails.
pub(super) fn signed(
    role: &str,
    version: u64,
    expires: Timestamp,
    body: Map<String, Value>,
    signers: &[&dyn Signer],
) -> Result<Vec<u8>> {
    let mut signed = json!({
        "_type": role, "spec_version": SPEC_VERSION, "version": version, "expires": time(expires),
    });
    if let Value::Object(head) = &mut signed {
        head.extend(body);
    }
    let message = canonical(&signed).map_err(|e| anyhow!("{role}: {e}"))?;
    let mut signatures = Vec::new();
    for signer in signers {
        signatures.push(json!({"keyid": signer.id(), "sig": fingerprint::hex(&signer.sign(&message)?)}));
    }
    Ok(serde_json::to_vec(&json!({"signatures": signatures, "signed": signed}))?)
}

/// How one document names another.
pub(super) fn meta(version: u64, bytes: &[u8]) -> Value {
    json!({"version": version, "length": bytes.len(), "hashes": {"sha256": fingerprint::sha256(bytes)}})
}

/// The fields of an object.
pub(super) fn fields(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(fields) => fields,
        _ => Map::new(),
    }
}
