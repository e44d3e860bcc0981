//! Why a bundle, a model, a profile or a saved state was refused.

use alloc::string::String;
use core::fmt;

/// A reason in words. Builds without the feature `text` carry none: the tag reports codes only.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Why(#[cfg(feature = "text")] pub(crate) &'static str);

#[cfg(feature = "text")]
macro_rules! why {
    ($text:literal) => {
        $crate::error::Why($text)
    };
}
#[cfg(not(feature = "text"))]
macro_rules! why {
    ($text:literal) => {
        $crate::error::Why()
    };
}
pub(crate) use why;

impl Why {
    pub(crate) fn text(self) -> &'static str {
        #[cfg(feature = "text")]
        return self.0;
        #[cfg(not(feature = "text"))]
        ""
    }
}

/// The first of several requirements that does not hold. All of them are looked at, which is less code than leaving at
/// the first, so that none may rely on the one before.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Verdict(pub(crate) Option<Why>);

impl Verdict {
    pub(crate) fn require(&mut self, holds: bool, why: Why) {
        if !holds && self.0.is_none() {
            self.0 = Some(why);
        }
    }

    pub(crate) fn or(self, error: fn(&'static str) -> Error) -> Result<(), Error> {
        match self.0 {
            Some(why) => Err(error(why.text())),
            None => Ok(()),
        }
    }
}

/// Why something was refused. [`Error::code`] is stable and travels to the page; the text is for people.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Error {
    /// Not an Inkling bundle, or a format version that this build does not read.
    BundleVersion,
    /// The bundle ends early, is too long, or a count is over its limit; says which field.
    BundleMalformed(&'static str),
    /// A model breaks a rule of [`crate::ModelBuilder`]; says which.
    ModelInvalid(&'static str),
    /// The bundle was made for another list of features than this build computes from its profile.
    SchemaMismatch,
    /// A site profile breaks a limit; says which.
    ProfileInvalid(&'static str),
    /// A feature name that the schema does not have.
    UnknownFeature(String),
    /// Saved visitor bytes that do not parse; says where.
    StateMalformed(&'static str),
    /// A saved visitor of another site profile.
    StateProfile,
}

impl Error {
    /// The stable number that the JavaScript door reports.
    #[must_use]
    pub fn code(&self) -> i32 {
        match self {
            Self::BundleVersion => 1,
            Self::BundleMalformed(_) | Self::ProfileInvalid(_) => 2,
            Self::ModelInvalid(_) | Self::UnknownFeature(_) => 3,
            Self::SchemaMismatch => 4,
            Self::StateMalformed(_) => 20,
            Self::StateProfile => 21,
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::BundleVersion => f.write_str("not an Inkling bundle of format version 1"),
            Self::BundleMalformed(what) => write!(f, "malformed bundle: {what}"),
            Self::ModelInvalid(what) => write!(f, "invalid model: {what}"),
            Self::SchemaMismatch => f.write_str("the bundle's feature schema is not the one that this build computes"),
            Self::ProfileInvalid(what) => write!(f, "invalid site profile: {what}"),
            Self::UnknownFeature(name) => write!(f, "unknown feature `{name}`"),
            Self::StateMalformed(what) => write!(f, "malformed visitor state: {what}"),
            Self::StateProfile => f.write_str("visitor state of another site profile"),
        }
    }
}

impl core::error::Error for Error {}
