//! The 16 reporting views: what the dashboard and Looker Studio read.
//!
//! In BigQuery they are views of a dataset of their own, over the tables of the warehouse; the rows of a warehouse in a
//! folder are computed here from the same tables by the same declaration, so that both say the same (`tests/sql`).

mod declared;
mod document;
mod local;
mod reporting;
pub mod sql;

pub use declared::{Column, Form, Kind, RUNS, Rows, VIEWS, View, stored};
pub use document::{ColumnText, Document, ViewRows, document};
pub use local::{fits, rows as local_rows};
pub use reporting::{ReportingViews, ensure};

/// Days that views show, back from the last one.
pub const DAYS: u32 = 365;
