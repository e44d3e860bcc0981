//! That the check takes right SQL, refuses wrong SQL for the right reason, and computes what it should.

use conformance::world::{Folder, checked, right};
use serde_json::{Value, json};

fn document(statements: &Value) -> Value {
    let value = json!({"name": "value", "type": "RECORD", "fields": [
        {"name": "string_value", "type": "STRING"}, {"name": "int_value", "type": "INTEGER"}]});
    let params = json!({"name": "params", "type": "RECORD", "mode": "REPEATED",
        "fields": [{"name": "key", "type": "STRING"}, value]});
    let events = json!([{"name": "day", "type": "DATE", "mode": "REQUIRED"}, {"name": "user", "type": "STRING"},
        {"name": "moment", "type": "TIMESTAMP"}, {"name": "state", "type": "BYTES"}, {"name": "price", "type": "FLOAT"},
        params]);
    let rows = json!([
        {"day": "2021-01-01", "user": "a", "moment": "2021-01-01T00:00:00.000001Z", "state": "AP8=", "price": 1.5,
         "params": [{"key": "id", "value": {"int_value": "7"}}, {"key": "page", "value": {"string_value": "/"}}]},
        {"day": "2021-01-02", "user": "b"},
    ]);
    let mut any_day = events.clone();
    any_day.as_array_mut().unwrap().truncate(2);
    json!({
        "tables": [{"name": "p.d.events", "fields": events}, {"name": "p.d.events_*", "fields": any_day}],
        "rows": {"p.d.events": rows, "p.d.events_*": [{"day": "2021-01-01", "user": "w", "_TABLE_SUFFIX": "20210101"}]},
        "statements": statements,
    })
}

fn statement(name: &str, sql: &str) -> Value {
    let params = if sql.contains("@day") { json!([{"name": "day", "type": "DATE"}]) } else { json!([]) };
    json!({"name": name, "sql": sql, "params": params, "columns": null})
}

#[test]
fn wrong_statements_are_refused_for_the_right_reason() {
    let wrong = [
        ("SELECT nothing FROM `p.d.events`", "Unrecognized name: nothing [at 1:8]"),
        ("SELECT 1 AS a;\nSELECT nothing AS b FROM `p.d.events`;", "Unrecognized name: nothing [at 2:8]"),
        ("SELECT day FROM `p.d.none`", "Table not found: `p.d.none`"),
        ("SELEC 1", "Syntax error: Unexpected identifier \"SELEC\" [at 1:1]"),
        ("SELECT user, day FROM `p.d.events` GROUP BY user", "neither grouped nor aggregated"),
        ("SELECT user = 1 AS x FROM `p.d.events`", "No matching signature for operator ="),
        ("SELECT params.key AS x FROM `p.d.events`", "Cannot access field key on a value with type ARRAY<"),
        ("SELECT list_value(1) AS x", "Function not found: list_value"),
        ("SELECT @other AS x", "Query parameter 'other' not found"),
        ("SELECT 1 AS x, 2 AS x", "Duplicate column names in the result: x"),
        (
            "INSERT INTO `p.d.events` (day, user) SELECT day, moment FROM `p.d.events`",
            "has type TIMESTAMP which cannot",
        ),
        ("BEGIN TRANSACTION; DELETE FROM `p.d.events` WHERE dya = @day; COMMIT TRANSACTION;", "Unrecognized name: dya"),
        ("ASSERT (SELECT user FROM `p.d.events`) AS 'x'", "should return type BOOL, but returns STRING"),
        ("DECLARE n INT64; SET n = 'x';", "has type STRING which cannot be inserted into column n"),
        (
            "MERGE `p.d.events` AS t USING `p.d.events` AS s ON t.user = s.user WHEN MATCHED THEN UPDATE SET price = s.user",
            "Value of type STRING cannot be assigned to price",
        ),
        ("CREATE TABLE IF NOT EXISTS `p.d.n` (day DATE) OPTIONS(exipration_timestamp = NULL)", "Unknown option"),
        ("SELECT row_count FROM `p.d`.INFORMATION_SCHEMA.PARTITIONS", "Unrecognized name: row_count"),
        ("LOOP SELECT 1 AS a; END LOOP", "the check does not know"),
    ];
    let statements: Vec<Value> = wrong.iter().map(|(sql, _)| statement(sql, sql)).collect();
    let found = checked(&Folder::fresh("stand_ins_wrong_sql"), &document(&json!(statements)));
    for ((sql, reason), said) in wrong.iter().zip(&found) {
        assert_eq!(said["ok"], false, "{sql}");
        assert!(said["error"].as_str().unwrap().contains(reason), "{sql}: {}", said["error"]);
    }
}

