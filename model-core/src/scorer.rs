//! Bundle and visitor together: what both doors (JavaScript and HTTP) open.

use crate::event::{ROW, Row, at};
use crate::profile::{Stops, cents, split_texts, until};
use crate::{
    Band, Bundle, Contributions, Error, Event, Explainer, FeatureRef, RawEvent, Schema, Scratch, Target, Visitor,
};
use alloc::vec::Vec;

const PRICE: u8 = at::PRICE as u8;
/// Where the numbers of an event go.
const PLACES: [u8; 8] = [
    at::TIME as u8,
    at::OFFSET as u8,
    at::ID as u8,
    at::NUMBER as u8,
    at::ENGAGED_MS as u8,
    at::ITEMS as u8,
    PRICE,
    at::FIRST_TOUCH as u8,
];

/// Scores one visitor at a time with the models of a bundle.
#[derive(Clone, Debug)]
pub struct Scorer {
    bundle: Bundle,
    /// Features of each model of the bundle, one after another.
    refs: Vec<FeatureRef>,
    visitor: Visitor,
    scratch: Scratch,
    /// The texts of the last event but its name, and what they come to: events of one page have them in common.
    place: Vec<u8>,
    place_row: Row,
}

impl Scorer {
    /// A scorer with a visitor of whom nothing is known.
    #[must_use]
    pub fn new(bundle: Bundle) -> Self {
        let schema = Schema::new(bundle.profile());
        // `Bundle` has checked that the schema has all of them.
        let mut refs = Vec::new();
        for model in bundle.models() {
            for position in model.feature_positions() {
                refs.extend(schema.feature(usize::from(*position)));
            }
        }
        let visitor = Visitor::new(bundle.profile());
        Self { bundle, refs, visitor, scratch: Scratch::default(), place: Vec::new(), place_row: [0; ROW] }
    }

    /// The bundle.
    #[must_use]
    pub fn bundle(&self) -> &Bundle {
        &self.bundle
    }

    /// The visitor.
    #[must_use]
    pub fn visitor(&self) -> &Visitor {
        &self.visitor
    }

    /// Resolves an event by the profile and folds it in; gives the resolved event.
    pub fn observe(&mut self, raw: &RawEvent<'_>) -> Event {
        let event = self.bundle.profile().resolve(raw);
        self.visitor.observe(&event);
        event
    }

    /// As [`Scorer::observe`], for the seven strings of [`RawEvent`] joined by line feeds and its numbers, in its order,
    /// as JavaScript has them. `false`, and nothing is observed, when there are not seven.
    pub fn observe_joined(&mut self, strings: &[u8], numbers: &[f64; 8]) -> bool {
        let (name, place) = strings.split_at(until(strings, const { Stops::of(b"\n") }));
        if place.is_empty() || place != self.place {
            let Some([_, texts @ ..]) = split_texts::<7>(place) else { return false };
            self.place_row = [0; ROW];
            self.bundle.profile().resolve_place(&texts, &mut self.place_row);
            self.place.clear();
            self.place.extend_from_slice(place);
        }
        let mut row = self.place_row;
        for (number, place) in numbers.iter().zip(&PLACES) {
            // `as` saturates and turns NaN into 0, which means missing.
            row[usize::from(*place)] = if *place == PRICE { cents(*number) } else { *number } as i64;
        }
        self.bundle.profile().resolve_name(name, &mut row);
        self.visitor.observe_row(row);
        true
    }

    /// Folds a resolved event in.
    pub fn observe_event(&mut self, event: &Event) {
        self.visitor.observe(event);
    }

    /// The score at the moment of the last event; `None` before the first one or without a model of that target.
    pub fn score(&mut self, target: Target) -> Option<f64> {
        let (now, offset) = (self.visitor.last_event_us(), self.visitor.last_utc_offset_s());
        let mut refs = self.refs.as_slice();
        for model in self.bundle.models() {
            let (these, others) = refs.split_at(model.feature_positions().len());
            if model.target() == target && self.visitor.is_seen() {
                return Some(model.score_visitor(&mut self.visitor, these, now, offset, &mut self.scratch));
            }
            refs = others;
        }
        None
    }

