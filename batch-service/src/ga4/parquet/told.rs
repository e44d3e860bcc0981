//! Scores that browsers have told.

use super::echoes::Texts;
use super::schema::Leaves;
use super::{CHUNK, open};
use crate::events::rules::CARRIER;
use crate::ga4::fields::Column;
use crate::ga4::report::ReadFailure;
use crate::ga4::told::{Found, PARAMETERS, Told};
use crate::warehouse::parquet::LeafReader;
use anyhow::{Context, Result};
use parquet::file::reader::{FileReader, RowGroupReader};
use std::path::Path;

/// What a parameter is read for.
#[derive(Clone, Copy)]
enum Wanted {
    Session,
    Value(usize),
}

/// Gives the scores in a file to `each`.
pub fn read_told(path: &Path, each: &mut dyn FnMut(&Told<'_>)) -> Result<()> {
    let name = path.display().to_string();
    let file = open(path)?;
    let leaves = Leaves::find(file.metadata().file_metadata().schema_descr())
        .map_err(|what| ReadFailure::WrongSchema { file: name.clone(), what })?;
    for group in 0..file.num_row_groups() {
        let mut read = || -> Result<()> {
            let reader = file.get_row_group(group)?;
            read_group(reader.as_ref(), &leaves, each)
        };
        read().with_context(|| format!("{name}: row group {}", group + 1))?;
    }
    Ok(())
}

fn read_group(reader: &dyn RowGroupReader, leaves: &Leaves, each: &mut dyn FnMut(&Told<'_>)) -> Result<()> {
    let texts = |index: usize| -> Result<Texts> { Ok(Texts::new(LeafReader::open(reader, index)?)) };
    let flat = |column: Column| {
        let found = leaves.columns.iter().find(|(of, _)| *of == column);
        texts(found.with_context(|| format!("no column {}", column.path()))?.1)
    };
    let rows = usize::try_from(reader.metadata().num_rows())?;
    // The names first: most files have no such event, and the parameters are most of a file.
    let mut names = flat(Column::Name)?;
    let (mut ours, mut done) = (Vec::with_capacity(rows), 0);
    while done < rows {
        let count = CHUNK.min(rows - done);
        ours.extend(names.next(count)?.map(|(_, name)| name.as_deref() == Some(CARRIER)));
        done += count;
    }
    if !ours.contains(&true) {
        return Ok(());
    }
    let (mut users, mut times, mut keys) = (flat(Column::User)?, flat(Column::Timestamp)?, texts(leaves.key)?);
    let mut values = leaves.values.iter().map(|index| texts(*index)).collect::<Result<Vec<_>>>()?;
    for ours in ours.chunks(CHUNK) {
        let count = ours.len();
        let mut found = vec![Found::default(); count];
        let mut row = 0;
        let mut entries: Vec<(usize, Option<Wanted>)> = Vec::new();
        for (entry, (rep, key)) in keys.next(count)?.enumerate() {
            row += usize::from(rep == 0 && entry > 0);
            let wanted = || match key.as_deref() {
                Some("ga_session_id") => Some(Wanted::Session),
                Some(key) => PARAMETERS.iter().position(|name| *name == key).map(Wanted::Value),
                None => None,
            };
            entries.push((row, ours.get(row).is_some_and(|ours| *ours).then(wanted).flatten()));
        }
        for values in &mut values {
            for ((row, wanted), (_, value)) in entries.iter().zip(values.next(count)?) {
                let (Some(found), Some(value)) = (found.get_mut(*row), value) else { continue };
                match wanted {
                    Some(Wanted::Session) => found.session_id = value.parse().ok(),
                    Some(Wanted::Value(at)) => found.values[*at] = Some(value.into_owned()),
                    None => {}
                }
            }
        }
        for (found, (_, user)) in found.iter_mut().zip(users.next(count)?) {
            found.user = user.map(|user| user.into_owned());
        }
        for (found, (_, time)) in found.iter_mut().zip(times.next(count)?) {
            found.time_us = time.and_then(|time| time.parse().ok());
        }
        found.iter().zip(ours).filter(|(_, ours)| **ours).for_each(|(found, _)| found.give(each));
    }
    Ok(())
}
