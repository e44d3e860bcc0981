//! What pages have told of scores: the tag pushes the event `inkling_score`, or `inkling_off` where there is none, into the
//! `dataLayer`, and a site may pass them on to Google Analytics with their parameters. Cleansing drops such events; this is a
//! reader of its own for them.

use super::{is_parquet, json, parquet};
use crate::events::rules::{CARRIER, NO_SCORE};
use anyhow::{Context, Result};
use serde::Deserialize;
use std::io::BufRead;
use std::path::{Path, PathBuf};

/// The parameters: the score in steps of 0.05, the exact score as a text where a site tells it, the version of the model
/// and that of the bundle, how long the tag took to be ready, with the first score of a page; and why there is no score.
pub const PARAMETERS: [&str; 6] = [
    "inkling_score",
    "inkling_score_exact",
    "inkling_model_version",
    "inkling_bundle",
    "inkling_load_ms",
    "inkling_code",
];

/// What a page has told.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Told<'a> {
    /// A score.
    Score(Score<'a>),
    /// That there is none, and why: a code of the tag, such as `signature-invalid`.
    Off(&'a str),
}

/// A score that a browser has told.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Score<'a> {
    /// `user_pseudo_id`.
    pub user: &'a str,
    /// Time of the event, microseconds.
    pub time_us: i64,
    /// `ga_session_id`; 0 = none.
    pub session_id: i64,
    /// The score, in steps of 0.05.
    pub score: f64,
    /// The exact score.
    pub exact: Option<f64>,
    /// Version of the model.
    pub model_version: Option<&'a str>,
    /// Version of the bundle.
    pub bundle: Option<&'a str>,
    /// Milliseconds from the visitor's consent to a scorer that was ready; not negative, finite.
    pub load_ms: Option<f64>,
}

/// Whether an event of this name may tell something.
pub(super) fn tells(name: Option<&str>) -> bool {
    name.is_some_and(|name| [CARRIER, NO_SCORE].contains(&name))
}

/// An event as it is found in a file, values as texts in the order of [`PARAMETERS`].
#[derive(Clone, Debug, Default)]
pub(super) struct Found {
    pub name: Option<String>,
    pub user: Option<String>,
    pub time_us: Option<i64>,
    pub session_id: Option<i64>,
    pub values: [Option<String>; PARAMETERS.len()],
}

impl Found {
    /// Gives it, if it tells something: the events of our own uploads have no such parameters.
    pub(super) fn give(&self, each: &mut dyn FnMut(&Told<'_>)) {
        let number = |at: usize| self.values[at].as_ref().and_then(|text| text.trim().parse::<f64>().ok());
        let text = |at: usize| self.values[at].as_deref().filter(|text| !text.is_empty());
        // Anybody can send events: what is no probability is no score.
        let probability = |at: usize| number(at).filter(|p| (0.0..=1.0).contains(p));
        let Some(user) = self.user.as_deref() else { return };
        if self.name.as_deref() == Some(NO_SCORE) {
            if let Some(code) = text(5) {
                each(&Told::Off(code));
            }
        } else if let (Some(time_us), Some(score)) = (self.time_us, probability(0)) {
            let (session_id, exact) = (self.session_id.unwrap_or(0), probability(1));
            let load_ms = number(4).filter(|ms| ms.is_finite() && *ms >= 0.0);
            let (model_version, bundle) = (text(2), text(3));
            each(&Told::Score(Score { user, time_us, session_id, score, exact, model_version, bundle, load_ms }));
        }
    }
}

/// Reads the files of a day.
pub(super) fn read_files(files: &[PathBuf], each: &mut dyn FnMut(&Told<'_>)) -> Result<()> {
    for path in files {
        if is_parquet(path)? {
            parquet::read_told(path, each)?;
        } else {
            read_json(path, each).with_context(|| path.display().to_string())?;
        }
    }
    Ok(())
}

#[derive(Deserialize)]
struct Row {
    #[serde(default)]
    event_name: Option<String>,
    #[serde(default)]
    user_pseudo_id: Option<String>,
    #[serde(default)]
    event_timestamp: Option<Scalar>,
    #[serde(default)]
    event_params: Option<Vec<Entry>>,
}

#[derive(Deserialize)]
struct Entry {
    #[serde(default)]
    key: Option<String>,
    #[serde(default)]
    value: Option<EntryValue>,
}

#[derive(Deserialize)]
struct EntryValue {
    #[serde(default)]
    string_value: Option<Scalar>,
    #[serde(default)]
    int_value: Option<Scalar>,
    #[serde(default)]
    float_value: Option<Scalar>,
    #[serde(default)]
    double_value: Option<Scalar>,
}

/// `bq extract` writes whole numbers as texts.
#[derive(Deserialize)]
#[serde(untagged)]
enum Scalar {
    Text(String),
    Whole(i64),
    Number(f64),
}

impl Scalar {
    fn text(self) -> String {
        match self {
            Self::Text(text) => text,
            Self::Whole(number) => number.to_string(),
            Self::Number(number) => number.to_string(),
        }
    }
}

fn take(row: Row, each: &mut dyn FnMut(&Told<'_>)) {
    if !tells(row.event_name.as_deref()) {
        return;
    }
    let time_us = row.event_timestamp.and_then(|time| time.text().parse().ok());
    let mut found = Found { name: row.event_name, user: row.user_pseudo_id, time_us, ..Found::default() };
    for Entry { key, value } in row.event_params.into_iter().flatten() {
        let (Some(key), Some(value)) = (key, value) else { continue };
        let value = value.string_value.or(value.int_value).or(value.float_value).or(value.double_value);
        let value = value.map(Scalar::text);
        if key == "ga_session_id" {
            found.session_id = value.and_then(|text| text.parse().ok());
        } else if let Some(at) = PARAMETERS.iter().position(|name| *name == key) {
            found.values[at] = value;
        }
    }
    found.give(each);
}

fn read_json(path: &Path, each: &mut dyn FnMut(&Told<'_>)) -> Result<()> {
    let mut input = json::open(path)?;
    loop {
        match input.fill_buf()?.first() {
            // White space and the parts of a byte order mark.
            Some(b' ' | b'\n' | b'\r' | b'\t' | 0xef | 0xbb | 0xbf) => input.consume(1),
            Some(b'[') => break,
            _ => return read_lines(input, each),
        }
    }
    let rows: Vec<Row> = serde_json::from_reader(input)?;
    rows.into_iter().for_each(|row| take(row, each));
    Ok(())
}

fn read_lines(mut input: impl BufRead, each: &mut dyn FnMut(&Told<'_>)) -> Result<()> {
    let mut line = Vec::new();
    for number in 1_u64.. {
        line.clear();
        if input.read_until(b'\n', &mut line)? == 0 {
            break;
        }
        // Few lines have the name of such an event in them at all.
        let says = |name: &str| line.windows(name.len()).any(|part| part == name.as_bytes());
        if says(CARRIER) || says(NO_SCORE) {
            take(serde_json::from_slice(&line).with_context(|| format!("line {number}"))?, each);
        }
    }
    Ok(())
}
