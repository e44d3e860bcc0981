//! Cleanses and folds a range of days into the warehouse. Days that are done are stepped over, so that it can be resumed;
//! a day whose input has changed is folded again, and with it every day after it.

use super::run::{DayOptions, run_day};
use crate::ga4::Export;
use crate::place::Place;
use crate::progress;
use crate::stop;
use crate::warehouse::Fence;
use anyhow::{Context, Result};
use jiff::civil::Date;
use serde::Serialize;

/// What a backfill did.
#[derive(Debug, Default, Serialize)]
pub struct BackfillSummary {
    /// Days folded now.
    pub days_folded: u64,
    /// Days that were done before and have not changed.
    pub days_unchanged: u64,
    /// Days of the range that the export does not have.
    pub days_missing: Vec<String>,
    /// Events folded now.
    pub events: u64,
    /// Conversion events folded now.
    pub conversions: u64,
    /// Rows dropped now, by reason.
    pub dropped: std::collections::BTreeMap<String, u64>,
    /// Wall clock.
    pub seconds: f64,
}

/// Folds the days from `from` to `to` in order.
///
/// # Errors
/// At the first day that fails; the days before it are kept.
pub fn backfill(
    place: &Place,
    export: &dyn Export,
    (from, to): (Date, Date),
    force: bool,
    fence: &Fence,
) -> Result<BackfillSummary> {
    let start = std::time::Instant::now();
    let days: Vec<Date> = export.days().range(from..=to).copied().collect();
    let bar = progress::bar(days.len() as u64, "backfill");
    let mut summary = BackfillSummary {
        days_missing: export.missing(from, to).iter().map(ToString::to_string).collect(),
        ..BackfillSummary::default()
    };
    for day in days {
        stop::check()?;
        bar.set_message(day.to_string());
        let done = run_day(place, export, day, DayOptions { force, fence: fence.clone(), ..DayOptions::default() })
            .with_context(|| format!("backfill stopped at {day}; run it again to go on from there"))?;
        match done.fold {
            Some(fold) => {
                summary.days_folded += 1;
                summary.events += done.run.events;
                summary.conversions += fold.conversions;
                for dropped in done.run.dropped {
                    *summary.dropped.entry(dropped.reason).or_default() += dropped.rows;
                }
            }
            None => summary.days_unchanged += 1,
        }
        bar.inc(1);
    }
    bar.finish_and_clear();
    summary.seconds = start.elapsed().as_secs_f64();
    Ok(summary)
}
