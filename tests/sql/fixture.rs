//! A small day with everything that rows of an export do to their readers.

use batch_service::bigquery::{DatasetName, TableName};
use conformance::world::{Folder, Row, micros};
use jiff::civil::{Date, date};
use serde_json::{Map, Value, json};

pub const DAY: Date = date(2026, 10, 5);

fn noon(second: i64) -> i64 {
    micros("2026-10-05T12:00:00Z") + second * 1_000_000
}

fn row(user: &str, second: i64, name: &str) -> Row {
    Row::new(user, noon(second), name).with("stream_id", json!("4711"))
}

fn param(key: &str, value: Value) -> Value {
    json!({"key": key, "value": value})
}

/// With parameters as they stand.
fn exactly(row: &Row, params: Value) -> Value {
    let mut row = row.json(DAY);
    row["event_params"] = params;
    row
}

/// Values that a numeric parameter has had: as text, as a fraction, broken, empty, in several fields at once.
fn values() -> Vec<Value> {
    vec![
        json!({"int_value": "1"}),
        json!({"string_value": "7"}),
        json!({"string_value": " 7.0 "}),
        json!({"double_value": 7.25}),
        json!({"float_value": 3.0}),
        json!({"string_value": "seven"}),
        json!({"string_value": ""}),
        json!({"string_value": "(not set)"}),
        json!({}),
        Value::Null,
        json!({"string_value": "5", "int_value": "6"}),
        json!({"int_value": "6", "double_value": 8.0}),
        json!({"string_value": "bad", "int_value": "6"}),
        json!({"int_value": "-1"}),
        json!({"int_value": "9223372036854775807"}),
        json!({"double_value": 1e300}),
        json!({"string_value": "1e3"}),
    ]
}

/// Texts that a text has been.
const TEXTS: [&str; 14] = [
    "Züriçh ☃ 🎓",
    "it's \"quoted\" `so`",
    "back\\slash\n\tand a tab",
    "<Other>",
    "(direct)",
    "(none)",
    "null",
    " ",
    "Google",
    "GOOGLE ",
    "0",
    "e\u{301}",
    "a,b;c'); DROP TABLE x; --",
    "\u{202e}right to left",
];

