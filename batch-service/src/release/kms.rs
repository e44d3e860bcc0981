//! An online key in Google Cloud KMS (`EC_SIGN_ED25519`): it signs there, and nobody can take it away.
//!
//! The REST API of Cloud KMS, v1: `publicKey` and `asymmetricSign`, which wants the message itself for this algorithm.

use super::signer::Signer;
use crate::cloud::rest::{JsonApi, Manners};
use crate::cloud::{Endpoint, KMS, Patience};
use crate::config::CloudConfig;
use crate::jobs::{ExitKind, exit};
use anyhow::{Context, Result, anyhow, bail};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ed25519_dalek::{Signature, VerifyingKey};
use serde::Deserialize;
use serde_json::json;
use std::fmt;
use std::time::Duration;

const SCOPE: &str = "https://www.googleapis.com/auth/cloudkms";
/// A signature is a matter of milliseconds.
const ATTEMPT: Duration = Duration::from_secs(20);
const ALGORITHM: &str = "EC_SIGN_ED25519";
/// What stands before the 32 bytes of a public key (RFC 8410, section 4).
const BEFORE_KEY: [u8; 12] = [0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00];
/// The parts of a name, each followed by one of the user's.
const PARTS: [&str; 5] = ["projects", "locations", "keyRings", "cryptoKeys", "cryptoKeyVersions"];

/// A version of a key in Cloud KMS.
pub struct KmsKey {
    name: String,
    public: [u8; 32],
    api: JsonApi,
}

#[derive(Deserialize)]
struct PublicKey {
    pem: String,
    algorithm: String,
}

#[derive(Deserialize)]
struct Signed {
    signature: String,
}

impl fmt::Debug for KmsKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "KmsKey({})", self.name)
    }
}

impl KmsKey {
    /// Looks up `projects/P/locations/L/keyRings/R/cryptoKeys/K/cryptoKeyVersions/V`, whose public half says who signs.
    ///
    /// # Errors
    /// Exit code 2 for a name that is none, or a key of another algorithm; when Cloud KMS cannot be reached or refuses.
    pub fn open(name: &str, config: &CloudConfig) -> Result<Self> {
        let words: Vec<&str> = name.split('/').collect();
        let fits = words.len() == 2 * PARTS.len()
            && words.iter().step_by(2).eq(PARTS.iter())
            && words.iter().all(|word| {
                !word.is_empty() && word.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.:".contains(&b))
            });
        if !fits {
            let text = format!(
                "release.online_key {name:?}: write the name of a key's version, \
                 projects/P/locations/L/keyRings/R/cryptoKeys/K/cryptoKeyVersions/1"
            );
            return Err(exit(ExitKind::Usage, text));
        }
        let endpoint = Endpoint::choose(KMS, config.kms_endpoint.as_deref(), None)?;
        let manners = Manners { name: KMS.name, scope: SCOPE, advice, hopeless: |_| false };
        let api = JsonApi::open(manners, endpoint, Patience { attempt: ATTEMPT, ..Patience::default() })?;
        let found: PublicKey = api.get(&format!("looking up {name}"), &format!("v1/{name}/publicKey"), &[])?;
        if found.algorithm != ALGORITHM {
            let text = format!("{name} is a key of {}; releases need one of {ALGORITHM}", found.algorithm);
            return Err(exit(ExitKind::Usage, text));
        }
        let public = public_of(&found.pem).with_context(|| format!("{name}: its public key is not one of Ed25519"))?;
        Ok(Self { name: name.to_owned(), public, api })
    }
}

impl Signer for KmsKey {
    fn public(&self) -> [u8; 32] {
        self.public
    }

    fn sign(&self, message: &[u8]) -> Result<[u8; 64]> {
        let what = format!("signing with {}", self.name);
        let body = json!({"data": STANDARD.encode(message)});
        let signed: Signed = self.api.post(&what, &format!("v1/{}:asymmetricSign", self.name), &body)?;
        let bytes = STANDARD.decode(&signed.signature).ok().and_then(|bytes| <[u8; 64]>::try_from(bytes).ok());
        let Some(bytes) = bytes else { bail!("{what}: the answer is not a signature of 64 bytes") };
        // Whatever happened on the way, in either direction.
        let key =
            VerifyingKey::from_bytes(&self.public).with_context(|| format!("{what}: the public key is no point"))?;
        key.verify_strict(message, &Signature::from_bytes(&bytes))
            .map_err(|_| anyhow!("{what}: the signature is not one of this message by this key"))?;
        Ok(bytes)
    }
}

fn advice(status: u16) -> Option<&'static str> {
    match status {
        400 => Some("is this version of the key enabled?"),
        401 | 403 => Some("the account that signs needs the role roles/cloudkms.signerVerifier on this key"),
        404 => Some("there is no such version of a key; `gcloud kms keys versions list` names them"),
        _ => None,
    }
}

/// The 32 bytes of a public key in PEM.
fn public_of(pem: &str) -> Option<[u8; 32]> {
    let body = pem.trim().strip_prefix("-----BEGIN PUBLIC KEY-----")?.strip_suffix("-----END PUBLIC KEY-----")?;
    let bytes = STANDARD.decode(body.split_whitespace().collect::<String>()).ok()?;
    bytes.strip_prefix(&BEFORE_KEY)?.try_into().ok()
}
