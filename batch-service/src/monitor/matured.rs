//! Outcomes of the visitor target: the scores of a day joined to what the states of a later day know of conversions.

use super::outcomes::{MOST_ROWS, Outcome, Outcomes};
use super::sample::{Draw, rows_of};
use super::segment::{self, Segment};
use crate::events::CleanEvents;
use crate::fold::{Offsets, StateReader, StateRow};
use crate::place::Place;
use crate::scores;
use crate::warehouse::events_clean;
use anyhow::Result;
use jiff::ToSpan;
use jiff::civil::Date;
use model_core::{Target, Visitor};

/// The days of scores whose outcomes become known with the states of `day`: those whose horizon ends on it, or on a day
/// since the states before, because a day that the export lacks has none. Each comes with the latest day whose states are
/// within its horizon.
#[must_use]
pub fn due(folded: &[Date], scored: &[Date], day: Date, horizon: i64) -> Vec<(Date, Date)> {
    let before = folded.iter().rfind(|d| **d < day);
    let ends = |of: &Date| of.checked_add(horizon.days()).ok();
    let new = |end: Date| end <= day && before.is_none_or(|before| end > *before);
    let due = scored.iter().filter_map(|of| Some((*of, ends(of).filter(|end| new(*end))?)));
    due.filter_map(|(of, end)| Some((of, *folded.iter().rfind(|d| **d <= end && **d > of)?))).collect()
}

/// The scores of `of` with what was known at the end of `known`. As in training, a visitor who has converted has nothing
/// left to predict. Of many scores without a conversion a sample is kept.
///
/// # Errors
/// When a table cannot be read.
pub fn outcomes(place: &Place, of: Date, known: Date) -> Result<Vec<Outcomes>> {
    let profile = &place.site.profile;
    let (end_us, offset) = Offsets::new(&profile.parts().time_zone)?.end_of(of)?;
    let draw = Draw::of(of, rows_of(place, scores::TABLE, of)?, MOST_ROWS);
    let (mut then, mut later) = (States::open(place, of)?, States::open(place, known)?);
    let events = events_clean::load(&*place.warehouse, of)?;
    let mut countries = Countries::of(events.as_ref());
    let mut visitor = Visitor::new(profile);
    let mut found: Vec<Outcomes> = Vec::new();
    scores::each_of(&*place.warehouse, of, Target::Visitor, |row| {
        let Some(state) = then.find(row.user)? else { return Ok(()) };
        if state.last_conversion_us.is_some() {
            return Ok(());
        }
        let label = later.find(row.user)?.and_then(|s| s.last_conversion_us).is_some_and(|at| at > end_us);
        if !label && !draw.takes(row.user) {
            return Ok(());
        }
        visitor.restore_from(&state.state)?;
        let outcomes = match found.iter_mut().position(|o| o.model_version == row.model_version) {
            Some(position) => &mut found[position],
            None => {
                found.push(Outcomes::new(of, Target::Visitor, row.model_version));
                let last = found.len() - 1;
                &mut found[last]
            }
        };
        let cluster = outcomes.len() as u32;
        outcomes.push(Outcome {
            score: row.score,
            label,
            weight: if label { 1.0 } else { draw.one_in as f64 },
            decile: row.decile,
            segment: Segment::of_visitor(&mut visitor, end_us, offset),
            country: countries.find(row.user),
            cluster,
        });
        Ok(())
    })?;
    Ok(found)
}

/// States in the order of ids, looked up in that order.
struct States {
    reader: StateReader,
    row: StateRow,
    more: bool,
}

impl States {
    fn open(place: &Place, day: Date) -> Result<Self> {
        let mut states =
            Self { reader: StateReader::open(&*place.warehouse, day)?, row: StateRow::default(), more: true };
        states.more = states.reader.read(&mut states.row)?;
        Ok(states)
    }

    fn find(&mut self, user: &str) -> Result<Option<&StateRow>> {
        while self.more && self.row.user.as_str() < user {
            self.more = self.reader.read(&mut self.row)?;
        }
        Ok(Some(&self.row).filter(|row| self.more && row.user == user))
    }
}

/// Countries of the visitors of a day, looked up in the order of ids.
pub(super) struct Countries<'a> {
    events: Option<&'a CleanEvents>,
    at: usize,
}

impl<'a> Countries<'a> {
    pub(super) fn of(events: Option<&'a CleanEvents>) -> Self {
        Self { events, at: 0 }
    }

    /// Of the visitor's first event with one; who had no event on the day is not known.
    pub(super) fn find(&mut self, user: &str) -> &'a str {
        let Some(events) = self.events else { return segment::UNKNOWN };
        let (texts, rows) = (|id: u32| events.text(id), &events.rows);
        while self.at < rows.len() && texts(rows[self.at].user) < user {
            self.at += 1;
        }
        let own = rows[self.at..].iter().take_while(|row| texts(row.user) == user);
        own.map(|row| texts(events.visit(row).country)).find(|c| !c.is_empty()).unwrap_or(segment::UNKNOWN)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    #[test]
    fn scores_are_due_once_with_the_states_within_their_horizon() {
        let days = |list: &[i8]| list.iter().map(|d| date(2026, 10, *d)).collect::<Vec<_>>();
        let due = |folded: &[i8], scored: &[i8], day: i8| -> Vec<(i8, i8)> {
            let found = due(&days(folded), &days(scored), date(2026, 10, day), 7);
            found.iter().map(|(of, known)| (of.day(), known.day())).collect()
        };
        let all: Vec<i8> = (1..=20).collect();
        assert_eq!(due(&all, &all, 10), [(3, 10)]);
        assert_eq!(due(&all, &[1, 2], 10), []);
        assert_eq!(due(&all, &all, 7), []);
        // Days 9 and 10 are missing: on 11 the scores of 2, 3 and 4 are due, those of 2 and 3 with the states of 8.
        let gap = [1, 2, 3, 4, 5, 6, 7, 8, 11];
        assert_eq!(due(&gap, &gap, 11), [(2, 8), (3, 8), (4, 11)]);
    }
}
