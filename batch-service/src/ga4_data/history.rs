//! `inkling ga4 history`: reads days that are over, the latest first, and keeps each as soon as it is whole. What is done is
//! stepped over by the next call, so that a range that is too large for a day's quota goes on the next day.

use super::client::DataApi;
use super::clients;
use super::days::DayRow;
use super::flags::Flag;
use super::pages;
use super::quota::Pace;
use super::reader::Reader;
use crate::activation::config::Ga4Config;
use crate::fold::Offsets;
use crate::jobs::{ExitKind, exit};
use crate::place::Place;
use crate::progress;
use crate::stop;
use anyhow::Result;
use jiff::civil::Date;
use jiff::{Timestamp, ToSpan};
use serde::Serialize;
use std::time::Duration;

/// Days of one call.
const MOST_DAYS: usize = 366;

/// How history is read.
pub struct HistoryOptions<'a> {
    /// First day.
    pub from: Date,
    /// Last day.
    pub to: Date,
    /// Read again what is done.
    pub again: bool,
    /// Wait for the next hour when the hour's quota is used up; otherwise stop.
    pub wait: bool,
    /// Rows on a page of a report, at most 250,000.
    pub page_rows: u64,
    /// The time.
    pub now: &'a dyn Fn() -> Timestamp,
    /// Lets time pass.
    ///
    /// # Errors
    /// When the process was told to stop.
    pub sleep: &'a dyn Fn(Duration) -> Result<()>,
}

impl HistoryOptions<'_> {
    /// Of a range of days, by the clock of this machine.
    #[must_use]
    pub fn of(from: Date, to: Date) -> Self {
        let (now, sleep) = (&Timestamp::now, &doze);
        Self { from, to, again: false, wait: false, page_rows: pages::PAGE_ROWS, now, sleep }
    }
}

/// Sleeps, and looks now and then whether to stop.
fn doze(time: Duration) -> Result<()> {
    let until = std::time::Instant::now() + time;
    loop {
        stop::check()?;
        let left = until.saturating_duration_since(std::time::Instant::now());
        if left.is_zero() {
            return Ok(());
        }
        std::thread::sleep(left.min(Duration::from_millis(200)));
    }
}

/// A day that is not the whole truth.
#[derive(Clone, Debug, Serialize)]
pub struct FlaggedDay {
    /// The day.
    pub date: String,
    /// What is wrong with the report by client.
    pub flags: Vec<Flag>,
    /// What is wrong with the aggregates.
    pub baseline_flags: Vec<Flag>,
}

/// What was read.
#[derive(Clone, Debug, Default, Serialize)]
pub struct HistorySummary {
    /// Number of the property.
    pub property: String,
    /// Days that were read now, and are there by client.
    pub days_by_client: u64,
    /// Days that were read now, and are there as aggregates only.
    pub days_aggregated: u64,
    /// Days that were read before.
    pub days_unchanged: u64,
    /// Events of the days by client that were read now.
    pub events: i64,
    /// Of them, those with a client.
    pub events_with_client: i64,
    /// Days, read now or before, of which Google says that a report is not whole. Those whose report by client is not never
    /// become events.
    pub flagged: Vec<FlaggedDay>,
    /// Tokens that were spent, as far as Google says.
    pub tokens: u64,
    /// Tokens that are left of the day.
    pub tokens_left: Option<u64>,
    /// Days that are still to be read.
    pub days_left: u64,
    /// Why they are.
    pub stopped: Option<String>,
}

/// Reads the days of a range that are not there yet.
///
/// # Errors
/// Exit code 2 for a bad range, a property that is not configured, or a dimension that it has not registered; at the first
/// day that fails, the days before it being kept.
pub fn history(place: &Place, config: &Ga4Config, options: &HistoryOptions<'_>) -> Result<HistorySummary> {
    let property = config.needed("property", config.property.as_deref())?;
    let days = range(place, options)?;
    let api = DataApi::open(config, property)?;
    let query = clients::query(config);
    registered(&api, config)?;
    let mut reader = Reader { place, config, property, source: &api, query, pace: Pace::default(), options };
    reader.read(&days)
}

/// The days, latest first.
fn range(place: &Place, options: &HistoryOptions<'_>) -> Result<Vec<Date>> {
    let (from, to) = (options.from, options.to);
    let usage = |text: String| exit(ExitKind::Usage, text);
    if from > to {
        return Err(usage(format!("no days: --from {from} is after --to {to}")));
    }
    let mut days: Vec<Date> = from.series(1.day()).take_while(|day| *day <= to).take(MOST_DAYS + 1).collect();
    if days.len() > MOST_DAYS {
        return Err(usage(format!("{from} to {to} are more than {MOST_DAYS} days; ask for them in several calls")));
    }
    let zone = &place.site.profile.parts().time_zone;
    let (end_us, _) = Offsets::new(zone)?.end_of(to)?;
    if end_us > (options.now)().as_microsecond() {
        return Err(usage(format!("{to} is not over yet in {zone}; ask for days that are")));
    }
    days.reverse();
    Ok(days)
}

/// Asks the property for its dimensions, so that a name that is wrong is told before any report is asked for.
fn registered(api: &DataApi, config: &Ga4Config) -> Result<()> {
    let known = api.dimensions()?;
    let clients = known.iter().filter(|name| name.to_lowercase().contains("client")).cloned().collect::<Vec<_>>();
    let wanted = [
        ("client_id_dimension", config.client_id_dimension.as_ref()),
        ("session_id_dimension", config.session_id_dimension.as_ref()),
    ];
    for (key, name) in wanted {
        let Some(name) = name.filter(|name| !known.contains(name)) else { continue };
        let custom: Vec<&str> = known.iter().map(String::as_str).filter(|name| name.contains(':')).collect();
        let text = format!(
            "the property has not registered `{name}`, which is `{key}` in [ga4]; it has: {}",
            if custom.is_empty() { "no custom dimension".to_owned() } else { custom.join(", ") }
        );
        return Err(exit(ExitKind::Usage, text));
    }
    if config.client_id_dimension.is_none() {
        let hint = match clients.as_slice() {
            [] => "the property has registered none that looks like one".to_owned(),
            names => format!("the property has {}", names.join(", ")),
        };
        let text = format!("no `client_id_dimension` in [ga4], so that only aggregates are read; {hint}");
        progress::note(text);
    }
    Ok(())
}

impl HistorySummary {
    /// Takes over what was read of a day.
    pub(super) fn count(&mut self, row: &DayRow) {
        if row.form == "clients" {
            self.days_by_client += 1;
        } else {
            self.days_aggregated += 1;
        }
        self.events += row.events;
        self.events_with_client += row.events_with_client;
    }
}
