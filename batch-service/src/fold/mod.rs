//! From cleansed days to visitors: the same fold as in the browser, over many visitors.

mod day;
mod merge;
mod resolver;
mod snapshots;
mod states;

pub use day::{DayFold, FoldCounts};
pub use merge::{Slice, merge_days};
pub use resolver::{Offsets, Resolver, raw_event};
pub use snapshots::{SnapshotMaker, SnapshotOptions};
pub use states::{COLUMNS as STATE_COLUMNS, StateReader, StateRow, StateWriter, TABLE as VISITOR_STATE};
