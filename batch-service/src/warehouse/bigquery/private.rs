//! The folder on this machine for files of the warehouse, unless one is configured.

use crate::jobs::{ExitKind, exit};
use anyhow::{Context, Result};
use std::fs::{self, DirBuilder, Permissions};
use std::io::ErrorKind;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, PermissionsExt};
use std::path::Path;

/// Makes a folder that only this user may look into. The files have visitor ids, and among temporary files anybody may
/// have made one of its name before.
///
/// # Errors
/// Exit code 2 when something else has the name; when it cannot be made.
pub(super) fn make(path: &Path) -> Result<()> {
    let name = || path.display().to_string();
    match DirBuilder::new().mode(0o700).create(path) {
        Err(error) if error.kind() != ErrorKind::AlreadyExists => return Err(error).with_context(name),
        _ => {}
    }
    let there = fs::symlink_metadata(path).with_context(name)?;
    // Who we are; not told on every system.
    let me = fs::metadata("/proc/self").map(|process| process.uid());
    if !there.is_dir() || me.is_ok_and(|me| me != there.uid()) {
        let text = format!("{}: not a folder of this user; remove it, or set `scratch` in [cloud]", name());
        return Err(exit(ExitKind::Usage, text));
    }
    if there.mode() & 0o077 != 0 {
        fs::set_permissions(path, Permissions::from_mode(0o700)).with_context(name)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::warehouse::scratch::Scratch;

    #[test]
    fn nobody_else_looks_into_it() {
        let scratch = Scratch::new();
        let folder = scratch.path().join("made");
        let mode = || fs::metadata(&folder).unwrap().mode() & 0o777;
        make(&folder).unwrap();
        assert_eq!(mode(), 0o700);
        fs::set_permissions(&folder, Permissions::from_mode(0o755)).unwrap();
        make(&folder).unwrap();
        assert_eq!(mode(), 0o700);
        // A link may lead into a folder of somebody else.
        let link = scratch.path().join("link");
        std::os::unix::fs::symlink(&folder, &link).unwrap();
        assert!(make(&link).unwrap_err().to_string().contains("not a folder of this user"));
    }
}
