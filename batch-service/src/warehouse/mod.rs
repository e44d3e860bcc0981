//! The warehouse: tables as date-partitioned Parquet files.

pub mod events_clean;
pub mod local;
pub mod parquet;
pub mod read;
#[cfg(test)]
pub(crate) mod scratch;
pub mod table;
#[cfg(test)]
mod tests;
