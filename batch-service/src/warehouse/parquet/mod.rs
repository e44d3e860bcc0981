//! Parquet at the level of pages: columns are read as levels and dictionary codes, never as text per row.

mod leaf;
mod store;

pub use leaf::{Batch, LeafReader, present_values};
pub use store::Value;
