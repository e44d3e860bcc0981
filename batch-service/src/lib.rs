//! batch
use forust_ml as _; use parquet as _;
pub mod simulate;
