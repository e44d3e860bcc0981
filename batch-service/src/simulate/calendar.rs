//! The days of the export in the property's time zone.

use std::sync::Arc;

use anyhow::{Context, Result};
use jiff::civil::{Date, Weekday};
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};

/// The property's time zone.
pub const TIME_ZONE: &str = "Europe/London";
/// Microseconds in a second, the unit of GA4 timestamps.
pub const SECOND: i64 = 1_000_000;
/// Microseconds in an hour.
pub const HOUR: i64 = 3_600 * SECOND;
/// Microseconds in a day of 24 hours.
pub const DAY: i64 = 24 * HOUR;

/// Relative traffic by local hour.
const HOURS: [f64; 24] = [
    8.0, 4.0, 2.0, 2.0, 2.0, 4.0, 10.0, 20.0, 35.0, 50.0, 60.0, 62.0, 60.0, 58.0, 56.0, 56.0, 58.0, 55.0, 52.0, 58.0,
    62.0, 52.0, 34.0, 18.0,
];

/// One local day.
#[derive(Debug)]
pub struct Day {
    /// The civil date.
    pub date: Date,
    /// `YYYYMMDD`, as in `event_date` and the file names.
    pub label: Arc<str>,
    /// First microsecond (UTC).
    pub start: i64,
    /// First microsecond of the next day.
    pub end: i64,
}

/// All days of the export.
#[derive(Debug)]
pub struct Calendar {
    zone: TimeZone,
    /// In order.
    pub days: Vec<Day>,
}

/// Weekday and hour on the wall clock of the property.
#[derive(Clone, Copy, Debug)]
pub struct LocalTime {
    /// Saturday or Sunday.
    pub weekend: bool,
    /// 0-23.
    pub hour: i8,
}

impl Calendar {
    /// `count` days from `start` on.
    pub fn new(start: Date, count: usize) -> Result<Self> {
        let zone = TimeZone::get(TIME_ZONE).with_context(|| format!("time zone {TIME_ZONE}"))?;
        let mut days = Vec::with_capacity(count);
        let mut date = start;
        for _ in 0..count {
            let next = date.checked_add(1.day())?;
            days.push(Day {
                date,
                label: date.strftime("%Y%m%d").to_string().into(),
                start: midnight(date, &zone)?,
                end: midnight(next, &zone)?,
            });
            date = next;
        }
        Ok(Self { zone, days })
    }

    /// The index of the day that holds a moment; None outside the export.
    pub fn day_of(&self, timestamp: i64) -> Option<usize> {
        let after = self.days.partition_point(|day| day.end <= timestamp);
        self.days.get(after).filter(|day| day.start <= timestamp).map(|_| after)
    }

    /// The wall clock at a moment.
    pub fn local(&self, timestamp: i64) -> LocalTime {
        let moment = Timestamp::from_microsecond(timestamp).unwrap_or_default();
        let wall = self.zone.to_datetime(moment);
        let weekend = matches!(wall.weekday(), Weekday::Saturday | Weekday::Sunday);
        LocalTime { weekend, hour: wall.hour() }
    }

    /// A moment of the day, drawn from the daily rhythm; None when the day is not part of the export.
    pub fn draw_moment(&self, day: usize, rng: &mut super::rng::Rng) -> Option<i64> {
        let day = self.days.get(day)?;
        let offset = rng.weighted(&HOURS) as i64 * HOUR + (rng.uniform() * HOUR as f64) as i64;
        Some((day.start + offset).min(day.end - 1))
    }

    /// Relative traffic of a day of the week.
    pub fn traffic(&self, day: usize) -> f64 {
        self.days.get(day).map_or(0.0, |day| match day.date.weekday() {
            Weekday::Saturday => 0.72,
            Weekday::Sunday => 0.88,
            Weekday::Friday => 1.0,
            _ => 1.15,
        })
    }
}

fn midnight(date: Date, zone: &TimeZone) -> Result<i64> {
    Ok(date.to_zoned(zone.clone())?.timestamp().as_microsecond())
}
