//! The table `snapshots`: the rows that models are trained on, one column per feature.

use super::{Snapshots, TrainingRows};
use crate::warehouse::parquet::Plain;
use crate::warehouse::table::{Cells, Column, TableWriter, Type};
use crate::warehouse::{Fence, Warehouse};
use anyhow::{Context, Result};
use jiff::ToSpan;
use jiff::civil::{Date, date};
use std::collections::BTreeMap;

/// Name of the table.
pub const TABLE: &str = "snapshots";

const COLUMNS: [Column; 8] = [
    Column::required("snapshot_date", Type::Date),
    Column::required("user_pseudo_id", Type::Text),
    Column::optional("ga_session_id", Type::I64),
    Column::optional("page_view_number", Type::I32),
    Column::required("event_timestamp", Type::I64),
    Column::required("target", Type::Text),
    Column::required("label", Type::Bool),
    Column::required("weight", Type::F32),
];

/// Column of a feature: BigQuery's names have no dots.
#[must_use]
pub fn column_name(feature: &str) -> String {
    feature.replace('.', "__")
}

/// Replaces the partitions of all days that have rows. In each, first the rows of the session target, then those of the
/// visitor target, by visitor and time.
///
/// # Errors
/// When the warehouse cannot be written.
pub fn replace(warehouse: &dyn Warehouse, rows: &TrainingRows) -> Result<()> {
    let names: Vec<String> = rows.session.names.iter().map(|n| column_name(n)).collect();
    let mut columns = COLUMNS.to_vec();
    columns.extend(names.iter().map(|name| Column::optional(name, Type::F32)));
    let targets = [&rows.session, &rows.daily];
    let mut by_day: BTreeMap<i32, [Vec<usize>; 2]> = BTreeMap::new();
    for (at, snapshots) in targets.iter().enumerate() {
        for (row, day) in snapshots.day.iter().enumerate() {
            by_day.entry(*day).or_default()[at].push(row);
        }
    }
    for (number, chosen) in &by_day {
        let day = day(*number)?;
        let write = || -> Result<()> {
            let mut replacement = warehouse.replace(TABLE, day)?;
            let mut writer = TableWriter::new(replacement.part()?, TABLE, &columns)?;
            for (snapshots, chosen) in targets.iter().zip(chosen).filter(|(_, chosen)| !chosen.is_empty()) {
                put(&mut writer, snapshots, chosen, &rows.users)?;
            }
            writer.finish()?;
            warehouse.publish(vec![replacement], &Fence::none())
        };
        write().with_context(|| format!("writing {TABLE} of {day}"))?;
    }
    Ok(())
}

fn day(number: i32) -> Result<Date> {
    Ok(date(1970, 1, 1).checked_add(i64::from(number).days())?)
}

/// One row group: the chosen rows of a target.
fn put(
    writer: &mut TableWriter<'_, std::fs::File>,
    from: &Snapshots,
    chosen: &[usize],
    users: &[Box<str>],
) -> Result<()> {
    fn of<'a, T: Copy>(values: &'a [T], chosen: &'a [usize]) -> impl Iterator<Item = T> + 'a {
        chosen.iter().map(|row| values[*row])
    }
    let mut ids = Plain::default();
    of(&from.visitor, chosen).for_each(|number| ids.push(users[number as usize].as_bytes()));
    let mut group = writer.group()?;
    group.put(Cells::i32s(of(&from.day, chosen).collect()))?;
    group.put_plain(&ids)?;
    group.put(Cells::i64s_optional(of(&from.session_id, chosen).map(|id| (id != 0).then_some(id))))?;
    group.put(Cells::i32s_optional(of(&from.page_view, chosen).map(|n| (n != 0).then_some(n as i32))))?;
    group.put(Cells::i64s(of(&from.moment_us, chosen).collect()))?;
    group.put(Cells::texts(chosen.iter().map(|_| Some(from.target.as_str()))))?;
    group.put(Cells::bools(of(&from.label, chosen).collect()))?;
    group.put(Cells::f32s(of(&from.weight, chosen).collect()))?;
    for column in &from.columns {
        group.put(Cells::f32s_optional(of(column, chosen).map(|x| (!x.is_nan()).then_some(x))))?;
    }
    group.finish()
}
