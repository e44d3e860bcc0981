//! What is known of tables: partitions, times, rows, lists, expiry.

use super::{job, server};
use serde_json::{Value, json};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

fn now() -> u128 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_millis()
}

fn millis(table: &Value, field: &str) -> u128 {
    table[field].as_str().unwrap_or_else(|| panic!("no {field}: {table}")).parse().unwrap()
}

#[test]
fn a_table_says_when_it_changed_and_how_many_rows_it_has() {
    let (_, server) = server("stand_ins_tables", None);
    let fields = json!([{"name": "day", "type": "DATE", "mode": "REQUIRED"}, {"name": "user", "type": "STRING"}]);
    let more = json!({"timePartitioning": {"type": "DAY", "field": "day"}, "clustering": {"fields": ["user"]}});
    server.table("d", "made", &fields, &more);
    let made = server.described("d", "made");
    assert_eq!(made["timePartitioning"], more["timePartitioning"]);
    assert_eq!(made["clustering"], more["clustering"]);
    assert_eq!(made["schema"]["fields"][0]["mode"], "REQUIRED");
    // A table that a job made is no different.
    let rows = b"{\"day\":\"2021-01-01\",\"user\":\"a\"}\n{\"day\":\"2021-01-02\",\"user\":\"b\"}\n";
    assert_eq!(server.load("d", "loaded", "NEWLINE_DELIMITED_JSON", Some(&fields), rows), 2);

    for name in ["made", "loaded"] {
        let mut before = server.described("d", name);
        assert!(now() - millis(&before, "creationTime") < 60_000);
        std::thread::sleep(Duration::from_millis(5));
        assert_eq!(server.described("d", name), before, "looking changes nothing");
        let changes = [
            format!("INSERT INTO d.{name} (day, user) VALUES (DATE '2021-01-03', 'c'), (DATE '2021-01-04', 'd')"),
            format!("DELETE FROM d.{name} WHERE day = DATE '2021-01-03'"),
        ];
        let rows = |table: &Value| millis(table, "numRows");
        for (sql, grown) in changes.iter().zip([2, -1]) {
            server.query(sql);
            let after = server.described("d", name);
            assert!(millis(&after, "lastModifiedTime") > millis(&before, "lastModifiedTime"), "{sql}");
            assert_ne!(after["etag"], before["etag"], "{sql}");
            assert_eq!(after["creationTime"], before["creationTime"], "{sql}");
            assert_eq!(i64::try_from(rows(&after)).unwrap() - i64::try_from(rows(&before)).unwrap(), grown, "{sql}");
            before = after;
        }
    }
}

#[test]
fn tables_are_listed_in_pages_and_expire() {
    let (_, server) = server("stand_ins_lists", None);
    let fields = json!([{"name": "a", "type": "STRING"}]);
    for i in 0..25 {
        server.table("d", &format!("events_{i:02}"), &fields, &json!({}));
    }
    let (mut found, mut token) = (Vec::new(), String::new());
    loop {
        let (status, page) = server.call("GET", &format!("datasets/d/tables?maxResults=10{token}"), None);
        assert_eq!(status, 200, "{page}");
        let tables = page["tables"].as_array().unwrap();
        // As in BigQuery's lists, which do not tell when a table was changed.
        assert!(tables.iter().all(|t| t["lastModifiedTime"].is_null() && t["numRows"].is_null()), "{page}");
        found.extend(tables.iter().map(|t| t["tableReference"]["tableId"].as_str().unwrap().to_owned()));
        match page["nextPageToken"].as_str() {
            Some(next) => token = format!("&pageToken={next}"),
            None => break,
        }
    }
    assert_eq!(found, (0..25).map(|i| format!("events_{i:02}")).collect::<Vec<_>>());
    assert_eq!(server.call("GET", "datasets/none/tables", None).0, 404);
    assert_eq!(server.call("GET", "datasets/d/tables/none", None).0, 404);

    let soon = now() + 1500;
    server.table("d", "short", &fields, &json!({"expirationTime": soon.to_string()}));
    assert_eq!(millis(&server.described("d", "short"), "expirationTime"), soon);
    std::thread::sleep(Duration::from_millis(1600));
    assert_eq!(server.call("GET", "datasets/d/tables/short", None).0, 404);
}

#[test]
fn a_query_job_has_the_id_and_the_table_that_its_caller_chose() {
    let (_, server) = server("stand_ins_jobs", None);
    let destination = json!({"projectId": "p", "datasetId": "d", "tableId": "result"});
    let body = |sql: &str, disposition: &str, id: &str| {
        json!({"jobReference": {"projectId": "p", "jobId": id}, "configuration": {"query": {
            "query": sql, "useLegacySql": false, "destinationTable": destination, "writeDisposition": disposition,
        }}})
    };
    let done = job(&server, &body("SELECT 7 AS a", "WRITE_TRUNCATE", "mine"));
    assert_eq!(done["jobReference"]["jobId"], "mine");
    assert_eq!(server.query("SELECT a FROM d.result"), [json!({"a": "7"})]);
    let (status, again) = server.call("POST", "jobs", Some(&body("SELECT 8 AS a", "WRITE_TRUNCATE", "mine")));
    assert_eq!((status, &again["error"]["errors"][0]["reason"]), (409, &json!("duplicate")));
    assert_eq!(server.call("GET", "jobs/mine", None).1["status"]["state"], "DONE");
    let refused = job(&server, &body("SELECT 8 AS a", "WRITE_EMPTY", "other"));
    assert_eq!(refused["status"]["errorResult"]["reason"], "duplicate");
    assert_eq!(server.query("SELECT a FROM d.result"), [json!({"a": "7"})]);
    assert_eq!(server.call("GET", "jobs/none", None).0, 404);
}

#[test]
fn streamed_rows_with_one_insert_id_are_one_row() {
    let (_, server) = server("stand_ins_streamed", None);
    server.table("d", "t", &json!([{"name": "a", "type": "STRING", "mode": "REQUIRED"}]), &json!({}));
    let insert = |rows: Value| server.call("POST", "datasets/d/tables/t/insertAll", Some(&json!({"rows": rows})));
    let row = json!([{"insertId": "1", "json": {"a": "x"}}]);
    for _ in 0..2 {
        let (status, answer) = insert(row.clone());
        assert!(status == 200 && answer["insertErrors"].is_null(), "{answer}");
    }
    let (status, answer) = insert(json!([{"json": {"b": "x"}}]));
    assert!(status == 200 && answer["insertErrors"][0]["index"] == 0, "{answer}");
    assert_eq!(server.query("SELECT a FROM d.t"), [json!({"a": "x"})]);
}
