//! Why a file is not imported.

use std::fmt;

/// A refusal: what, where, and what to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Error {
    /// No format that is read.
    Unknown {
        /// What the file begins with, or what it seems to be.
        seen: String,
    },
    /// Not a whole or sound file of its format.
    Malformed {
        /// The format or class.
        format: String,
        /// The part: a line, a tree and its node, an attribute.
        at: String,
        /// In words.
        why: String,
    },
    /// Sound, but something of it has no exact counterpart.
    Unsupported {
        /// The class, setting or part, by its name in the library.
        what: String,
        /// What to do instead.
        instead: String,
    },
}

impl Error {
    /// A refusal of a file that is not sound.
    pub fn malformed(format: &str, at: impl Into<String>, why: impl Into<String>) -> Self {
        Self::Malformed { format: format.to_owned(), at: at.into(), why: why.into() }
    }

    /// A refusal by name.
    pub fn unsupported(what: impl Into<String>, instead: impl Into<String>) -> Self {
        Self::Unsupported { what: what.into(), instead: instead.into() }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unknown { seen } => write!(
                f,
                "not a model that can be imported ({seen}); see docs/IMPORT.md for the kinds of files that are read"
            ),
            Self::Malformed { format, at, why } => write!(f, "{format}: {at}: {why}; write the file again"),
            Self::Unsupported { what, instead } => write!(f, "{what} cannot be represented exactly; {instead}"),
        }
    }
}

impl std::error::Error for Error {}
