//! Goes through several days visitor by visitor, in the order of their ids.

use crate::events::{CleanEvents, CleanRow};
use std::cmp::Reverse;
use std::collections::BinaryHeap;

/// The rows of one visitor on one day.
#[derive(Clone, Copy, Debug)]
pub struct Slice<'a> {
    /// Index of the day.
    pub day: usize,
    /// Rows, by time.
    pub rows: &'a [CleanRow],
}

/// Calls `visit(user_pseudo_id, slices by day)` for every visitor of any day, in ascending order of ids.
///
/// # Errors
/// The first error of `visit`.
pub fn merge_days(
    days: &[CleanEvents],
    mut visit: impl FnMut(&str, &[Slice<'_>]) -> anyhow::Result<()>,
) -> anyhow::Result<()> {
    let mut rest: Vec<&[CleanRow]> = days.iter().map(|d| d.rows.as_slice()).collect();
    let user = |day: usize, rows: &[CleanRow]| rows.first().map(|r| days[day].text(r.user));
    let mut heap: BinaryHeap<Reverse<(&str, usize)>> =
        (0..days.len()).filter_map(|d| Some(Reverse((user(d, rest[d])?, d)))).collect();
    let mut slices = Vec::new();
    while let Some(Reverse((id, _))) = heap.peek().copied() {
        slices.clear();
        while let Some(Reverse((next, day))) = heap.peek().copied() {
            if next != id {
                break;
            }
            heap.pop();
            let rows = rest[day];
            let number = rows[0].user;
            let (mine, others) = rows.split_at(rows.partition_point(|r| r.user == number));
            slices.push(Slice { day, rows: mine });
            rest[day] = others;
            if let Some(next) = user(day, others) {
                heap.push(Reverse((next, day)));
            }
        }
        visit(id, &slices)?;
    }
    Ok(())
}
