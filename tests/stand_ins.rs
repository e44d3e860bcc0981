//! The stand-ins for BigQuery: what other tests rely on, and where they are known to differ from BigQuery. Nothing here
//! has talked to Google.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "test code")]

#[path = "stand_ins/gaps.rs"]
mod gaps;
#[path = "stand_ins/googlesql.rs"]
mod googlesql;
#[path = "stand_ins/loading.rs"]
mod loading;
#[path = "stand_ins/reading.rs"]
mod reading;
#[path = "stand_ins/submitting.rs"]
mod submitting;
#[path = "stand_ins/tables.rs"]
mod tables;
#[path = "stand_ins/transactions.rs"]
mod transactions;

use conformance::world::{BigQuery, Folder};
use serde_json::{Value, json};

/// A server with an empty dataset `d`.
fn server(name: &str, bucket_server: Option<&str>) -> (Folder, BigQuery) {
    let folder = Folder::fresh(name);
    let server = BigQuery::start(&folder, "p", bucket_server);
    server.dataset("d");
    (folder, server)
}

/// Starts a job and gives it when it is over, failed or not.
fn job(server: &BigQuery, body: &Value) -> Value {
    let (status, mut job) = server.call("POST", "jobs", Some(body));
    assert_eq!(status, 200, "{job}");
    let id = job["jobReference"]["jobId"].as_str().unwrap().to_owned();
    while job["status"]["state"] != "DONE" {
        std::thread::sleep(std::time::Duration::from_millis(20));
        job = server.call("GET", &format!("jobs/{id}"), None).1;
    }
    job
}

/// The body of a job with a query in it.
fn query(sql: &str) -> Value {
    json!({"configuration": {"query": {"query": sql, "useLegacySql": false}}})
}
