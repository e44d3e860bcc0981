//! What callers send: read as it lies there, without a copy of its texts, and refused by name where it is wrong.

use super::nan::Nulled;
use super::whole::Whole;
use crate::fold::Offsets;
use crate::object::{self, Object};
use axum::http::StatusCode;
use jiff::Timestamp;
use model_core::{RawEvent, Target};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::error::Category;
use std::borrow::Cow;
use utoipa::ToSchema;

/// Events of one request.
const MOST_EVENTS: usize = 100;
/// Characters of a visitor's id.
const LONGEST_ID: usize = 200;
/// As in the visitor's state: the year 2200.
const LAST_TIME: i64 = 7_258_118_400_000_000;
/// The largest whole number that JavaScript is sure of.
const SAFE: i64 = 9_007_199_254_740_991;
const U32: i64 = u32::MAX as i64;

/// One visitor: what has happened since the last request, and what was known then.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Body<'a> {
    /// The one target to be scored; all that there are without.
    #[serde(default)]
    pub target: Option<TargetWord>,
    /// Events in the order of time, at most 100. One that is older than the one before counts as happening with it.
    #[serde(borrow, default, deserialize_with = "object::list")]
    #[schema(max_items = 100)]
    pub events: Vec<EventBody<'a>>,
    /// `state` of the last answer about this visitor, as it was. Nothing is known of the visitor without.
    #[serde(borrow, default)]
    pub state: Option<Cow<'a, str>>,
    /// Instead of `state`: GA4's `user_pseudo_id`, whose state at the end of the last day is in the warehouse.
    #[serde(borrow, default)]
    #[schema(min_length = 1, max_length = 200)]
    pub user_pseudo_id: Option<Cow<'a, str>>,
}

impl Body<'_> {
    /// Whether it keeps to the limits of number and length.
    ///
    /// # Errors
    /// The field, and its limit.
    pub fn check(&self) -> Result<(), &'static str> {
        if self.events.len() > MOST_EVENTS {
            return Err("events: at most 100");
        }
        match &self.user_pseudo_id {
            Some(user) if !(1..=LONGEST_ID).contains(&user.chars().count()) => {
                Err("user_pseudo_id: 1 to 200 characters")
            }
            _ => Ok(()),
        }
    }
}

/// What is predicted.
#[derive(Clone, Copy, Debug, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum TargetWord {
    /// A conversion later in this session.
    Session,
    /// A conversion in the next days.
    Visitor,
}

impl TargetWord {
    /// The target.
    pub fn target(self) -> Target {
        match self {
            Self::Session => Target::Session,
            Self::Visitor => Target::Visitor,
        }
    }
}

/// One GA4 event. Either `time_us` or `time` is needed; of the others what is not there is missing.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct EventBody<'a> {
    /// `event_name`.
    #[serde(borrow)]
    name: Cow<'a, str>,
    /// Microseconds since 1970-01-01 UTC.
    #[schema(value_type = Option<i64>, minimum = 1, maximum = 7_258_118_400_000_000i64)]
    #[serde(default)]
    time_us: Option<Whole<1, LAST_TIME>>,
    /// The same as RFC 3339, such as `2026-10-05T12:00:00.000001Z`.
    #[schema(value_type = Option<String>, format = DateTime)]
    #[serde(default)]
    time: Option<Timestamp>,
    /// `page_location`, with or without a query.
    #[serde(borrow, default)]
    page_location: Cow<'a, str>,
    /// `page_referrer`.
    #[serde(borrow, default)]
    page_referrer: Cow<'a, str>,
    /// `source` of the event.
    #[serde(borrow, default)]
    source: Cow<'a, str>,
    /// `medium` of the event.
    #[serde(borrow, default)]
    medium: Cow<'a, str>,
    /// `device.category`.
    #[serde(borrow, default)]
    device: Cow<'a, str>,
    /// `device.language`, for example `en-gb`.
    #[serde(borrow, default)]
    language: Cow<'a, str>,
    /// Offset of the property's time zone at that time, in seconds; worked out from the site profile without.
    #[schema(value_type = Option<i32>, minimum = -86_400, maximum = 86_400)]
    #[serde(default)]
    utc_offset_s: Option<Whole<-86_400, 86_400>>,
    /// `ga_session_id`.
    #[schema(value_type = Option<i64>, minimum = 0, maximum = 9_007_199_254_740_991i64)]
    #[serde(default)]
    session_id: Option<Whole<0, SAFE>>,
    /// `ga_session_number`.
    #[schema(value_type = Option<i64>, minimum = 0, maximum = 4_294_967_295i64)]
    #[serde(default)]
    session_number: Option<Whole<0, U32>>,
    /// `engagement_time_msec`.
    #[schema(value_type = Option<i64>, minimum = 0, maximum = 4_294_967_295i64)]
    #[serde(default)]
    engaged_ms: Option<Whole<0, U32>>,
    /// Number of items.
    #[schema(value_type = Option<i32>, minimum = 0, maximum = 65_535)]
    #[serde(default)]
    items: Option<Whole<0, 65_535>>,
    /// Highest item price in currency units.
    #[serde(default)]
    price: Option<f64>,
    /// `user_first_touch_timestamp`, microseconds.
    #[schema(value_type = Option<i64>, minimum = 0, maximum = 7_258_118_400_000_000i64)]
    #[serde(default)]
    first_touch_us: Option<Whole<0, LAST_TIME>>,
}

