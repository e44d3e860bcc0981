//! The table `events_clean`: cleansed events, sorted by visitor and time.

mod read;
mod write;

use anyhow::{Context, Result};
use jiff::civil::Date;

use super::table::{Column, Type};
use super::{Replacement, Warehouse};
use crate::events::CleanEvents;
use crate::shards::Shards;
pub use read::read;
pub use write::write;

/// The name of the table.
pub const TABLE: &str = "events_clean";

/// The columns of the table.
pub const COLUMNS: &[Column] = &[
    Column::required("event_date", Type::Date),
    Column::required("user_pseudo_id", Type::Text),
    Column::required("event_timestamp", Type::I64),
    Column::required("event_name", Type::Text),
    Column::optional("ga_session_id", Type::I64),
    Column::optional("ga_session_number", Type::I64),
    Column::optional("engagement_time_msec", Type::I64),
    Column::optional("page_location", Type::Text),
    Column::optional("page_referrer", Type::Text),
    Column::optional("source", Type::Text),
    Column::optional("medium", Type::Text),
    Column::optional("campaign", Type::Text),
    Column::optional("device_category", Type::Text),
    Column::optional("language", Type::Text),
    Column::required("item_count", Type::I64),
    Column::optional("max_item_price", Type::F64),
    Column::optional("user_first_touch_timestamp", Type::I64),
    Column::optional("transaction_id", Type::Text),
    Column::optional("stream_id", Type::Text),
    Column::optional("analytics_storage", Type::Bool),
    Column::optional("ads_storage", Type::Bool),
    Column::optional("country", Type::Text),
    Column::optional("origin", Type::Text),
];

/// Writes a new content for a day of the table, to be published.
pub fn stage(warehouse: &dyn Warehouse, day: Date, events: &CleanEvents) -> Result<Replacement> {
    let write = || -> Result<_> {
        let mut replacement = warehouse.replace(TABLE, day)?;
        write(replacement.part()?, day, events)?;
        Ok(replacement)
    };
    write().with_context(|| format!("writing {TABLE} of {day}"))
}

/// Reads a day of the table; `None` when the warehouse does not have it.
pub fn load(warehouse: &dyn Warehouse, day: Date) -> Result<Option<CleanEvents>> {
    let files = warehouse.files(TABLE, day, Shards::ALL)?;
    if files.is_empty() {
        return Ok(None);
    }
    read(&files).map(Some)
}
