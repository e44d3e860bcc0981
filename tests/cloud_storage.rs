//! Models and releases in Google Cloud Storage: every fault of every call against a server of our own, and the whole
//! program against fake-gcs-server. Nothing here has talked to Google.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "test code")]

#[path = "cloud_storage/faults.rs"]
mod faults;
#[path = "cloud_storage/gaps.rs"]
mod gaps;
#[path = "cloud_storage/releases.rs"]
mod releases;
#[path = "cloud_storage/server/mod.rs"]
mod server;
#[path = "cloud_storage/stand_in.rs"]
mod stand_in;

use conformance::world::http;
