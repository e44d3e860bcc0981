//! Keys that sign. This is the only file that sees a private key.

use super::document::{key_entry, key_id};
use crate::jobs::{ExitKind, exit};
use anyhow::{Context, Result, bail};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ed25519_dalek::{Signer as _, SigningKey};
use std::fmt;
use std::fs::{self, File};
use std::io::Write;
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::Path;

/// Something that signs with one Ed25519 key.
pub trait Signer: fmt::Debug + Send + Sync {
    /// The public half: 32 bytes.
    fn public(&self) -> [u8; 32];

    /// The signature over a message: 64 bytes.
    ///
    /// # Errors
    /// When the keeper of the key cannot be reached or refuses.
    fn sign(&self, message: &[u8]) -> Result<[u8; 64]>;

    /// The name that documents know the key by.
    fn id(&self) -> String {
        key_id(&key_entry(&self.public()))
    }
}

/// A key in a file that only its owner may read: base64 of 32 bytes.
pub struct FileKey(SigningKey);

impl fmt::Debug for FileKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "FileKey({})", self.id())
    }
}

impl FileKey {
    /// Reads a key.
    ///
    /// # Errors
    /// When there is none, or others may read it.
    pub fn read(path: &Path) -> Result<Self> {
        let text = fs::read_to_string(path).map_err(|e| {
            let text = format!("{}: {e}; make keys with `inkling release keys init`", path.display());
            exit(ExitKind::Usage, text)
        })?;
        if fs::metadata(path)?.permissions().mode() & 0o077 != 0 {
            bail!("{}: others may read this private key; `chmod 600` it", path.display());
        }
        let bytes = STANDARD.decode(text.trim()).ok().and_then(|b| <[u8; 32]>::try_from(b.as_slice()).ok());
        // The content is never part of a message.
        let Some(bytes) = bytes else { bail!("{}: not a private key of Inkling", path.display()) };
        Ok(Self(SigningKey::from_bytes(&bytes)))
    }

    /// Makes a key that is not there yet.
    ///
    /// # Errors
    /// When there is one, the folder cannot be written, or the system gives no randomness.
    pub fn create(path: &Path) -> Result<Self> {
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder).with_context(|| folder.display().to_string())?;
        }
        let mut seed = [0u8; 32];
        getrandom::fill(&mut seed).map_err(|e| anyhow::anyhow!("no randomness from the system: {e}"))?;
        let key = SigningKey::from_bytes(&seed);
        let file = File::options().write(true).create_new(true).mode(0o600).open(path);
        let mut file = file.with_context(|| path.display().to_string())?;
        writeln!(file, "{}", STANDARD.encode(key.to_bytes()))?;
        file.sync_all()?;
        Ok(Self(key))
    }
}

impl Signer for FileKey {
    fn public(&self) -> [u8; 32] {
        self.0.verifying_key().to_bytes()
    }

    fn sign(&self, message: &[u8]) -> Result<[u8; 64]> {
        Ok(self.0.sign(message).to_bytes())
    }
}
