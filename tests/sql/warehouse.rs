//! The statements of the warehouse, on the tables that it makes.

use batch_service::bigquery::{DatasetName, TableName};
use batch_service::shards::Shards;
use batch_service::warehouse::bigquery::sql::{self, Part, Statement};
use batch_service::warehouse::bigquery::{DAY, layouts};
use batch_service::warehouse::table::Type;
use conformance::world::{Folder, checked, repository, right};
use jiff::civil::date;
use serde_json::{Value, json};

fn name(table: &str) -> TableName {
    DatasetName::new("my-project", "inkling").unwrap().table(table).unwrap()
}

/// As BigQuery types a Parquet file's column, and as tables are made.
fn kind(of: Type) -> &'static str {
    match of {
        Type::Bool => "BOOLEAN",
        Type::I32 | Type::I64 => "INTEGER",
        Type::F32 | Type::F64 => "FLOAT",
        Type::Text => "STRING",
        Type::Bytes => "BYTES",
        Type::Date => "DATE",
    }
}

/// The tables, and for each the one that a load makes of a file.
fn tables() -> Vec<Value> {
    let mut tables = Vec::new();
    for (table, layout) in layouts() {
        let columns: Vec<Value> = layout.columns.iter().map(|c| json!({"name": c.name, "type": kind(c.of)})).collect();
        let day = vec![json!({"name": layout.day, "type": "DATE"})];
        let all = [day, columns.clone()].concat();
        tables.push(json!({"name": name(table).to_string(), "fields": all}));
        tables.push(json!({"name": name(&format!("staging_{table}")).to_string(), "fields": columns}));
    }
    tables
}

/// The tables that a day's work publishes: all but the first two.
fn published(most: usize) -> Statement {
    let names: Vec<(TableName, TableName, Vec<String>)> = layouts()[2..]
        .iter()
        .take(most)
        .map(|(table, layout)| {
            let columns = layout.columns.iter().map(|c| c.name.to_owned()).collect();
            (name(table), name(&format!("staging_{table}")), columns)
        })
        .collect();
    let parts: Vec<Part<'_>> = names
        .iter()
        .map(|(table, staging, columns)| Part { table, staging, columns, version: "00ff", rows: 7 })
        .collect();
    sql::publish(&name("published"), &parts)
}

/// Every statement that `sql.rs` can render, by the function that does.
fn all() -> Vec<(&'static str, &'static str, Statement)> {
    vec![
        ("probe", "probe", sql::probe()),
        ("catalogue", "catalogue", sql::catalogue(&name("published"))),
        ("later", "later", sql::later(&name("published"))),
        ("runs", "runs", sql::runs(&name("runs"))),
        ("states", "states", sql::states(&name("visitor_state"))),
        ("publish", "a scored day", published(3)),
        ("publish", "a day without models", published(2)),
    ]
}

fn document(name: &str, statement: &Statement) -> Value {
    let typed = |pairs: &[(&str, &str)]| -> Value {
        pairs.iter().map(|(name, kind)| json!({"name": name, "type": kind})).collect()
    };
    json!({"name": name, "sql": statement.sql, "params": typed(statement.params), "columns": typed(statement.columns)})
}

#[test]
fn every_statement_is_right_and_gives_what_the_readers_take() {
    let statements: Vec<Value> = all().iter().map(|(_, name, statement)| document(name, statement)).collect();
    let _ = right(&Folder::fresh("sql-warehouse"), &json!({"tables": tables(), "statements": statements}));
    // The conditions of read sessions are those of queries.
    let restrictions: Vec<Value> = [Shards::ALL, Shards::new(0, 64).unwrap(), Shards::new(1, 2).unwrap()]
        .iter()
        .map(|shards| {
            let only = sql::rows_of(date(2026, 10, 5), *shards);
            json!({"name": only, "sql": format!("SELECT 1 AS x FROM `{}` WHERE {only}", name("visitor_state"))})
        })
        .collect();
    let _ = right(&Folder::fresh("sql-restrictions"), &json!({"tables": tables(), "statements": restrictions}));
}

