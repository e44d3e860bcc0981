//! Every statement that Inkling sends to BigQuery, as production renders it, before Google's own GoogleSQL: it is right,
//! gives what the readers expect, and flattened rows mean the same events as the rows of the export read as a file.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "test code")]

#[path = "sql/arrow.rs"]
mod arrow;
#[path = "sql/echoes.rs"]
mod echoes;
#[path = "sql/export.rs"]
mod export;
#[path = "sql/fixture.rs"]
mod fixture;
#[path = "sql/flattening.rs"]
mod flattening;
#[path = "sql/told.rs"]
mod told;
#[path = "sql/warehouse.rs"]
mod warehouse;
