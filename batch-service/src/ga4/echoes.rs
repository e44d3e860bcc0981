//! What an export says of our own scores: a reader of its own, because cleansing drops them.

use super::{is_parquet, json, parquet};
use anyhow::{Context, Result};
use serde::Deserialize;
use serde::de::{DeserializeSeed, SeqAccess, Visitor};
use std::borrow::Cow;
use std::fmt;
use std::io::BufRead;
use std::path::{Path, PathBuf};

/// Names to look for.
#[derive(Clone, Copy, Debug)]
pub struct EchoNames<'a> {
    /// The event that carries the user properties.
    pub event: &'a str,
    /// User property of the score.
    pub score: &'a str,
    /// User property of the band.
    pub band: &'a str,
}

/// What an event says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Echo<'a> {
    /// `user_pseudo_id`.
    pub user: &'a str,
    /// Whether it is the event that carries the user properties.
    pub carrier: bool,
    /// Value of the user property of the score.
    pub score: Option<&'a str>,
    /// Value of the user property of the band.
    pub band: Option<&'a str>,
}

/// Reads the files of a day.
pub(super) fn read_files(files: &[PathBuf], names: &EchoNames<'_>, each: &mut dyn FnMut(&Echo<'_>)) -> Result<()> {
    for path in files {
        if is_parquet(path)? {
            parquet::read_echoes(path, names, each)?;
        } else {
            read_json(path, names, each).with_context(|| path.display().to_string())?;
        }
    }
    Ok(())
}

#[derive(Deserialize)]
struct Row<'a> {
    #[serde(borrow, default)]
    event_name: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    user_pseudo_id: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    user_properties: Option<Vec<Property<'a>>>,
}

#[derive(Deserialize)]
struct Property<'a> {
    #[serde(borrow, default)]
    key: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    value: Option<PropertyValue<'a>>,
}

#[derive(Deserialize)]
struct PropertyValue<'a> {
    #[serde(borrow, default)]
    string_value: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    int_value: Option<Whole<'a>>,
}

/// `bq extract` writes whole numbers as texts.
#[derive(Deserialize)]
#[serde(untagged)]
enum Whole<'a> {
    Text(#[serde(borrow)] Cow<'a, str>),
    Number(i64),
}

fn take(row: &Row<'_>, names: &EchoNames<'_>, each: &mut dyn FnMut(&Echo<'_>)) {
    let Some(user) = row.user_pseudo_id.as_deref() else { return };
    let value = |name: &str| -> Option<Cow<'_, str>> {
        let mut properties = row.user_properties.iter().flatten();
        let value = properties.find(|property| property.key.as_deref() == Some(name))?.value.as_ref()?;
        let number = value.int_value.as_ref().map(|number| match number {
            Whole::Text(text) => Cow::Borrowed(&**text),
            Whole::Number(number) => Cow::Owned(number.to_string()),
        });
        value.string_value.as_deref().map(Cow::Borrowed).or(number)
    };
    let carrier = row.event_name.as_deref() == Some(names.event);
    let (score, band) = (value(names.score), value(names.band));
    if carrier || score.is_some() || band.is_some() {
        each(&Echo { user, carrier, score: score.as_deref(), band: band.as_deref() });
    }
}

fn read_json(path: &Path, names: &EchoNames<'_>, each: &mut dyn FnMut(&Echo<'_>)) -> Result<()> {
    let mut input = json::open(path)?;
    loop {
        match input.fill_buf()?.first() {
            // White space and the parts of a byte order mark.
            Some(b' ' | b'\n' | b'\r' | b'\t' | 0xef | 0xbb | 0xbf) => input.consume(1),
            Some(b'[') => break,
            _ => return read_lines(input, names, each),
        }
    }
    let mut deserializer = serde_json::Deserializer::from_reader(input);
    Ok(Rows { names, each }.deserialize(&mut deserializer)?)
}

fn read_lines(mut input: impl BufRead, names: &EchoNames<'_>, each: &mut dyn FnMut(&Echo<'_>)) -> Result<()> {
    let mut line = Vec::new();
    for number in 1_u64.. {
        line.clear();
        if input.read_until(b'\n', &mut line)? == 0 {
            break;
        }
        if !line.trim_ascii().is_empty() {
            let row = serde_json::from_slice(&line).with_context(|| format!("line {number}"))?;
            take(&row, names, each);
        }
    }
    Ok(())
}

/// An array of events, one at a time.
struct Rows<'r, 'n> {
    names: &'r EchoNames<'n>,
    each: &'r mut dyn FnMut(&Echo<'_>),
}

impl<'de> DeserializeSeed<'de> for Rows<'_, '_> {
    type Value = ();
    fn deserialize<D: serde::Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_seq(self)
    }
}

impl<'de> Visitor<'de> for Rows<'_, '_> {
    type Value = ();
    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an array of events")
    }
    fn visit_seq<A: SeqAccess<'de>>(self, mut array: A) -> Result<(), A::Error> {
        while let Some(row) = array.next_element::<Row<'de>>()? {
            take(&row, self.names, self.each);
        }
        Ok(())
    }
}
