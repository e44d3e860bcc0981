//! The query for what pages have told of scores.

use super::arrow::batch;
use super::export::{info, schemas, without};
use super::fixture::{DAY, exports, table};
use batch_service::ga4::bigquery::told;
use batch_service::ga4::discover::{DiscoverOptions, discover};
use batch_service::ga4::{Export, Told};
use conformance::world::{Folder, Row, micros, right};
use serde_json::{Value, json};

/// Scores as numbers and as texts, with all that may be told of them and with nothing, of other events, and without a visitor.
fn rows() -> Vec<Value> {
    let row = |user: &str, name: &str, params: &[(&str, Value)]| {
        let row = Row::new(user, micros("2026-10-05T12:00:00Z"), name);
        params.iter().fold(row, |row, (key, value)| row.param(key, value.clone())).json(DAY)
    };
    let session = ("ga_session_id", json!(7));
    let all = [
        session.clone(),
        ("inkling_score", json!(0.35)),
        ("inkling_score_exact", json!("0.3456789012345678")),
        ("inkling_model_version", json!("session-20261001-0a1b2c3d")),
        ("inkling_bundle", json!("3f5a9c0d1e2b4a68")),
        ("inkling_load_ms", json!(131)),
    ];
    let mut nobody = row("x", "inkling_score", &all);
    nobody["user_pseudo_id"] = Value::Null;
    vec![
        row("1.1", "inkling_score", &all),
        row("1.2", "inkling_score", &[session.clone(), ("inkling_score", json!("0.05"))]),
        row("1.3", "inkling_score", &[("inkling_score", json!(0)), ("inkling_load_ms", json!("soon"))]),
        row("1.4", "inkling_score", &[session.clone(), ("inkling_band", json!("low"))]),
        row("1.5", "page_view", &[session, ("inkling_score", json!(0.5))]),
        row("1.6", "inkling_score", &[]),
        row("1.7", "inkling_off", &[("inkling_code", json!("signature-invalid"))]),
        row("1.8", "inkling_off", &[("inkling_score", json!(0.5))]),
        nobody,
    ]
}

#[test]
fn the_query_finds_what_is_found_in_files() {
    let folder = Folder::fresh("sql-told");
    let (all, mut schemas) = (rows(), schemas());
    let current = schemas.last().unwrap().1.clone();
    schemas.push(("no_doubles", without(&current, &["event_params.value.double_value"])));
    let (tables, contents) = exports(&folder, &schemas, &all);
    let mut statements = Vec::new();
    for (name, fields) in &schemas {
        let table = table(name);
        let columns = told::COLUMNS.map(|(name, kind)| json!({"name": name, "type": kind}));
        let params = json!([{"name": "event", "type": "STRING"}, {"name": "no_score", "type": "STRING"}]);
        let sql = told::sql(&table, &info(fields));
        let values = json!({"event": "inkling_score", "no_score": "inkling_off"});
        statements.push(
            json!({"name": name, "sql": sql, "params": params, "columns": columns, "values": values, "execute": true}),
        );
    }
    let found = right(&folder, &json!({"tables": tables, "rows": contents, "statements": statements}));
    for ((name, _), said) in schemas.iter().zip(&found) {
        let given = said["rows"].as_array().unwrap();
        let mut of_query = Vec::new();
        let mut each = |told: &Told<'_>| of_query.push(format!("{told:?}"));
        told::give(&batch(said["columns"].as_array().unwrap(), given), &mut each).unwrap();
        let files = discover(&[folder.at(name).to_string_lossy().into_owned()], DiscoverOptions::default()).unwrap();
        let mut of_file = Vec::new();
        files.told(DAY, &mut |told| of_file.push(format!("{told:?}"))).unwrap();
        of_query.sort_unstable();
        of_file.sort_unstable();
        assert_eq!(of_query, of_file, "{name}");
        let full = of_query.iter().filter(|told| told.contains("load_ms: Some(131.0)")).count();
        let expected = if name.contains("no_double") { (3, 0) } else { (4, 1) };
        assert_eq!((of_query.len(), full), expected, "{name}: {of_query:?}");
        assert!(of_query.contains(&r#"Off("signature-invalid")"#.to_owned()), "{name}: {of_query:?}");
    }
}
