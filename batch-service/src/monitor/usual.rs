//! What was usual on the days before: the last seven of four weeks that were not red themselves, so that a fault does not
//! become usual while it lasts. When all four weeks are red, what stays is no fault but the new state, and is usual.

use super::rows::{Row, Table};
use super::status::Status;
use crate::warehouse::Warehouse;
use anyhow::Result;
use jiff::ToSpan;
use jiff::civil::Date;
use std::collections::BTreeMap;

/// Days that are looked at.
const LOOK_BACK_DAYS: i32 = 28;
/// Days that are usual.
const DAYS: usize = 7;

/// The usual days before another.
#[derive(Clone, Debug, PartialEq)]
pub struct Usual<T> {
    /// Oldest first.
    pub days: Vec<T>,
    /// Whether all of the days that were looked at were red, so that these are the new state.
    pub new: bool,
}

/// The rows of a table on the usual days before `day`. The table has a column `status`.
///
/// # Errors
/// When the table cannot be read.
pub fn days(table: &Table, warehouse: &dyn Warehouse, day: Date) -> Result<Usual<Vec<Row>>> {
    let status = table.position("status")?;
    let (from, to) = (day.checked_sub(LOOK_BACK_DAYS.days())?, day.yesterday()?);
    let mut by_day: BTreeMap<Date, Vec<Row>> = BTreeMap::new();
    for (day, row) in table.read_days(warehouse, from, to)? {
        by_day.entry(day).or_default().push(row);
    }
    let red =
        |rows: &Vec<Row>| rows.iter().any(|row| row.get(status).is_some_and(|c| c.text() == Status::Red.as_str()));
    Ok(usual(by_day.into_values().collect(), red))
}

fn usual<T>(days: Vec<T>, red: impl Fn(&T) -> bool) -> Usual<T> {
    let new = days.len() >= LOOK_BACK_DAYS as usize && days.iter().all(&red);
    let mut days: Vec<T> = days.into_iter().filter(|day| new || !red(day)).collect();
    days.drain(..days.len().saturating_sub(DAYS));
    Usual { days, new }
}

/// The rows of a table on the same weekdays of the four weeks before `day`, whatever they were.
///
/// # Errors
/// When the table cannot be read.
pub fn same_weekdays(table: &Table, warehouse: &dyn Warehouse, day: Date) -> Result<Vec<Row>> {
    let mut rows = Vec::new();
    for back in (7..=LOOK_BACK_DAYS).step_by(7) {
        rows.extend(table.read(warehouse, day.checked_sub(back.days())?)?);
    }
    Ok(rows)
}

/// The value in the middle, of an even number the lower one; `None` without values.
#[must_use]
pub fn middle(mut values: Vec<f64>) -> Option<f64> {
    values.sort_by(f64::total_cmp);
    values.get(values.len().checked_sub(1)? / 2).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_is_not_usual_until_nothing_else_is() {
        let of = |days: &[(u32, bool)]| {
            let found = usual(days.to_vec(), |(_, red)| *red);
            (found.days.into_iter().map(|(number, _)| number).collect::<Vec<_>>(), found.new)
        };
        assert_eq!(of(&[]), (vec![], false));
        let mut days: Vec<(u32, bool)> = (0..10).map(|number| (number, false)).collect();
        assert_eq!(of(&days), (vec![3, 4, 5, 6, 7, 8, 9], false));
        days.extend((10..38).map(|number| (number, true)));
        assert_eq!(of(&days), (vec![3, 4, 5, 6, 7, 8, 9], false));
        assert_eq!(of(&days[9..]), (vec![9], false), "one good day is enough");
        assert_eq!(of(&days[10..]), (vec![31, 32, 33, 34, 35, 36, 37], true));
        assert_eq!(of(&days[11..]), (vec![], false), "fewer days may be a pause");
    }

    #[test]
    fn the_middle() {
        assert_eq!([middle(vec![]), middle(vec![3.0, 1.0, 2.0]), middle(vec![2.0, 1.0])], [None, Some(2.0), Some(1.0)]);
    }
}
