//! The warehouse on a BigQuery with faults: what is published is what was loaded, by the last holder of the lease.

use super::bigquery::{End, Fault, Server, arrow};
use super::calls::config;
use super::storage;
use batch_service::bigquery::write_sorted;
use batch_service::config::CloudConfig;
use batch_service::jobs::{ExitKind, exit_kind};
use batch_service::shards::Shards;
use batch_service::warehouse::bigquery::{BigQueryWarehouse, sql};
use batch_service::warehouse::{Fence, Unpublished, Warehouse};
use conformance::world::Folder;
use jiff::civil::{Date, date};
use serde_json::{Value, json};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

const DAY: Date = date(2021, 1, 1);

fn open(server: &Server, name: &str) -> BigQueryWarehouse {
    server.state().polls = 0;
    let bucket = storage::Server::start();
    let config = CloudConfig {
        bucket: Some("gs://bucket/staging".to_owned()),
        storage_endpoint: Some(bucket.url.clone()),
        scratch: Some(Folder::fresh(&format!("bigquery-{name}")).path().to_owned()),
        ..config(server)
    };
    BigQueryWarehouse::open(&config, None).unwrap()
}

fn publish(warehouse: &BigQueryWarehouse, fence: &Fence) -> anyhow::Result<()> {
    let mut content = warehouse.replace("visits", DAY).unwrap();
    write_sorted(content.part().unwrap(), "visits", &[arrow(3)], "text", 100).unwrap();
    warehouse.publish(vec![content], fence)
}

/// A dataset with the tables of a warehouse, in which nothing may be made.
fn read_only() -> Server {
    let server = Server::start();
    server.state().dataset("inkling");
    server.state().table("inkling.published", &[("date", "DATE"), ("table_name", "STRING")]);
    server.state().table("inkling.runs", &[("date", "DATE"), ("run_id", "STRING")]);
    for call in ["datasets.insert", "tables.insert", "tables.patch", "jobs.insert"] {
        server.always(call, Fault::Status(403));
    }
    server
}

fn held() -> Fence {
    Fence::of(7, Arc::new(AtomicBool::new(false)))
}

/// The ids of the jobs that begin so.
fn jobs(server: &Server, prefix: &str) -> Vec<String> {
    server.state().jobs.keys().filter(|id| id.starts_with(prefix)).cloned().collect()
}

#[test]
fn a_day_is_loaded_and_put_in_place_by_one_transaction() {
    let server = Server::start();
    publish(&open(&server, "published"), &held()).unwrap();
    let (loads, published) = (jobs(&server, "inkling_load_"), jobs(&server, "inkling_publish_20210101_"));
    assert!(loads.len() == 1 && loads[0].starts_with("inkling_load_visits_20210101_"), "{loads:?}");
    assert!(published.len() == 1 && published[0].ends_with("_f7"), "{published:?}");
    let state = server.state();
    let load = &state.jobs[&loads[0]].configuration["load"];
    let uri = load["sourceUris"][0].as_str().unwrap();
    assert!(uri.starts_with("gs://bucket/staging/visits/date=2021-01-01/") && uri.ends_with(".parquet"), "{uri}");
    assert_eq!((&load["writeDisposition"], &load["sourceFormat"]), (&json!("WRITE_TRUNCATE"), &json!("PARQUET")));
    let query = &state.jobs[&published[0]].configuration["query"];
    let script = query["query"].as_str().unwrap();
    assert!(script.starts_with("BEGIN TRANSACTION;") && script.ends_with("COMMIT TRANSACTION;"), "{script}");
    let value = |name: &str| {
        let all = query["queryParameters"].as_array().unwrap();
        all.iter().find(|p| p["name"] == name).map(|p| p["parameterValue"]["value"].clone())
    };
    assert_eq!((value("run_day"), value("holder")), (Some(json!("2021-01-01")), Some(json!("7"))));
    // The table is there for good, the staging table is not.
    assert!(state.tables.contains_key("inkling.visits"));
    assert!(!state.tables.keys().any(|name| name.contains("staging")), "{:?}", state.tables.keys());
}

