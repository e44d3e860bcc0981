//! What an upload did, for people and for programs.

use super::arrival::Arrival;
use super::plan::Counts;
use super::sender::Tally;
use serde::Serialize;
use std::fmt::{Display, Formatter, Result};

/// What an upload did.
#[derive(Clone, Debug, Serialize)]
pub struct UploadSummary {
    /// The day of the scores, `YYYY-MM-DD`.
    pub date: String,
    /// How scores travel.
    pub destination: &'static str,
    /// Nothing was to be sent.
    pub dry_run: bool,
    /// An upload that had not ended was gone on with.
    pub resumed: bool,
    /// Who gets what.
    pub plan: Counts,
    /// What was sent.
    pub sending: Tally,
    /// What came of this upload and those of the days before.
    pub arrival: Vec<Arrival>,
    /// Three requests as they would be sent, with client ids cut short.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub samples: Vec<String>,
    /// What Google's own check says; absent when it was not asked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub complaints: Option<Vec<String>>,
    /// Seconds.
    pub seconds: f64,
}

impl UploadSummary {
    /// What an alarm says, if there is one.
    #[must_use]
    pub fn alarm(&self) -> Option<String> {
        let late: Vec<String> = self.arrival.iter().filter(|arrival| arrival.alarm).map(ToString::to_string).collect();
        (!late.is_empty()).then(|| format!("too little of what was sent is in the export: {}", late.join("; ")))
    }

    /// Whether a check failed.
    #[must_use]
    pub fn failed(&self) -> bool {
        self.alarm().is_some() || self.complaints.as_ref().is_some_and(|lines| !lines.is_empty())
    }
}

impl Display for Arrival {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        let rows: Vec<String> =
            self.rows.iter().filter(|(_, rows)| **rows > 0).map(|(state, rows)| format!("{rows} {state}")).collect();
        write!(f, "{}: {}", self.day, if rows.is_empty() { "no rows".to_owned() } else { rows.join(", ") })?;
        if let Some(share) = self.seen_share {
            write!(f, " ({:.1} % arrived)", share * 100.0)?;
        }
        if !self.requests.is_empty() {
            let requests: Vec<String> = self.requests.iter().map(|(word, count)| format!("{count} {word}")).collect();
            write!(f, "; requests: {}", requests.join(", "))?;
        }
        Ok(())
    }
}

impl Display for UploadSummary {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        let Self { plan, sending, .. } = self;
        write!(
            f,
            "{} by {}: {} visitors scored, {} unchanged, {} {}",
            self.date,
            self.destination,
            plan.scored,
            plan.unchanged,
            plan.planned,
            if self.dry_run { "would be sent" } else { "to be sent" }
        )?;
        for (count, what) in [
            (plan.denied, "left out: consent denied"),
            (plan.too_old, "left out: no event in the last 30 days, out of reach of audiences"),
        ] {
            if count > 0 {
                write!(f, "\n  {what}: {count}")?;
            }
        }
        for (reason, rows) in &plan.refused {
            write!(f, "\n  refused: {rows} rows, {reason}")?;
        }
        if !self.dry_run {
            write!(f, "\n  sent: {} rows in {} batches in {:.1} s", sending.sent, sending.batches, self.seconds)?;
            if sending.repeated > 0 {
                write!(f, ", {} of them once more", sending.repeated)?;
            }
            if sending.refused > 0 {
                write!(f, "; not taken: {} rows", sending.refused)?;
            }
        }
        for arrival in &self.arrival {
            write!(f, "\n  arrival {arrival}{}", if arrival.alarm { " TOO FEW" } else { "" })?;
        }
        for sample in &self.samples {
            write!(f, "\n{sample}")?;
        }
        match &self.complaints {
            Some(lines) if lines.is_empty() => write!(f, "\nchecked: no complaints"),
            Some(lines) => lines.iter().try_for_each(|line| write!(f, "\nchecked: {line}")),
            None => Ok(()),
        }
    }
}
