//! Reports of the Data API, v1beta: `google/analytics/data/v1beta/analytics_data_api.proto` and `data.proto`.

use super::admin::object;
use super::filter;
use super::http::{Answer, Asked, error};
use super::quota::TokenQuota;
use super::state::State;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

const DATE_RANGES: usize = 4;
const DIMENSIONS: usize = 9;
const METRICS: usize = 10;
const ROWS: usize = 250_000;
const USUAL_ROWS: usize = 10_000;

/// A row of what the property has collected.
#[derive(Clone, Debug)]
pub struct Fact {
    /// Day in the property's time zone.
    pub date: Date,
    /// Dimensions by API name, without those of the date.
    pub dimensions: BTreeMap<String, String>,
    /// Metrics by API name; they add up.
    pub metrics: BTreeMap<String, f64>,
}

/// What reports are made of, and how Google spoils them.
#[derive(Clone, Debug, Default)]
pub struct Data {
    /// All rows.
    pub facts: Vec<Fact>,
    /// Names of dimensions that exist without a row of them.
    pub dimensions: Vec<String>,
    /// Names of metrics that exist without a row of them.
    pub metrics: Vec<String>,
    /// A dimension of which, on a day, only so many values are told apart; the others are `(other)`.
    pub other: Option<(String, usize)>,
    /// Events read and events there, of a report that is of a sample.
    pub sampling: Option<(i64, i64)>,
    /// Rows with fewer than so many of the first metric are withheld.
    pub threshold: Option<f64>,
}

impl Data {
    fn knows_dimension(&self, name: &str) -> bool {
        ["date", "dateRange", "year", "month"].contains(&name)
            || self.dimensions.iter().any(|of| of == name)
            || self.facts.first().is_some_and(|fact| fact.dimensions.contains_key(name))
    }

    fn knows_metric(&self, name: &str) -> bool {
        self.metrics.iter().any(|of| of == name)
            || self.facts.first().is_some_and(|fact| fact.metrics.contains_key(name))
    }
}

const FIELDS: [&str; 14] = [
    "property",
    "dimensions",
    "metrics",
    "dateRanges",
    "dimensionFilter",
    "metricFilter",
    "offset",
    "limit",
    "metricAggregations",
    "orderBys",
    "currencyCode",
    "keepEmptyRows",
    "returnPropertyQuota",
    "comparisons",
];

type Row = (Vec<String>, Vec<f64>);

pub(super) fn run_report(state: &mut State, asked: &Asked) -> Answer {
    let now = state.now();
    let quota: TokenQuota = state.tokens;
    if let Err(window) = state.windows.take(quota, now) {
        return error(429, &format!("Exhausted property tokens per {window}."));
    }
    let report = object(asked, &FIELDS).and_then(|body| report(state, &body, now).map_err(|wrong| error(400, &wrong)));
    match report {
        Ok(answer) => (200, answer),
        Err(answer) => answer,
    }
}

fn report(state: &State, body: &Value, now: Timestamp) -> Result<Value, String> {
    let data = &state.data;
    let names = |key: &str, most: usize, known: &dyn Fn(&str) -> bool| -> Result<Vec<String>, String> {
        let list = body[key].as_array().map(Vec::as_slice).unwrap_or_default();
        if list.len() > most {
            return Err(format!("{key}: at most {most}"));
        }
        let mut names = Vec::new();
        for entry in list {
            let name = entry["name"].as_str().unwrap_or_default().to_owned();
            if !known(&name) && !custom(state, &name) {
                return Err(format!("Field {name} is not a valid name"));
            }
            if names.contains(&name) {
                return Err(format!("Field {name} is there twice"));
            }
            names.push(name);
        }
        Ok(names)
    };
    let dimensions = names("dimensions", DIMENSIONS, &|name| data.knows_dimension(name))?;
    let metrics = names("metrics", METRICS, &|name| data.knows_metric(name))?;
    if dimensions.is_empty() && metrics.is_empty() {
        return Err("a report has dimensions or metrics".to_owned());
    }
    let ranges = ranges(body, now, &state.property.zone)?;
    let number = |key: &str, usual: usize| match &body[key] {
        Value::Null => Ok(usual),
        Value::String(text) => text.parse().map_err(|_| format!("{key} is no number")),
        value => value.as_u64().and_then(|n| usize::try_from(n).ok()).ok_or_else(|| format!("{key} is no number")),
    };
    let (limit, offset) = (number("limit", USUAL_ROWS)?, number("offset", 0)?);
    if limit > ROWS || limit == 0 {
        return Err(format!("limit: 1 to {ROWS}"));
    }
    let (mut rows, lost) = grouped(data, body, &dimensions, &metrics, &ranges)?;
    let mut withheld = false;
    if let Some(least) = data.threshold {
        let before = rows.len();
        rows.retain(|(_, numbers)| numbers.first().is_none_or(|n| *n >= least));
        withheld = rows.len() < before;
    }
    order(&mut rows, body, &dimensions, &metrics)?;
    let mut dimension_headers: Vec<Value> = dimensions.iter().map(|name| json!({"name": name})).collect();
    if ranges.len() > 1 && !dimensions.iter().any(|name| name == "dateRange") {
        dimension_headers.push(json!({"name": "dateRange"}));
    }
    let mut metadata = json!({"currencyCode": "GBP", "timeZone": state.property.zone});
    if lost {
        metadata["dataLossFromOtherRow"] = true.into();
    }
    if withheld {
        metadata["subjectToThresholding"] = true.into();
    }
    if let Some((read, space)) = data.sampling {
        // One for each date range; numbers of 64 bits are texts in Google's JSON.
        let one = json!({"samplesReadCount": read.to_string(), "samplingSpaceSize": space.to_string()});
        metadata["samplingMetadatas"] = vec![one; ranges.len()].into();
    }
    let mut answer = json!({
        "dimensionHeaders": dimension_headers,
        "metricHeaders": metrics.iter().map(|name| json!({"name": name, "type": "TYPE_INTEGER"})).collect::<Vec<_>>(),
        "metadata": metadata,
        "kind": "analyticsData#runReport",
    });
    // What is empty or zero is left out.
    if !rows.is_empty() {
        answer["rowCount"] = rows.len().into();
    }
    let page: Vec<Value> = rows.iter().skip(offset).take(limit).map(shown).collect();
    if !page.is_empty() {
        answer["rows"] = page.into();
    }
    if body["returnPropertyQuota"] == true {
        answer["propertyQuota"] = state.windows.shown(state.tokens, now);
    }
    Ok(answer)
}

