//! The session target: the score at each page view of a day, computed again with the model of the day and from the states
//! of the day before, with whether a conversion followed in the session. The table `scores` has only the last one of each
//! session, when nothing is left to predict.

use super::matured::Countries;
use super::outcomes::{MOST_ROWS, Outcome, Outcomes};
use super::sample::{Draw, Sample};
use super::segment::{FEATURES, Segment};
use crate::events::CleanEvents;
use crate::fold::{Resolver, SnapshotMaker, SnapshotOptions, StateReader, merge_days};
use crate::jobs::run::state_before;
use crate::place::Place;
use crate::scores::deciles;
use crate::training::{Snapshots, TrainingRows, scores};
use anyhow::Result;
use jiff::civil::Date;
use model_core::{Model, Target};

/// The events of a sample of a day's visitors.
pub struct Drawn {
    events: CleanEvents,
    draw: Draw,
}

impl Drawn {
    /// Of all events of the day.
    #[must_use]
    pub fn of(day: Date, mut events: CleanEvents) -> Self {
        let page_views = events.rows.iter().filter(|row| events.text(row.name) == "page_view").count();
        let draw = Draw::of(day, page_views as u64, MOST_ROWS);
        events.keep(|user| draw.takes(user));
        Self { events, draw }
    }
}

/// Rows at the page views of a sample of the day's visitors; those of sessions that may go on are left out.
///
/// # Errors
/// When the states cannot be read.
pub fn page_views(place: &Place, day: Date, drawn: Drawn) -> Result<Views> {
    let profile = &place.site.profile;
    let Drawn { events, draw } = drawn;
    let events = [events];
    let mut resolvers = events.iter().map(|e| Resolver::new(profile, e)).collect::<Result<Vec<_>>>()?;
    let options = SnapshotOptions { from: day, to: day, active_days: 0, keep_one_in: 1 };
    let mut maker = SnapshotMaker::new(profile, options, |_| false)?;
    let mut states = match state_before(place, day)? {
        Some(before) => StateReader::open(&*place.warehouse, before)?,
        None => StateReader::empty(),
    };
    let mut known = states.next()?;
    let mut countries = Countries::of(events.first());
    let mut country = Vec::new();
    merge_days(&events, |user, slices| {
        while known.take_if(|k| k.user.as_str() < user).is_some() {
            known = states.next()?;
        }
        let state = known.take_if(|k| k.user == user);
        country.push(countries.find(user).to_owned());
        maker.add(user, state.as_ref().map(|s| s.state.as_slice()), slices, &mut resolvers)?;
        if state.is_some() {
            known = states.next()?;
        }
        Ok(())
    })?;
    let TrainingRows { session, .. } = maker.finish();
    Ok(Views { rows: session, country, weight: draw.one_in as f64 })
}

/// Page views of a day.
pub struct Views {
    rows: Snapshots,
    /// By number of the visitor.
    country: Vec<String>,
    /// How many rows each stands for.
    weight: f64,
}

impl Views {
    /// What a model says of them, and what came true.
    #[must_use]
    pub fn judged(&self, model: &Model, names: Vec<String>, day: Date) -> (Sample, Outcomes) {
        let all: Vec<usize> = (0..self.rows.len()).collect();
        let score = scores(model, &self.rows, &all);
        let deciles = deciles(&score);
        let mut sample = Sample::new(Target::Session, model.version(), names);
        let mut outcomes = Outcomes::new(day, Target::Session, model.version());
        let place = |name: &&str| self.rows.names.iter().position(|n| n == *name);
        let of_segment: Vec<Option<usize>> = FEATURES.iter().map(place).collect();
        let value = |column: usize, row: usize| self.rows.columns[column][row];
        for row in all {
            let segment: Vec<f32> =
                of_segment.iter().map(|column| column.map_or(f32::NAN, |column| value(column, row))).collect();
            let segment = Segment::of(&segment);
            let features = model.feature_positions().iter().map(|p| value(usize::from(*p), row));
            sample.push(features, score[row], segment.clone(), self.rows.visitor[row]);
            let country = self.country.get(self.rows.visitor[row] as usize).map_or("", String::as_str);
            outcomes.push(Outcome {
                score: score[row],
                label: self.rows.label[row],
                weight: self.weight,
                decile: deciles[row],
                segment,
                country,
                cluster: self.rows.visitor[row],
            });
        }
        (sample, outcomes)
    }
}
