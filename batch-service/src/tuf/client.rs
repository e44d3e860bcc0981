//! The order of an update (5.2 to 5.6): what is fetched, what is kept.

use super::error::{Fault, TufError};
use super::paths::quoted;
use super::roles::Targets;
use super::trusted::Trusted;
use jiff::Timestamp as Moment;

/// No document is longer than these, in bytes.
const ROOT: u64 = 512_000;
const TIMESTAMP: u64 = 16_384;
const SNAPSHOT: u64 = 2_000_000;
const TARGETS: u64 = 5_000_000;
/// No update goes over more roots.
const ROOTS: u64 = 256;

/// Where documents and files come from.
pub trait Remote {
    /// The bytes, or `None` when there are none of that name.
    ///
    /// # Errors
    /// `Length` when there are more than `limit`; `Unreachable`.
    fn fetch(&self, name: &str, limit: u64) -> Result<Option<Vec<u8>>, TufError>;
}

/// Where trusted documents are kept from one update to the next, by name without version.
pub trait Local {
    /// A document that was kept.
    fn kept(&self, name: &str) -> Option<Vec<u8>>;

    /// Keeps a document.
    ///
    /// # Errors
    /// `Unreachable`.
    fn keep(&self, name: &str, bytes: &[u8]) -> Result<(), TufError>;
}

/// Brings the documents of the four roles up to date, beginning with the kept root.
///
/// # Errors
/// What is wrong with the first document that is refused; all before it have been kept.
pub fn refresh(remote: &dyn Remote, local: &dyn Local, now: Moment) -> Result<Trusted, TufError> {
    let root = local.kept("root").ok_or_else(|| TufError::new(Fault::Unreachable, "root", "none is trusted here"))?;
    let mut trusted = Trusted::new(&root, now)?;
    for _ in 0..ROOTS {
        let version = trusted.root().head.version.saturating_add(1);
        let Some(bytes) = remote.fetch(&format!("{version}.root.json"), ROOT)? else { break };
        trusted.update_root(&bytes)?;
        local.keep("root", &bytes)?;
    }
    timestamp(&mut trusted, remote, local)?;
    snapshot(&mut trusted, remote, local)?;
    targets(&mut trusted, remote, local, "targets", "root")?;
    Ok(trusted)
}

fn timestamp(trusted: &mut Trusted, remote: &dyn Remote, local: &dyn Local) -> Result<(), TufError> {
    if let Some(kept) = local.kept("timestamp") {
        // One that no longer holds is none: after a change of keys versions may begin anew (5.3.11).
        let _ = trusted.update_timestamp(&kept);
    }
    let bytes = present("timestamp", remote.fetch("timestamp.json", TIMESTAMP)?)?;
    if trusted.update_timestamp(&bytes)? {
        local.keep("timestamp", &bytes)?;
    }
    Ok(())
}

fn snapshot(trusted: &mut Trusted, remote: &dyn Remote, local: &dyn Local) -> Result<(), TufError> {
    if local.kept("snapshot").is_some_and(|kept| trusted.update_snapshot(&kept, true).is_ok()) {
        return Ok(());
    }
    let meta = trusted.announced_snapshot()?;
    let (name, limit) = (versioned(trusted, "snapshot", meta.version), meta.length.unwrap_or(SNAPSHOT));
    let bytes = present("snapshot", remote.fetch(&name, limit)?)?;
    trusted.update_snapshot(&bytes, false)?;
    local.keep("snapshot", &bytes)
}

/// A targets document: the kept one if it still is the one that the snapshot names, or else fetched.
pub(super) fn targets<'t>(
    trusted: &'t mut Trusted,
    remote: &dyn Remote,
    local: &dyn Local,
    role: &str,
    delegator: &str,
) -> Result<&'t Targets, TufError> {
    let there = |trusted: &Trusted| trusted.targets_by(role, delegator).is_some();
    let kept = |trusted: &mut Trusted| {
        local.kept(&quoted(role)).is_some_and(|kept| trusted.update_targets(&kept, role, delegator).is_ok())
    };
    if !there(trusted) && !kept(trusted) {
        let meta = trusted.announced_targets(role)?;
        let (name, limit) = (versioned(trusted, &quoted(role), meta.version), meta.length.unwrap_or(TARGETS));
        let bytes = present(role, remote.fetch(&name, limit)?)?;
        trusted.update_targets(&bytes, role, delegator)?;
        local.keep(&quoted(role), &bytes)?;
    }
    trusted.targets_by(role, delegator).ok_or_else(|| TufError::new(Fault::Unknown, role, "it did not join"))
}

fn versioned(trusted: &Trusted, name: &str, version: u64) -> String {
    if trusted.root().consistent_snapshot { format!("{version}.{name}.json") } else { format!("{name}.json") }
}

fn present(role: &str, found: Option<Vec<u8>>) -> Result<Vec<u8>, TufError> {
    found.ok_or_else(|| TufError::new(Fault::Unreachable, role, "the repository does not have it"))
}