#[test]
fn names_of_jobs_are_known_before_unless_there_is_no_lease() {
    let names = |dataset: &str, fence: &Fence| {
        let server = Server::start();
        let bucket = storage::Server::start();
        let config = CloudConfig {
            bucket: Some("gs://bucket/staging".to_owned()),
            dataset: Some(dataset.to_owned()),
            storage_endpoint: Some(bucket.url.clone()),
            scratch: Some(Folder::fresh("bigquery-names").path().to_owned()),
            ..config(&server)
        };
        let warehouse = BigQueryWarehouse::open(&config, None).unwrap();
        publish(&warehouse, fence).unwrap();
        publish(&warehouse, fence).unwrap();
        jobs(&server, "inkling_")
    };
    let first = names("inkling", &held());
    assert_eq!(first.len(), 4, "the same content published again is another job: {first:?}");
    assert_eq!(names("inkling", &held()), first, "the names are those of day, content, lease and attempt");
    let later = Fence::of(8, Arc::new(AtomicBool::new(false)));
    let others = [names("inkling_test", &held()), names("inkling", &later), names("inkling", &Fence::none())].concat();
    assert!(others.len() == 12 && first.iter().all(|name| !others.contains(name)), "{others:?}");
    assert_ne!(names("inkling", &Fence::none()), names("inkling", &Fence::none()));
}

#[test]
fn who_reads_makes_nothing() {
    // Before anything was written there is nothing to read, and no right is needed to see that.
    let server = Server::start();
    for call in ["datasets.insert", "tables.insert", "tables.patch"] {
        server.always(call, Fault::Status(403));
    }
    let warehouse = open(&server, "nothing");
    assert_eq!(warehouse.partitions("visits").unwrap(), Vec::<Date>::new());
    assert!(warehouse.files("visits", DAY, Shards::ALL).unwrap().is_empty());
    assert!(warehouse.runs(DAY, DAY).unwrap().is_empty());
    server.state().dataset("inkling");
    assert!(warehouse.runs(DAY, DAY).unwrap().is_empty());
    assert!(publish(&warehouse, &held()).is_err());
}

#[test]
fn what_is_not_known_of_a_publication_is_not_told() {
    let outcome = |plan: &dyn Fn(&Server)| {
        let server = Server::start();
        let warehouse = open(&server, "outcome");
        plan(&server);
        let error = publish(&warehouse, &held()).unwrap_err();
        error.downcast_ref::<Unpublished>().map(|stopped| stopped.written.len())
    };
    let load_fails = |server: &Server| server.state().ends.push_back(End::Fails("invalid", "a broken file"));
    assert_eq!(outcome(&load_fails), Some(0));
    let fails = |server: &Server| server.state().ends.extend([End::Done, End::Fails("invalidQuery", "no such column")]);
    assert_eq!(outcome(&fails), Some(0));
    // It was submitted, and may still be done: nobody may look.
    let unseen = |server: &Server| {
        server.state().polls = 1;
        server.plan("jobs.get", &[Fault::Fine, Fault::Status(401)]);
    };
    assert_eq!(outcome(&unseen), None);
}

#[test]
fn who_was_overtaken_is_told_so() {
    let server = Server::start();
    let warehouse = open(&server, "overtaken");
    let message = format!("{} at [2:1]", sql::OVERTAKEN).leak();
    server.state().ends.extend([End::Done, End::Fails("invalidQuery", message)]);
    let error = publish(&warehouse, &held()).unwrap_err();
    assert_eq!(exit_kind(&error), ExitKind::CheckFailed);
    let told = "2021-01-01: another run has taken over; what this one found was not written";
    assert_eq!(format!("{error:#}"), format!("nothing was published: {told}"));
    assert_eq!(jobs(&server, "inkling_publish_").len(), 1, "it is not tried again");
    // So is one whose staging tables a later run has removed.
    let server = Server::start();
    (server.state().loaded, server.state().rows) = (2, vec![vec!["1".into()]]);
    let error = publish(&open(&server, "removed"), &held()).unwrap_err();
    assert_eq!(format!("{error:#}"), format!("nothing was published: {told}"));
    assert!(jobs(&server, "inkling_publish_").is_empty());
    // A lease that is known to be lost is not even tried.
    let server = Server::start();
    let lost = Fence::of(7, Arc::new(AtomicBool::new(true)));
    let text = format!("{:#}", publish(&open(&server, "lost"), &lost).unwrap_err());
    assert!(text.contains("another run has taken over the lease"), "{text}");
    assert!(jobs(&server, "inkling_publish_").is_empty());
}

