//! An export in BigQuery: which tables are its days, what reading costs and may cost, what is asked for.

use super::bigquery::{Fault, Server, State};
use super::calls::config;
use arrow_array::{ArrayRef, RecordBatch, new_null_array};
use arrow_schema::DataType;
use batch_service::bigquery::{DatasetName, Field, TableInfo};
use batch_service::config::CloudConfig;
use batch_service::ga4::Export;
use batch_service::ga4::bigquery::BigQueryExport;
use batch_service::ga4::bigquery::flatten::Flat;
use batch_service::jobs::{ExitKind, exit_kind};
use batch_service::shards::Shards;
use jiff::civil::{Date, date};
use serde_json::{Value, json};

const DAY: Date = date(2021, 1, 1);

fn schema() -> Value {
    let value = json!([
        {"name": "string_value", "type": "STRING"}, {"name": "int_value", "type": "INTEGER"},
        {"name": "float_value", "type": "FLOAT"}, {"name": "double_value", "type": "FLOAT"},
    ]);
    let params = json!([{"name": "key", "type": "STRING"}, {"name": "value", "type": "RECORD", "fields": value}]);
    json!([
        {"name": "event_date", "type": "STRING"},
        {"name": "event_timestamp", "type": "INTEGER"},
        {"name": "event_name", "type": "STRING"},
        {"name": "user_pseudo_id", "type": "STRING"},
        {"name": "event_params", "type": "RECORD", "mode": "REPEATED", "fields": params},
    ])
}

/// The same as the client layer describes it.
fn described() -> TableInfo {
    fn fields(list: &Value) -> Vec<Field> {
        let of = |field: &Value| Field {
            name: field["name"].as_str().unwrap().to_owned(),
            of: field["type"].as_str().unwrap().to_owned(),
            repeated: field["mode"] == "REPEATED",
            fields: fields(&field["fields"]),
        };
        list.as_array().into_iter().flatten().map(of).collect()
    }
    TableInfo { rows: 10, bytes: 100, last_modified: 0, fields: fields(&schema()) }
}

/// Rows of nulls, as many as the tables say they have; with the columns that the flattened table has.
fn nulls(rows: usize) -> RecordBatch {
    let name = DatasetName::new("p", "analytics_1").unwrap().table("events_20210101").unwrap();
    let flat = Flat::of(&name, &described(), true).unwrap();
    let column =
        |(name, _): &(String, _)| -> (String, ArrayRef) { (name.clone(), new_null_array(&DataType::Utf8, rows)) };
    RecordBatch::try_from_iter_with_nullable(flat.cells.iter().map(column).map(|(n, c)| (n, c, true))).unwrap()
}

fn fill(state: &mut State) {
    state.dataset("analytics_1");
    for name in [
        "events_20210101",
        "events_20210102",
        "events_intraday_20210102",
        "events_intraday_20210103",
        "events_fresh_20210103",
        "events_20210199",
        "events_202101011",
        "events_2021010",
        "users_20210101",
        "pseudonymous_users_20210101",
        "events",
    ] {
        state.table_of(&format!("analytics_1.{name}"), schema());
    }
    state.polls = 0;
    state.arrow = nulls(10);
    state.streams = 1;
}

fn server() -> Server {
    let server = Server::start();
    fill(&mut server.state());
    server
}

fn open(server: &Server, config: &CloudConfig) -> BigQueryExport {
    let export = BigQueryExport::open("bigquery://analytics_1", config).unwrap();
    assert!(server.calls().contains(&"tables.list"));
    export
}

#[test]
fn intraday_and_fresh_tables_are_no_days() {
    let server = server();
    let export = open(&server, &config(&server));
    assert_eq!(export.days().into_iter().collect::<Vec<_>>(), [DAY, date(2021, 1, 2)]);
    assert_eq!(
        export.notes,
        [
            "2021-01-03: there is only an intraday table so far; its rows are not final",
            "ignored tables events_fresh_: 1"
        ]
    );
    assert_eq!(export.fingerprint(date(2021, 1, 3)).unwrap(), None);
    assert_eq!(export.fingerprint(DAY).unwrap().unwrap().len(), 64);
}

#[test]
fn no_dataset_and_no_days_are_told_apart() {
    let server = server();
    let error = BigQueryExport::open("bigquery://absent", &config(&server)).unwrap_err();
    assert_eq!(exit_kind(&error), ExitKind::Usage);
    assert!(error.to_string().contains("there is no dataset p.absent"), "{error}");
    server.state().dataset("new");
    server.state().table_of("new.events_intraday_20210101", schema());
    let error = BigQueryExport::open("bigquery://new", &config(&server)).unwrap_err();
    assert_eq!(exit_kind(&error), ExitKind::NotReady);
    let told = "no table events_YYYYMMDD yet; 2021-01-01: there is only an intraday table so far";
    assert!(error.to_string().contains(told), "{error}");
}

