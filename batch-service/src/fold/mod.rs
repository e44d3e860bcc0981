//! From cleansed days to visitors: the same fold as in the browser, over many visitors.

mod merge;
mod resolver;
mod states;

pub use merge::{Slice, merge_days};
pub use resolver::{Offsets, Resolver, raw_event};
pub use states::{StateReader, StateRow, StateWriter, TABLE as VISITOR_STATE};
