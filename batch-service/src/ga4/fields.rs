//! The columns and event parameters that are read, and how their values are understood.

use std::borrow::Cow;

use crate::events::rules::{Kind, MAX_ENGAGED_MS, is_placeholder};
use crate::events::{DayBuilder, RawRow, mix};
use crate::warehouse::parquet::Value;

/// Columns without which a table is not a GA4 export.
pub const REQUIRED: [&str; 4] = ["event_timestamp", "event_name", "user_pseudo_id", "event_params"];

/// A flat column of the export.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Column {
    Date,
    Timestamp,
    Name,
    User,
    FirstTouch,
    BundleSequence,
    BatchEventIndex,
    BatchOrdering,
    BatchPage,
    Device,
    Language,
    Stream,
    Transaction,
    ManualSource,
    ManualMedium,
    ManualCampaign,
    AnalyticsStorage,
    AdsStorage,
    Country,
}

impl Column {
    /// All of them; those that only fill gaps come last.
    pub const ALL: [Self; 19] = [
        Self::Date,
        Self::Timestamp,
        Self::Name,
        Self::User,
        Self::FirstTouch,
        Self::BundleSequence,
        Self::BatchEventIndex,
        Self::BatchOrdering,
        Self::BatchPage,
        Self::Device,
        Self::Language,
        Self::Stream,
        Self::Transaction,
        Self::ManualSource,
        Self::ManualMedium,
        Self::ManualCampaign,
        Self::AnalyticsStorage,
        Self::AdsStorage,
        Self::Country,
    ];

    /// The name in the export, structs joined by dots.
    #[must_use]
    pub fn path(self) -> &'static str {
        match self {
            Self::Date => "event_date",
            Self::Timestamp => "event_timestamp",
            Self::Name => "event_name",
            Self::User => "user_pseudo_id",
            Self::FirstTouch => "user_first_touch_timestamp",
            Self::BundleSequence => "event_bundle_sequence_id",
            Self::BatchEventIndex => "batch_event_index",
            Self::BatchOrdering => "batch_ordering_id",
            Self::BatchPage => "batch_page_id",
            Self::Device => "device.category",
            Self::Language => "device.language",
            Self::Stream => "stream_id",
            Self::Transaction => "ecommerce.transaction_id",
            Self::ManualSource => "collected_traffic_source.manual_source",
            Self::ManualMedium => "collected_traffic_source.manual_medium",
            Self::ManualCampaign => "collected_traffic_source.manual_campaign_name",
            Self::AnalyticsStorage => "privacy_info.analytics_storage",
            Self::AdsStorage => "privacy_info.ads_storage",
            Self::Country => "geo.country",
        }
    }

    /// Whether a report should say that the column is missing: others are absent from many exports.
    #[must_use]
    pub fn is_expected(self) -> bool {
        !matches!(
            self,
            Self::BatchEventIndex
                | Self::BatchOrdering
                | Self::BatchPage
                | Self::ManualSource
                | Self::ManualMedium
                | Self::ManualCampaign
                | Self::AnalyticsStorage
                | Self::AdsStorage
                | Self::Country
        )
    }

    /// How its text is cleansed; `None` for numbers.
    #[must_use]
    pub fn kind(self) -> Option<Kind> {
        match self {
            Self::Name | Self::User | Self::Device | Self::Language | Self::Stream | Self::Country => Some(Kind::Plain),
            Self::Transaction | Self::ManualCampaign => Some(Kind::Plain),
            Self::ManualSource | Self::ManualMedium => Some(Kind::Traffic),
            _ => None,
        }
    }

    /// Puts a value into a row.
    #[inline(always)]
    pub fn set(self, row: &mut RawRow, cooked: Cooked) {
        match cooked {
            Cooked::Bad => row.bad = row.bad.or(Some(self.path())),
            Cooked::Missing | Cooked::Unread => {}
            Cooked::Text(id) => match self {
                Self::Name => row.name = id,
                Self::User => row.user = id,
                Self::Device => row.device = id,
                Self::Language => row.language = id,
                Self::Stream => row.stream = id,
                Self::Country => row.country = id,
                Self::Transaction => row.transaction = id,
                Self::ManualSource if row.source == 0 => row.source = id,
                Self::ManualMedium if row.medium == 0 => row.medium = id,
                Self::ManualCampaign if row.campaign == 0 => row.campaign = id,
                _ => {}
            },
            Cooked::Whole(number) => match self {
                Self::Date => row.date = u32::try_from(number).unwrap_or(u32::MAX),
                Self::Timestamp => row.time_us = number,
                Self::FirstTouch => row.first_touch_us = number.max(0),
                Self::BundleSequence => row.fingerprint ^= mix(1, number as u64),
                Self::BatchEventIndex => row.fingerprint ^= mix(2, number as u64),
                Self::BatchOrdering => row.fingerprint ^= mix(3, number as u64),
                Self::BatchPage => {
                    row.fingerprint ^= mix(4, number as u64);
                    row.has_page_id = true;
                }
                Self::AnalyticsStorage => row.analytics_storage = allowed(number),
                Self::AdsStorage => row.ads_storage = allowed(number),
                _ => {}
            },
        }
    }

    /// Understands a value.
    pub fn cook(self, value: Value<'_>, day: &mut DayBuilder) -> Cooked {
        match self.kind() {
            Some(kind) => text(kind, value, day),
            None if self == Self::Date => date(value),
            None if matches!(self, Self::AnalyticsStorage | Self::AdsStorage) => consent(value),
            None => whole(value),
        }
    }
}

