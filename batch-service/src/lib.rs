//! batch
pub mod events;
pub mod ga4;
pub mod warehouse;

use forust_ml as _;
use parquet as _;
