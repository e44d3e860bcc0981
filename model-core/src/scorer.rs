//! Bundle and visitor together: what both doors (JavaScript and HTTP) open.

use crate::event::{ROW, at};
use crate::profile::cents;
use crate::{Band, Bundle, Contributions, Error, Event, FeatureRef, RawEvent, Schema, Scratch, Target, Texts, Visitor};
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
        Self { bundle, refs, visitor, scratch: Scratch::default() }
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

    /// As [`Scorer::observe`], for strings as bytes and numbers as JavaScript has them, in the order of [`RawEvent`].
    pub fn observe_parts(&mut self, texts: &Texts<'_>, numbers: &[f64; 8]) {
        let mut row = [0; ROW];
        for (number, place) in numbers.iter().zip(&PLACES) {
            // `as` saturates and turns NaN into 0, which means missing.
            row[usize::from(*place)] = if *place == PRICE { cents(*number) } else { *number } as i64;
        }
        self.bundle.profile().resolve_row(texts, &mut row);
        self.visitor.observe_row(row);
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
