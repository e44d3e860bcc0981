//! Who hears of a failed run: the real program against a real SMTP server.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "test code")]

#[path = "alerts/incidents.rs"]
mod incidents;
#[path = "alerts/picture.rs"]
mod picture;
#[path = "alerts/start.rs"]
mod start;
#[path = "alerts/trouble.rs"]
mod trouble;
#[path = "alerts/watch.rs"]
mod watch;
