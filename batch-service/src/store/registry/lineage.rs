//! Where a version comes from.

use super::{put_text, text_if_there};
use crate::store::ObjectStore;
use anyhow::{Context, Result};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

const FILE: &str = "lineage.json";
/// The commit that the program was built from, where the build was told it.
pub const COMMIT: Option<&str> = option_env!("INKLING_COMMIT");

/// Where a version comes from: `lineage.json` beside it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lineage {
    /// What made it: `train`, `train --if-needed`, `recalibrate`, `import`.
    pub by: String,
    /// When, UTC.
    pub at: String,
    /// Version of the program.
    pub program: String,
    /// Commit that the program was built from; `None` when the build was not told.
    pub commit: Option<String>,
    /// First and last local day that trees or weights were fitted on, `YYYY-MM-DD`; `None` when that is not known.
    pub data_days: Option<[String; 2]>,
    /// The version whose trees or weights it has.
    pub of: Option<String>,
    /// The file that it was imported from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<Source>,
}

/// A file that a version was imported from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Source {
    /// Its name, without the folder.
    pub file: String,
    /// SHA-256, hexadecimal.
    pub sha256: String,
    /// Class and version in Python.
    pub class: String,
}

impl Lineage {
    /// Of what is made now.
    #[must_use]
    pub fn now(by: &str, data_days: Option<[String; 2]>, of: Option<&str>) -> Self {
        Self {
            by: by.to_owned(),
            at: Timestamp::now().strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
            program: env!("CARGO_PKG_VERSION").to_owned(),
            commit: COMMIT.map(str::to_owned),
            data_days,
            of: of.map(str::to_owned),
            source: None,
        }
    }

    /// Keeps it beside a version, before the version is added. What is there already stays: the same version is made once.
    ///
    /// # Errors
    /// When the store fails.
    pub fn keep(&self, store: &dyn ObjectStore, version: &str) -> Result<()> {
        if text_if_there(store, version, FILE)?.is_some() {
            return Ok(());
        }
        put_text(store, version, FILE, &serde_json::to_string_pretty(self)?)
    }

    /// That of a version; `None` for one that was made by a version of the program without it.
    ///
    /// # Errors
    /// When the store fails, or what is there does not parse.
    pub fn load(store: &dyn ObjectStore, version: &str) -> Result<Option<Self>> {
        let Some(text) = text_if_there(store, version, FILE)? else { return Ok(None) };
        serde_json::from_str(&text).map(Some).with_context(|| format!("{FILE} of model {version}"))
    }
}
