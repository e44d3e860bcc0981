//! What an Inkling score *is*.
//!
//! A site's Google Analytics 4 events become [`Event`]s by way of its [`Profile`]; a [`Visitor`] folds them one by one;
//! a [`Schema`] names the features that can be read off a visitor at a moment; a [`Model`] turns a row of features into
//! a calibrated probability; a [`Bundle`] carries profile and model as one file.
//!
//! The crate is pure: `no_std`, no clock, no I/O, no `unsafe`. Time comes from the events. Every transcendental function
//! comes from the pinned `libm` crate, sums have one fixed order, so that the warehouse (native) and the browser (Wasm)
//! compute the same bits.
//!
//! ```
//! use model_core::{Bundle, Event, RawEvent, Scorer};
//! # fn demo(bytes: &[u8]) -> Result<(), model_core::Error> {
//! let bundle = Bundle::read(bytes)?;
//! let mut scorer = Scorer::new(bundle);
//! scorer.observe(&RawEvent { name: "page_view", page_location: "https://x.example/fees", time_us: 1_700_000_000_000_000, ..RawEvent::default() });
//! let score = scorer.score(model_core::Target::Session);
//! # Ok(()) }
//! ```
#![no_std]
#![forbid(unsafe_code)]

extern crate alloc;
#[cfg(test)]
extern crate std;

mod bundle;
mod bytes;
mod error;
mod event;
mod feature;
mod model;
mod profile;
mod scorer;
mod visitor;

pub use bundle::{Bundle, MAX_BUNDLE_BYTES};
pub use error::Error;
pub use event::{Event, MAX_ENGAGED_MS, local_day};
pub use feature::{FAMILIES, Family, FeatureFamily, FeatureRef, Place, Schema, Unit, WINDOW_NAMES};
pub use model::{
    Among, Band, Calibration, Contributions, Explainer, Indicator, LeafPrecision, LinearTerm, MAX_COLUMNS,
    MAX_FEATURES, Model, ModelBuilder, Scratch, Target, Transform, TreeNodes, sigmoid,
};
pub use profile::{
    CHANNELS, Channel, Codes, DEVICES, FunnelStep, MAX_COUNTERS, PageGroup, Profile, ProfileParts, RawEvent, path_of,
};
pub use scorer::Scorer;
pub use visitor::{MAX_STATE_BYTES, Visitor};