#[test]
fn scripts_and_definitions_are_looked_at_statement_by_statement() {
    let scripts = [
        "BEGIN TRANSACTION; DELETE FROM `p.d.events` WHERE day = @day; INSERT INTO `p.d.events` (day, user) \
         SELECT day, user FROM p.d.events WHERE day = @day; ASSERT (SELECT COUNT(*) FROM `p.d.events`) > 0 AS 'none'; \
         COMMIT TRANSACTION;",
        "DECLARE n INT64 DEFAULT 0; SET n = (SELECT COUNT(*) FROM `p.d.events`); IF n > 3 THEN SELECT n AS a; END IF; \
         BEGIN BEGIN TRANSACTION; COMMIT TRANSACTION; EXCEPTION WHEN ERROR THEN ROLLBACK TRANSACTION; \
         RAISE USING MESSAGE = @@error.message; END; SELECT n AS a, @@row_count AS b;",
        "CREATE TABLE IF NOT EXISTS `p.d.n` (day DATE NOT NULL, user STRING) PARTITION BY day CLUSTER BY user \
         OPTIONS(partition_expiration_days = 400, labels = [('a', 'b')]); INSERT INTO `p.d.n` (day, user) VALUES (@day, 'x');",
        "CREATE TEMP TABLE counted AS SELECT user, COUNT(*) AS n FROM `p.d.events` GROUP BY user; SELECT n FROM counted;",
        "SELECT table_id, row_count FROM `p.d.__TABLES__`",
        "SELECT user FROM `p.d.events` WHERE TRUE QUALIFY ROW_NUMBER() OVER (PARTITION BY user ORDER BY moment) = 1",
    ];
    let statements: Vec<Value> = scripts.iter().map(|sql| statement(sql, sql)).collect();
    let found = right(&Folder::fresh("stand_ins_scripts"), &document(&json!(statements)));
    assert_eq!(found[1]["columns"], json!([{"name": "a", "type": "INT64"}, {"name": "b", "type": "INT64"}]));
}

#[test]
fn columns_are_compared_and_queries_are_run() {
    let sql = "SELECT day, user, moment, state, price, FARM_FINGERPRINT('x') AS mark, \
               (SELECT MAX(IF(p.key = 'id', p.value.int_value, NULL)) FROM UNNEST(params) AS p) AS id, \
               (SELECT AS STRUCT COUNT(*) AS n, ARRAY_AGG(p.key) AS keys FROM UNNEST(params) AS p) AS s \
               FROM `p.d.events` WHERE day >= @day ORDER BY day";
    let columns = [
        ("day", "DATE"),
        ("user", "STRING"),
        ("moment", "TIMESTAMP"),
        ("state", "BYTES"),
        ("price", "FLOAT64"),
        ("mark", "INTEGER"),
        ("id", "INT64"),
        ("s", "STRUCT<n INT64, keys ARRAY<STRING>>"),
    ]
    .map(|(name, kind)| json!({"name": name, "type": kind}));
    let mut run = statement("run", sql);
    run["columns"] = json!(columns);
    run["execute"] = json!(true);
    run["values"] = json!({"day": "2021-01-01"});
    let mut other_type = run.clone();
    other_type["columns"][6]["type"] = json!("STRING");
    let mut other_name = run.clone();
    other_name["columns"][0]["name"] = json!("date");
    let mut wild = statement("wild", "SELECT _TABLE_SUFFIX AS suffix, user FROM `p.d.events_*`");
    wild["execute"] = json!(true);
    let mut fails = statement("fails", "SELECT ERROR('told') AS x FROM `p.d.events`");
    fails["execute"] = json!(true);
    let statements = json!([run, other_type, other_name, wild, fails]);
    let found = checked(&Folder::fresh("stand_ins_run"), &document(&statements));

    assert_eq!(found[0]["error"], Value::Null);
    let mark: i64 = -4_503_883_598_042_011_646;
    assert_eq!(
        found[0]["rows"],
        json!([
            {"day": "2021-01-01", "user": "a", "moment": "2021-01-01T00:00:00.000001Z", "state": "AP8=", "price": 1.5,
             "mark": mark, "id": 7, "s": {"n": 2, "keys": ["id", "page"]}},
            {"day": "2021-01-02", "user": "b", "moment": null, "state": null, "price": null, "mark": mark, "id": null,
             "s": {"n": 0, "keys": null}},
        ])
    );
    assert_eq!(found[1]["error"], "column id is INT64, expected STRING");
    assert!(found[2]["error"].as_str().unwrap().starts_with("columns are day, user"), "{}", found[2]["error"]);
    assert_eq!(found[3]["rows"], json!([{"suffix": "20210101", "user": "w"}]));
    assert_eq!(found[4]["error"], "told");
}
