//! A bundle: profile, schema hash and models in one file. Format: `docs/BUNDLE.md`.

mod v1;

use crate::error::why;
use crate::{Error, Model, Profile, Schema, Target};
use alloc::vec::Vec;

/// No bundle is longer.
pub const MAX_BUNDLE_BYTES: usize = 524_288;

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
        if models.len() == 2 && models[0].target() > models[1].target() {
            models.swap(0, 1);
        }
        if models.is_empty() || models.windows(2).any(|w| w[0].target() >= w[1].target()) {
            return Err(Error::BundleMalformed(why!("one model per target, at least one")));
        }
        let features = Schema::new(&profile).len();
        if models.iter().any(|m| m.feature_positions().iter().any(|p| usize::from(*p) >= features)) {
            return Err(Error::SchemaMismatch);
        }
        Ok(Self { profile, models })
    }

    /// Reads a bundle. Nothing is trusted: lengths, counts, indices and numbers are all checked.
    ///
    /// # Errors
    /// Any [`Error`] about bundles, profiles, models and schemas.
    pub fn read(bytes: &[u8]) -> Result<Self, Error> {
        v1::read(bytes)
    }

    /// The bundle as bytes; the same bundle always gives the same bytes.
    #[must_use]
    pub fn write(&self) -> Vec<u8> {
        v1::write(self)
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
    pub fn model(&self, target: Target) -> Option<&Model> {
        self.models.iter().find(|m| m.target() == target)
    }
}
