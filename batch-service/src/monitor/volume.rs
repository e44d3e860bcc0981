//! What came in on a day, against the median of the same weekday in the 28 days before.
//!
//! The median is that of the visitors of the runs of these days; with fewer than two of them nothing is said. The band is
//! the configured share around it. Conversions are compared in the same way, over one and over three days, by the
//! probability of so few (Poisson).

use super::finding::{Finding, Tile, percent};
use super::rows::{Row, row};
use super::segment::UNKNOWN;
use super::status::{Status, Thresholds};
use crate::events::CleanEvents;
use crate::fold::Offsets;
use crate::jobs::RunRecord;
use crate::metrics::poisson_at_most;
use anyhow::Result;
use jiff::ToSpan;
use jiff::civil::Date;
use std::collections::{BTreeMap, BTreeSet};

/// Fewer days of the same weekday say nothing.
const LEAST_DAYS: usize = 2;
/// Longest name of a source.
const MOST_CHARACTERS: usize = 60;
/// Chance of so few conversions below which they are missed.
const MISSED: f64 = 1e-4;

/// What the events of a day show beside their number.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Shape {
    /// Sessions: distinct pairs of visitor and session id, one for a visitor's events without an id.
    pub sessions: u64,
    /// The longest row of local hours without an event: the first, and how many.
    pub gap: (usize, usize),
    /// Share of visitors with one page view at most and no engagement.
    pub single_view_share: f64,
    /// The source of most of those visitors, and its share of them.
    pub single_view_source: Option<(String, f64)>,
}

impl Shape {
    /// Of the events of a day.
    ///
    /// # Errors
    /// When the time zone is unknown.
    pub fn of(events: &CleanEvents, zone: &str) -> Result<Self> {
        let mut offsets = Offsets::new(zone)?;
        let (mut hours, mut sessions, mut visitors, mut single) = ([0_u64; 24], 0, 0_u64, 0_u64);
        let mut sources: BTreeMap<&str, u64> = BTreeMap::new();
        for (_, rows) in events.visitors() {
            let mut ids = BTreeSet::new();
            let (mut views, mut engaged, mut source) = (0, 0, "");
            for row in rows {
                ids.insert(events.visit(row).session_id);
                views += u64::from(events.text(row.name) == "page_view");
                engaged += u64::from(row.engaged_ms > 0);
                let named = events.text(events.extra(row).source);
                source = if source.is_empty() { named } else { source };
                let local = row.time_us.div_euclid(1_000_000) + i64::from(offsets.at(row.time_us));
                hours[(local.rem_euclid(86_400) / 3_600) as usize] += 1;
            }
            sessions += ids.len() as u64;
            visitors += 1;
            if views <= 1 && engaged == 0 {
                single += 1;
                *sources.entry(if is_source(source) { source } else { UNKNOWN }).or_default() += 1;
            }
        }
        let most = sources.into_iter().max_by_key(|(name, count)| (*count, std::cmp::Reverse(*name)));
        Ok(Self {
            sessions,
            gap: longest_gap(&hours),
            single_view_share: single as f64 / visitors as f64,
            single_view_source: most.map(|(name, count)| (name.to_owned(), count as f64 / single as f64)),
        })
    }
}

/// Whether a text can be named in a mail as a source: anybody can write anything into an address.
fn is_source(text: &str) -> bool {
    let fits = |c: char| c.is_alphanumeric() || "._-() ".contains(c);
    !text.is_empty() && text.chars().count() <= MOST_CHARACTERS && text.chars().all(fits)
}

fn longest_gap(hours: &[u64; 24]) -> (usize, usize) {
    let mut longest = (0, 0);
    let mut start = None;
    for hour in 0..=24 {
        if hours.get(hour) == Some(&0) {
            start.get_or_insert(hour);
        } else if let Some(from) = start.take()
            && hour - from > longest.1
        {
            longest = (from, hour - from);
        }
    }
    longest
}

/// The runs of the days up to a day, the last one of each that succeeded.
pub struct History<'a> {
    runs: BTreeMap<Date, &'a RunRecord>,
    day: Date,
}

impl<'a> History<'a> {
    /// Of runs in any order; of one date, oldest first.
    #[must_use]
    pub fn of(runs: &'a [RunRecord], day: Date) -> Self {
        let done = runs.iter().filter(|r| r.status == "done");
        Self { runs: done.filter_map(|r| Some((r.run_date.parse().ok()?, r))).collect(), day }
    }

    /// Median of a count over the same weekdays of the 28 days before; `None` with fewer than two that have one.
    #[must_use]
    pub fn median(&self, of: Date, count: impl Fn(&RunRecord) -> Option<u64>) -> Option<f64> {
        let before = (1..=4).filter_map(|week| of.checked_sub((7 * week).days()).ok());
        let mut values: Vec<f64> = before.filter_map(|d| count(self.runs.get(&d)?)).map(|n| n as f64).collect();
        values.sort_by(f64::total_cmp);
        let middle = values.len() / 2;
        match values.len() {
            n if n < LEAST_DAYS => None,
            n if n % 2 == 1 => values.get(middle).copied(),
            _ => Some((values.get(middle - 1)? + values.get(middle)?) / 2.0),
        }
    }

    /// Conversions of the last days, and how many are usual.
    fn conversions(&self, days: i32) -> Option<(u64, f64)> {
        let (mut came, mut usual) = (0, 0.0);
        for back in 0..days {
            let day = self.day.checked_sub(back.days()).ok()?;
            came += self.runs.get(&day)?.conversions;
            usual += self.median(day, |r| Some(r.conversions))?;
        }
        Some((came, usual))
    }
}

