//! Scripts that replace a day in one transaction.

use super::{job, query, server};
use conformance::world::BigQuery;
use serde_json::{Value, json};

fn replacing(day: &str, rows: u32, asserted: u32) -> String {
    format!(
        "BEGIN TRANSACTION; DELETE FROM `p.d.t` WHERE day = @day; \
         INSERT INTO `p.d.t` (day, n) SELECT @day, n FROM UNNEST(GENERATE_ARRAY(1, {rows})) AS n; \
         ASSERT (SELECT COUNT(*) FROM `p.d.t` WHERE day = DATE '{day}') = {asserted} AS 'not all rows'; \
         COMMIT TRANSACTION;"
    )
}

fn run(server: &BigQuery, sql: &str) -> Value {
    let mut body = query(sql);
    body["configuration"]["query"]["parameterMode"] = json!("NAMED");
    body["configuration"]["query"]["queryParameters"] = json!([
        {"name": "day", "parameterType": {"type": "DATE"}, "parameterValue": {"value": "2021-01-01"}}
    ]);
    job(server, &body)["status"]["errorResult"].clone()
}

fn counts(server: &BigQuery) -> Vec<Value> {
    server.query("SELECT CAST(day AS STRING) AS day, COUNT(*) AS n FROM d.t GROUP BY day ORDER BY day")
}

#[test]
fn a_day_is_replaced_whole_or_not_at_all() {
    let (_, server) = server("stand_ins_transactions", None);
    let fields = json!([{"name": "day", "type": "DATE", "mode": "REQUIRED"}, {"name": "n", "type": "INT64"}]);
    server.table("d", "t", &fields, &json!({}));
    server.query("INSERT INTO d.t (day, n) VALUES (DATE '2021-01-01', 9), (DATE '2021-01-02', 9)");
    let other = json!({"day": "2021-01-02", "n": "1"});

    assert_eq!(run(&server, &replacing("2021-01-01", 3, 3)), Value::Null);
    assert_eq!(counts(&server), [json!({"day": "2021-01-01", "n": "3"}), other.clone()]);
    let failed = run(&server, &replacing("2021-01-01", 5, 4));
    assert_eq!(failed["message"], "not all rows");
    assert_eq!(counts(&server), [json!({"day": "2021-01-01", "n": "3"}), other.clone()]);
    let failed = run(&server, &replacing("2021-01-01", 5, 5).replace("SELECT @day", "SELECT NULL"));
    assert_eq!(failed["reason"], "invalidQuery");
    assert_eq!(counts(&server), [json!({"day": "2021-01-01", "n": "3"}), other.clone()]);

    // Two at once: one may fail, whole, and the day is that of one of them.
    let results: Vec<Value> = std::thread::scope(|scope| {
        let server = &server;
        let writers = [1000, 2000].map(|n| scope.spawn(move || run(server, &replacing("2021-01-01", n, n))));
        writers.map(|writer| writer.join().unwrap()).to_vec()
    });
    assert!(results.iter().any(Value::is_null), "{results:?}");
    assert!(results.iter().all(|r| r.is_null() || r["reason"] == "invalidQuery"), "{results:?}");
    let found = counts(&server);
    assert!(["1000", "2000"].map(Value::from).contains(&found[0]["n"]) && found[1] == other, "{found:?}");
}