#[test]
fn a_query_that_costs_too_much_is_not_run() {
    let server = server();
    let capped = |bytes| CloudConfig { max_bytes_billed: Some(bytes), ..config(&server) };
    let error = open(&server, &capped(999)).read(DAY, Shards::ALL).unwrap_err();
    assert_eq!(exit_kind(&error), ExitKind::Usage);
    let text = format!("{error:#}");
    assert!(text.contains("2021-01-01 would be billed for 1000 bytes") && text.contains("allows 999"), "{text}");
    assert!(server.state().jobs.is_empty(), "only the dry run");
    assert_eq!(server.requests("jobs.insert").len(), 1);
    // What is allowed is run, and BigQuery keeps to the limit itself.
    open(&server, &capped(1_000)).read(DAY, Shards::ALL).unwrap();
    let state = server.state();
    let (_, job) = state.jobs.first_key_value().unwrap();
    assert_eq!((state.jobs.len(), &job.configuration["query"]["maximumBytesBilled"]), (1, &json!("1000")));
}

#[test]
fn the_price_is_that_of_the_days_in_the_range() {
    let server = server();
    server.state().bytes = 1 << 39;
    let estimate = open(&server, &config(&server)).estimate(date(2020, 1, 1), date(2022, 1, 1)).unwrap();
    assert_eq!((estimate.days, estimate.bytes, estimate.dollars), (2, 1 << 40, 6.25));
    assert_eq!(estimate.to_string(), "2 days to read in BigQuery: 1024.00 GiB, about 6.25 US dollars");
    let cheap = CloudConfig { price_per_tib: Some(5.0), ..config(&server) };
    let estimate = open(&server, &cheap).estimate(date(2021, 1, 2), date(2021, 1, 3)).unwrap();
    assert_eq!((estimate.days, estimate.dollars), (1, 2.5));
    assert!(server.state().jobs.is_empty());
}

#[test]
fn a_part_of_a_day_is_asked_for_by_the_numbers_of_its_shards() {
    let server = server();
    let export = open(&server, &config(&server));
    export.read(DAY, Shards::new(1, 4).unwrap()).unwrap();
    export.read(DAY, Shards::new(63, 64).unwrap()).unwrap();
    export.read(DAY, Shards::ALL).unwrap();
    let state = server.state();
    let asked: Vec<&str> = state.sessions.iter().map(|(only, _)| only.as_str()).collect();
    let fourth = "shard IN (1, 5, 9, 13, 17, 21, 25, 29, 33, 37, 41, 45, 49, 53, 57, 61)";
    assert_eq!(asked, [fourth, "shard IN (63)", ""]);
    // Two parts are one query; the whole day needs no shards.
    let queries: Vec<&str> =
        state.jobs.values().map(|job| job.configuration["query"]["query"].as_str().unwrap()).collect();
    let sharded = |sql: &&&str| sql.contains("MOD(ABS(FARM_FINGERPRINT(q.user_pseudo_id)), 64)");
    assert_eq!((queries.len(), queries.iter().filter(sharded).count()), (2, 1));
    assert!(queries.iter().all(|sql| sql.contains("`p.analytics_1.events_20210101` AS e")), "{queries:?}");
}

#[test]
fn a_day_is_flattened_once_unless_it_changes_or_the_result_is_gone() {
    let server = server();
    let export = open(&server, &config(&server));
    let read = || export.read(DAY, Shards::ALL).map(|(_, report)| assert_eq!(report.rows, 10)).unwrap();
    read();
    read();
    let first = server.state().jobs.keys().next().unwrap().clone();
    assert!(first.starts_with("inkling_read_20210101_") && server.state().jobs.len() == 1, "{first}");
    // BigQuery keeps results for a day.
    server.state().tables.remove(&format!("_anonymous.anon_{first}"));
    read();
    read();
    assert!(server.state().jobs.contains_key(&format!("{first}_again1")) && server.state().jobs.len() == 2);
    // The day was written anew.
    server.state().tables.get_mut("analytics_1.events_20210101").unwrap()["lastModifiedTime"] = json!("1700000000001");
    read();
    assert_eq!(server.state().jobs.len(), 3);
}

#[test]
fn a_result_that_only_another_account_may_read_is_made_again() {
    let server = server();
    let export = open(&server, &config(&server));
    let read = || export.read(DAY, Shards::ALL).map(|(_, report)| assert_eq!(report.rows, 10)).unwrap();
    read();
    let first = server.state().jobs.keys().next().unwrap().clone();
    // The day's table is looked at first, then the result.
    server.plan("tables.get", &[Fault::Fine, Fault::Status(403)]);
    read();
    assert!(server.state().jobs.contains_key(&format!("{first}_again1")), "{:?}", server.state().jobs.keys());
}

#[test]
fn a_day_that_is_being_written_is_not_read() {
    let server = server();
    server.state().arrow = nulls(9);
    let error = open(&server, &config(&server)).read(DAY, Shards::ALL).unwrap_err();
    assert_eq!(exit_kind(&error), ExitKind::Integrity);
    assert!(format!("{error:#}").contains("9 rows where the table has 10"), "{error:#}");
}

#[test]
fn a_table_of_something_else_is_no_export() {
    let server = server();
    server.state().table("analytics_1.events_20210101", &[("event_name", "STRING")]);
    let error = open(&server, &config(&server)).read(DAY, Shards::ALL).unwrap_err();
    assert_eq!(exit_kind(&error), ExitKind::Integrity);
    assert!(format!("{error:#}").contains("no column event_timestamp, user_pseudo_id, event_params"), "{error:#}");
    assert!(server.state().jobs.is_empty());
}
