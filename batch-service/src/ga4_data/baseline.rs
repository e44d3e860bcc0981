//! Aggregates of a day, to hold against what the export gives: the day, its channels, and page groups by channel. Visitors and
//! sessions of pages do not add up to those of a page group, so that page groups have none.

use super::flags::{Flag, joined};
use super::pages::Whole;
use super::report::Query;
use crate::events::rules::{CARRIER, NO_SCORE, is_placeholder};
use crate::warehouse::table::{Cells, Column, TableWriter, Type};
use crate::warehouse::{Replacement, Warehouse};
use anyhow::{Context, Result};
use jiff::civil::Date;
use model_core::Profile;
use std::collections::{BTreeMap, BTreeSet};

/// The name of the table.
pub(super) const TABLE: &str = "ga4_baseline";

/// Its columns.
pub(super) const COLUMNS: &[Column] = &[
    Column::required("grouping", Type::Text),
    Column::optional("channel", Type::Text),
    Column::optional("page_group", Type::Text),
    Column::optional("sessions", Type::I64),
    Column::optional("visitors", Type::I64),
    Column::required("page_views", Type::I64),
    Column::required("events", Type::I64),
    Column::required("key_events", Type::F64),
    Column::required("engagement_seconds", Type::F64),
    Column::optional("flags", Type::Text),
];

const CHANNEL: &str = "sessionDefaultChannelGroup";
/// Metrics that add up, in the order of [`Sums`].
const SUMS: [&str; 4] = ["screenPageViews", "eventCount", "keyEvents", "userEngagementDuration"];

/// A way to group a day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Grouping {
    Day,
    Channel,
    PageGroup,
}

impl Grouping {
    pub const ALL: [Self; 3] = [Self::Day, Self::Channel, Self::PageGroup];

    fn word(self) -> &'static str {
        match self {
            Self::Day => "day",
            Self::Channel => "channel",
            Self::PageGroup => "channel_page_group",
        }
    }

    /// The report that it is made of.
    pub fn query(self) -> Query {
        let (name, dimensions): (_, &[&str]) = match self {
            Self::Day => ("of the day", &["date"]),
            Self::Channel => ("by channel", &[CHANNEL]),
            Self::PageGroup => ("by channel and page", &[CHANNEL, "pagePath"]),
        };
        let mut metrics = SUMS.to_vec();
        if self != Self::PageGroup {
            metrics.extend(["sessions", "activeUsers"]);
        }
        let dimensions = dimensions.iter().map(|name| (*name).to_owned()).collect();
        Query { name, dimensions, metrics, without_events: &[CARRIER, NO_SCORE] }
    }
}

#[derive(Clone, Copy, Debug, Default)]
struct Sums {
    numbers: [f64; SUMS.len()],
    sessions: Option<f64>,
    visitors: Option<f64>,
}

/// A row of the table.
#[derive(Clone, Debug)]
pub(super) struct BaselineRow {
    grouping: Grouping,
    channel: Option<String>,
    group: Option<String>,
    sums: Sums,
    flags: Option<String>,
}

/// Understands a report.
///
/// # Errors
/// For a number that is none.
pub(super) fn rows(grouping: Grouping, report: &Whole, profile: &Profile, day: Date) -> Result<Vec<BaselineRow>> {
    let mut sums: BTreeMap<(Option<String>, Option<String>), Sums> = BTreeMap::new();
    for (number, row) in report.rows.iter().enumerate() {
        let present = |at: usize| Some(row.text(at)).filter(|text| !is_placeholder(text)).map(str::to_owned);
        let key = match grouping {
            Grouping::Day => (None, None),
            Grouping::Channel => (present(0), None),
            Grouping::PageGroup => (present(0), present(1).map(|path| group_name(profile, &path))),
        };
        let value = |at: usize| {
            row.number(at).map_err(anyhow::Error::msg).with_context(|| format!("report of {day}, row {}", number + 1))
        };
        let sum = sums.entry(key).or_default();
        for (at, total) in sum.numbers.iter_mut().enumerate() {
            *total += value(at)?;
        }
        if grouping != Grouping::PageGroup {
            sum.sessions = Some(value(SUMS.len())?);
            sum.visitors = Some(value(SUMS.len() + 1)?);
        }
    }
    let flags = joined(&report.flags);
    let row = |((channel, group), sums)| BaselineRow { grouping, channel, group, sums, flags: flags.clone() };
    Ok(sums.into_iter().map(row).collect())
}

/// The name of a path's page group; `other` for one that belongs to none.
fn group_name(profile: &Profile, path: &str) -> String {
    let (_, group) = profile.page(path);
    let named = profile.parts().groups.get(usize::from(group).wrapping_sub(1));
    named.map_or_else(|| "other".to_owned(), |group| group.name.clone())
}

/// Writes the rows of a day, to be published.
///
/// # Errors
/// When writing fails.
pub(super) fn stage(warehouse: &dyn Warehouse, day: Date, rows: &[BaselineRow]) -> Result<Replacement> {
    let mut replacement = warehouse.replace(TABLE, day)?;
    let mut writer = TableWriter::new(replacement.part()?, TABLE, COLUMNS)?;
    let number = |at: usize| rows.iter().map(move |row| row.sums.numbers[at]);
    let whole = |of: fn(&Sums) -> Option<f64>| rows.iter().map(move |row| of(&row.sums).map(|n| n.round() as i64));
    let mut group = writer.group()?;
    group.put(Cells::texts(rows.iter().map(|row| Some(row.grouping.word()))))?;
    group.put(Cells::texts(rows.iter().map(|row| row.channel.as_deref())))?;
    group.put(Cells::texts(rows.iter().map(|row| row.group.as_deref())))?;
    group.put(Cells::i64s_optional(whole(|sums| sums.sessions)))?;
    group.put(Cells::i64s_optional(whole(|sums| sums.visitors)))?;
    group.put(Cells::i64s(number(0).map(|n| n.round() as i64).collect()))?;
    group.put(Cells::i64s(number(1).map(|n| n.round() as i64).collect()))?;
    group.put(Cells::f64s(number(2).collect()))?;
    group.put(Cells::f64s(number(3).collect()))?;
    group.put(Cells::texts(rows.iter().map(|row| row.flags.as_deref())))?;
    group.finish()?;
    writer.finish()?;
    Ok(replacement)
}

/// The flags of all reports of a day.
pub(super) fn flags(reports: &[Whole]) -> BTreeSet<Flag> {
    reports.iter().flat_map(|report| report.flags.iter().copied()).collect()
}
