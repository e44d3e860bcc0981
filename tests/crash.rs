//! Killed at any moment, the same command gives in the end what it gives undisturbed, byte for byte.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "test code")]

#[path = "crash/case.rs"]
mod case;
#[path = "crash/cloud.rs"]
mod cloud;
#[path = "crash/disk.rs"]
mod disk;
#[path = "crash/parts.rs"]
mod parts;
#[path = "crash/points.rs"]
mod points;
#[path = "crash/proxy.rs"]
mod proxy;
#[path = "crash/random.rs"]
mod random;
#[path = "crash/waiting.rs"]
mod waiting;
