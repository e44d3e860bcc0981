//! A client of The Update Framework (TUF, specification 1.0.34), Ed25519 only: decides which files of a repository are
//! what the holders of the keys released. `trusted` holds the rules, `client` the order of the updates; neither knows
//! Inkling's own releases, which are `crate::release`. Sections of the specification are named where a rule comes from.
//! The client that browsers run is `web/src/tuf`; both are driven by the same tests.

mod canonical;
mod client;
mod delegations;
mod document;
mod error;
mod folder;
mod http;
mod paths;
mod roles;
mod trusted;

pub use canonical::canonical;
pub use client::{Local, Remote, refresh};
pub use delegations::find;
pub use document::{Document, PublicKey};
pub use error::{Fault, TufError};
pub use folder::Folder;
pub use http::Http;
pub use paths::{quoted, target_file};
pub use roles::{FileMeta, Role, Root, Snapshot, TargetFile, Targets, Timestamp};
pub use trusted::Trusted;

/// The version of the specification that documents name.
pub const SPEC_VERSION: &str = "1.0.34";
