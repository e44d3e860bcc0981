//! What pages have told of scores.

use super::echoes::Texts;
use super::schema::Leaves;
use super::{CHUNK, open};
use crate::ga4::fields::Column;
use crate::ga4::report::ReadFailure;
use crate::ga4::told::{Found, PARAMETERS, Told, tells};
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

/// Gives what a file has of it to `each`.
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
        let name_of = |name: Option<_>| name.filter(|name: &std::borrow::Cow<'_, str>| tells(Some(name.as_ref())));
        ours.extend(names.next(count)?.map(|(_, name)| name_of(name).map(|name| name.into_owned())));
        done += count;
    }
    if ours.iter().all(Option::is_none) {
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
            entries.push((row, ours.get(row).is_some_and(Option::is_some).then(wanted).flatten()));
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
        for (found, name) in found.iter_mut().zip(ours).filter(|(_, name)| name.is_some()) {
            found.name.clone_from(name);
            found.give(each);
        }
    }
    Ok(())
}
