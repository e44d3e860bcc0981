//! One row of the export, before it is written in a format.

use std::sync::Arc;

/// `stream_id` of the site.
pub const STREAM_ID: i64 = 4_711_002_600;

/// A string that is either a word of the simulator or composed once and shared.
#[derive(Clone, Debug, PartialEq)]
pub enum Text {
    /// A constant.
    Fixed(&'static str),
    /// Composed.
    Shared(Arc<str>),
}

impl Text {
    /// The characters.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Fixed(text) => text,
            Self::Shared(text) => text,
        }
    }
}

impl From<&'static str> for Text {
    fn from(text: &'static str) -> Self {
        Self::Fixed(text)
    }
}

/// A value of `event_params`.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// All four value fields are null.
    Null,
    /// `string_value`.
    Text(Text),
    /// `int_value`.
    Int(i64),
}

/// An entry of `event_params`.
#[derive(Clone, Debug, PartialEq)]
pub struct Param {
    /// `key`.
    pub key: &'static str,
    /// `value`.
    pub value: Value,
}

impl Param {
    /// A string parameter.
    pub fn text(key: &'static str, text: impl Into<Text>) -> Self {
        Self { key, value: Value::Text(text.into()) }
    }

    /// An integer parameter.
    pub fn int(key: &'static str, value: i64) -> Self {
        Self { key, value: Value::Int(value) }
    }

    /// A parameter whose value is null.
    pub fn null(key: &'static str) -> Self {
        Self { key, value: Value::Null }
    }
}

/// An entry of `items`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Item {
    /// `item_id`.
    pub id: &'static str,
    /// `item_name`.
    pub name: &'static str,
    /// `price`.
    pub price: f64,
}

/// A kind of device.
#[derive(Debug, PartialEq)]
pub struct Device {
    /// desktop, mobile, tablet.
    pub category: &'static str,
    /// Brand.
    pub brand: &'static str,
    /// Model.
    pub model: &'static str,
    /// Operating system.
    pub system: &'static str,
    /// Its version.
    pub system_version: &'static str,
    /// Browser.
    pub browser: &'static str,
    /// Its version.
    pub browser_version: &'static str,
}

/// Language and place.
#[derive(Debug, PartialEq)]
pub struct Locale {
    /// Browser language.
    pub language: &'static str,
    /// Continent.
    pub continent: &'static str,
    /// Sub-continent.
    pub sub_continent: &'static str,
    /// Country.
    pub country: &'static str,
    /// Region.
    pub region: &'static str,
    /// City.
    pub city: &'static str,
}

/// What all rows of a session say about the visitor.
#[derive(Clone, Debug, PartialEq)]
pub struct Person {
    /// Number of the visitor in the simulation; not exported.
    pub index: u64,
    /// `user_pseudo_id`; None when consent is denied.
    pub pseudo_id: Option<Arc<str>>,
    /// `user_first_touch_timestamp`.
    pub first_touch: Option<i64>,
    /// `device`.
    pub device: &'static Device,
    /// `device.language` as exported, which may be a placeholder.
    pub language: &'static str,
    /// `device.web_info.browser_version` as exported.
    pub browser_version: &'static str,
    /// `geo`.
    pub locale: &'static Locale,
    /// `geo.city` as exported.
    pub city: &'static str,
    /// `traffic_source`: medium, name, source.
    pub source: Option<[&'static str; 3]>,
}

/// One row.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    /// The visitor.
    pub person: Arc<Person>,
    /// Index of the day.
    pub day: usize,
    /// `event_date`.
    pub date: Arc<str>,
    /// `event_timestamp`.
    pub timestamp: i64,
    /// `event_name`.
    pub name: &'static str,
    /// `event_bundle_sequence_id`, shared by the events of one request.
    pub bundle: i64,
    /// `event_params`, in random order as in the export.
    pub params: Vec<Param>,
    /// `items`, none or one.
    pub item: Option<Item>,
    /// The request reaches the export only when the day is rewritten; not exported.
    pub late: bool,
}
