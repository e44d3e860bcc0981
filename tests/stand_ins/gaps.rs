//! Where local-bigquery differs from BigQuery all the same. Nothing that Inkling does may rely on these; when one of
//! them fails after an upgrade, the gap is closed: take it out here, and the correction in `tests/local_bigquery` if it
//! was one.

use super::{job, query, server};
use serde_json::json;

#[test]
fn the_gaps_of_the_stand_in() {
    let (_, server) = server("stand_ins_gaps", None);
    let row = br#"{"day": "2021-01-01", "n": "5", "params": [{"key": "a", "value": {"int_value": "1"}}]}"#;
    let value = json!({"name": "value", "type": "RECORD", "fields": [{"name": "int_value", "type": "INT64"}]});
    let params = json!({"name": "params", "type": "RECORD", "mode": "REPEATED",
        "fields": [{"name": "key", "type": "STRING"}, value]});
    let fields = json!([{"name": "day", "type": "DATE"}, {"name": "n", "type": "INT64"}, params]);
    server.load("d", "t", "NEWLINE_DELIMITED_JSON", Some(&fields), row);
    let message = |sql: &str| server.tried(sql).expect_err("BigQuery takes it; the stand-in did not");

    // BigQuery needs no alias for the elements of an array.
    let said = message("SELECT (SELECT value.int_value FROM UNNEST(params) WHERE key = 'a') AS a FROM d.t");
    assert_eq!(said, "Unrecognized name: key");
    let aliased =
        server.query("SELECT (SELECT p.value.int_value FROM UNNEST(params) AS p WHERE p.key = 'a') AS a FROM d.t");
    assert_eq!(aliased, [json!({"a": "1"})]);

    // It takes all fields of a struct.
    let said = message("SELECT q.s.* FROM (SELECT STRUCT(1 AS a, 2 AS b) AS s) AS q");
    assert!(said.starts_with("Syntax error"), "{said}");

    // It reads bytes as they are written.
    assert_eq!(server.query(r"SELECT TO_HEX(b'\x00\xff') AS b"), [json!({"b": "00c3bf"})]);
    assert_eq!(server.query("SELECT TO_HEX(FROM_HEX('00ff')) AS b"), [json!({"b": "00ff"})]);

    // It takes a column before a variable of the same name.
    assert_eq!(server.query("DECLARE n INT64 DEFAULT 9; SELECT n AS found FROM d.t;"), [json!({"found": "9"})]);

    // It counts bytes.
    let done = job(&server, &query("SELECT n FROM d.t"));
    assert_eq!(done["statistics"]["totalBytesProcessed"], "0");

    // It writes one partition of a table, and only that.
    let mut body = query("SELECT DATE '2021-01-01' AS day, 6 AS n");
    let partition = json!({"projectId": "p", "datasetId": "d", "tableId": "t$20210101"});
    body["configuration"]["query"]["destinationTable"] = partition;
    body["configuration"]["query"]["writeDisposition"] = json!("WRITE_TRUNCATE");
    assert!(job(&server, &body)["status"]["errorResult"].is_null());
    assert_eq!(server.query("SELECT n FROM d.t"), [json!({"n": "5"})], "partition decorators");

    // It does not mix locations.
    let elsewhere = server.call(
        "POST",
        "datasets",
        Some(&json!({"location": "EU",
        "datasetReference": {"projectId": "p", "datasetId": "eu"}})),
    );
    assert_eq!(elsewhere.0, 200);
    server.query("CREATE TABLE eu.copy AS SELECT n FROM d.t");
}