/// An event parameter that is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Param {
    SessionId,
    SessionNumber,
    Engagement,
    Page,
    Referrer,
    Source,
    Medium,
    Campaign,
    Transaction,
    Synthetic,
    BatchOrdering,
    BatchPage,
}

impl Param {
    /// All of them.
    pub const ALL: [Self; 12] = [
        Self::SessionId,
        Self::SessionNumber,
        Self::Engagement,
        Self::Page,
        Self::Referrer,
        Self::Source,
        Self::Medium,
        Self::Campaign,
        Self::Transaction,
        Self::Synthetic,
        Self::BatchOrdering,
        Self::BatchPage,
    ];

    /// The column name in reports.
    #[must_use]
    pub fn path(self) -> &'static str {
        match self {
            Self::SessionId => "event_params.ga_session_id",
            Self::SessionNumber => "event_params.ga_session_number",
            Self::Engagement => "event_params.engagement_time_msec",
            Self::Page => "event_params.page_location",
            Self::Referrer => "event_params.page_referrer",
            Self::Source => "event_params.source",
            Self::Medium => "event_params.medium",
            Self::Campaign => "event_params.campaign",
            Self::Transaction => "event_params.transaction_id",
            Self::Synthetic => "event_params.synthetic_bundle",
            Self::BatchOrdering => "event_params.batch_ordering_id",
            Self::BatchPage => "event_params.batch_page_id",
        }
    }

    /// The parameter of this key.
    #[must_use]
    pub fn of_key(key: &[u8]) -> Option<Self> {
        const PREFIX: usize = "event_params.".len();
        Self::ALL.into_iter().find(|param| &param.path().as_bytes()[PREFIX..] == key)
    }

    fn kind(self) -> Option<Kind> {
        match self {
            Self::Page => Some(Kind::Page),
            Self::Referrer => Some(Kind::Referrer),
            Self::Source | Self::Medium => Some(Kind::Traffic),
            Self::Campaign | Self::Transaction => Some(Kind::Plain),
            _ => None,
        }
    }

    /// Understands a value.
    pub fn cook(self, value: Value<'_>, day: &mut DayBuilder) -> Cooked {
        match self.kind() {
            Some(kind) => text(kind, value, day),
            None => whole(value),
        }
    }

    /// Puts a value into a row.
    #[inline(always)]
    pub fn set(self, row: &mut RawRow, cooked: Cooked) {
        match cooked {
            Cooked::Bad => row.bad = row.bad.or(Some(self.path())),
            Cooked::Missing | Cooked::Unread => {}
            Cooked::Text(id) => match self {
                Self::Page => row.page = id,
                Self::Referrer => row.referrer = id,
                Self::Source => row.source = id,
                Self::Medium => row.medium = id,
                Self::Campaign => row.campaign = id,
                Self::Transaction if row.transaction == 0 => row.transaction = id,
                _ => {}
            },
            Cooked::Whole(number) => match self {
                Self::SessionId => row.session_id = number,
                Self::SessionNumber => match u32::try_from(number) {
                    Ok(number) => row.session_number = number,
                    Err(_) => row.bad = row.bad.or(Some(self.path())),
                },
                Self::Engagement => row.engaged_ms = number.clamp(0, i64::from(MAX_ENGAGED_MS)) as u32,
                Self::Synthetic => row.synthetic = number == 1,
                Self::BatchOrdering => row.fingerprint ^= mix(5, number as u64),
                Self::BatchPage => {
                    row.fingerprint ^= mix(6, number as u64);
                    row.has_page_id = true;
                }
                _ => {}
            },
        }
    }
}

/// A value as its column understands it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cooked {
    /// Not looked at yet.
    Unread,
    /// No value, or a placeholder.
    Missing,
    /// A string id.
    Text(u32),
    /// A whole number.
    Whole(i64),
    /// Not a value of this column.
    Bad,
}

