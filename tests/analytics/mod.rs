//! Google's endpoints around a property of Analytics, on this machine, built from their published rules and not from the
//! program's own: the Measurement Protocol, Data Manager, Admin and Data API. It keeps what it was given, and fails on
//! order. Nothing here has talked to Google: docs/GA4.md says what that leaves open.

mod admin;
mod audiences;
mod clock;
mod data;
mod data_manager;
mod export;
mod fault;
mod filter;
mod http;
mod import;
mod ingestion;
mod measurement;
mod quota;
mod rules;
mod server;
mod state;
#[cfg(test)]
mod tests;

pub use clock::Clock;
pub use data::{Data, Fact};
pub use data_manager::Processing;
pub use export::{Arrival, exported};
pub use fault::Fault;
pub use import::{Imported, imported};
pub use quota::{Limit, TokenQuota};
pub use server::Server;
pub use state::{Kept, Profile, Property, State, Way};
