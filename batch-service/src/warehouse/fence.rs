//! Keeps a writer out that was overtaken.

/// The number of the lease that a writer holds. Each holder of a day's lease has a higher one than those before; a
/// warehouse with several writers refuses a lower one than it has seen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Fence(pub i64);

impl Fence {
    /// Of a writer who needs no lease.
    pub const NONE: Self = Self(0);
}
