//! Cleansed events: the rules, and a day of them in memory.

mod builder;
mod clean;
mod rejects;
pub mod rules;
mod strings;
mod tuples;

pub use builder::{DayBuilder, RawRow, date_number};
pub use clean::{CleanEvents, CleanRow, EventView, Extra, Origin, Visit};
pub use rejects::{Dropped, Example, Reason, Rejects};
pub use strings::Strings;
pub use tuples::mix;
