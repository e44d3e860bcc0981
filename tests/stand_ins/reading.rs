//! The Storage Read API, by Google's own client.

use super::{job, query, server};
use conformance::world::{BigQuery, repository, stand_in_python};
use serde_json::{Value, json};
use std::process::Command;

fn read(server: &BigQuery, table: &str, options: &Value) -> Value {
    let mut command = Command::new(stand_in_python());
    command.arg("-B").arg(repository().join("tests/local_bigquery/read.py"));
    command.arg(server.grpc().trim_start_matches("http://")).arg(table).arg(options.to_string());
    let output = command.output().expect("Python starts");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

#[test]
fn rows_come_in_streams_and_batches_restricted_and_compressed() {
    let (_, server) = server("stand_ins_reading", None);
    let destination = json!({"projectId": "p", "datasetId": "d", "tableId": "t"});
    let mut body = query(
        "SELECT n, MOD(n, 4) AS shard, CONCAT('visitor ', CAST(n AS STRING)) AS user, DATE '2021-01-02' AS day, \
         FROM_HEX('00ff') AS state, n / 4 AS score, n > 3 AS large, TIMESTAMP_MICROS(n) AS moment \
         FROM UNNEST(GENERATE_ARRAY(0, 11999)) AS n",
    );
    body["configuration"]["query"]["destinationTable"] = destination;
    let done = job(&server, &body);
    assert!(done["status"]["errorResult"].is_null(), "{}", done["status"]);

    let table = "projects/p/datasets/d/tables/t";
    let all = read(&server, table, &json!({}));
    assert!(all["streams"].as_array().unwrap().len() == 3, "{}", all["streams"]);
    assert!(all["batches"].as_array().unwrap().iter().all(|n| n.as_u64().unwrap() <= 1000), "{}", all["batches"]);
    let types = json!({
        "n": "int64", "shard": "int64", "user": "string", "day": "date32[day]", "state": "binary", "score": "double",
        "large": "bool", "moment": "timestamp[us, tz=UTC]",
    });
    assert_eq!(all["types"], types);
    let mut numbers: Vec<u64> = all["rows"].as_array().unwrap().iter().map(|r| r["n"].as_u64().unwrap()).collect();
    numbers.sort_unstable();
    assert!(numbers.into_iter().eq(0..12_000), "every row once");
    let row = all["rows"].as_array().unwrap().iter().find(|row| row["n"] == 7).unwrap();
    let expected = json!({
        "n": 7, "shard": 3, "user": "visitor 7", "day": "2021-01-02", "state": "00ff", "score": 1.75, "large": true,
        "moment": "1970-01-01T00:00:00.000007+00:00",
    });
    assert_eq!(*row, expected);

    let options = json!({"row_restriction": "shard IN (0, 2)", "selected_fields": ["n", "shard"], "streams": 1});
    let some = read(&server, table, &options);
    assert_eq!((some["streams"].clone(), some["types"].as_object().unwrap().len()), (json!([6000]), 2));
    assert!(some["rows"].as_array().unwrap().iter().all(|row| row["n"].as_u64().unwrap() % 2 == 0));
    for codec in ["ZSTD", "LZ4_FRAME"] {
        let packed = read(&server, table, &json!({"compression": codec}));
        assert_eq!(packed["rows"], all["rows"]);
        assert!(packed["bytes"].as_u64() < all["bytes"].as_u64(), "{codec}");
    }

    // What a query left without a table of its own is read in the same way.
    let done = job(&server, &query("SELECT n FROM d.t WHERE n < 10"));
    let anonymous = &done["configuration"]["query"]["destinationTable"];
    let [dataset, name] = ["datasetId", "tableId"].map(|key| anonymous[key].as_str().unwrap());
    let ten = read(&server, &format!("projects/p/datasets/{dataset}/tables/{name}"), &json!({}));
    assert_eq!(ten["streams"], json!([10]));

    let refused = |table: &str, options: Value| read(&server, table, &options)["error"].clone();
    assert_eq!(refused("projects/p/datasets/d/tables/none", json!({})), "NOT_FOUND");
    assert_eq!(refused(table, json!({"row_restriction": "shard IN ("})), "INVALID_ARGUMENT");
    assert_eq!(refused(table, json!({"selected_fields": ["n", "none"]})), "INVALID_ARGUMENT");
}
