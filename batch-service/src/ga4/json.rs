//! Reads GA4 events from JSON: one object a line, or one array; plain, gzip or zstd.
//!
//! `bq extract` writes every whole number as a string and leaves out what is null.

use std::borrow::Cow;
use std::fmt;
use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::path::Path;

use anyhow::{Context, Result, anyhow, bail};
use serde::Deserialize;
use serde::de::{Deserializer, IgnoredAny, SeqAccess, Visitor};

use super::fields::{Column, Cooked, Param, REQUIRED, fraction};
use super::report::{FileReport, ReadFailure};
use crate::events::{DayBuilder, RawRow};
use crate::warehouse::parquet::Value;

/// A JSON value that is no list and no object.
#[derive(Debug, Clone, Default)]
enum Scalar<'a> {
    #[default]
    Null,
    Bool(bool),
    Int(i64),
    Float(f64),
    Text(Cow<'a, str>),
}

impl Scalar<'_> {
    fn value(&self) -> Option<Value<'_>> {
        match self {
            Self::Null => None,
            Self::Bool(truth) => Some(Value::Bool(*truth)),
            Self::Int(number) => Some(Value::Int(*number)),
            Self::Float(number) => Some(Value::Float(*number)),
            Self::Text(text) => Some(Value::Bytes(text.as_bytes())),
        }
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Scalar<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct ScalarVisitor;
        impl<'de> Visitor<'de> for ScalarVisitor {
            type Value = Scalar<'de>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a text, a number, true, false or null")
            }
            fn visit_unit<E>(self) -> Result<Self::Value, E> {
                Ok(Scalar::Null)
            }
            fn visit_bool<E>(self, truth: bool) -> Result<Self::Value, E> {
                Ok(Scalar::Bool(truth))
            }
            fn visit_i64<E>(self, number: i64) -> Result<Self::Value, E> {
                Ok(Scalar::Int(number))
            }
            fn visit_u64<E>(self, number: u64) -> Result<Self::Value, E> {
                Ok(i64::try_from(number).map_or(Scalar::Float(number as f64), Scalar::Int))
            }
            fn visit_f64<E>(self, number: f64) -> Result<Self::Value, E> {
                Ok(Scalar::Float(number))
            }
            fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Self::Value, E> {
                Ok(Scalar::Text(Cow::Borrowed(text)))
            }
            fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
                Ok(Scalar::Text(Cow::Owned(text.to_owned())))
            }
        }
        deserializer.deserialize_any(ScalarVisitor)
    }
}

#[derive(Deserialize)]
struct Row<'a> {
    #[serde(borrow, default)]
    event_date: Scalar<'a>,
    #[serde(borrow, default)]
    event_timestamp: Scalar<'a>,
    #[serde(borrow, default)]
    event_name: Scalar<'a>,
    #[serde(borrow, default)]
    user_pseudo_id: Scalar<'a>,
    #[serde(borrow, default)]
    user_first_touch_timestamp: Scalar<'a>,
    #[serde(borrow, default)]
    event_bundle_sequence_id: Scalar<'a>,
    #[serde(borrow, default)]
    batch_event_index: Scalar<'a>,
    #[serde(borrow, default)]
    batch_ordering_id: Scalar<'a>,
    #[serde(borrow, default)]
    batch_page_id: Scalar<'a>,
    #[serde(borrow, default)]
    stream_id: Scalar<'a>,
    #[serde(borrow, default)]
    device: Option<Device<'a>>,
    #[serde(borrow, default)]
    ecommerce: Option<Ecommerce<'a>>,
    #[serde(borrow, default)]
    collected_traffic_source: Option<Traffic<'a>>,
    #[serde(borrow, default)]
    privacy_info: Option<Privacy<'a>>,
    #[serde(borrow, default)]
    geo: Option<Geo<'a>>,
    #[serde(borrow, default)]
    event_params: Option<Vec<Entry<'a>>>,
    #[serde(borrow, default)]
    items: Option<Vec<Item<'a>>>,
    /// Columns of Universal Analytics.
    #[serde(rename = "visitId")]
    visit_id: Option<IgnoredAny>,
    hits: Option<IgnoredAny>,
}

#[derive(Deserialize)]
struct Device<'a> {
    #[serde(borrow, default)]
    category: Scalar<'a>,
    #[serde(borrow, default)]
    language: Scalar<'a>,
}

#[derive(Deserialize)]
struct Ecommerce<'a> {
    #[serde(borrow, default)]
    transaction_id: Scalar<'a>,
}

#[derive(Deserialize)]
struct Traffic<'a> {
    #[serde(borrow, default)]
    manual_source: Scalar<'a>,
    #[serde(borrow, default)]
    manual_medium: Scalar<'a>,
    #[serde(borrow, default)]
    manual_campaign_name: Scalar<'a>,
}

