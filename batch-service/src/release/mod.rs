//! Signed releases, first form: one manifest that names exactly one bundle, one scorer and one loader.
//!
//! `release.json` is a line `ed25519 KEY-ID SIGNATURE`, then the signed bytes: one JSON object. The signature is over
//! `inkling-release-v1\n` and these bytes. Format and checks: `docs/RELEASE.md`.

mod compressed;
mod keys;
mod manifest;
mod publish;

pub use keys::{KeyPair, PublicKey, create_keys, read_public};
pub use manifest::{Expected, Manifest, NamedFile, RELEASE, VerifyError, verify};
pub use publish::{PublishOptions, Published, publish};
