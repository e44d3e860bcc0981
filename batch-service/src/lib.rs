//! The `inkling` command: reads GA4 exports, folds, trains, scores, releases, serves.
//!
//! One file per job (`jobs/`), one module per outside system (`ga4/`, `warehouse/`, `store/`), the rest by subject.

pub mod events;
pub mod fold;
pub mod ga4;
pub mod metrics;
pub mod profile;
pub mod simulate;
pub mod training;
pub mod warehouse;
