//! Promises that cross crates, and the world that their tests live in.
//!
//! Every test file makes its own folder below `target/tmp` and leaves it there to be looked at; the next run starts it
//! anew. What a test needs from outside (Node, Chromium, the built web folder) is never skipped over: without it the
//! test fails and names the command that mends it.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "all of this is test code")]

pub mod analytics;
pub mod world;
