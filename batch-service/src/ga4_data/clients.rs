//! A day by client: one row for each client, minute, event and page, with how often it happened.
//!
//! The table `ga4_history` has its texts cleansed already, so that no address with personal data in its query is kept;
//! cleansing them once more, on their way into events, changes nothing.

use super::flags::{Flag, OTHER, joined};
use super::pages::Whole;
use super::report::{MAX_DIMENSIONS, Query, Row};
use crate::activation::config::Ga4Config;
use crate::events::rules::{CARRIER, Kind, NO_SCORE, cleanse};
use crate::fingerprint::hex;
use crate::warehouse::table::{Cells, Column, TableWriter, Type};
use crate::warehouse::{Replacement, Warehouse};
use anyhow::{Context, Result, bail};
use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;
use sha2::{Digest, Sha256};
use std::collections::BTreeSet;

/// The name of the table.
pub(super) const TABLE: &str = "ga4_history";

/// Its columns.
pub(super) const COLUMNS: &[Column] = &[
    Column::optional("user_pseudo_id", Type::Text),
    Column::optional("event_timestamp", Type::I64),
    Column::optional("event_name", Type::Text),
    Column::optional("ga_session_id", Type::I64),
    Column::optional("page_location", Type::Text),
    Column::optional("page_referrer", Type::Text),
    Column::optional("device_category", Type::Text),
    Column::optional("language", Type::Text),
    Column::optional("stream_id", Type::Text),
    Column::required("event_count", Type::I64),
    Column::required("engagement_time_msec", Type::I64),
    Column::optional("flags", Type::Text),
];

/// Rows of a row group.
const GROUP_ROWS: usize = 1 << 17;

/// The report by the configured dimension of the client id; `None` without one. Items, prices and the first touch are not
/// there: the first two cannot be asked for together with events, the third only as a date.
pub(super) fn query(config: &Ga4Config) -> Option<Query> {
    let client = config.client_id_dimension.clone()?;
    let fixed = ["eventName", "pageLocation", "pageReferrer", "deviceCategory", "languageCode", "streamId"];
    let mut dimensions = vec!["dateHourMinute".to_owned(), client];
    dimensions.extend(fixed.map(str::to_owned));
    dimensions.extend(config.session_id_dimension.clone());
    debug_assert!(dimensions.len() <= MAX_DIMENSIONS);
    let metrics = vec!["eventCount", "userEngagementDuration"];
    Some(Query { name: "by client", dimensions, metrics, without_events: &[CARRIER, NO_SCORE] })
}

/// Where the dimensions of [`query`] are in a row.
mod at {
    pub const MINUTE: usize = 0;
    pub const CLIENT: usize = 1;
    pub const NAME: usize = 2;
    pub const PAGE: usize = 3;
    pub const REFERRER: usize = 4;
    pub const DEVICE: usize = 5;
    pub const LANGUAGE: usize = 6;
    pub const STREAM: usize = 7;
    pub const SESSION: usize = 8;
}

/// A row of the table. Texts are empty, and numbers 0, where they are missing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct ClientRow {
    pub user: String,
    /// Beginning of the minute, microseconds.
    pub time_us: i64,
    pub name: String,
    pub session_id: i64,
    pub page: String,
    pub referrer: String,
    pub device: String,
    pub language: String,
    pub stream: String,
    /// How often it happened.
    pub events: i64,
    /// Milliseconds of all of them together.
    pub engaged_ms: i64,
}

/// What a report says of a day.
#[derive(Clone, Debug, Default)]
pub(super) struct ClientDay {
    pub rows: Vec<ClientRow>,
    /// Events of all rows.
    pub events: i64,
    /// Of them, those with a client.
    pub with_client: i64,
    /// SHA-256 of the rows.
    pub fingerprint: String,
}

/// Understands the rows of a report.
///
/// # Errors
/// For a minute that is none of the day, a number that is none, or a count below 0: the answer is not what the API describes.
pub(super) fn rows(report: Whole, zone: &TimeZone, day: Date) -> Result<ClientDay> {
    let (mut found, mut digest) = (ClientDay::default(), Sha256::new());
    for (number, row) in report.rows.into_iter().enumerate() {
        let row =
            understood(&row, zone, day).with_context(|| format!("report by client of {day}, row {}", number + 1))?;
        found.events += row.events;
        if !row.user.is_empty() {
            found.with_client += row.events;
        }
        digest.update(format!("{row:?}\n"));
        found.rows.push(row);
    }
    found.fingerprint = hex(&digest.finalize());
    Ok(found)
}

