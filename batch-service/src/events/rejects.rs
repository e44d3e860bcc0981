//! Rows that do not become events: counted by reason, with a few examples.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Why a row did not become an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Reason {
    /// No `user_pseudo_id`: the visitor gave no consent. Expected, not an error of the data.
    NoVisitorId,
    /// A pseudo event of an audience trigger. Expected, not an error of the data.
    SyntheticBundle,
    /// The event that carries our own score. Expected, not an error of the data.
    OwnScore,
    /// Sent by the Measurement Protocol: no browser has seen it. Expected, not an error of the data.
    MeasurementProtocol,
    /// The same row once more. Expected, not an error of the data.
    Duplicate,
    /// No `event_timestamp`.
    NoTimestamp,
    /// No `event_name`.
    NoEventName,
    /// `event_date` is another day than the table's.
    WrongDay,
    /// `event_timestamp` cannot belong to the table's day in any time zone.
    TimestampOutOfRange,
    /// A value that its column cannot hold.
    BadValue(&'static str),
}

impl Reason {
    /// The name in reports, `bad_value(column)` for instance.
    #[must_use]
    pub fn name(self) -> String {
        let name = match self {
            Self::NoVisitorId => "no_visitor_id",
            Self::SyntheticBundle => "synthetic_bundle",
            Self::OwnScore => "own_score",
            Self::MeasurementProtocol => "measurement_protocol",
            Self::Duplicate => "duplicate",
            Self::NoTimestamp => "no_timestamp",
            Self::NoEventName => "no_event_name",
            Self::WrongDay => "wrong_day",
            Self::TimestampOutOfRange => "timestamp_out_of_range",
            Self::BadValue(column) => return format!("bad_value({column})"),
        };
        name.to_owned()
    }

    /// Whether the row speaks against the export; these rows count towards the limit.
    #[must_use]
    pub fn is_fault(self) -> bool {
        let expected = matches!(self, Self::NoVisitorId | Self::SyntheticBundle | Self::Duplicate);
        !expected && !matches!(self, Self::OwnScore | Self::MeasurementProtocol)
    }

    fn column(self) -> &'static str {
        match self {
            Self::NoVisitorId => "user_pseudo_id",
            Self::SyntheticBundle => "event_params.synthetic_bundle",
            Self::OwnScore => "event_name",
            Self::MeasurementProtocol => "batch_page_id",
            Self::Duplicate => "",
            Self::NoTimestamp | Self::TimestampOutOfRange => "event_timestamp",
            Self::NoEventName => "event_name",
            Self::WrongDay => "event_date",
            Self::BadValue(column) => column,
        }
    }
}

/// A dropped row, for the run's report.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Example {
    /// The file.
    pub file: String,
    /// The row in the file, counted from 1.
    pub row: u64,
    /// The column that decided.
    pub column: String,
    /// What was found there.
    pub found: String,
}

/// How many rows were dropped for one reason, and the first of them.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Dropped {
    /// Number of rows.
    pub rows: u64,
    /// Whether these rows count towards the limit of rejected rows.
    pub counts_towards_limit: bool,
    /// Up to [`Rejects::EXAMPLES`] of them; none for expected reasons.
    pub examples: Vec<Example>,
}

/// Dropped rows by reason.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Rejects(BTreeMap<String, Dropped>);

impl Rejects {
    /// How many examples are kept for each reason.
    pub const EXAMPLES: usize = 20;

    /// Counts a row; `found` is asked only while examples are still wanted.
    pub fn add(&mut self, reason: Reason, file: &str, row: u64, found: impl FnOnce() -> String) {
        let dropped = self.entry(reason);
        dropped.rows += 1;
        if reason.is_fault() && dropped.examples.len() < Self::EXAMPLES {
            dropped.examples.push(Example {
                file: file.to_owned(),
                row,
                column: reason.column().to_owned(),
                found: found(),
            });
        }
    }

    /// Counts rows of which only the number is known.
    pub fn add_many(&mut self, reason: Reason, rows: u64) {
        if rows > 0 {
            self.entry(reason).rows += rows;
        }
    }

    fn entry(&mut self, reason: Reason) -> &mut Dropped {
        let dropped = self.0.entry(reason.name()).or_default();
        dropped.counts_towards_limit = reason.is_fault();
        dropped
    }

    /// Rows dropped for this reason.
    #[must_use]
    pub fn count(&self, reason: Reason) -> u64 {
        self.0.get(&reason.name()).map_or(0, |dropped| dropped.rows)
    }

    /// Rows that speak against the export.
    #[must_use]
    pub fn faults(&self) -> u64 {
        self.0.values().filter(|d| d.counts_towards_limit).map(|d| d.rows).sum()
    }

    /// Adds what another part of the day has dropped.
    pub fn add_all(&mut self, other: Self) {
        for (reason, more) in other.0 {
            let dropped = self.0.entry(reason).or_default();
            dropped.rows += more.rows;
            dropped.counts_towards_limit = more.counts_towards_limit;
            dropped.examples.extend(more.examples);
            dropped.examples.truncate(Self::EXAMPLES);
        }
    }

    /// All reasons that occurred, by name.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Dropped)> {
        self.0.iter().map(|(name, dropped)| (name.as_str(), dropped))
    }
}