/// Whether a name is that of a custom dimension that is registered.
fn custom(state: &State, name: &str) -> bool {
    let (scope, name) = match name.split_once(':') {
        Some(("customUser", name)) => ("USER", name),
        Some(("customEvent", name)) => ("EVENT", name),
        _ => return false,
    };
    state.dimensions.iter().any(|of| of["scope"] == scope && of["parameterName"] == name)
}

fn shown((dimensions, metrics): &Row) -> Value {
    let text = |text: &String| json!({"value": text});
    json!({
        "dimensionValues": dimensions.iter().map(text).collect::<Vec<_>>(),
        "metricValues": metrics.iter().map(|number| json!({"value": number.to_string()})).collect::<Vec<_>>(),
    })
}

fn ranges(body: &Value, now: Timestamp, zone: &str) -> Result<Vec<(Date, Date, String)>, String> {
    let list = body["dateRanges"].as_array().map(Vec::as_slice).unwrap_or_default();
    if list.is_empty() || list.len() > DATE_RANGES {
        return Err(format!("dateRanges: 1 to {DATE_RANGES}"));
    }
    let today = now.to_zoned(TimeZone::get(zone).map_err(|e| e.to_string())?).date();
    let day = |text: &str| -> Result<Date, String> {
        match (text, text.strip_suffix("daysAgo")) {
            ("today", _) => Ok(today),
            ("yesterday", _) => today.yesterday().map_err(|e| e.to_string()),
            (_, Some(days)) => {
                let days: i64 = days.parse().map_err(|_| format!("{text} is no date"))?;
                today.checked_sub(days.days()).map_err(|e| e.to_string())
            }
            _ if text.len() == 10 => text.parse().map_err(|_| format!("{text} is no date")),
            _ => Err(format!("{text} is no date")),
        }
    };
    let mut ranges = Vec::new();
    for (i, range) in list.iter().enumerate() {
        let of = |key: &str| day(range[key].as_str().unwrap_or_default());
        let (from, to) = (of("startDate")?, of("endDate")?);
        if from > to {
            return Err("startDate is after endDate".to_owned());
        }
        let name = range["name"].as_str().map_or_else(|| format!("date_range_{i}"), str::to_owned);
        ranges.push((from, to, name));
    }
    Ok(ranges)
}

/// Sums by dimensions; whether rows went into `(other)`.
fn grouped(
    data: &Data,
    body: &Value,
    dimensions: &[String],
    metrics: &[String],
    ranges: &[(Date, Date, String)],
) -> Result<(Vec<Row>, bool), String> {
    let (known, lost) = told_apart(data, dimensions, metrics);
    let mut sums: BTreeMap<Vec<String>, Vec<f64>> = BTreeMap::new();
    for (from, to, range) in ranges {
        for fact in data.facts.iter().filter(|fact| (*from..=*to).contains(&fact.date)) {
            let value = |name: &str| -> String {
                let date = fact.date.strftime("%Y%m%d").to_string();
                match name {
                    "date" => date,
                    "year" => date[..4].to_owned(),
                    "month" => date[4..6].to_owned(),
                    "dateRange" => range.clone(),
                    _ => fact.dimensions.get(name).cloned().unwrap_or_else(|| "(not set)".to_owned()),
                }
            };
            if !filter::holds(&body["dimensionFilter"], &value)? {
                continue;
            }
            let mut key: Vec<String> = dimensions.iter().map(|name| value(name)).collect();
            if let Some((at, values)) = &known
                && !values.get(&fact.date).is_some_and(|values| values.contains(&key[*at]))
            {
                key[*at] = "(other)".to_owned();
            }
            if ranges.len() > 1 && !dimensions.iter().any(|name| name == "dateRange") {
                key.push(range.clone());
            }
            let sum = sums.entry(key).or_insert_with(|| vec![0.0; metrics.len()]);
            for (sum, name) in sum.iter_mut().zip(metrics) {
                *sum += fact.metrics.get(name).copied().unwrap_or_default();
            }
        }
    }
    let lost = lost && sums.keys().any(|key| key.iter().any(|value| value == "(other)"));
    Ok((sums.into_iter().collect(), lost))
}

