//! The export: is it there, may we read it, what does a day cost.

use super::Check;
use crate::config::Config;
use crate::ga4::Export;
use crate::ga4::bigquery::{BigQueryExport, SCHEME};
use crate::ga4_data;
use anyhow::{Context, Result};
use jiff::Timestamp;
use jiff::tz::TimeZone;

/// A daily table older than this is a sign that the export has stopped.
const STALE_DAYS: i32 = 4;

pub(super) fn export(config: &Config, now: Timestamp) -> Vec<Check> {
    match config.events.as_slice() {
        [] => {
            let fix =
                "give --events, or `events` in inkling.toml: a folder of files, or bigquery://PROJECT.analytics_123";
            vec![Check::unset("export", "no export is configured", fix)]
        }
        [word] if word.starts_with(SCHEME) => in_bigquery(word, config, now),
        files => {
            let (warehouse, store) = (config.warehouse.as_deref(), config.store.as_deref());
            let opened = ga4_data::open(files, warehouse, store, &config.cloud).and_then(|export| days(&*export, now));
            let fix = "export the daily tables with `bq extract`; see the README";
            vec![of_days(opened, fix)]
        }
    }
}

fn in_bigquery(word: &str, config: &Config, now: Timestamp) -> Vec<Check> {
    let export = match BigQueryExport::open(word, &config.cloud) {
        Ok(export) => export,
        Err(error) => {
            let fix = "link GA4 to BigQuery (Admin, Product links), and give the account roles/bigquery.dataViewer on the \
                       export's dataset";
            return vec![Check::of("export", Err(error), fix)];
        }
    };
    let mut checks = vec![of_days(days(&export, now), "is the export still on in GA4's Admin?")];
    let Some(day) = export.days().last().copied() else { return checks };
    let priced = export.estimate(day, day).map(|estimate| estimate.to_string());
    let fix = "give the account roles/bigquery.jobUser on the project, and roles/bigquery.dataViewer on the dataset";
    checks.push(Check::of("query", priced, fix));
    let read = export.try_reading(day).map(|()| "rows can be read by the Storage Read API".to_owned());
    let fix =
        "give the account roles/bigquery.readSessionUser on the project, and enable bigquerystorage.googleapis.com";
    checks.push(Check::of("storage read", read, fix));
    if config.cloud.max_bytes_billed.is_none() {
        let fix = "set `max_bytes_billed` in [cloud], so that a query cannot cost more than you expect";
        checks.push(Check::unset("byte cap", "queries may be billed for any number of bytes", fix));
    }
    checks
}

/// The daily tables of an export.
struct Days {
    text: String,
    /// The last one is older than that of an export that goes on.
    stale: bool,
}

fn days(export: &dyn Export, now: Timestamp) -> Result<Days> {
    let days = export.days();
    let (first, last) = (days.first().context("no day")?, days.last().context("no day")?);
    let today = now.to_zoned(TimeZone::UTC).date();
    let age = today.since(*last)?.get_days();
    let stale = age > STALE_DAYS;
    let old = if stale { format!("; the last one is {age} days old") } else { String::new() };
    Ok(Days { text: format!("{} daily tables, {first} to {last}{old}", days.len()), stale })
}

fn of_days(days: Result<Days>, fix: &'static str) -> Check {
    match days {
        Ok(Days { text, stale: true }) => Check::unset("export", &text, fix),
        days => Check::of("export", days.map(|days| days.text), fix),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ga4::discover::Discovery;
    use jiff::civil::date;

    #[test]
    fn an_export_that_has_stopped_is_not_well() {
        let day = date(2026, 11, 20);
        let export = Discovery { days: [(day, Vec::new())].into(), notes: Vec::new() };
        let check = |now: &str| {
            let check = of_days(days(&export, now.parse().unwrap()), "fix");
            serde_json::to_value(check).unwrap()
        };
        let (well, stale) = (check("2026-11-24T23:59:59Z"), check("2026-11-25T00:00:00Z"));
        assert_eq!((&well["outcome"], &stale["outcome"]), (&"ok".into(), &"unset".into()), "{well} {stale}");
        assert!(stale.to_string().contains("the last one is 5 days old"), "{stale}");
    }
}
