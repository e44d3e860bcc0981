//! The features: declared once, in one table.

mod schema;
mod table;
mod value;

pub use schema::{FeatureRef, Schema};
pub use table::{FAMILIES, Family, FeatureFamily, Place, Unit, WINDOW_NAMES};
