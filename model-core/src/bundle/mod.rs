//! A bundle: profile, schema hash and models in one file. Format version 1, field by field as in `docs/BUNDLE.md`.
//!
//! Parts of the same kind lie together (all features of all splits, then all their bins, ...): brotli likes that.

mod read;
mod write;

pub(crate) use read::read_model;
pub(crate) use write::write_model;

use crate::error::why;
use crate::{Error, Model, Profile, Schema, Target};
use alloc::vec::Vec;

/// No bundle is longer.
pub const MAX_BUNDLE_BYTES: usize = 524_288;

const MAGIC: [u8; 4] = *b"INKL";
const VERSION: u8 = 1;

/// Bits of a model's kind: 0 is a linear model.
mod kind {
    pub(super) const TREES: u8 = 1;
    pub(super) const INDICATORS: u8 = 2;
    /// Of trees: some column has over 255 thresholds.
    pub(super) const WIDE: u8 = 4;
    /// Neither: the mean of several models.
    pub(super) const MEAN: u8 = 8;

    /// A bit for each kind that a member of a mean may have.
    pub(super) const OF_MEMBERS: u16 = 1 | 1 << TREES | 1 << (TREES | WIDE);
    /// A bit for each kind that a model may have.
    pub(super) const OF_MODELS: u16 = (OF_MEMBERS | 1 << MEAN) | (OF_MEMBERS | 1 << MEAN) << INDICATORS;
}

/// What a scorer loads.
#[derive(Clone, Debug, PartialEq)]
pub struct Bundle {
    profile: Profile,
    models: Vec<Model>,
}

impl Bundle {
    /// Puts a profile and its models together, at most one per target.
    ///
    /// # Errors
    /// [`Error::SchemaMismatch`] when a model reads a feature that the profile does not give;
    /// [`Error::BundleMalformed`] for two models of one target.
    pub fn new(profile: Profile, mut models: Vec<Model>) -> Result<Self, Error> {
        // There are two targets, so that a swap sorts.
        if let [first, second] = models.as_mut_slice()
            && first.target() > second.target()
        {
            core::mem::swap(first, second);
        }
        let one_per_target = match models.as_slice() {
            [_] => true,
            [first, second] => first.target() < second.target(),
            _ => false,
        };
        if !one_per_target {
            return Err(Error::BundleMalformed(why!("one model per target, at least one").text()));
        }
        let features = Schema::new(&profile).len();
        // Positions ascend.
        if models.iter().any(|m| m.feature_positions().last().is_some_and(|p| usize::from(*p) >= features)) {
            return Err(Error::SchemaMismatch);
        }
        Ok(Self { profile, models })
    }

    /// Reads a bundle. Nothing is trusted: lengths, counts, indices and numbers are all checked.
    ///
    /// # Errors
    /// Any [`Error`] about bundles, profiles, models and schemas.
    pub fn read(bytes: &[u8]) -> Result<Self, Error> {
        read::read(bytes)
    }

    /// The bundle as bytes; the same bundle always gives the same bytes.
    #[must_use]
    pub fn write(&self) -> Vec<u8> {
        write::write(self)
    }

    /// The site's profile.
    #[must_use]
    pub fn profile(&self) -> &Profile {
        &self.profile
    }

    /// The models, ordered by target.
    #[must_use]
    pub fn models(&self) -> &[Model] {
        &self.models
    }

    /// The model of a target.
    #[must_use]
    #[cfg_attr(target_arch = "wasm32", inline(never))]
    pub fn model(&self, target: Target) -> Option<&Model> {
        self.models.iter().find(|m| m.target() == target)
    }
}
