//! Small queries: run once, waited for, and whole.

use super::bigquery::{Fault, Server};
use super::calls::{bigquery, patience, query, table};
use batch_service::bigquery::{BigQuery, JobWork, Load, Query, Row};
use batch_service::cloud::Patience;
use serde_json::json;
use std::time::Duration;

fn select(server: &Server) -> anyhow::Result<Vec<Row>> {
    bigquery(server).select("reading the runs", "SELECT a, b FROM t", &[])
}

#[test]
fn a_query_whose_answer_was_lost_is_not_run_again() {
    for lost in [Fault::ResetAfter, Fault::Truncated] {
        let server = Server::start();
        server.plan("jobs.query", &[lost, Fault::Status(503)]);
        assert_eq!(select(&server).unwrap().len(), 2);
        assert_eq!(server.state().queries.len(), 1, "{lost:?}: one requestId");
        assert_eq!(server.state().jobs.len(), 1, "{lost:?}");
    }
    // Two queries are two requests.
    let server = Server::start();
    let bigquery = bigquery(&server);
    for _ in 0..2 {
        bigquery.select("reading the runs", "SELECT 1", &[]).unwrap();
    }
    assert_eq!(server.state().queries.len(), 2);
}

#[test]
fn a_long_query_is_waited_for_beyond_the_limit_of_a_call() {
    // Waiting takes longer than a call may take, but every call is short.
    let server = Server::start();
    server.state().slow = 8;
    let hasty = Patience { attempt: Duration::from_millis(400), total: Duration::from_millis(500), ..patience() };
    let hasty = BigQuery::with_patience(&super::calls::config(&server), hasty).unwrap();
    assert_eq!(hasty.select("reading the runs", "SELECT 1", &[]).unwrap().len(), 2);
    assert_eq!(server.requests("jobs.query").len(), 1);
    // But not for ever.
    server.state().slow = u32::MAX;
    let hasty = hasty.with_longest_job(Duration::from_millis(300));
    let text = format!("{:#}", hasty.select("reading the runs", "SELECT 1", &[]).unwrap_err());
    assert!(text.contains("reading the runs: job job_of_query_1: not done after 0.3 s"), "{text}");
}

#[test]
fn what_queries_are_billed_for_is_counted_once() {
    const MIB: u64 = 1 << 20;
    let server = Server::start();
    let bigquery = bigquery(&server);
    let select = || bigquery.select("reading the runs", "SELECT 1", &[]).unwrap();
    select();
    assert_eq!(bigquery.billed(), 10 * MIB);
    // An answer that was lost is that of the same query.
    server.plan("jobs.query", &[Fault::ResetAfter]);
    select();
    assert_eq!(bigquery.billed(), 20 * MIB);
    // Of several pages the first tells it, and of one that takes long its job.
    server.state().page = 1;
    select();
    server.state().slow = 2;
    select();
    assert_eq!((bigquery.billed(), server.requests("jobs.get").len()), (40 * MIB, 1));
    // Who finds its job done has run it once.
    server.state().polls = 2;
    for _ in 0..2 {
        bigquery.run("job_1", &query()).unwrap();
    }
    assert_eq!(bigquery.billed(), 50 * MIB);
    // Loads and dry runs cost nothing.
    let load = Load { uris: vec!["gs://bucket/a.parquet".to_owned()], into: table("staging") };
    bigquery.run("job_2", &JobWork::Load(load)).unwrap();
    bigquery.bytes_of(&Query { sql: "SELECT 1".into(), params: Vec::new() }).unwrap();
    assert_eq!(bigquery.billed(), 50 * MIB);
}

#[test]
fn a_job_whose_answer_was_lost_is_counted_and_one_from_long_ago_is_not() {
    const MIB: u64 = 1 << 20;
    for (polls, ago, counted) in [(0, 0, 10), (3, 0, 10), (0, 50_000, 10), (0, 120_000, 0), (3, 120_000, 0)] {
        let server = Server::start();
        server.state().polls = polls;
        server.state().ago = ago;
        server.plan("jobs.insert", &[Fault::ResetAfter]);
        let bigquery = bigquery(&server);
        bigquery.run("job_1", &query()).unwrap();
        assert_eq!(server.requests("jobs.insert").len(), 2);
        assert_eq!(bigquery.billed(), counted * MIB, "made {ago} ms ago, looked at {polls} times");
    }
}

