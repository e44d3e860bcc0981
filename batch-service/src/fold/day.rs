//! One day: the states of the day before and the day's events become the states of the day.

use super::{Resolver, StateReader, StateRow, StateWriter};
use crate::events::CleanEvents;
use anyhow::{Context, Result};
use model_core::{Profile, Visitor};

/// Longest feature window: states of visitors unseen for longer are dropped.
const KEPT_DAYS: i64 = 30;

/// What came of a day's fold.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct FoldCounts {
    /// Visitors with an event on the day.
    pub visitors_today: u64,
    /// Of them, those of whom nothing was known.
    pub new_visitors: u64,
    /// Visitors whose state is kept.
    pub visitors_kept: u64,
    /// Visitors dropped because they were not seen for 30 days.
    pub visitors_dropped: u64,
    /// Conversion events.
    pub conversions: u64,
}

impl std::ops::AddAssign for FoldCounts {
    fn add_assign(&mut self, other: Self) {
        self.visitors_today += other.visitors_today;
        self.new_visitors += other.new_visitors;
        self.visitors_kept += other.visitors_kept;
        self.visitors_dropped += other.visitors_dropped;
        self.conversions += other.conversions;
    }
}

/// The fold of one day. `at_end` is called, in the order of ids, for every visitor seen in the last `active_days`, with
/// the visitor as of the end of the day and whether they were seen today.
pub struct DayFold<'a, F> {
    /// The site.
    pub profile: &'a Profile,
    /// States before the day.
    pub before: StateReader,
    /// States after it.
    pub after: &'a mut StateWriter,
    /// End of the day, microseconds.
    pub end_us: i64,
    /// Days that a visitor counts as active after their last event.
    pub active_days: i64,
    /// What is done with active visitors.
    pub at_end: F,
}

impl<F: FnMut(&str, &mut Visitor, bool) -> Result<()>> DayFold<'_, F> {
    /// Folds the day's events.
    ///
    /// # Errors
    /// When a state does not parse, or reading, writing or `at_end` fails.
    pub fn run(mut self, events: &CleanEvents) -> Result<FoldCounts> {
        let mut counts = FoldCounts::default();
        let mut resolver = Resolver::new(self.profile, events)?;
        let mut visitor = Visitor::new(self.profile);
        let mut known = StateRow::default();
        let mut more = self.before.read(&mut known)?;
        for (number, rows) in events.visitors() {
            let user = events.text(number);
            while more && known.user.as_str() < user {
                self.unseen(&known, &mut visitor, &mut counts)?;
                more = self.before.read(&mut known)?;
            }
            if more && known.user == user {
                restore(&mut visitor, &known)?;
                more = self.before.read(&mut known)?;
            } else {
                visitor.clear();
                counts.new_visitors += 1;
            }
            for row in rows {
                let event = resolver.event(row);
                counts.conversions += u64::from(event.is_conversion());
                visitor.observe(&event);
            }
            counts.visitors_today += 1;
            counts.visitors_kept += 1;
            self.after.push(user, visitor.last_event_us(), visitor.last_conversion_us(), &visitor.save())?;
            (self.at_end)(user, &mut visitor, true)?;
        }
        while more {
            self.unseen(&known, &mut visitor, &mut counts)?;
            more = self.before.read(&mut known)?;
        }
        Ok(counts)
    }

    /// A visitor without an event today: the state is passed on as it is.
    fn unseen(&mut self, row: &StateRow, visitor: &mut Visitor, counts: &mut FoldCounts) -> Result<()> {
        let since = |days: i64| self.end_us - days * 86_400_000_000;
        if row.last_event_us < since(KEPT_DAYS) {
            counts.visitors_dropped += 1;
            return Ok(());
        }
        if row.last_event_us >= since(self.active_days) {
            restore(visitor, row)?;
            (self.at_end)(&row.user, visitor, false)?;
        }
        counts.visitors_kept += 1;
        self.after.push(&row.user, row.last_event_us, row.last_conversion_us, &row.state)
    }
}

fn restore(visitor: &mut Visitor, row: &StateRow) -> Result<()> {
    let read = visitor.restore_from(&row.state);
    read.context("the table visitor_state does not fit the site profile; run `inkling backfill` again")
}
