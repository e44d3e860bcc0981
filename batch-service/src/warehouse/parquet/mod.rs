//! Parquet at the level of pages: columns are read as levels and dictionary codes, never as text per row.

mod coded;
mod hybrid;
mod leaf;
mod pack;
mod plain;
mod store;
#[cfg(test)]
mod tests;
mod values;

pub use coded::{Compressor, Dictionary, MISSING, ZSTD_LEVEL, encode};
pub use leaf::{Batch, LeafReader, present_values};
pub use plain::{Plain, encode_plain};
pub use store::Value;