#[derive(Deserialize)]
struct Privacy<'a> {
    #[serde(borrow, default)]
    analytics_storage: Scalar<'a>,
    #[serde(borrow, default)]
    ads_storage: Scalar<'a>,
}

#[derive(Deserialize)]
struct Geo<'a> {
    #[serde(borrow, default)]
    country: Scalar<'a>,
}

#[derive(Deserialize)]
struct Entry<'a> {
    #[serde(borrow, default)]
    key: Scalar<'a>,
    #[serde(borrow, default)]
    value: Option<EntryValue<'a>>,
}

#[derive(Deserialize)]
struct EntryValue<'a> {
    #[serde(borrow, default)]
    string_value: Scalar<'a>,
    #[serde(borrow, default)]
    int_value: Scalar<'a>,
    #[serde(borrow, default)]
    float_value: Scalar<'a>,
    #[serde(borrow, default)]
    double_value: Scalar<'a>,
}

#[derive(Deserialize)]
struct Item<'a> {
    #[serde(borrow, default)]
    price: Scalar<'a>,
}

impl Row<'_> {
    fn scalar(&self, column: Column) -> Option<Value<'_>> {
        let (device, traffic) = (self.device.as_ref(), self.collected_traffic_source.as_ref());
        match column {
            Column::Date => self.event_date.value(),
            Column::Timestamp => self.event_timestamp.value(),
            Column::Name => self.event_name.value(),
            Column::User => self.user_pseudo_id.value(),
            Column::FirstTouch => self.user_first_touch_timestamp.value(),
            Column::BundleSequence => self.event_bundle_sequence_id.value(),
            Column::BatchEventIndex => self.batch_event_index.value(),
            Column::BatchOrdering => self.batch_ordering_id.value(),
            Column::BatchPage => self.batch_page_id.value(),
            Column::Stream => self.stream_id.value(),
            Column::Device => device?.category.value(),
            Column::Language => device?.language.value(),
            Column::Transaction => self.ecommerce.as_ref()?.transaction_id.value(),
            Column::ManualSource => traffic?.manual_source.value(),
            Column::ManualMedium => traffic?.manual_medium.value(),
            Column::ManualCampaign => traffic?.manual_campaign_name.value(),
            Column::AnalyticsStorage => self.privacy_info.as_ref()?.analytics_storage.value(),
            Column::AdsStorage => self.privacy_info.as_ref()?.ads_storage.value(),
            Column::Country => self.geo.as_ref()?.country.value(),
        }
    }
}

/// Collects the rows of one file.
struct Rows<'d> {
    file: String,
    day: &'d mut DayBuilder,
    count: u64,
    seen: [bool; Column::ALL.len()],
    seen_params: bool,
    seen_price: bool,
}

impl Rows<'_> {
    fn take(&mut self, row: &Row<'_>) -> Result<(), ReadFailure> {
        if (row.visit_id.is_some() || row.hits.is_some()) && row.event_name.value().is_none() {
            let what = "this is a Universal Analytics table (`visitId`, `hits`); Inkling reads the tables \
                        `events_YYYYMMDD` of a Google Analytics 4 export";
            return Err(ReadFailure::WrongSchema { file: self.file.clone(), what: what.to_owned() });
        }
        self.count += 1;
        let mut raw = RawRow::EMPTY;
        for entry in row.event_params.iter().flatten() {
            self.seen_params = true;
            let Some(Value::Bytes(key)) = entry.key.value() else { continue };
            let (Some(param), Some(value)) = (Param::of_key(key), &entry.value) else { continue };
            for scalar in [&value.string_value, &value.int_value, &value.float_value, &value.double_value] {
                if let Some(value) = scalar.value() {
                    let cooked = param.cook(value, self.day);
                    param.set(&mut raw, cooked);
                }
            }
        }
        for item in row.items.iter().flatten() {
            raw.items += 1;
            if let Some(value) = item.price.value() {
                self.seen_price = true;
                match fraction(value) {
                    Some(price) => raw.price = raw.price.max(price),
                    None => raw.bad = raw.bad.or(Some("items.price")),
                }
            }
        }
        for (column, seen) in Column::ALL.into_iter().zip(&mut self.seen) {
            let cooked = row.scalar(column).map_or(Cooked::Missing, |value| {
                *seen = true;
                column.cook(value, self.day)
            });
            column.set(&mut raw, cooked);
        }
        self.day.push(&raw, (&self.file, self.count));
        Ok(())
    }

    /// Columns that no row had; an error when one of them is required.
    fn finish(self) -> Result<FileReport> {
        let mut missing = Vec::new();
        if self.count > 0 {
            let columns =
                Column::ALL.into_iter().zip(self.seen).filter(|&(column, seen)| !seen && column.is_expected());
            missing.extend(columns.map(|(column, _)| column.path().to_owned()));
            if !self.seen_params {
                missing.push("event_params".to_owned());
            }
            if !self.seen_price {
                missing.push("items.price".to_owned());
            }
            // Without consent there is no visitor id, perhaps in no row of a small file.
            let absent = REQUIRED.into_iter().filter(|&name| name != "user_pseudo_id");
            let absent: Vec<&str> = absent.filter(|name| missing.iter().any(|m| m == name)).collect();
            if !absent.is_empty() {
                let what = format!("not a Google Analytics 4 export: no row has {}", absent.join(", "));
                return Err(ReadFailure::WrongSchema { file: self.file, what }.into());
            }
        }
        Ok(FileReport {
            file: self.file,
            format: "json".into(),
            rows: self.count,
            row_groups: 0,
            missing_columns: missing,
        })
    }
}

