//! The query that flattens a day.

use super::arrow::batch;
use super::export::{at, current, info, schemas, typed, without};
use super::fixture::{DAY, held, rows, table};
use batch_service::events::DayBuilder;
use batch_service::ga4::bigquery::DayRows;
use batch_service::ga4::bigquery::flatten::{Cell, Flat, ITEMS, PRICE, SHARD, only};
use batch_service::ga4::discover::{DiscoverOptions, discover};
use batch_service::ga4::{Export, ReadReport};
use batch_service::shards::{COUNT, Shards, shard};
use conformance::world::{Folder, checked, right};
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// What the reader of a cell expects its column to be: its source's type.
fn expected(fields: &Value, name: &str, cell: Cell) -> &'static str {
    let path = match cell {
        Cell::Column(column) => column.path().to_owned(),
        Cell::Param(_) => format!("event_params.value.{}", name.rsplit_once("__").unwrap().1),
        Cell::Price => "items.price".to_owned(),
        Cell::Items | Cell::Shard => return "INT64",
    };
    match at(fields, &path)["type"].as_str().unwrap() {
        "INTEGER" => "INT64",
        "FLOAT" => "FLOAT64",
        "STRING" => "STRING",
        other => panic!("{path} is {other}"),
    }
}

fn statement(name: &str, fields: &Value, flat: &Flat) -> Value {
    let columns =
        flat.cells.iter().map(|(column, cell)| json!({"name": column, "type": expected(fields, column, *cell)}));
    json!({"name": name, "sql": flat.sql, "columns": columns.collect::<Value>(), "execute": true})
}

#[test]
fn flattened_rows_are_the_events_of_the_same_rows_in_a_file() {
    let folder = Folder::fresh("sql-flattening");
    let (all, schemas) = (rows(), schemas());
    let (mut tables, mut contents, mut statements, mut flats) = (Vec::new(), json!({}), Vec::new(), Vec::new());
    for (name, fields) in &schemas {
        let table = table(name);
        tables.push(json!({"name": table.to_string(), "fields": fields}));
        let held: Vec<Value> = all.iter().map(|row| held(fields, row)).collect();
        let lines: String = held.iter().map(|row| format!("{row}\n")).collect();
        folder.write(&format!("{name}/events_20261005.json"), lines);
        contents[table.to_string()] = held.into();
        for sharded in [false, true] {
            let flat = Flat::of(&table, &info(fields), sharded).unwrap();
            statements.push(statement(&format!("{name}, sharded {sharded}"), fields, &flat));
            flats.push((*name, sharded, flat));
        }
    }
    // Without the types of `tables.get`: a whole statement with one letter wrong.
    let found = right(&folder, &json!({"tables": tables, "rows": contents, "statements": statements}));
    for ((name, sharded, flat), said) in flats.iter().zip(&found) {
        let given = said["rows"].as_array().unwrap();
        assert_eq!(given.len(), all.len(), "{name}: a row for every row");
        let read = |rows: &[Value]| {
            let (mut day, mut taker) = (DayBuilder::new(DAY), DayRows::new(name.to_string()));
            taker.push(&batch(said["columns"].as_array().unwrap(), rows), flat, &mut day).unwrap();
            day.finish()
        };
        let (events, rejects) = read(given);
        let files = discover(&[folder.at(name).to_string_lossy().into_owned()], DiscoverOptions::default()).unwrap();
        let (of_file, report) = files.read(DAY, Shards::ALL).unwrap();
        assert!(of_file.rows.len() > 300 && !of_file.extras.is_empty(), "{name}: {}", of_file.rows.len());
        let lines = |events: &batch_service::events::CleanEvents| -> Vec<String> {
            events.rows.iter().map(|row| format!("{:?}", events.view(row))).collect()
        };
        for (one, other) in lines(&events).iter().zip(lines(&of_file)) {
            assert_eq!(*one, other, "{name}");
        }
        assert_eq!(events, of_file, "{name}");
        let dropped = |report: &ReadReport| -> Vec<(String, u64)> {
            report.dropped.iter().map(|(reason, dropped)| (reason.to_owned(), dropped.rows)).collect()
        };
        let of_query = ReadReport::of(DAY, Vec::new(), given.len() as u64, &events, rejects);
        assert_eq!(dropped(&of_query), dropped(&report), "{name}");
        assert!(dropped(&report).len() > 6, "the fixture has its traps: {:?}", dropped(&report));
        if *sharded {
            let mut seen = BTreeSet::new();
            for row in given {
                let number = row["user_pseudo_id"].as_str().map_or(0, shard);
                assert_eq!(row[SHARD], number, "{name}: {}", row["user_pseudo_id"]);
                seen.insert(number);
            }
            assert!(seen.len() > 50, "{} of {COUNT} shards", seen.len());
            // What each process reads of them is together the day.
            for of in [2, 4] {
                let parts = (0..of).map(|index| {
                    let mine = Shards::new(index, of).unwrap();
                    let numbers: Vec<u32> = mine.numbers().collect();
                    let rows: Vec<Value> = given
                        .iter()
                        .filter(|r| numbers.contains(&(r[SHARD].as_u64().unwrap() as u32)))
                        .cloned()
                        .collect();
                    lines(&read(&rows).0)
                });
                let mut together: Vec<String> = parts.flatten().collect();
                let mut whole = lines(&of_file);
                together.sort();
                whole.sort();
                assert_eq!(together, whole, "{name} in {of} parts");
            }
        } else {
            assert!(given.iter().all(|row| row.get(SHARD).is_none()));
        }
    }
}

