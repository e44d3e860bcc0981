//! History out of Google Analytics, by reports of its Data API (`runReport`, v1beta): for properties without an export to
//! BigQuery, and for days before it.
//!
//! Where the property has registered a dimension with the client id, a day is rows by client, minute, event and page
//! (`clients`), from which the same cleansing as everywhere makes events (`export`). Any day also gives aggregates by
//! channel and page group, to hold against what an export gives (`baseline`). What Google says about the quality of a report is kept
//! beside it (`flags`), and a day that is sampled, withheld or cut in part is never made into events.

mod baseline;
mod client;
mod clients;
mod days;
mod export;
mod flags;
mod history;
mod pages;
mod quota;
mod reader;
mod report;
#[cfg(test)]
mod tests;
mod text;

pub use days::{DayRow, TABLE as DAYS_TABLE};
pub use export::{History, WORD, WithHistory, open};
pub use flags::Flag;
pub use history::{HistoryOptions, HistorySummary, history};
