//! What the `inkling` command is made of.
pub mod metrics;
pub mod training;
