//! `inkling dashboard`: the figures of the daily job.

use super::{Context, usage};
use anyhow::{Context as _, Result};
use batch_service::monitor::views::{document, ensure};
use jiff::Timestamp;
use std::path::Path;

/// `inkling dashboard data`
pub fn data(context: &Context, out: &Path) -> Result<u8> {
    let place = context.place()?;
    let document = document(&place, &context.config.dashboard, Timestamp::now())?;
    std::fs::write(out, serde_json::to_vec(&document)?).with_context(|| out.display().to_string())?;
    let rows: usize = document.views.values().map(|view| view.rows.len()).sum();
    context.print(&serde_json::json!({"file": out, "rows": rows}), format!("{rows} rows in {}", out.display()))?;
    Ok(0)
}

/// `inkling dashboard views`
pub fn views(context: &Context) -> Result<u8> {
    let place = context.place()?;
    let config = &context.config.dashboard;
    let Some(made) = ensure(&*place.warehouse, &*place.store, &config.dataset, &config.thresholds, true)? else {
        return Err(usage("a warehouse in a folder has no views: `inkling dashboard data` gives their rows"));
    };
    let text = format!("{made} views in the dataset {}", config.dataset);
    context.print(&serde_json::json!({"views": made, "dataset": config.dataset}), text)?;
    Ok(0)
}
