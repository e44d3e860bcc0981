//! Keeps a writer out that was overtaken.

use anyhow::{Result, bail};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

const OVERTAKEN: &str = "another run has taken over the lease; what this one found was not written";

/// The lease that a writer holds. Each holder has a higher number than those before; a warehouse with several writers
/// refuses a lower one than it has seen.
#[derive(Clone, Debug, Default)]
pub struct Fence {
    number: i64,
    lost: Option<Arc<AtomicBool>>,
}

impl Fence {
    /// Of a writer who needs no lease.
    #[must_use]
    pub fn none() -> Self {
        Self::default()
    }

    /// Of the holder of a lease; `lost` is set while somebody else has taken it over, or may have.
    #[must_use]
    pub fn of(number: i64, lost: Arc<AtomicBool>) -> Self {
        Self { number, lost: Some(lost) }
    }

    /// The number; 0 without a lease.
    #[must_use]
    pub fn number(&self) -> i64 {
        self.number
    }

    /// Whether the lease is still held, as far as this process knows.
    ///
    /// # Errors
    /// When somebody else has taken it over.
    pub fn check(&self) -> Result<()> {
        if self.lost.as_ref().is_some_and(|lost| lost.load(Ordering::Relaxed)) {
            bail!(OVERTAKEN);
        }
        Ok(())
    }

    /// Whether the holder is a later one than `seen`, who has published before; a writer who needs no lease is none.
    ///
    /// # Errors
    /// When it is an earlier one.
    pub fn passes(&self, seen: i64) -> Result<bool> {
        if self.lost.is_some() && self.number < seen {
            bail!(OVERTAKEN);
        }
        Ok(self.lost.is_some() && self.number > seen)
    }
}
