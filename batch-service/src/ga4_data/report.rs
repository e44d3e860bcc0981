//! A report as it is asked for and answered: `RunReportRequest` and `RunReportResponse`.

use jiff::civil::Date;
use serde::{Deserialize, Deserializer};
use serde_json::{Value, json};

/// Dimensions of a report, at most.
pub(super) const MAX_DIMENSIONS: usize = 9;

/// What is asked for of one day.
#[derive(Clone, Debug)]
pub(super) struct Query {
    /// For messages.
    pub name: &'static str,
    /// Names of dimensions, at most [`MAX_DIMENSIONS`].
    pub dimensions: Vec<String>,
    /// Names of metrics.
    pub metrics: Vec<&'static str>,
    /// Events that are left out: those of our own scores.
    pub without_events: &'static [&'static str],
}

impl Query {
    /// The body of a request for some rows of a day. Rows are ordered by all dimensions, so that pages are parts of one
    /// list.
    pub fn body(&self, day: Date, offset: u64, limit: u64) -> Value {
        let named = |name: &str| json!({"name": name});
        let by = |name: &String| json!({"dimension": {"dimensionName": name, "orderType": "ALPHANUMERIC"}});
        let own = json!({"filter": {"fieldName": "eventName", "inListFilter": {
            "values": self.without_events, "caseSensitive": true
        }}});
        json!({
            "dateRanges": [{"startDate": day.to_string(), "endDate": day.to_string()}],
            "dimensions": self.dimensions.iter().map(|name| named(name)).collect::<Vec<_>>(),
            "metrics": self.metrics.iter().map(|name| named(name)).collect::<Vec<_>>(),
            "dimensionFilter": {"notExpression": own},
            "orderBys": self.dimensions.iter().map(by).collect::<Vec<_>>(),
            // Numbers of 64 bits are texts in Google's JSON.
            "offset": offset.to_string(),
            "limit": limit.to_string(),
            "returnPropertyQuota": true,
        })
    }
}

/// A page of a report. What is zero, false or empty is left out by the server.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Page {
    pub dimension_headers: Vec<Header>,
    pub metric_headers: Vec<Header>,
    pub rows: Vec<Row>,
    /// Rows of the whole report.
    #[serde(deserialize_with = "number")]
    pub row_count: u64,
    pub metadata: Metadata,
    pub property_quota: Option<PropertyQuota>,
    /// `analyticsData#runReport`: an answer of something else is not taken for an empty report.
    pub kind: String,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Header {
    pub name: String,
}

/// A row: values in the order of the headers.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Row {
    pub dimension_values: Vec<Cell>,
    pub metric_values: Vec<Cell>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Cell {
    pub value: String,
}

impl Row {
    /// A dimension's value.
    pub fn text(&self, at: usize) -> &str {
        self.dimension_values.get(at).map_or("", |cell| &cell.value)
    }

    /// A metric's value; whole numbers and fractions alike.
    ///
    /// # Errors
    /// The name of the metric when it is no number.
    pub fn number(&self, at: usize) -> Result<f64, String> {
        let text = self.metric_values.get(at).map_or("", |cell| &cell.value);
        let number = text.parse::<f64>().ok().filter(|number| number.is_finite());
        number.ok_or_else(|| format!("metric {} is no number", at + 1))
    }
}

/// What Google says about the report: `ResponseMetaData`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Metadata {
    pub data_loss_from_other_row: bool,
    pub sampling_metadatas: Vec<Sampling>,
    pub schema_restriction_response: Restrictions,
    pub subject_to_thresholding: bool,
    /// IANA name of the property's time zone.
    pub time_zone: String,
    pub empty_reason: String,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Sampling {
    #[serde(deserialize_with = "number")]
    pub samples_read_count: u64,
    #[serde(deserialize_with = "number")]
    pub sampling_space_size: u64,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Restrictions {
    pub active_metric_restrictions: Vec<Value>,
}

/// `PropertyQuota`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct PropertyQuota {
    pub tokens_per_day: Option<QuotaStatus>,
    pub tokens_per_hour: Option<QuotaStatus>,
    pub tokens_per_project_per_hour: Option<QuotaStatus>,
    pub server_errors_per_project_per_hour: Option<QuotaStatus>,
    pub potentially_thresholded_requests_per_hour: Option<QuotaStatus>,
}

/// One quota. A missing `remaining` is none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub(super) struct QuotaStatus {
    #[serde(deserialize_with = "number")]
    pub consumed: u64,
    #[serde(deserialize_with = "number")]
    pub remaining: u64,
}

/// Names that reports may ask for: `Metadata` of the property.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Names {
    pub dimensions: Vec<Named>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Named {
    pub api_name: String,
}

/// A whole number, as a number or as a text.
fn number<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u64, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Written {
        Number(u64),
        Text(String),
    }
    match Written::deserialize(deserializer)? {
        Written::Number(number) => Ok(number),
        Written::Text(text) => text.parse().map_err(serde::de::Error::custom),
    }
}
