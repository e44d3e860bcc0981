//! Whether the daily job is alive: when a run succeeded last.

use super::ledger::read_runs;
use crate::warehouse::Warehouse;
use anyhow::{Context, Result};
use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;
use std::collections::BTreeSet;

/// What the ledger says.
#[derive(Clone, Debug, Serialize)]
pub struct Watched {
    /// Whether a run has succeeded within the accepted time.
    pub in_time: bool,
    /// The accepted time.
    pub hours: u32,
    /// When a run succeeded last.
    pub last_success: Option<Timestamp>,
    /// The day that it worked on.
    pub last_day: Option<String>,
}

/// Looks at the table `runs`. A run has succeeded when it is done and had a model to score with: a backfill is none.
///
/// # Errors
/// When the table cannot be read.
pub fn watch(warehouse: &dyn Warehouse, hours: u32, now: Timestamp) -> Result<Watched> {
    let mut last: Option<(Timestamp, String)> = None;
    for run in read_runs(warehouse)? {
        if run.status != "done" || run.models.is_empty() {
            continue;
        }
        let start: Timestamp = run.started_at.parse().with_context(|| format!("run {}: started_at", run.run_id))?;
        let seconds = SignedDuration::try_from_secs_f64(run.seconds).unwrap_or_default();
        let end = start.checked_add(seconds).unwrap_or(start);
        if last.as_ref().is_none_or(|(latest, _)| end > *latest) {
            last = Some((end, run.run_date));
        }
    }
    let accepted = SignedDuration::from_hours(i64::from(hours));
    let in_time = last.as_ref().is_some_and(|(end, _)| now.duration_since(*end) <= accepted);
    let (last_success, last_day) = last.unzip();
    Ok(Watched { in_time, hours, last_success, last_day })
}

/// Days of a range that have no run that succeeded.
///
/// # Errors
/// As for [`watch`].
pub fn days_without_success(warehouse: &dyn Warehouse, from: Date, to: Date) -> Result<Vec<Date>> {
    let runs = read_runs(warehouse)?;
    let done = runs.iter().filter(|r| r.status == "done" && !r.models.is_empty());
    let done: BTreeSet<String> = done.map(|r| r.run_date.clone()).collect();
    let days = from.series(jiff::Span::new().days(1)).take_while(|day| *day <= to);
    Ok(days.filter(|day| !done.contains(&day.to_string())).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::jobs::ledger::{self, RunRecord};
    use crate::warehouse::LocalWarehouse;
    use jiff::civil::date;

    fn record(day: Date, status: &str, started_at: &str, seconds: f64, models: &[&str]) -> RunRecord {
        let value = serde_json::json!({
            "run_id": format!("{day}-x"), "run_date": day.to_string(), "status": status, "started_at": started_at,
            "seconds": seconds, "steps": [], "input_fingerprint": "", "state_fingerprint": "", "events": 0,
            "visitors": 0, "scored": 0, "visitors_scored": 0, "dropped": [], "models": models, "error": null,
        });
        serde_json::from_value(value).unwrap()
    }

    #[test]
    fn the_last_success_counts_from_its_end() {
        let folder = std::env::temp_dir().join(format!("inkling-watch-{}", std::process::id()));
        let _ = std::fs::remove_dir_all(&folder);
        let warehouse = LocalWarehouse::open(&folder).unwrap();
        let at = |text: &str| text.parse::<Timestamp>().unwrap();
        assert!(!watch(&warehouse, 26, at("2026-11-20T00:00:00Z")).unwrap().in_time);

        let day = |d| date(2026, 11, d);
        // The older day was run last, and took an hour; later runs failed or did not score.
        let runs = [
            record(day(19), "done", "2026-11-20T04:00:00Z", 60.0, &["m"]),
            record(day(18), "done", "2026-11-20T05:00:00Z", 3_600.0, &["m"]),
            record(day(20), "failed", "2026-11-21T05:00:00Z", 1.0, &["m"]),
            record(day(17), "done", "2026-11-21T06:00:00Z", 1.0, &[]),
        ];
        for run in &runs {
            ledger::add(&warehouse, run).unwrap();
        }
        let found = watch(&warehouse, 26, at("2026-11-21T08:00:00Z")).unwrap();
        assert!(found.in_time, "26 hours after the end");
        assert_eq!(
            (found.last_success, found.last_day.as_deref()),
            (Some(at("2026-11-20T06:00:00Z")), Some("2026-11-18"))
        );
        assert!(!watch(&warehouse, 26, at("2026-11-21T08:00:01Z")).unwrap().in_time);
        assert!(watch(&warehouse, 27, at("2026-11-21T08:00:01Z")).unwrap().in_time);
        assert_eq!(days_without_success(&warehouse, day(17), day(20)).unwrap(), [day(17), day(20)]);
        std::fs::remove_dir_all(folder).unwrap();
    }
}
