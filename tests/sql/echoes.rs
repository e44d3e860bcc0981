//! The query for our own scores.

use super::arrow::batch;
use super::export::{info, schemas, without};
use super::fixture::{DAY, exports, table};
use batch_service::ga4::bigquery::echoes;
use batch_service::ga4::discover::{DiscoverOptions, discover};
use batch_service::ga4::{Echo, EchoNames, Export};
use conformance::world::{Folder, Row, micros, right};
use serde_json::{Value, json};
use std::collections::BTreeSet;

const NAMES: EchoNames<'static> = EchoNames { event: "inkling_score", score: "inkling_score", band: "inkling_band" };

/// Rows with our properties as texts and as numbers, with one of them, with others, and without a visitor.
fn rows() -> Vec<Value> {
    let row = |user: &str, name: &str, properties: Value| {
        let made = Row::new(user, micros("2026-10-05T12:00:00Z"), name);
        made.with("user_properties", properties).json(DAY)
    };
    let of = |key: &str, value: Value| json!({"key": key, "value": value});
    let (score, band) =
        (of("inkling_score", json!({"string_value": "85"})), of("inkling_band", json!({"string_value": "high"})));
    let number = of("inkling_score", json!({"int_value": "5"}));
    let other = of("tier", json!({"string_value": "gold"}));
    let mut nobody = row("x", "inkling_score", json!([score]));
    nobody["user_pseudo_id"] = Value::Null;
    vec![
        row("1.1", "inkling_score", json!([other, score, band])),
        row("1.1", "inkling_score", json!([other, score, band])),
        row("1.2", "page_view", json!([number, band])),
        row("1.3", "page_view", json!([other])),
        row("1.4", "inkling_score", json!([])),
        row("1.5", "page_view", json!([band])),
        nobody,
    ]
}

/// Each echo as a text, once.
fn told(echo: &Echo<'_>) -> String {
    format!("{echo:?}")
}

#[test]
fn the_query_finds_what_is_found_in_files() {
    let folder = Folder::fresh("sql-echoes");
    let (all, mut schemas) = (rows(), schemas());
    let current = schemas.last().unwrap().1.clone();
    schemas.push(("no_properties", without(&current, &["user_properties"])));
    schemas.push(("no_numbers", without(&current, &["user_properties.value.int_value"])));
    let (tables, contents) = exports(&folder, &schemas, &all);
    let mut statements = Vec::new();
    for (name, fields) in &schemas {
        let table = table(name);
        let columns = echoes::COLUMNS.map(|(name, kind)| json!({"name": name, "type": kind}));
        let params = ["event", "score", "band"].map(|name| json!({"name": name, "type": "STRING"}));
        let values = json!({"event": NAMES.event, "score": NAMES.score, "band": NAMES.band});
        let sql = echoes::sql(&table, &info(fields));
        statements.push(
            json!({"name": name, "sql": sql, "params": params, "columns": columns, "values": values, "execute": true}),
        );
    }
    let found = right(&folder, &json!({"tables": tables, "rows": contents, "statements": statements}));
    for ((name, _), said) in schemas.iter().zip(&found) {
        let given = said["rows"].as_array().unwrap();
        let mut of_query = Vec::new();
        let mut each = |echo: &Echo<'_>| of_query.push(told(echo));
        echoes::give(&batch(said["columns"].as_array().unwrap(), given), &mut each).unwrap();
        let files = discover(&[folder.at(name).to_string_lossy().into_owned()], DiscoverOptions::default()).unwrap();
        let mut of_file = Vec::new();
        files.echoes(DAY, &NAMES, &mut |echo| of_file.push(told(echo))).unwrap();
        let once = |all: &[String]| all.iter().cloned().collect::<BTreeSet<_>>();
        assert_eq!(once(&of_query), once(&of_file), "{name}");
        assert_eq!(once(&of_query).len(), of_query.len(), "{name}: each of them once");
        let expected = match *name {
            "no_properties" => 2,
            _ => 4,
        };
        assert_eq!(of_query.len(), expected, "{name}: {of_query:?}");
    }
}
