//! The endpoint for callers that cannot run WebAssembly: the same bits as everywhere, for authorised callers only, and what
//! it says to everything else. The real program with a signed release.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "test code")]

#[path = "scoring/bits.rs"]
mod bits;
#[path = "scoring/described.rs"]
mod described;
#[path = "scoring/google.rs"]
mod google;
#[path = "scoring/refusals.rs"]
mod refusals;
#[path = "scoring/releases.rs"]
mod releases;
#[path = "scoring/rows.rs"]
mod rows;
#[path = "scoring/start.rs"]
mod start;
#[path = "scoring/tokens.rs"]
mod tokens;