/// Reads all events of a file into the day.
pub fn read_file(path: &Path, day: &mut DayBuilder) -> Result<FileReport> {
    let file = path.display().to_string();
    let mut input = open(path).with_context(|| file.clone())?;
    let mut rows = Rows { file: file.clone(), day, count: 0, seen: [false; _], seen_params: false, seen_price: false };
    let first = loop {
        match input.fill_buf().with_context(|| file.clone())?.first() {
            // White space and the parts of a byte order mark.
            Some(b' ' | b'\n' | b'\r' | b'\t' | 0xef | 0xbb | 0xbf) => input.consume(1),
            other => break other.copied(),
        }
    };
    match first {
        None => {}
        Some(b'[') => read_array(input, &mut rows)?,
        Some(b'{') => read_lines(input, &mut rows)?,
        Some(_) => bail!(ReadFailure::Broken { file, what: "neither JSON objects nor a JSON array".to_owned() }),
    }
    rows.finish()
}

/// Opens a file, decompressing it by what its first bytes say.
pub(super) fn open(path: &Path) -> Result<Box<dyn BufRead>> {
    let mut input = BufReader::with_capacity(1 << 16, File::open(path)?);
    let start = input.fill_buf()?;
    Ok(match start {
        [0x1f, 0x8b, ..] => Box::new(BufReader::with_capacity(1 << 16, flate2::bufread::MultiGzDecoder::new(input))),
        [0x28, 0xb5, 0x2f, 0xfd, ..] => Box::new(BufReader::with_capacity(1 << 16, zstd::Decoder::with_buffer(input)?)),
        _ => Box::new(input),
    })
}

fn read_lines(mut input: impl BufRead, rows: &mut Rows<'_>) -> Result<()> {
    let mut line = Vec::new();
    let mut number = 0_u64;
    loop {
        line.clear();
        number += 1;
        let place = || format!("{}: line {number}", rows.file);
        if input.read_until(b'\n', &mut line).with_context(place)? == 0 {
            return Ok(());
        }
        if line.trim_ascii().is_empty() {
            continue;
        }
        match serde_json::from_slice::<Row<'_>>(&line) {
            Ok(row) => rows.take(&row)?,
            Err(error) => {
                let what = format!("line {number}: {error}");
                return Err(ReadFailure::Broken { file: rows.file.clone(), what }.into());
            }
        }
    }
}

fn read_array(input: impl Read, rows: &mut Rows<'_>) -> Result<()> {
    struct Array<'r, 'd> {
        rows: &'r mut Rows<'d>,
        failure: Option<ReadFailure>,
    }
    impl<'de> Visitor<'de> for &mut Array<'_, '_> {
        type Value = ();
        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("an array of events")
        }
        fn visit_seq<A: SeqAccess<'de>>(self, mut array: A) -> Result<(), A::Error> {
            while let Some(row) = array.next_element::<Row<'de>>()? {
                if let Err(failure) = self.rows.take(&row) {
                    self.failure = Some(failure);
                    return Err(serde::de::Error::custom("refused"));
                }
            }
            Ok(())
        }
    }
    let mut array = Array { rows, failure: None };
    let mut deserializer = serde_json::Deserializer::from_reader(input);
    let read = deserializer.deserialize_seq(&mut array).and_then(|()| deserializer.end());
    let (failure, count) = (array.failure, array.rows.count);
    match (failure, read) {
        (Some(failure), _) => Err(failure.into()),
        (None, Err(error)) if error.is_io() => Err(anyhow!(error).context(rows.file.clone())),
        (None, Err(error)) => {
            let what = format!("after row {count}: {error}");
            Err(ReadFailure::Broken { file: rows.file.clone(), what }.into())
        }
        (None, Ok(())) => Ok(()),
    }
}
