//! Scores back into Google Analytics, as user properties of the visitors whose score has changed.
//!
//! What is to be sent is planned from the table `scores` (`plan`) and written to the table `activations` (`ledger`)
//! before it is sent, batch by batch (`sender`), with what is under way in a small journal beside it (`journal`), so that a
//! crash repeats one batch at most. A later day's export tells what has arrived (`arrival`).

pub mod arrival;
mod bucket;
pub mod config;
mod consent;
mod cursor;
mod data_import;
mod data_manager;
mod finish;
mod http;
pub mod journal;
pub mod ledger;
mod measurement_protocol;
pub mod outcome;
pub mod plan;
pub mod report;
pub mod rules;
pub mod sender;
pub mod sent_state;
#[cfg(test)]
mod tests;
pub mod upload;

pub use bucket::{Bucket, band};
pub use data_import::DataImport;
pub use data_manager::DataManager;
pub use measurement_protocol::MeasurementProtocol;

use crate::events::rules::CARRIER;
use crate::jobs::{ExitKind, exit};
use anyhow::Result;
use config::{Ga4Config, Way};
use jiff::Timestamp;
use model_core::Band;
use rules::Refused;
use std::collections::BTreeMap;
use std::fmt;

/// What is sent of a visitor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Item<'a> {
    /// `user_pseudo_id` of the export, which is the client id of the cookie `_ga`.
    pub client_id: &'a str,
    /// The score.
    pub bucket: Bucket,
    /// The band.
    pub band: Band,
}

/// Names and values as they are sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Names {
    /// The event that carries the user properties.
    pub event: &'static str,
    /// User property of the score.
    pub score: String,
    /// User property of the band.
    pub band: String,
}

impl Names {
    /// As configured.
    #[must_use]
    pub fn of(config: &Ga4Config) -> Self {
        let (score, band) = (config.user_property_score.clone(), config.user_property_band.clone());
        Self { event: CARRIER, score, band }
    }

    /// What all rows share.
    ///
    /// # Errors
    /// Which name is not accepted, and why.
    pub fn check(&self) -> Result<(), Refused> {
        let refused = |field| move |why| Refused { field, why };
        rules::event_name(self.event).map_err(refused("event name"))?;
        rules::user_property_name(&self.score).map_err(refused("user_property_score"))?;
        rules::user_property_name(&self.band).map_err(refused("user_property_band"))
    }

    /// What is in a row.
    ///
    /// # Errors
    /// Which field is not accepted, and why.
    pub fn check_item(&self, item: &Item<'_>) -> Result<(), Refused> {
        let refused = |field| move |why| Refused { field, why };
        rules::client_id(item.client_id).map_err(refused("client_id"))?;
        rules::user_property_value(&item.bucket.word()).map_err(refused("score"))?;
        rules::user_property_value(item.band.as_str()).map_err(refused("band"))
    }
}

/// What came of sending a batch.
#[derive(Debug)]
pub enum Sent {
    /// All of it was received. Google's name for the request, where it gives one.
    Received(Option<String>),
    /// All of it was received but for these rows, which will not be taken another time.
    Partly {
        /// Positions in the batch.
        refused: Vec<usize>,
        /// Why the first of them was refused.
        why: anyhow::Error,
    },
    /// Nothing of it was taken, because the request is too large.
    TooLarge,
    /// Nothing of it was taken, and the same request will not be taken another time.
    Refused(anyhow::Error),
    /// Nothing of it was received. It may be sent later.
    NotReceived(anyhow::Error),
    /// Nobody knows: it may have been received, or a part of it.
    Unknown(anyhow::Error),
}

/// What Google says of a request that it has received.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Status {
    /// `SUCCESS`, `PROCESSING`, `FAILED` or `PARTIAL_SUCCESS`.
    pub word: String,
    /// Rows that were not processed, by reason.
    pub errors: BTreeMap<String, u64>,
}

impl Status {
    /// Whether it will change no more.
    #[must_use]
    pub fn is_final(&self) -> bool {
        matches!(self.word.as_str(), "SUCCESS" | "FAILED" | "PARTIAL_SUCCESS")
    }
}

/// Where scores go.
pub trait Destination: fmt::Debug {
    /// Which one it is.
    fn way(&self) -> Way;

    /// Rows of a batch, at most: what a crash may repeat.
    fn batch_rows(&self) -> usize;

    /// Whether a row can be sent, as far as it is known without Google.
    ///
    /// # Errors
    /// The field, and what is wrong with it.
    fn check(&self, item: &Item<'_>) -> Result<(), Refused>;

    /// The requests of a batch as they would be sent, without what is secret.
    ///
    /// # Errors
    /// When a rule for the request as a whole is broken.
    fn payloads(&self, items: &[Item<'_>], at: Timestamp) -> Result<Vec<String>, Refused>;

    /// What Google's own check says of a batch, a line for each complaint. Nothing is kept of it.
    ///
    /// # Errors
    /// When the check cannot be made.
    fn validate(&self, items: &[Item<'_>], at: Timestamp) -> Result<Vec<String>>;

    /// Sends a batch that was checked row by row. Waits and tries again only where it is certain that nothing was received.
    fn send(&self, items: &[Item<'_>], at: Timestamp) -> Sent;

    /// What came of a request that was received; `None` where the destination does not tell.
    ///
    /// # Errors
    /// When it cannot be asked.
    fn status(&self, request_id: &str) -> Result<Option<Status>>;

    /// Whether what was sent comes back in the export by itself, without another visit.
    fn echoes(&self) -> bool;
}

/// The configured destination, or another one.
///
/// # Errors
/// Exit code 2 when something is not configured that it needs.
pub fn destination(config: &Ga4Config, way: Option<Way>) -> Result<Box<dyn Destination>> {
    let names = Names::of(config);
    names.check().map_err(|refused| exit(ExitKind::Usage, format!("[ga4] {refused}")))?;
    match way.unwrap_or(config.destination) {
        Way::DataManager => Ok(Box::new(DataManager::open(config, names)?)),
        Way::MeasurementProtocol => Ok(Box::new(MeasurementProtocol::open(config, names)?)),
        Way::DataImport => Ok(Box::new(DataImport::open(config, names)?)),
        Way::None => {
            let text = "scores are not to be sent: `destination` in [ga4] is \"none\"; give --destination to send once";
            Err(exit(ExitKind::Usage, text))
        }
    }
}

/// A client id as it may be shown: the beginning of its random half.
#[must_use]
pub fn masked(client_id: &str) -> String {
    let shown: String = client_id.chars().take(2).collect();
    format!("{shown}…")
}
