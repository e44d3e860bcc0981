//! `release.json`: all documents of the moment in one, so that a page fetches once before the files.

use crate::fingerprint;
use crate::tuf::{Fault, Trusted, TufError};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// Its name below the release folder.
pub const RELEASE: &str = "release.json";
/// No `release.json` is longer, in bytes.
pub const MOST: usize = 65_536;

/// The documents, each byte for byte as it stands in its own file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pointer {
    /// Every root, oldest first.
    pub roots: Vec<String>,
    #[allow(missing_docs)]
    pub timestamp: String,
    #[allow(missing_docs)]
    pub snapshot: String,
    #[allow(missing_docs)]
    pub targets: String,
}

/// What was trusted at an earlier look, as a page keeps it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Before {
    /// Version of the newest root.
    root: u64,
    timestamp: String,
    snapshot: String,
}

impl Before {
    /// Of documents that were found good.
    pub fn of(pointer: Pointer, trusted: &Trusted) -> Self {
        Self { root: trusted.root().head.version, timestamp: pointer.timestamp, snapshot: pointer.snapshot }
    }
}

impl Pointer {
    /// Reads the file.
    ///
    /// # Errors
    /// `Malformed`.
    pub fn parse(bytes: &[u8]) -> Result<Self, TufError> {
        let bad = |why: String| TufError::new(Fault::Malformed, RELEASE, why);
        if bytes.len() > MOST {
            return Err(bad(format!("more than {MOST} bytes")));
        }
        serde_json::from_slice(bytes).map_err(|e| bad(e.to_string()))
    }

    /// Checks all documents, beginning with the root whose SHA-256 is pinned. `None`: none of the roots is.
    ///
    /// # Errors
    /// The first document that is refused.
    pub fn open(&self, pin: &str, now: Timestamp) -> Result<Option<Trusted>, TufError> {
        self.open_after(None, pin, now)
    }

    /// The same, and nothing goes back behind what was trusted before.
    ///
    /// # Errors
    /// The first document that is refused.
    pub fn open_after(&self, before: Option<&Before>, pin: &str, now: Timestamp) -> Result<Option<Trusted>, TufError> {
        let Some(at) = self.roots.iter().position(|root| fingerprint::sha256(root.as_bytes()) == pin) else {
            return Ok(None);
        };
        let mut trusted = Trusted::new(self.roots[at].as_bytes(), now)?;
        for root in &self.roots[at + 1..] {
            trusted.update_root(root.as_bytes())?;
        }
        let version = trusted.root().head.version;
        if let Some(last) = before.map(|before| before.root).filter(|last| *last > version) {
            return Err(TufError::new(
                Fault::Version,
                "root",
                format!("version {version}, and {last} was seen before"),
            ));
        }
        // What was trusted before holds only as long as its keys do: after a change of keys versions may begin anew. That it
        // has expired or is not the newest does not matter, for the next ones are compared with it all the same.
        if let Some(before) = before {
            let _ = trusted.update_timestamp(before.timestamp.as_bytes());
        }
        trusted.update_timestamp(self.timestamp.as_bytes())?;
        if let Some(before) = before {
            let _ = trusted.update_snapshot(before.snapshot.as_bytes(), true);
        }
        trusted.update_snapshot(self.snapshot.as_bytes(), false)?;
        trusted.update_targets(self.targets.as_bytes(), "targets", "root")?;
        Ok(Some(trusted))
    }
}
