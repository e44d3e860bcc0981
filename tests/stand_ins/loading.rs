//! Load jobs from a bucket.

use super::{job, server};
use conformance::world::{BUCKET, BigQuery, BucketServer, Folder, stand_in_python};
use serde_json::{Value, json};
use std::process::Command;

/// Writes rows with the types that a state's table has, compressed; `null` puts a null where one is not allowed.
const PARQUET: &str = r#"
import datetime, sys
import pyarrow as pa, pyarrow.parquet as pq
path, first, count, null = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), sys.argv[4] == "null"
columns = {"day": pa.date32(), "user": pa.string(), "state": pa.binary(), "n": pa.int32(), "score": pa.float64()}
day = datetime.date(2021, 1, 2)
rows = [{"day": day, "user": f"u{i}", "state": bytes([i % 256, 255, 0]), "n": i, "score": i / 4} for i in range(first, first + count)]
if null:
    rows[0]["state"] = None
schema = pa.schema([pa.field(name, kind, nullable=null) for name, kind in columns.items()])
pq.write_table(pa.Table.from_pylist(rows, schema), path, compression="zstd")
"#;

fn parquet(folder: &Folder, first: usize, count: usize, null: bool) -> Vec<u8> {
    let path = folder.at("rows.parquet");
    let mut command = Command::new(stand_in_python());
    command.args(["-B", "-c", PARQUET]).arg(&path).args([first.to_string(), count.to_string()]);
    let made = command.arg(if null { "null" } else { "" }).output().expect("Python starts");
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    std::fs::read(path).unwrap()
}

fn fields() -> Value {
    let required = |name: &str, kind: &str| json!({"name": name, "type": kind, "mode": "REQUIRED"});
    json!([
        required("day", "DATE"),
        required("user", "STRING"),
        required("state", "BYTES"),
        required("n", "INT64"),
        required("score", "FLOAT64")
    ])
}

fn load(server: &BigQuery, id: &str, objects: &[&str], disposition: &str) -> Value {
    let uris: Vec<String> = objects.iter().map(|name| format!("gs://{BUCKET}/{name}")).collect();
    let load = json!({
        "destinationTable": {"projectId": "p", "datasetId": "d", "tableId": "t"}, "sourceFormat": "PARQUET",
        "sourceUris": uris, "schema": {"fields": fields()}, "writeDisposition": disposition,
    });
    job(server, &json!({"jobReference": {"projectId": "p", "jobId": id}, "configuration": {"load": load}}))
}

#[test]
fn parquet_from_a_bucket_becomes_the_table_that_its_schema_says() {
    let buckets = BucketServer::start();
    let (folder, server) = server("stand_ins_loading", Some(&buckets.url()));
    assert_eq!(buckets.overwrite("a.parquet", &parquet(&folder, 0, 300, false)).status, 200);
    assert_eq!(buckets.overwrite("b.parquet", &parquet(&folder, 300, 5, false)).status, 200);
    assert_eq!(buckets.overwrite("null.parquet", &parquet(&folder, 0, 2, true)).status, 200);

    let done = load(&server, "one", &["a.parquet", "b.parquet"], "WRITE_TRUNCATE");
    assert!(done["status"]["errorResult"].is_null(), "{}", done["status"]);
    assert_eq!(done["statistics"]["load"]["outputRows"], "305");
    let described = server.described("d", "t");
    let kinds: Vec<(&str, &str)> = described["schema"]["fields"].as_array().unwrap().iter().map(kind).collect();
    let kept = [("DATE", "REQUIRED"), ("STRING", "REQUIRED"), ("BYTES", "REQUIRED"), ("INTEGER", "REQUIRED")];
    assert_eq!(kinds[..4], kept);
    assert_eq!(kinds[4], ("FLOAT", "REQUIRED"));
    let row = server.query("SELECT day, user, TO_HEX(state) AS state, n, score FROM d.t WHERE n = 301");
    assert_eq!(row, [json!({"day": "2021-01-02", "user": "u301", "state": "2dff00", "n": "301", "score": "75.25"})]);

    // The id is taken, whatever became of the job.
    let (status, again) = server.call(
        "POST",
        "jobs",
        Some(&json!({"jobReference": {"jobId": "one"},
        "configuration": {"query": {"query": "SELECT 1", "useLegacySql": false}}})),
    );
    assert_eq!((status, &again["error"]["errors"][0]["reason"]), (409, &json!("duplicate")));

    let done = load(&server, "two", &["b.parquet"], "WRITE_APPEND");
    assert!(done["status"]["errorResult"].is_null(), "{}", done["status"]);
    assert_eq!(server.described("d", "t")["numRows"], "310");

    // What fails leaves the table as it was.
    for (id, object, reason) in [("null", "null.parquet", "invalid"), ("none", "none.parquet", "notFound")] {
        let failed = load(&server, id, &[object], "WRITE_TRUNCATE");
        assert_eq!(failed["status"]["errorResult"]["reason"], reason, "{}", failed["status"]);
        assert_eq!(server.described("d", "t")["numRows"], "310");
    }
}

fn kind(field: &Value) -> (&str, &str) {
    (field["type"].as_str().unwrap(), field["mode"].as_str().unwrap())
}