#[test]
fn a_wrong_letter_or_type_is_found() {
    let folder = Folder::fresh("sql-flattening-wrong");
    let fields = current();
    let flat = Flat::of(&table("current"), &info(&fields), true).unwrap();
    let mut good = statement("good", &fields, &flat);
    good["execute"] = json!(false);
    let mutated = |from: &str, to: &str| {
        assert!(flat.sql.contains(from), "{from}");
        let mut wrong = good.clone();
        wrong["sql"] = flat.sql.replacen(from, to, 1).into();
        wrong["name"] = from.into();
        wrong
    };
    let mut other_type = good.clone();
    other_type["columns"][0]["type"] = json!("FLOAT64");
    let restricted = |name: &str, only: String| json!({"name": name, "sql": format!("SELECT q.{ITEMS}, q.{PRICE} FROM ({}) AS q WHERE {only}", flat.sql)});
    let shards = Shards::new(1, 4).unwrap();
    let statements = json!([
        good,
        mutated("e.user_pseudo_id", "e.user_pseud_id"),
        mutated("e.device.category", "e.device.categry"),
        mutated("ep.value.int_value", "ep.value.int_valu"),
        mutated("i.price", "i.prize"),
        mutated("AS q", "AS r"),
        mutated("FARM_FINGERPRINT", "FARM_FINGERPRNT"),
        mutated("MAX(IF", "COUNT(IF"),
        other_type,
        restricted("part", only(SHARD, shards)),
        restricted("no part", only("shrad", shards)),
    ]);
    let tables = json!([{"name": table("current").to_string(), "fields": fields}]);
    let found = checked(&folder, &json!({"tables": tables, "statements": statements}));
    let ok: Vec<bool> = found.iter().map(|said| said["ok"] == true).collect();
    let expected = [true, false, false, false, false, false, false, false, false, true, false];
    assert_eq!(ok, expected, "{found:?}");
}

#[test]
fn what_is_no_export_is_refused_and_what_is_absent_is_told() {
    let refused = |fields: &Value| Flat::of(&table("x"), &info(fields), false).map(|_| ()).unwrap_err().to_string();
    let today = current();
    for path in ["event_timestamp", "event_name", "user_pseudo_id", "event_params"] {
        assert!(refused(&without(&today, &[path])).contains(path), "{path}");
    }
    assert!(refused(&without(&today, &["event_params.key"])).contains("event_params"));
    assert!(
        refused(
            &typed(&today, &["event_params"], "STRING")
                .as_array()
                .unwrap()
                .iter()
                .map(|field| {
                    let mut field = field.clone();
                    field.as_object_mut().unwrap().remove("mode");
                    field
                })
                .collect()
        )
        .contains("event_params")
    );
    let lacking = without(&today, &["stream_id", "items", "device.language"]);
    assert_eq!(
        Flat::of(&table("x"), &info(&lacking), false).unwrap().missing,
        ["device.language", "stream_id", "items.price"]
    );
}