type ToldApart = (usize, BTreeMap<Date, Vec<String>>);

/// Of the dimension with too many values, those of each day that are not `(other)`: the largest by the first metric.
fn told_apart(data: &Data, dimensions: &[String], metrics: &[String]) -> (Option<ToldApart>, bool) {
    let Some((name, most)) = &data.other else { return (None, false) };
    let Some(at) = dimensions.iter().position(|of| of == name) else { return (None, false) };
    let mut days: BTreeMap<Date, BTreeMap<&str, f64>> = BTreeMap::new();
    for fact in &data.facts {
        let Some(value) = fact.dimensions.get(name) else { continue };
        let of = metrics.first().and_then(|metric| fact.metrics.get(metric)).copied().unwrap_or(1.0);
        *days.entry(fact.date).or_default().entry(value).or_default() += of;
    }
    let kept = days.into_iter().map(|(day, values)| {
        let mut values: Vec<(&str, f64)> = values.into_iter().collect();
        values.sort_by(|a, b| b.1.total_cmp(&a.1));
        (day, values.into_iter().take(*most).map(|(value, _)| value.to_owned()).collect())
    });
    (Some((at, kept.collect())), true)
}

/// As asked; otherwise by the first metric, largest first, as reports come.
fn order(rows: &mut [Row], body: &Value, dimensions: &[String], metrics: &[String]) -> Result<(), String> {
    let orders = body["orderBys"].as_array().map(Vec::as_slice).unwrap_or_default();
    if orders.is_empty() {
        rows.sort_by(|a, b| b.1.first().partial_cmp(&a.1.first()).unwrap_or(std::cmp::Ordering::Equal));
        return Ok(());
    }
    // The first one decides, so that it comes last.
    for by in orders.iter().rev() {
        let at = |key: &str, name: &str, names: &[String]| -> Option<Result<usize, String>> {
            let name = by.get(key)?[name].as_str().unwrap_or_default();
            Some(names.iter().position(|of| of == name).ok_or_else(|| format!("{name} is not in the report")))
        };
        let dimension = at("dimension", "dimensionName", dimensions).transpose()?;
        let metric = at("metric", "metricName", metrics).transpose()?;
        match (dimension, metric) {
            (Some(at), None) => rows.sort_by(|a, b| a.0[at].cmp(&b.0[at])),
            (None, Some(at)) => rows.sort_by(|a, b| a.1[at].total_cmp(&b.1[at])),
            _ => return Err("an order is by a dimension or a metric".to_owned()),
        }
        if by["desc"] == true {
            rows.reverse();
        }
    }
    Ok(())
}

/// The names that may be asked for.
pub(super) fn metadata(state: &State) -> Answer {
    let fact = state.data.facts.first();
    let mut dimensions: Vec<Value> = Vec::new();
    let usual = ["date", "year", "month"].map(str::to_owned);
    let of_facts = fact.into_iter().flat_map(|fact| fact.dimensions.keys().cloned());
    for name in usual.into_iter().chain(state.data.dimensions.clone()).chain(of_facts) {
        dimensions.push(json!({"apiName": name, "uiName": name}));
    }
    for of in &state.dimensions {
        let prefix = if of["scope"] == "USER" { "customUser" } else { "customEvent" };
        let name = format!("{prefix}:{}", of["parameterName"].as_str().unwrap_or_default());
        dimensions.push(json!({"apiName": name, "uiName": of["displayName"], "customDefinition": true}));
    }
    let of_facts = fact.into_iter().flat_map(|fact| fact.metrics.keys().cloned());
    let metrics: Vec<Value> =
        state.data.metrics.iter().cloned().chain(of_facts).map(|name| json!({"apiName": name})).collect();
    let mut answer = Map::new();
    answer.insert("name".to_owned(), format!("properties/{}/metadata", state.property.id).into());
    answer.insert("dimensions".to_owned(), dimensions.into());
    answer.insert("metrics".to_owned(), metrics.into());
    (200, answer.into())
}