#[test]
fn every_statement_of_the_program_is_looked_at_here() {
    let source = repository().join("batch-service/src");
    let text = std::fs::read_to_string(source.join("warehouse/bigquery/sql.rs")).unwrap();
    let functions: Vec<&str> = text.split("\npub fn ").skip(1).map(|rest| rest.split('(').next().unwrap()).collect();
    let looked_at: Vec<&str> = all().iter().map(|(function, ..)| *function).collect();
    for function in &functions {
        assert!(looked_at.contains(function) || *function == "rows_of", "sql::{function} is not looked at");
    }
    assert!(functions.len() >= 4, "{functions:?}");
    // And nowhere else is SQL written, but for what reads the export, beside here, and the views, in `tests/monitor/views.rs`.
    let mut folders = vec![source.clone()];
    let mut scanned = 0;
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                if !path.ends_with("tests") {
                    folders.push(path);
                }
                continue;
            }
            let of_export = ["flatten", "echoes", "told"].map(|name| format!("ga4/bigquery/{name}.rs"));
            let others = ["warehouse/bigquery/sql.rs", "monitor/views/sql.rs"].map(str::to_owned);
            let known: Vec<_> = of_export.into_iter().chain(others).map(|file| source.join(file)).collect();
            if path.extension().is_none_or(|e| e != "rs") || known.contains(&path) {
                continue;
            }
            scanned += 1;
            let text = std::fs::read_to_string(&path).unwrap();
            for line in text.lines().filter(|line| !line.trim_start().starts_with("//")) {
                for word in ["SELECT ", "INSERT INTO", "DELETE FROM", "UPDATE ", "MERGE ", "CREATE TABLE", "DROP TABLE"]
                {
                    assert!(!line.contains(word), "{}: {line}", path.display());
                }
            }
        }
    }
    assert!(scanned > 100, "{scanned}");
}

/// Every column that a statement names, misspelt one after the other.
#[test]
fn a_misspelt_column_or_table_is_found() {
    let mut statements = Vec::new();
    for (_, name, statement) in all() {
        let mut words =
            vec![DAY, "version", "row_count", "table_name", "fence", "published", "run_id", "started_at", "record"];
        words.extend(
            layouts()[2..]
                .iter()
                .flat_map(|(table, layout)| [*table].into_iter().chain(layout.columns.iter().map(|c| c.name))),
        );
        for word in words {
            // In backticks, after a dot, or on its own.
            for quoted in
                [format!("`{word}`"), format!(".{word}`"), format!(" {word},"), format!("({word}"), format!(".{word} ")]
            {
                if let Some(at) = statement.sql.rfind(&quoted) {
                    let mut wrong = statement.clone();
                    wrong.sql.replace_range(at..at + quoted.len(), &quoted.replace(word, &format!("{word}x")));
                    statements.push(document(&format!("{name}: {quoted}"), &wrong));
                }
            }
        }
        let mut other = document(&format!("{name}: other columns"), &statement);
        if let Some(first) = other["columns"].as_array_mut().and_then(|columns| columns.first_mut()) {
            first["type"] = json!("FLOAT64");
            statements.push(other);
        }
    }
    assert!(statements.len() > 60, "{}", statements.len());
    let found = checked(&Folder::fresh("sql-warehouse-wrong"), &json!({"tables": tables(), "statements": statements}));
    let passed: Vec<&Value> = found.iter().filter(|said| said["ok"] == true).map(|said| &said["name"]).collect();
    assert!(passed.is_empty(), "{passed:?}");
}

#[test]
fn the_rows_of_the_small_queries_are_those_that_were_written() {
    let day = |day: &str, table: &str, version: &str| json!({"date": day, "table_name": table, "version": version, "row_count": 3, "fence": 1});
    let run = |day: &str, id: &str, at: &str| json!({"date": day, "run_id": id, "status": "done", "started_at": at, "record": "{\"a\":\"é'\"}"});
    let rows = json!({
        name("published").to_string(): [day("2026-10-06", "scores", "b"), day("2026-10-05", "scores", "a"), day("2026-10-05", "events_clean", "c")],
        name("runs").to_string(): [run("2026-10-05", "x", "2026-10-06T05:00:00Z"), run("2026-10-05", "y", "2026-10-06T04:00:00Z"),
            run("2026-10-04", "z", "2026-10-05T05:00:00Z"), run("2026-10-07", "w", "2026-10-08T05:00:00Z")],
    });
    let mut catalogue = document("catalogue", &sql::catalogue(&name("published")));
    let mut runs = document("runs", &sql::runs(&name("runs")));
    catalogue["execute"] = json!(true);
    runs["execute"] = json!(true);
    runs["values"] = json!({"first_day": "2026-10-04", "last_day": "2026-10-05"});
    let later = |holder: &str| {
        let mut later = document("later", &sql::later(&name("published")));
        (later["execute"], later["values"]) = (json!(true), json!({"holder": holder}));
        later
    };
    let statements = json!([catalogue, runs, later("0"), later("1")]);
    let document = json!({"tables": tables(), "rows": rows, "statements": statements});
    let found = right(&Folder::fresh("sql-warehouse-rows"), &document);
    let told = |said: &Value, key: &str| -> Vec<String> {
        said["rows"].as_array().unwrap().iter().map(|row| row[key].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(told(&found[0], "version"), ["c", "a", "b"]);
    assert_eq!(told(&found[1], "run_id"), ["z", "y", "x"]);
    assert_eq!([&found[2]["rows"], &found[3]["rows"]], [&json!([{"later": 3}]), &json!([{"later": 0}])]);
    assert_eq!(
        found[1]["rows"][0],
        json!({"day": "2026-10-04", "run_id": "z", "status": "done",
        "started_at": "2026-10-05T05:00:00Z", "record": "{\"a\":\"é'\"}"})
    );
}
