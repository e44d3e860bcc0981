//! Scores on their way into Google Analytics, against a strict stand-in for Google's endpoints: what is sent, what is sent
//! twice, what is not sent, and what is known of it afterwards. Nothing here has talked to Google.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "test code")]

#[path = "activation/arrival.rs"]
mod arrival;
#[path = "activation/crashes.rs"]
mod crashes;
#[path = "activation/crashing.rs"]
mod crashing;
#[path = "activation/days.rs"]
mod days;
#[path = "activation/echoes.rs"]
mod echoes;
#[path = "activation/faults.rs"]
mod faults;
#[path = "activation/killed.rs"]
mod killed;
#[path = "activation/status.rs"]
mod status;
#[path = "activation/strings.rs"]
mod strings;
#[path = "activation/visitors.rs"]
mod visitors;
#[path = "activation/world.rs"]
mod world;
