//! The property in Google Analytics, by the real program against a strict stand-in for Google's endpoints: what `ga4 setup`
//! writes, what `ga4 history` reads, and what becomes of it. Nothing here has talked to Google.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "test code")]

#[path = "ga4/history.rs"]
mod history;
#[path = "ga4/reports.rs"]
mod reports;
#[path = "ga4/setup.rs"]
mod setup;
#[path = "ga4/trouble.rs"]
mod trouble;
