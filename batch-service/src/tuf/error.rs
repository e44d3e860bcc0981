//! Why a document or a file of a repository is refused.

use std::fmt;

/// What is wrong; the page shows the same codes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fault {
    /// Not a document of its role.
    Malformed,
    /// Too few keys of the role signed it.
    Unsigned,
    /// A version below one that was seen, or another one than was announced.
    Version,
    /// Its time is over.
    Expired,
    /// Longer or shorter than signed.
    Length,
    /// Other bytes than signed.
    Hash,
    /// It could not be fetched, or what is stored here could not be read or written.
    Unreachable,
    /// No role that may says anything of this file.
    Unknown,
}

/// A refusal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TufError {
    /// What is wrong.
    pub fault: Fault,
    /// With what: a role, a file.
    pub of: String,
    /// In words.
    pub why: String,
}

impl TufError {
    /// A refusal of a role or file.
    pub fn new(fault: Fault, of: &str, why: impl Into<String>) -> Self {
        Self { fault, of: of.to_owned(), why: why.into() }
    }

    /// The stable code that pages and `inkling release verify` show.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self.fault {
            Fault::Malformed => "release-malformed",
            Fault::Unsigned => "signature-invalid",
            Fault::Version => "rolled-back",
            Fault::Expired => "expired",
            Fault::Length => "length-mismatch",
            Fault::Hash => "hash-mismatch",
            Fault::Unreachable => "release-unreachable",
            Fault::Unknown => "file-unknown",
        }
    }
}

impl fmt::Display for TufError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}: {}", self.code(), self.of, self.why)
    }
}

impl std::error::Error for TufError {}
