//! The `inkling` command: reads GA4 exports, folds, trains, scores, releases, serves.
//!
//! One file per job (`jobs/`), one module per outside system (`ga4/`, `warehouse/`, `store/`), the rest by subject.

pub mod activation;
pub mod alerts;
pub mod bigquery;
pub mod cloud;
pub mod config;
pub mod dashboard;
pub mod doctor;
pub mod events;
pub mod failpoint;
pub mod fingerprint;
pub mod fold;
pub mod ga4;
pub mod ga4_admin;
pub mod ga4_data;
pub mod gtm;
pub mod import;
pub mod jobs;
pub mod logs;
pub mod metrics;
pub mod monitor;
mod object;
pub mod place;
pub mod profile;
pub mod progress;
pub mod release;
pub mod scores;
pub mod serve;
pub mod shards;
pub mod simulate;
pub mod stop;
pub mod store;
pub mod training;
pub mod tuf;
pub mod warehouse;