/// The rows, as `bq extract` writes them.
pub fn rows() -> Vec<Value> {
    let mut rows = Vec::new();
    for (n, value) in values().into_iter().enumerate() {
        let second = i64::try_from(n).unwrap() * 60;
        for key in [
            "ga_session_id",
            "ga_session_number",
            "engagement_time_msec",
            "synthetic_bundle",
            "page_location",
            "source",
            "transaction_id",
            "batch_page_id",
        ] {
            rows.push(exactly(&row(&format!("v{n}.{key}"), second, "page_view"), json!([param(key, value.clone())])));
        }
    }
    for (n, text) in TEXTS.into_iter().enumerate() {
        let second = i64::try_from(n).unwrap();
        let page = format!("https://www.northgate.example/{text}?utm_source={text}#x");
        let made = row(text, second, text).session(1_000 + second, 1).param("page_location", page);
        let made = made.param("page_referrer", format!("https://{text}/")).param("source", text).param("medium", text);
        let made = made.param("campaign", text).param("page_title", text).param("transaction_id", text);
        rows.push(made.json(DAY));
        let made = row("traffic", second, "session_start")
            .session(1, 1)
            .with("device", json!({"category": text, "language": text}));
        let manual = json!({"manual_source": text, "manual_medium": text, "manual_campaign_name": text});
        rows.push(made.with("collected_traffic_source", manual).json(DAY));
    }
    // The parameters go before the columns that only fill gaps.
    let manual = json!({"manual_source": "column", "manual_medium": "column", "manual_campaign_name": "column"});
    let filled = row("gaps", 0, "page_view").with("collected_traffic_source", manual.clone());
    rows.push(filled.clone().param("source", "param").json(DAY));
    rows.push(filled.param("medium", "(not set)").json(DAY));
    let paid = row("gaps", 5, "purchase").with("ecommerce", json!({"transaction_id": "77"}));
    rows.push(paid.clone().param("transaction_id", "88").json(DAY));
    rows.push(paid.with("ecommerce", json!({"transaction_id": "(not set)"})).param("transaction_id", "88").json(DAY));
    // Without a visitor, parameters, date, name or time; of another day; at the borders.
    let plain = row("plain", 0, "page_view");
    for (name, value) in [
        ("user_pseudo_id", Value::Null),
        ("user_pseudo_id", json!("")),
        ("event_date", Value::Null),
        ("event_name", Value::Null),
        ("event_timestamp", Value::Null),
        ("event_date", json!("20261006")),
        ("event_date", json!("2026-10-05")),
        ("event_timestamp", json!("0")),
        ("event_timestamp", json!(micros("2026-10-04T12:00:00Z").to_string())),
        ("event_timestamp", json!(micros("2026-10-06T11:59:59Z").to_string())),
        ("device", Value::Null),
        ("device", json!({})),
        ("user_first_touch_timestamp", json!("-5")),
        ("user_first_touch_timestamp", json!("1")),
        ("stream_id", Value::Null),
        ("ecommerce", Value::Null),
        ("ecommerce", json!({})),
        ("items", json!([])),
        ("items", Value::Null),
        ("collected_traffic_source", json!({})),
    ] {
        rows.push(plain.clone().with(name, value).json(DAY));
    }
    let mut bare = plain.json(DAY);
    bare.as_object_mut().unwrap().remove("event_params");
    rows.push(bare);
    // Items without, with and with strange prices.
    for (n, items) in [
        json!([{"item_id": "a"}]),
        json!([{"item_id": "a", "price": null}, {"price": 2.5}]),
        json!([{"price": 0.1}, {"price": 0.3}]),
        json!([{"price": -1.0}]),
        json!([{"price": 0.0}, {}]),
        json!([{}, {}, {}]),
        json!([{"price": 5.0, "item_name": "é"}]),
    ]
    .into_iter()
    .enumerate()
    {
        rows.push(row("items", i64::try_from(n).unwrap(), "view_item").with("items", items).json(DAY));
    }
    // The same row again, and what is another row by its bundle or its place in the batch only.
    let again = row("again", 0, "click").session(5, 2).page("/x");
    for (field, value) in [
        ("platform", "WEB"),
        ("platform", "WEB"),
        ("event_bundle_sequence_id", "2"),
        ("event_bundle_sequence_id", "2"),
        ("batch_event_index", "1"),
        ("batch_event_index", "2"),
        ("batch_ordering_id", "3"),
        ("batch_page_id", "4"),
    ] {
        rows.push(again.clone().with(field, json!(value)).json(DAY));
    }
    // A key twice: once per row is what GA4 writes, and the same value twice is the value.
    let page = json!({"string_value": "https://www.northgate.example/twice"});
    rows.push(exactly(
        &row("twice", 0, "page_view"),
        json!([param("page_location", page.clone()), param("page_location", page)]),
    ));
    let upper = json!([param("GA_SESSION_ID", json!({"int_value": "9"})), {"value": {"int_value": "9"}}, {"key": "ga_session_id"}]);
    rows.push(exactly(&row("upper", 0, "page_view"), upper));
    // Visitors of every shard.
    for n in 0..150_i64 {
        rows.push(
            row(&format!("{}.{}", 1_000_000_007 * (n + 3), 1_790_000_000 + n), n, "page_view")
                .session(n, 1)
                .page("/")
                .json(DAY),
        );
    }
    assert!(rows.len() <= 500, "{}", rows.len());
    rows
}

/// A row as a table with these columns holds it.
pub fn held(fields: &Value, row: &Value) -> Value {
    let mut held = Map::new();
    for field in fields.as_array().unwrap() {
        let name = field["name"].as_str().unwrap();
        let value = match (&row[name], field["fields"].is_array()) {
            (Value::Array(list), _) => list.iter().map(|inner| self::held(&field["fields"], inner)).collect(),
            (value @ Value::Object(_), true) => self::held(&field["fields"], value),
            (Value::String(text), _) if field["type"] == "INTEGER" && text.parse::<i64>().is_err() => Value::Null,
            (value, _) => value.clone(),
        };
        if !value.is_null() {
            held.insert(name.to_owned(), value);
        }
    }
    held.into()
}

/// The table that stands for an export of a schema.
pub fn table(name: &str) -> TableName {
    DatasetName::new("ga4-project", "analytics_1").unwrap().table(&format!("events_{name}")).unwrap()
}

/// The same rows as tables of several schemas, with their contents, and as files in a folder for each.
pub fn exports(folder: &Folder, schemas: &[(&str, Value)], rows: &[Value]) -> (Vec<Value>, Value) {
    let (mut tables, mut contents) = (Vec::new(), json!({}));
    for (name, fields) in schemas {
        let table = table(name).to_string();
        let held: Vec<Value> = rows.iter().map(|row| held(fields, row)).collect();
        let lines: String = held.iter().map(|row| format!("{row}\n")).collect();
        folder.write(&format!("{name}/events_{}.json", DAY.strftime("%Y%m%d")), lines);
        tables.push(json!({"name": table, "fields": fields}));
        contents[table] = held.into();
    }
    (tables, contents)
}