/// The row of a day, and what it says. `first` is the day's first run.
#[must_use]
pub fn row_of(
    run: &RunRecord,
    first: Option<&RunRecord>,
    shape: &Shape,
    history: &History<'_>,
    usual: &Usual,
    thresholds: &Thresholds,
) -> (Row, Vec<Finding>) {
    let day = history.day;
    let median = history.median(day, |r| Some(r.visitors));
    let share = thresholds.volume_share;
    let off = median.map_or(f64::NAN, |m| (run.visitors as f64 - m) / m);
    // A handful of visitors may be half as many by chance.
    let by_chance = median.is_some_and(|m| (run.visitors as f64 - m).abs() <= 3.0 * m.sqrt());
    let mut status = Status::above(off.abs(), share);
    if by_chance {
        status = status.min(Status::Green);
    }
    let (from, hours) = shape.gap;
    // Without a usual day a quiet night is no gap.
    let most = usual.gap.map(|usual| thresholds.gap_hours[0] + usual as f64);
    let gap = most.filter(|most| hours as f64 >= *most && run.events >= 240);
    if gap.is_some() {
        status = Status::Red;
    }
    let conversions: Vec<(u64, f64)> = [1, 3].iter().filter_map(|days| history.conversions(*days)).collect();
    let missed = conversions.iter().find(|(came, expected)| {
        poisson_at_most(*came, *expected) < MISSED && (*came as f64) < (1.0 - share[1]) * expected
    });
    let labels = match (conversions.is_empty(), missed) {
        (true, _) => Status::Grey,
        (false, None) => Status::Green,
        (false, Some(_)) => Status::Red,
    };
    let row = row![
        day,
        run.events,
        shape.sessions,
        run.visitors,
        run.visitors_scored,
        run.conversions,
        first.map_or(0, |first| run.events.saturating_sub(first.events)),
        null_share(run),
        median,
        median.map(|m| m * (1.0 - share[0])),
        median.map(|m| m * (1.0 + share[0])),
        status,
        hours,
        shape.single_view_share,
        conversions.first().map(|c| c.1),
        labels,
    ];
    let mut cause = match off.is_nan() {
        true => String::new(),
        false => format!(
            "{} visitors, {} {} than the {} of the last same weekdays",
            run.visitors,
            percent(off.abs()),
            if off < 0.0 { "fewer" } else { "more" },
            median.unwrap_or_default().round()
        ),
    };
    if gap.is_some() {
        let to = from + hours;
        cause =
            format!("there are no events from {from:02}:00 to {to:02}:00; {cause}").trim_end_matches("; ").to_owned();
    } else if off > share[0] && shape.single_view_share > usual.single_view_share + 0.1 {
        cause += &format!(
            "; {} of them saw one page and did nothing, usually {}: perhaps a program, not people",
            percent(shape.single_view_share),
            percent(usual.single_view_share)
        );
        if let Some((source, share)) = &shape.single_view_source {
            cause += &format!("; {} of those came from {source}", percent(*share));
        }
    }
    let limit = median.map_or(f64::NAN, |m| if off < 0.0 { m * (1.0 - share[1]) } else { m * (1.0 + share[1]) });
    let (value, threshold) = gap.map_or((run.visitors as f64, limit), |most| (hours as f64, most));
    let volume = Finding { rule: "volume".to_owned(), tile: Tile::Volume, status, value, threshold, cause };
    let (came, expected) = missed.or(conversions.first()).copied().unwrap_or((0, f64::NAN));
    let labels = Finding {
        rule: "labels".to_owned(),
        tile: Tile::Volume,
        status: labels,
        value: came as f64,
        threshold: expected * (1.0 - share[1]),
        cause: format!(
            "{came} conversions came where {expected:.0} are usual: are conversions late, or is their event no longer sent? \
             What was predicted cannot be judged by them"
        ),
    };
    (row, vec![volume, labels])
}

/// What was usual on the days before, the medians.
#[derive(Clone, Copy, Debug, Default)]
pub struct Usual {
    /// Hours in a row without an event; `None` without such days.
    pub gap: Option<usize>,
    /// Share of visitors with one page view and no engagement.
    pub single_view_share: f64,
}

fn null_share(run: &RunRecord) -> Option<f64> {
    (run.rows_read > 0).then(|| without_id(run) as f64 / run.rows_read as f64)
}

/// Events of the day without a visitor's id.
#[must_use]
pub fn without_id(run: &RunRecord) -> u64 {
    run.dropped.iter().filter(|d| d.reason == "no_visitor_id").map(|d| d.rows).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_looks_like_a_source_is_named() {
        let long = "x".repeat(61);
        let texts = ["cheap-clicks.example", "(direct)", "m\u{fc}nchen.example", "anna@example.org", "<b>", "", &long];
        assert_eq!(texts.map(is_source), [true, true, true, false, false, false, false]);
    }

    #[test]
    fn the_longest_gap_is_found_at_the_end_of_the_day_too() {
        let mut hours = [1; 24];
        assert_eq!(longest_gap(&hours), (0, 0));
        (hours[3], hours[4], hours[21], hours[22], hours[23]) = (0, 0, 0, 0, 0);
        assert_eq!(longest_gap(&hours), (21, 3));
    }
}
