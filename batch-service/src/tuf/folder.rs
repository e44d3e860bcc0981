//! Trusted documents in a folder, each written as a whole.

use super::client::Local;
use super::error::{Fault, TufError};
use crate::store::write_whole;
use std::path::{Path, PathBuf};

/// A folder of documents, `NAME.json`.
#[derive(Clone, Debug)]
pub struct Folder(PathBuf);

impl Folder {
    /// A folder; it is made with the first document.
    #[must_use]
    pub fn new(path: &Path) -> Self {
        Self(path.to_owned())
    }
}

impl Local for Folder {
    fn kept(&self, name: &str) -> Option<Vec<u8>> {
        std::fs::read(self.0.join(format!("{name}.json"))).ok()
    }

    fn keep(&self, name: &str, bytes: &[u8]) -> Result<(), TufError> {
        let path = self.0.join(format!("{name}.json"));
        let failed = |e: String| TufError::new(Fault::Unreachable, name, format!("{}: {e}", path.display()));
        std::fs::create_dir_all(&self.0).map_err(|e| failed(e.to_string()))?;
        write_whole(&path, bytes).map_err(|e| failed(format!("{e:#}")))
    }
}
