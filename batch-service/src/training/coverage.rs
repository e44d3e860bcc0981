//! How much of a label's horizon the data cover.

use super::Snapshots;
use model_core::Target;
use std::collections::BTreeSet;

/// A label that looks `horizon` days ahead misses the conversions of days that the warehouse does not have.
///
/// Every day with data has daily rows, so the rows tell which days are missing; days after the last row were needed to
/// know its label and are taken as present.
#[derive(Clone, Debug)]
pub(super) struct Coverage {
    days: BTreeSet<i32>,
    last: i32,
    horizon: i32,
}

impl Coverage {
    /// Of the snapshots' labels.
    pub(super) fn of(snapshots: &Snapshots, horizon: i32) -> Self {
        let days: BTreeSet<i32> = snapshots.day.iter().copied().collect();
        let last = days.last().copied().unwrap_or_default();
        // The session target looks no further than the session.
        let horizon = if snapshots.target == Target::Visitor { horizon } else { 0 };
        Self { days, last, horizon }
    }

    /// Share of the days ahead of `day` that are there; 1 when the label does not look ahead.
    pub(super) fn share(&self, day: i32) -> f64 {
        if self.horizon == 0 {
            return 1.0;
        }
        let there = (day + 1..=day + self.horizon).filter(|d| *d > self.last || self.days.contains(d)).count();
        there as f64 / f64::from(self.horizon)
    }
}