impl EventBody<'_> {
    /// The event as the scorer takes it.
    ///
    /// # Errors
    /// What is wrong with its time.
    pub fn raw(&self, offsets: &mut Offsets) -> Result<RawEvent<'_>, &'static str> {
        let time_us = match (self.time_us, self.time) {
            (Some(Whole(us)), None) => us,
            (None, Some(time)) => time.as_microsecond(),
            _ => return Err("either `time_us` or `time` is needed"),
        };
        if !(1..=LAST_TIME).contains(&time_us) {
            return Err("`time` is from 1970 to 2200");
        }
        let whole = |value: Option<i64>| value.unwrap_or(0);
        Ok(RawEvent {
            name: &self.name,
            page_location: &self.page_location,
            page_referrer: &self.page_referrer,
            source: &self.source,
            medium: &self.medium,
            device: &self.device,
            language: &self.language,
            time_us,
            utc_offset_s: self.utc_offset_s.map_or_else(|| offsets.at(time_us), |offset| offset.0 as i32),
            session_id: whole(self.session_id.map(|n| n.0)),
            session_number: whole(self.session_number.map(|n| n.0)) as u32,
            engaged_ms: whole(self.engaged_ms.map(|n| n.0)) as u32,
            items: whole(self.items.map(|n| n.0)) as u16,
            price: self.price.unwrap_or(f64::NAN),
            first_touch_us: whole(self.first_touch_us.map(|n| n.0)),
        })
    }
}

/// Why a body was refused: 400 for what is no JSON, 422 for what is not asked for.
#[derive(Debug, PartialEq, Eq)]
pub struct Unread {
    /// The status.
    pub status: StatusCode,
    /// Where and what. Of what was sent it tells names of fields only: values may be a visitor's id.
    pub detail: String,
}

impl Unread {
    /// 422.
    pub fn unprocessable(detail: impl Into<String>) -> Self {
        Self { status: StatusCode::UNPROCESSABLE_ENTITY, detail: detail.into() }
    }
}

/// Reads a body.
///
/// # Errors
/// Where it is wrong, and how.
pub fn parse<'a, T: Deserialize<'a>>(bytes: &'a [u8]) -> Result<T, Unread> {
    read(bytes, |_, column| column)
}

/// Reads a body that Python may have written, whose missing numbers are `NaN`.
///
/// # Errors
/// Where it is wrong, and how.
pub fn parse_of_python<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Unread> {
    let nulled = Nulled::of(bytes)?;
    read(&nulled.bytes, |line, column| nulled.column(line, column))
}

fn read<'a, T: Deserialize<'a>>(bytes: &'a [u8], column: impl Fn(usize, usize) -> usize) -> Result<T, Unread> {
    let error = match serde_json::from_slice(bytes) {
        Ok(Object(body)) => return Ok(body),
        Err(error) => error,
    };
    let place = format!("line {} column {}", error.line(), column(error.line(), error.column()));
    let text = error.to_string();
    let text = text.rsplit_once(" at line ").map_or(&*text, |(text, _)| text);
    if error.classify() != Category::Data {
        return Err(Unread { status: StatusCode::BAD_REQUEST, detail: format!("no JSON: {text}, {place}") });
    }
    // Slower, and only for what is wrong.
    let mut again = serde_json::Deserializer::from_slice(bytes);
    let path = serde_path_to_error::deserialize::<_, Object<T>>(&mut again).err().map(|error| error.path().to_string());
    let path = path.filter(|path| path != ".").map_or_else(String::new, |path| format!("{path}: "));
    let named = ["unknown field", "missing field", "duplicate field"].iter().any(|kind| text.starts_with(kind));
    // What is behind the last one is said by the types above, what is before it may be said by the caller.
    let told = text.starts_with("invalid ") || text.starts_with("unknown variant");
    let expected = text.rsplit_once(", expected ").filter(|_| told).map(|(_, what)| format!("expected {what}"));
    let what = if named { text.to_owned() } else { expected.unwrap_or_else(|| "not as it should be".to_owned()) };
    Err(Unread::unprocessable(format!("{path}{what}, {place}")))
}

#[cfg(test)]
#[path = "tests/body.rs"]
mod tests;
