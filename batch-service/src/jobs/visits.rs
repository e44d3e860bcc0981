//! A few whole visits with the scores of the batch, for the page that scores them again in the browser.

use super::run::state_before;
use crate::fold::{Offsets, Resolver, StateReader, merge_days, raw_event};
use crate::place::Place;
use crate::scores::Serving;
use crate::warehouse::events_clean;
use anyhow::{Context, Result};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use jiff::civil::Date;
use model_core::{RawEvent, Target, Visitor};
use serde::Serialize;

/// Visits of each kind (with a conversion, without one) that are shown.
const EACH: usize = 20;
/// Visits of fewer page views say little.
const FEWEST_PAGE_VIEWS: u32 = 4;
const MOST_EVENTS: usize = 300;

/// Visits and what they were scored with.
#[derive(Debug, Serialize)]
pub struct Visits {
    /// Version of the session model.
    pub model_version: String,
    /// Name of the site profile.
    pub profile: String,
    /// Visits.
    pub visits: Vec<Visit>,
}

/// One visitor's events on some days.
#[derive(Debug, Serialize)]
pub struct Visit {
    /// A number, not the visitor's id.
    pub user: String,
    /// `ga_session_id` of the last session.
    pub session: i64,
    /// Base64 of the state before the first event, if there was one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub state: Option<String>,
    /// Events in order.
    pub events: Vec<VisitEvent>,
    /// Scores after some of them.
    pub scores: Vec<VisitScore>,
}

/// An event as the tag hands it to the scorer.
#[derive(Debug, Serialize)]
pub struct VisitEvent {
    /// Name, page, referrer, source, medium, device, language.
    pub strings: [String; 7],
    /// Time, offset, session id, session number, engaged ms, items, price, first touch.
    pub numbers: [Option<f64>; 8],
}

/// A score of the batch.
#[derive(Debug, Serialize)]
pub struct VisitScore {
    /// Index of the event.
    pub event_index: usize,
    /// Bits of the score, hexadecimal.
    pub bits: String,
    /// Its band.
    pub band: &'static str,
}

/// An event as the tag hands it to the scorer.
#[must_use]
pub fn visit_event(raw: &RawEvent<'_>) -> VisitEvent {
    let texts = [raw.name, raw.page_location, raw.page_referrer, raw.source, raw.medium, raw.device, raw.language];
    VisitEvent {
        // A line feed separates the fields on the way into the scorer.
        strings: texts.map(|t| t.replace('\n', " ")),
        numbers: [
            Some(raw.time_us as f64),
            Some(f64::from(raw.utc_offset_s)),
            Some(raw.session_id as f64),
            Some(f64::from(raw.session_number)),
            Some(f64::from(raw.engaged_ms)),
            Some(f64::from(raw.items)),
            raw.price.is_finite().then_some(raw.price),
            Some(raw.first_touch_us as f64),
        ],
    }
}

/// Calls `visit` for every visitor of the days with the events and the score after each event.
///
/// # Errors
/// When no session model is in service, or the warehouse cannot be read.
pub fn each(
    place: &Place,
    from: Date,
    to: Date,
    mut visit: impl FnMut(Visit, u32, bool) -> Result<bool>,
) -> Result<String> {
    let profile = &place.site.profile;
    let mut model =
        Serving::load(&place.store, profile, Target::Session, None)?.context("no session model is in service")?;
    let days = place.warehouse.partitions(events_clean::TABLE)?;
    let days: Vec<Date> = days.into_iter().filter(|d| (from..=to).contains(d)).collect();
    let first = *days.first().context("the warehouse has none of these days")?;
    let mut events = Vec::new();
    for day in &days {
        events.push(events_clean::load(&*place.warehouse, *day)?.context("a day of the warehouse")?);
    }
    let mut resolvers = events.iter().map(|e| Resolver::new(profile, e)).collect::<Result<Vec<_>>>()?;
    let mut offsets = Offsets::new(&profile.parts().time_zone)?;
    let mut states = match state_before(place, first)? {
        Some(before) => StateReader::open(&*place.warehouse, before)?,
        None => StateReader::empty(),
    };
    let mut known = states.next()?;
    let mut visitor = Visitor::new(profile);
    let (mut more, mut number) = (true, 0);
    merge_days(&events, |user, slices| {
        while known.take_if(|k| k.user.as_str() < user).is_some() {
            known = states.next()?;
        }
        let state = known.take_if(|k| k.user == user);
        if state.is_some() {
            known = states.next()?;
        }
        if !more {
            return Ok(());
        }
        visitor.clear();
        if let Some(row) = &state {
            visitor.restore_from(&row.state)?;
        }
        let mut one = Visit {
            user: number.to_string(),
            session: 0,
            state: state.map(|s| STANDARD.encode(s.state)),
            events: Vec::new(),
            scores: Vec::new(),
        };
        number += 1;
        let (mut most, mut converted) = (0, false);
        for (day, row) in slices.iter().flat_map(|s| s.rows.iter().map(|r| (s.day, r))) {
            let event = resolvers[day].event(row);
            visitor.observe(&event);
            let (now, offset) = (visitor.last_event_us(), visitor.last_utc_offset_s());
            let score = model.score(&mut visitor, now, offset)?;
            one.events.push(visit_event(&raw_event(&events[day], row, offsets.at(row.time_us))));
            one.scores.push(VisitScore {
                event_index: one.events.len() - 1,
                bits: format!("{:016x}", score.to_bits()),
                band: model.model()?.band(score).as_str(),
            });
            most = most.max(visitor.page_views());
            converted |= event.is_conversion();
        }
        one.session = visitor.session_id();
        more = visit(one, most, converted)?;
        Ok(())
    })?;
    Ok(model.model()?.version().to_owned())
}

/// Some visits that converted and some that did not.
///
/// # Errors
/// As for [`each`].
pub fn sample(place: &Place, from: Date, to: Date) -> Result<Visits> {
    let (mut with, mut without) = (Vec::new(), Vec::new());
    let model_version = each(place, from, to, |visit, page_views, converted| {
        let list = if converted { &mut with } else { &mut without };
        if page_views >= FEWEST_PAGE_VIEWS && visit.events.len() <= MOST_EVENTS && list.len() < EACH {
            list.push(visit);
        }
        Ok(with.len() < EACH || without.len() < EACH)
    })?;
    with.append(&mut without);
    Ok(Visits { model_version, profile: place.site.profile.parts().name.clone(), visits: with })
}