    /// The band of a score.
    #[must_use]
    pub fn band(&self, target: Target, score: f64) -> Option<Band> {
        Some(self.bundle.model(target)?.band(score))
    }

    /// The row of features that the score of that target is computed from; missing is NaN.
    pub fn row(&mut self, target: Target) -> Option<Vec<f32>> {
        // Leaves the row behind.
        self.score(target)?;
        Some(self.scratch.row(self.bundle.model(target)?.feature_positions().len()).to_vec())
    }

    /// What each feature adds to the score's margin, in the order of the model's features.
    pub fn reasons(&mut self, target: Target) -> Option<Contributions> {
        self.score(target)?;
        let model = self.bundle.model(target)?;
        Some(model.contributions_of_last(&self.scratch))
    }

    /// The score of that target and what each feature adds to its margin, where many visitors are explained: `explainer` is
    /// what [`crate::Model::explainer`] of its model gave. The same bits as [`Scorer::score`] and [`Scorer::reasons`] give.
    pub fn explained(&mut self, target: Target, explainer: &Explainer) -> Option<(f64, Contributions)> {
        let score = self.score(target)?;
        let model = self.bundle.model(target)?;
        let row = self.scratch.row(model.feature_positions().len());
        Some((score, model.contributions_by(explainer, row, &self.scratch)))
    }

    /// The visitor's state as bytes.
    #[must_use]
    pub fn save(&self) -> Vec<u8> {
        self.visitor.save()
    }

    /// Replaces the visitor by a saved one; after an error nothing is known of the visitor.
    ///
    /// # Errors
    /// As [`Visitor::restore`].
    pub fn restore(&mut self, bytes: &[u8]) -> Result<(), Error> {
        self.visitor.restore_from(bytes)
    }

    /// Starts with an unknown visitor.
    pub fn reset(&mut self) {
        self.visitor.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{ModelBuilder, Profile, ProfileParts};

    #[test]
    fn joined_strings_are_the_same_event() {
        let parts =
            ProfileParts { name: "t".into(), time_zone: "UTC".into(), session_timeout_s: 1800, ..Default::default() };
        let profile = Profile::new(ProfileParts { horizon_days: 7, ..parts }).unwrap();
        let model = ModelBuilder::new(Target::Session, "v").linear(&profile, &[], 0.0, Vec::new()).unwrap();
        let scorer = || Scorer::new(Bundle::new(profile.clone(), alloc::vec![model.clone()]).unwrap());
        let (mut apart, mut joined) = (scorer(), scorer());
        let pages = ["https://a.example/x?utm_medium=cpc", "", "https://a.example/"];
        for (i, page) in [0, 0, 1, 2, 2, 0].map(|p| pages[p]).into_iter().enumerate() {
            let time_us = 1_700_000_000_000_000 + i as i64;
            let name = ["page_view", "scroll"][i % 2];
            let raw =
                RawEvent { name, page_location: page, device: "mobile", time_us, price: 1.5, ..RawEvent::default() };
            let _event = apart.observe(&raw);
            let strings = [name, page, "", "", "", "mobile", ""].join("\n");
            let numbers = [time_us as f64, 0.0, 0.0, 0.0, 0.0, 0.0, 1.5, f64::NAN];
            for wrong in ["", "x", "\n\n\n\n\n", "\n\n\n\n\n\n\n"] {
                assert!(!joined.observe_joined(wrong.as_bytes(), &numbers), "{wrong:?}");
            }
            assert!(joined.observe_joined(strings.as_bytes(), &numbers));
            assert_eq!(joined.save(), apart.save());
        }
    }
}