#[test]
fn rows_are_given_though_it_cannot_be_told_what_they_cost() {
    let server = Server::start();
    server.state().slow = 2;
    server.always("jobs.get", Fault::Status(403));
    let bigquery = bigquery(&server);
    assert_eq!(bigquery.select("reading the runs", "SELECT 1", &[]).unwrap().len(), 2);
    assert_eq!((bigquery.billed(), server.requests("jobs.get").len()), (0, 1));
}

#[test]
fn errors_in_an_answer_of_200_are_errors() {
    let answer = |reason: &str| -> &'static str {
        let errors = json!([{"reason": reason, "message": "Unrecognized name: a"}]);
        let reference = json!({"projectId": "p", "jobId": "j", "location": "EU"});
        let rows = json!([{"f": [{"v": "x"}]}]);
        let answer = json!({"jobComplete": true, "jobReference": reference, "errors": errors, "rows": rows});
        answer.to_string().leak()
    };
    for call in ["jobs.query", "jobs.getQueryResults"] {
        let server = Server::start();
        server.state().slow = 1;
        server.plan(call, &[Fault::Says(answer("invalidQuery"))]);
        let text = format!("{:#}", select(&server).unwrap_err());
        assert!(text.contains("reading the runs") && text.contains("invalidQuery: Unrecognized name: a"), "{text}");
        assert_eq!(server.requests(call).len(), 1);
        // What may pass is asked for again.
        let server = Server::start();
        server.state().slow = 1;
        server.plan(call, &[Fault::Says(answer("backendError"))]);
        assert_eq!(select(&server).unwrap().len(), 2, "{call}");
    }
}

#[test]
fn a_part_of_the_rows_is_no_answer() {
    // Of several pages all are asked for, and one that is told and does not come is an error.
    let server = Server::start();
    let whole = select(&server).unwrap();
    server.state().page = 1;
    assert_eq!(select(&server).unwrap(), whole);
    assert_eq!((server.requests("jobs.query").len(), server.requests("jobs.getQueryResults").len()), (2, 1));
    server.plan("jobs.getQueryResults", &[Fault::Status(503), Fault::Reset]);
    assert_eq!(select(&server).unwrap(), whole);
    let last = r#"{"kind":"bigquery#getQueryResultsResponse","jobComplete":true,"totalRows":"2","rows":[]}"#;
    server.always("jobs.getQueryResults", Fault::Says(last));
    let text = format!("{:#}", select(&server).unwrap_err());
    assert!(text.contains("reading the runs") && text.contains("1 rows came where 2 were told"), "{text}");
    // Fewer than are told, and rows that are no rows.
    let fewer = r#"{"jobComplete":true,"totalRows":"3","rows":[{"f":[{"v":"a"}]}]}"#;
    for answer in [fewer, r#"{"jobComplete":true}"#, r#"{"jobComplete":true,"totalRows":"1","rows":[{"x":1}]}"#] {
        let server = Server::start();
        server.always("jobs.query", Fault::Says(answer));
        let text = format!("{:#}", select(&server).unwrap_err());
        assert!(text.contains("gave up after 3 attempts"), "{answer}: {text}");
        server.plan("jobs.query", &[Fault::Says(answer)]);
        assert_eq!(select(&server).unwrap().len(), 2, "{answer}");
    }
    // None at all are an answer.
    let server = Server::start();
    server.state().rows.clear();
    assert_eq!(select(&server).unwrap(), Vec::<Row>::new());
}

#[test]
fn a_query_that_goes_on_without_a_name_is_no_answer() {
    let server = Server::start();
    server.always("jobs.query", Fault::Says(r#"{"jobComplete":false}"#));
    let text = format!("{:#}", select(&server).unwrap_err());
    assert!(text.contains("gave up after 3 attempts") && text.contains("is this BigQuery?"), "{text}");
}
