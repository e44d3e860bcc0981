//! batch
pub mod dashboard;

use forust_ml as _;
use parquet as _;