fn text(kind: Kind, value: Value<'_>, day: &mut DayBuilder) -> Cooked {
    let text = match value {
        Value::Bytes(bytes) => match str::from_utf8(bytes) {
            Ok(text) => Cow::Borrowed(text),
            Err(_) => return Cooked::Bad,
        },
        Value::Int(number) => Cow::Owned(number.to_string()),
        Value::Float(number) => Cow::Owned(number.to_string()),
        Value::Bool(truth) => Cow::Owned(truth.to_string()),
    };
    match day.text(kind, &text) {
        0 => Cooked::Missing,
        id => Cooked::Text(id),
    }
}

/// A whole number, whatever its type: `1`, `1.0`, `"1"`.
#[must_use]
pub fn whole(value: Value<'_>) -> Cooked {
    match value {
        Value::Int(number) => Cooked::Whole(number),
        Value::Bool(truth) => Cooked::Whole(i64::from(truth)),
        Value::Float(number) => float_to_whole(number),
        Value::Bytes(bytes) => {
            let Ok(text) = str::from_utf8(bytes) else { return Cooked::Bad };
            let text = text.trim();
            if is_placeholder(text) {
                return Cooked::Missing;
            }
            match (text.parse::<i64>(), text.parse::<f64>()) {
                (Ok(number), _) => Cooked::Whole(number),
                (_, Ok(number)) => float_to_whole(number),
                _ => Cooked::Bad,
            }
        }
    }
}

fn float_to_whole(number: f64) -> Cooked {
    if number.is_nan() {
        Cooked::Missing
    } else if number.abs() < 9.0e18 {
        Cooked::Whole(number as i64)
    } else {
        Cooked::Bad
    }
}

/// A number with a fraction, whatever its type; NaN is missing.
#[must_use]
pub fn fraction(value: Value<'_>) -> Option<f64> {
    match value {
        Value::Float(number) => Some(number),
        Value::Int(number) => Some(number as f64),
        Value::Bool(_) => None,
        Value::Bytes(bytes) => {
            let text = str::from_utf8(bytes).ok()?.trim();
            if is_placeholder(text) { Some(f64::NAN) } else { text.parse().ok() }
        }
    }
}

/// `Yes` or `No`; everything else, such as `Unset`, says nothing.
fn consent(value: Value<'_>) -> Cooked {
    match value {
        Value::Bytes(b"Yes") | Value::Bool(true) => Cooked::Whole(1),
        Value::Bytes(b"No") | Value::Bool(false) => Cooked::Whole(0),
        _ => Cooked::Missing,
    }
}

fn allowed(number: i64) -> Option<bool> {
    match number {
        1 => Some(true),
        0 => Some(false),
        _ => None,
    }
}

/// `20201231` or `2020-12-31` as the number 20201231.
fn date(value: Value<'_>) -> Cooked {
    match value {
        Value::Bytes(bytes) if bytes.len() == 10 && bytes.get(4) == Some(&b'-') => {
            let digits: Vec<u8> = bytes.iter().copied().filter(|&byte| byte != b'-').collect();
            whole(Value::Bytes(&digits))
        }
        value => whole(value),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_numbers_come_in_many_types() {
        for value in [Value::Int(7), Value::Float(7.0), Value::Bytes(b"7"), Value::Bytes(b" 7.0 ")] {
            assert_eq!(whole(value), Cooked::Whole(7), "{value:?}");
        }
        assert_eq!(whole(Value::Bytes(b"(not set)")), Cooked::Missing);
        assert_eq!(whole(Value::Float(f64::NAN)), Cooked::Missing);
        assert_eq!(whole(Value::Bytes(b"seven")), Cooked::Bad);
        assert_eq!(whole(Value::Float(f64::INFINITY)), Cooked::Bad);
        assert_eq!(whole(Value::Bytes(&[0xff])), Cooked::Bad);
    }

    #[test]
    fn consent_is_yes_no_or_not_known() {
        let read = |value| {
            let mut row = RawRow::EMPTY;
            Column::AdsStorage.set(&mut row, consent(value));
            row.ads_storage
        };
        assert_eq!(read(Value::Bytes(b"Yes")), Some(true));
        assert_eq!(read(Value::Bytes(b"No")), Some(false));
        for unknown in [Value::Bytes(b"Unset"), Value::Bytes(b""), Value::Int(1)] {
            assert_eq!(read(unknown), None, "{unknown:?}");
        }
    }

    #[test]
    fn keys_are_found_by_name() {
        assert_eq!(Param::of_key(b"ga_session_id"), Some(Param::SessionId));
        assert_eq!(Param::of_key(b"page_title"), None);
    }

    #[test]
    fn dates_in_both_spellings() {
        assert_eq!(date(Value::Bytes(b"20201231")), Cooked::Whole(20_201_231));
        assert_eq!(date(Value::Bytes(b"2020-12-31")), Cooked::Whole(20_201_231));
        assert_eq!(date(Value::Int(20_201_231)), Cooked::Whole(20_201_231));
    }
}
