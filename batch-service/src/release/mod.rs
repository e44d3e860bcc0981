//! Signed releases: a repository of The Update Framework in the folder `release` of the store, and `release.json`, which
//! holds its documents together. Format and checks: `docs/RELEASE.md`.

mod authority;
mod compressed;
mod contents;
mod control;
mod document;
pub mod integrity;
mod keep_alive;
mod kms;
mod online;
mod pointer;
mod publish;
mod released;
mod repository;
mod signer;
mod verify;

pub use authority::{Authority, Change};
pub use contents::STABLE;
pub use control::{Control, control};
pub use keep_alive::keep_alive;
pub use kms::KmsKey;
pub use online::{in_kms, online_key};
pub use pointer::{Before, RELEASE};
pub use publish::{PublishOptions, publish};
pub use released::{Released, released};
pub use repository::{FOLDER, Signing};
pub use signer::{FileKey, Signer};
pub use verify::{Expected, Manifest, verify, verify_after, verify_documents};
