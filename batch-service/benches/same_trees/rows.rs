//! Rows to train the peers on: what `inkling train` learns from, for the session target.

use anyhow::{Context, Result};
use batch_service::config::CloudConfig;
use batch_service::jobs::{train, visits};
use batch_service::place::Place;
use jiff::civil::Date;
use serde_json::json;
use std::fs;
use std::path::Path;

/// Writes `features.f32` (feature after feature), `labels.u8`, `rows.json`; and `visits.json`, of the days after `last`.
pub fn write(warehouse: &Path, last: Date, out: &Path) -> Result<()> {
    let place =
        Place::open(warehouse, None, None, &CloudConfig::default(), || anyhow::bail!("the warehouse has no profile"))?;
    let rows = train::snapshots(&place, None, last)?.session;
    let columns: Vec<u8> = rows.columns.iter().flatten().flat_map(|value| value.to_le_bytes()).collect();
    let labels: Vec<u8> = rows.label.iter().map(|label| u8::from(*label)).collect();
    let profile = warehouse.join("profile.toml");
    let meta = json!({"features": rows.names, "rows": rows.label.len(), "profile": profile});
    fs::write(out.join("features.f32"), columns).context("features.f32")?;
    fs::write(out.join("labels.u8"), labels)?;
    fs::write(out.join("rows.json"), meta.to_string())?;
    let days = place.warehouse.partitions("events_clean")?;
    let later = days.last().copied().unwrap_or(last);
    let visits = visits::sample(&place, last.tomorrow()?, later)?;
    fs::write(out.join("visits.json"), serde_json::to_vec(&visits)?)?;
    Ok(())
}