#[test]
fn of_two_transactions_at_once_the_later_one_comes_again() {
    let server = Server::start();
    let warehouse = open(&server, "conflict");
    let conflict =
        End::Fails("invalidQuery", "Transaction is aborted due to concurrent update against table p:inkling.published");
    server.state().ends.extend([End::Done, conflict]);
    publish(&warehouse, &held()).unwrap();
    let published = jobs(&server, "inkling_publish_");
    assert!(published.len() == 2 && published[1].ends_with("_f7_1"), "{published:?}");
}

#[test]
fn what_was_not_loaded_whole_is_not_published() {
    let server = Server::start();
    let warehouse = open(&server, "loaded");
    server.state().loaded = 2;
    let text = format!("{:#}", publish(&warehouse, &held()).unwrap_err());
    assert!(text.contains("loading visits: 2 rows were loaded into"), "{text}");
    assert!(text.ends_with("the files have 3"), "{text}");
    assert!(jobs(&server, "inkling_publish_").is_empty());
    // Nor what the load job refused.
    let server = Server::start();
    let warehouse = open(&server, "refused");
    server.state().ends.push_back(End::Fails("invalid", "Error while reading data: not a Parquet file"));
    let text = format!("{:#}", publish(&warehouse, &held()).unwrap_err());
    assert!(text.contains("loading visits") && text.contains("not a Parquet file"), "{text}");
    assert!(jobs(&server, "inkling_publish_").is_empty());
}

#[test]
fn a_staging_table_that_cannot_be_removed_changes_nothing() {
    let server = Server::start();
    let warehouse = open(&server, "staging");
    server.always("tables.delete", Fault::Status(403));
    publish(&warehouse, &held()).unwrap();
    // It ends by itself.
    let state = server.state();
    let (_, staging) = state.tables.iter().find(|(name, _)| name.contains("staging")).unwrap();
    assert!(staging["expirationTime"].is_string());
}

#[test]
fn rows_that_were_not_published_are_not_read() {
    let published =
        |rows: &str| vec![vec![json!("visits"), json!("2021-01-01"), json!("0123456789abcdef"), json!(rows)]];
    let server = read_only();
    let warehouse = open(&server, "rows");
    server
        .state()
        .table("inkling.visits", &[("date", "DATE"), ("number", "INTEGER"), ("text", "STRING"), ("shard", "INTEGER")]);
    server.state().rows = published("9");
    let text = format!("{:#}", warehouse.files("visits", DAY, Shards::ALL).unwrap_err());
    assert!(text.contains("has 10 rows of 2021-01-01, 9 were published: who else writes to it?"), "{text}");
    let server = read_only();
    let warehouse = open(&server, "rows-again");
    server
        .state()
        .table("inkling.visits", &[("date", "DATE"), ("number", "INTEGER"), ("text", "STRING"), ("shard", "INTEGER")]);
    server.state().rows = published("10");
    server.plan("ReadRows", &[Fault::After(super::bigquery::Then::Grpc(14))]);
    assert_eq!(warehouse.files("visits", DAY, Shards::ALL).unwrap().len(), 1);
    warehouse.files("visits", DAY, Shards::new(0, 32).unwrap()).unwrap();
    let columns: Vec<String> = ["number", "text", "shard"].map(str::to_owned).to_vec();
    let asked = server.state().sessions.clone();
    let part = "date = '2021-01-01' AND shard IN (0, 32)".to_owned();
    assert_eq!(asked, [("date = '2021-01-01'".to_owned(), columns.clone()), (part, columns)]);
    // A catalogue that is not one is an error.
    let server = read_only();
    let warehouse = open(&server, "rows-broken");
    server.state().rows = vec![vec![json!("visits"), Value::Null, json!("0"), json!("1")]];
    assert!(warehouse.partitions("visits").is_err());
}
