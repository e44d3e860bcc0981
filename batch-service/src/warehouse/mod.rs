//! The warehouse: tables as date-partitioned Parquet files.

pub mod parquet;
