//! Writes a day as newline JSON the way `bq extract` does: every number a string, null fields left out, gzip.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;

use anyhow::{Context, Result};
use flate2::Compression;
use flate2::write::GzEncoder;
use parquet::schema::types::Type;

use super::rows::{Item, Param, Row};
use super::schema::{self, Source};

/// Writes the rows to a file.
pub fn write(path: &Path, rows: &[&Row]) -> Result<()> {
    let message = schema::message()?;
    let columns = columns(&message, "");
    let file = File::create(path).with_context(|| format!("create {}", path.display()))?;
    let mut out = GzEncoder::new(BufWriter::new(file), Compression::new(3));
    let mut line = Vec::new();
    for row in rows {
        line.clear();
        object(&mut line, &columns, Record { row, param: None, item: None })?;
        line.push(b'\n');
        out.write_all(&line)?;
    }
    out.finish()?.flush()?;
    Ok(())
}

/// A field of the schema.
enum Column {
    Leaf(String, Source),
    Group(String, Vec<Column>),
    List(String, Vec<Column>),
}

/// A row, or one of its elements.
#[derive(Clone, Copy)]
struct Record<'a> {
    row: &'a Row,
    param: Option<&'a Param>,
    item: Option<&'a Item>,
}

fn columns(group: &Type, prefix: &str) -> Vec<Column> {
    group.get_fields().iter().map(|field| column(field, prefix)).collect()
}

fn column(field: &Type, prefix: &str) -> Column {
    let name = field.name().to_owned();
    let path = if prefix.is_empty() { name.clone() } else { format!("{prefix}.{name}") };
    if field.is_primitive() {
        return Column::Leaf(name, schema::source(&path));
    }
    match field.get_fields() {
        [list] if list.name() == "list" => {
            let element = list.get_fields().first();
            Column::List(name, element.map(|element| columns(element, &path)).unwrap_or_default())
        }
        _ => Column::Group(name, columns(field, &path)),
    }
}

fn object(out: &mut Vec<u8>, columns: &[Column], record: Record<'_>) -> Result<()> {
    out.push(b'{');
    let mut first = true;
    for column in columns {
        match column {
            Column::Leaf(name, source) => leaf(out, &mut first, name, *source, record)?,
            Column::Group(_, inner) if matches!(inner.first(), Some(Column::Leaf(_, Source::NullGroup))) => {}
            Column::Group(name, inner) => {
                key(out, &mut first, name)?;
                object(out, inner, record)?;
            }
            Column::List(name, inner) => {
                key(out, &mut first, name)?;
                list(out, name, inner, record)?;
            }
        }
    }
    out.push(b'}');
    Ok(())
}

fn list(out: &mut Vec<u8>, name: &str, columns: &[Column], record: Record<'_>) -> Result<()> {
    out.push(b'[');
    let (params, items) = match name {
        "event_params" => (record.row.params.as_slice(), &[][..]),
        "items" => (&[][..], record.row.item.as_slice()),
        _ => (&[][..], &[][..]),
    };
    let elements = params
        .iter()
        .map(|param| Record { param: Some(param), ..record })
        .chain(items.iter().map(|item| Record { item: Some(item), ..record }));
    for (index, element) in elements.enumerate() {
        if index > 0 {
            out.push(b',');
        }
        object(out, columns, element)?;
    }
    out.push(b']');
    Ok(())
}

fn leaf(out: &mut Vec<u8>, first: &mut bool, name: &str, source: Source, record: Record<'_>) -> Result<()> {
    let Record { row, param, item } = record;
    let (mut text, mut int, mut double) = (None, None, None);
    match source {
        Source::Text(get) => text = get(row),
        Source::Int(get) => int = get(row),
        Source::Double(get) => double = get(row),
        Source::ParamText(get) => text = param.and_then(get),
        Source::ParamInt(get) => int = param.and_then(get),
        Source::ItemText(get) => text = item.and_then(get),
        Source::ItemDouble(get) => double = item.and_then(get),
        Source::NullGroup | Source::Null | Source::ParamNull | Source::ItemNull | Source::NoElements => {}
    }
    if let Some(text) = text {
        key(out, first, name)?;
        serde_json::to_writer(&mut *out, text)?;
    } else if let Some(int) = int {
        key(out, first, name)?;
        write!(out, "\"{int}\"")?;
    } else if let Some(double) = double {
        key(out, first, name)?;
        write!(out, "\"{double:?}\"")?;
    }
    Ok(())
}

fn key(out: &mut Vec<u8>, first: &mut bool, name: &str) -> Result<()> {
    if !std::mem::take(first) {
        out.push(b',');
    }
    write!(out, "\"{name}\":")?;
    Ok(())
}