fn understood(row: &Row, zone: &TimeZone, day: Date) -> Result<ClientRow> {
    let text = |at: usize, kind: Kind| match row.text(at) {
        OTHER => String::new(),
        text => cleanse(kind, text).into_owned(),
    };
    let number = |at: usize| row.number(at).map_err(anyhow::Error::msg);
    let (events, engaged_s) = (number(0)?, number(1)?);
    if events < 0.0 || engaged_s < 0.0 {
        bail!("a number below 0");
    }
    Ok(ClientRow {
        user: client(&text(at::CLIENT, Kind::Plain)).to_owned(),
        time_us: minute(row.text(at::MINUTE), zone, day)?,
        name: text(at::NAME, Kind::Plain),
        session_id: text(at::SESSION, Kind::Plain).parse().unwrap_or(0),
        page: text(at::PAGE, Kind::Page),
        referrer: text(at::REFERRER, Kind::Referrer),
        device: text(at::DEVICE, Kind::Plain),
        language: text(at::LANGUAGE, Kind::Plain),
        stream: text(at::STREAM, Kind::Plain),
        events: events.round() as i64,
        engaged_ms: (engaged_s * 1_000.0).round() as i64,
    })
}

/// The client id as the export has it: sites also register what the cookie `_ga` holds, `GA1.1.` before it.
fn client(text: &str) -> &str {
    let of_cookie = text.strip_prefix("GA1.").and_then(|rest| rest.split_once('.'));
    of_cookie.filter(|(depth, _)| depth.bytes().all(|b| b.is_ascii_digit())).map_or(text, |(_, id)| id)
}

/// `YYYYMMDDHHmm` in the property's time zone as microseconds; 0 for `(other)`. Of an hour that is there twice, the first
/// one is taken: reports put both together.
fn minute(text: &str, zone: &TimeZone, day: Date) -> Result<i64> {
    if text == OTHER {
        return Ok(0);
    }
    let parsed = DateTime::strptime("%Y%m%d%H%M", text).ok().filter(|moment| text.len() == 12 && moment.date() == day);
    let moment = parsed.with_context(|| format!("a minute that is none of {day}"))?;
    Ok(zone.to_ambiguous_zoned(moment).compatible()?.timestamp().as_microsecond())
}

/// Writes the rows of a day, to be published.
///
/// # Errors
/// When writing fails.
pub(super) fn stage(
    warehouse: &dyn Warehouse,
    day: Date,
    rows: &[ClientRow],
    flags: &BTreeSet<Flag>,
) -> Result<Replacement> {
    let flags = joined(flags);
    let mut replacement = warehouse.replace(TABLE, day)?;
    let mut writer = TableWriter::new(replacement.part()?, TABLE, COLUMNS)?;
    for rows in rows.chunks(GROUP_ROWS) {
        let text =
            |of: fn(&ClientRow) -> &str| Cells::texts(rows.iter().map(|row| Some(of(row)).filter(|t| !t.is_empty())));
        let present =
            |of: fn(&ClientRow) -> i64| Cells::i64s_optional(rows.iter().map(|row| Some(of(row)).filter(|n| *n != 0)));
        let mut group = writer.group()?;
        group.put(text(|row| &row.user))?;
        group.put(present(|row| row.time_us))?;
        group.put(text(|row| &row.name))?;
        group.put(present(|row| row.session_id))?;
        group.put(text(|row| &row.page))?;
        group.put(text(|row| &row.referrer))?;
        group.put(text(|row| &row.device))?;
        group.put(text(|row| &row.language))?;
        group.put(text(|row| &row.stream))?;
        group.put(Cells::i64s(rows.iter().map(|row| row.events).collect()))?;
        group.put(Cells::i64s(rows.iter().map(|row| row.engaged_ms).collect()))?;
        group.put(Cells::texts(rows.iter().map(|_| flags.as_deref())))?;
        group.finish()?;
    }
    writer.finish()?;
    Ok(replacement)
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    #[test]
    fn minutes_are_those_of_the_property_also_when_clocks_change() {
        let zone = TimeZone::get("Europe/London").unwrap();
        let of = |text: &str, day| minute(text, &zone, day).map(|us| us / 60_000_000);
        let utc = |text: &str| text.parse::<jiff::Timestamp>().unwrap().as_second() / 60;
        let (spring, autumn) = (date(2026, 3, 29), date(2026, 10, 25));
        assert_eq!(of("202603290059", spring).unwrap(), utc("2026-03-29T00:59:00Z"));
        assert_eq!(of("202603290200", spring).unwrap(), utc("2026-03-29T01:00:00Z"));
        assert_eq!(of("202610250130", autumn).unwrap(), utc("2026-10-25T00:30:00Z"), "the first of two");
        assert_eq!(of("202610250200", autumn).unwrap(), utc("2026-10-25T02:00:00Z"));
        assert_eq!(of("(other)", autumn).unwrap(), 0);
        for wrong in ["", "20261025", "202610240130", "202610252460", "2026102501300", "(not set)"] {
            assert!(of(wrong, autumn).is_err(), "{wrong}");
        }
    }

    #[test]
    fn client_ids_are_those_of_the_export() {
        assert_eq!(client("GA1.1.1234.5678"), "1234.5678");
        assert_eq!(client("GA1.2-2.1234.5678"), "GA1.2-2.1234.5678");
        assert_eq!(client("1234.5678"), "1234.5678");
    }
}
