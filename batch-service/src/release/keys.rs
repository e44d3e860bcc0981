//! Signing keys. This is the only file that sees a private key.

use crate::fingerprint;
use crate::jobs::{ExitKind, exit};
use anyhow::{Context, Result, bail};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ed25519_dalek::{Signature, Signer, SigningKey, Verifier, VerifyingKey};
use std::fs::{self, File};
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

const PRIVATE: &str = "release.key";
const PUBLIC: &str = "release.pub";

/// What pages pin.
#[derive(Clone, Debug)]
pub struct PublicKey(VerifyingKey);

impl PublicKey {
    /// From the base64 of its 32 bytes.
    ///
    /// # Errors
    /// When it is not a key.
    pub fn parse(text: &str) -> Result<Self> {
        let bytes = STANDARD.decode(text.trim()).context("a public key is the base64 of 32 bytes")?;
        let bytes: [u8; 32] = bytes.as_slice().try_into().context("a public key is the base64 of 32 bytes")?;
        Ok(Self(VerifyingKey::from_bytes(&bytes).context("not an Ed25519 public key")?))
    }

    /// Base64 of the 32 bytes.
    #[must_use]
    pub fn text(&self) -> String {
        STANDARD.encode(self.0.as_bytes())
    }

    /// First 16 hexadecimal digits of the SHA-256 of the key.
    #[must_use]
    pub fn id(&self) -> String {
        fingerprint::sha256(self.0.as_bytes())[..16].to_owned()
    }

    /// Whether a signature over a message is this key's.
    #[must_use]
    pub fn accepts(&self, message: &[u8], signature: &[u8]) -> bool {
        Signature::from_slice(signature)
            .is_ok_and(|s| self.0.verify(message, &s).is_ok() && self.0.verify_strict(message, &s).is_ok())
    }
}

/// A key that signs.
pub struct KeyPair(SigningKey);

impl KeyPair {
    /// Reads the private key of a folder.
    ///
    /// # Errors
    /// When there is none, or others may read it.
    pub fn read(folder: &Path) -> Result<Self> {
        let path = folder.join(PRIVATE);
        let text = read(&path)?;
        let mode = std::os::unix::fs::PermissionsExt::mode(&fs::metadata(&path)?.permissions());
        if mode & 0o077 != 0 {
            bail!("{}: others may read this private key; `chmod 600` it", path.display());
        }
        let bytes = STANDARD.decode(text.trim()).ok().and_then(|b| <[u8; 32]>::try_from(b.as_slice()).ok());
        // The content is never part of a message.
        let Some(bytes) = bytes else { bail!("{}: not a private key of Inkling", path.display()) };
        Ok(Self(SigningKey::from_bytes(&bytes)))
    }

    /// The public half.
    #[must_use]
    pub fn public(&self) -> PublicKey {
        PublicKey(self.0.verifying_key())
    }

    /// Signs a message: 64 bytes.
    #[must_use]
    pub fn sign(&self, message: &[u8]) -> [u8; 64] {
        self.0.sign(message).to_bytes()
    }
}

/// Makes a key pair in a folder; an existing one is kept. Gives the public key.
///
/// # Errors
/// When the folder cannot be written or the system gives no randomness.
pub fn create_keys(folder: &Path) -> Result<PublicKey> {
    fs::create_dir_all(folder).with_context(|| folder.display().to_string())?;
    if !folder.join(PRIVATE).exists() {
        let mut seed = [0u8; 32];
        getrandom::fill(&mut seed).map_err(|e| anyhow::anyhow!("no randomness from the system: {e}"))?;
        let key = SigningKey::from_bytes(&seed);
        let mut file = File::options().write(true).create_new(true).mode(0o600).open(folder.join(PRIVATE))?;
        writeln!(file, "{}", STANDARD.encode(key.to_bytes()))?;
        fs::write(folder.join(PUBLIC), format!("{}\n", PublicKey(key.verifying_key()).text()))?;
    }
    Ok(KeyPair::read(folder)?.public())
}

/// The public key of a folder.
///
/// # Errors
/// When there is none.
pub fn read_public(folder: &Path) -> Result<PublicKey> {
    let path = folder.join(PUBLIC);
    PublicKey::parse(&read(&path)?).with_context(|| path.display().to_string())
}

fn read(path: &Path) -> Result<String> {
    fs::read_to_string(path).map_err(|e| {
        let text = format!("{}: {e}; make keys with `inkling release keys --keys DIR`", path.display());
        exit(ExitKind::Usage, text)
    })
}
