//! Python's pickles, read without running anything: a bounded walk over the operations that genuine dumps of models use, with
//! an exact list of the classes that may be named. All else is refused by name and place.
//!
//! Objects lie in one list and refer to each other by number, so that what is shared is shared, what is deep is no deep
//! recursion, and what repeats a value a million times holds it once. Texts and bytes stay where they are in the file.
//!
//! | limit | |
//! |---|---|
//! | file | 16 MiB; unpacked 32 MiB |
//! | operations | 2,000,000 |
//! | depth | 100 |
//! | memo | 100,000 values |
//! | values on the stack, marks | 131,072 |
//! | keys of a dict | 100,000 |
//! | elements of an array | 2,097,152; texts 262,144 |
//! | what is made of a file | 4 times its length and 1 MiB, an item of a list being 8 bytes; 10 MiB |
//! | what it would be if nothing were shared | 16 times its length and 1 MiB; 64 MiB |

mod array;
mod classes;
mod cursor;
mod deserialize;
mod dtype;
mod joblib;
mod machine;
mod node;
mod packed;
mod reduce;
#[cfg(test)]
mod tests;
mod value;

pub use array::Array;
pub use dtype::{Dtype, Field, Kind};
pub use node::Pickle;
pub use value::{Look, Value};

use std::borrow::Cow;
use std::fmt;
use std::rc::Rc;

/// Most operations of a file.
const MAX_OPERATIONS: u32 = 2_000_000;
/// Values in one another.
const MAX_DEPTH: usize = 100;
/// Values that a file may come back to.
const MAX_MEMO: usize = 100_000;

/// Keys of a dict.
const MAX_KEYS: usize = 100_000;

/// Why a file is not read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused {
    /// The byte, counted from 0; in what a packed file unpacks to.
    pub at: usize,
    /// In words; never a value of the file but the name of a class.
    pub why: String,
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "byte {}: {}", self.at, self.why)
    }
}

impl std::error::Error for Refused {}

/// Whether a file begins like a pickle of protocol 2 or later, or like a packed one.
#[must_use]
pub fn recognises(bytes: &[u8]) -> bool {
    matches!(bytes, [0x80, 2..=5, ..]) || packed::kind(bytes).is_some()
}

/// Reads a pickle or a joblib file.
///
/// # Errors
/// Where it goes beyond a limit, is cut short, or asks for what is not allowed.
pub fn read(bytes: &[u8]) -> Result<Pickle<'_>, Refused> {
    let bytes = match packed::kind(bytes) {
        Some(kind) => Cow::Owned(packed::unpack(kind, bytes)?),
        None => Cow::Borrowed(bytes),
    };
    machine::run(Rc::new(bytes))
}
