//! Jobs: submitted once, again when their end says so, and never taken for done when they are not.

use super::bigquery::{End, Fault, Server};
use super::calls::{bigquery, query, table};
use batch_service::bigquery::{BigQuery, JobWork, Load};
use std::time::{Duration, Instant};

fn ids(server: &Server) -> Vec<String> {
    server.state().jobs.keys().cloned().collect()
}

fn ends(server: &Server, ends: &[End]) {
    server.state().ends.extend(ends);
}

const CONFLICT: End =
    End::Fails("invalidQuery", "Transaction is aborted due to concurrent update against table p:d.published");

#[test]
fn a_job_whose_end_may_pass_is_submitted_under_another_id() {
    for end in [
        End::Fails("backendError", "An internal error"),
        End::Fails("internalError", "Retry"),
        End::Fails("rateLimitExceeded", "Exceeded rate limits"),
        End::Fails("jobRateLimitExceeded", "Exceeded rate limits"),
        CONFLICT,
        End::Fails("invalidQuery", "Query error: could not serialize access to table due to concurrent update"),
    ] {
        let server = Server::start();
        ends(&server, &[end, end]);
        let job = bigquery(&server).run("job_1", &query()).unwrap();
        assert_eq!(job.job_reference.unwrap().job_id, "job_1_2", "{end:?}");
        assert_eq!(ids(&server), ["job_1", "job_1_1", "job_1_2"], "{end:?}");
    }
}

#[test]
fn a_job_that_always_fails_in_passing_is_given_up() {
    let server = Server::start();
    ends(&server, &[End::Fails("backendError", "An internal error"); 20]);
    let text = format!("{:#}", bigquery(&server).run("job_1", &query()).unwrap_err());
    assert!(text.contains("job_1_4: backendError: An internal error") && text.contains("submitted 5 times"), "{text}");
    assert_eq!(ids(&server).len(), 5);
}

#[test]
fn a_job_whose_end_lasts_is_an_error_at_once() {
    for (reason, message, advice) in [
        ("invalidQuery", "Syntax error: Unexpected end of script at [1:9]", ""),
        ("quotaExceeded", "Quota exceeded: Your table exceeded quota for imports", "over a quota of the project"),
        ("accessDenied", "Access Denied: Table p:d.old", "roles/bigquery.jobUser"),
        ("notFound", "Not found: Table p:d.old", "are project, dataset, table and location right?"),
        ("bytesBilledLimitExceeded", "Query exceeded limit for bytes billed", ""),
        ("stopped", "Job execution was cancelled: User requested cancellation", ""),
    ] {
        // Later, or in the answer of 200 to the submission.
        for polls in [2, 0] {
            let server = Server::start();
            server.state().polls = polls;
            ends(&server, &[End::Fails(reason, message)]);
            let text = format!("{:#}", bigquery(&server).run("job_1", &query()).unwrap_err());
            assert!(text.contains("job job_1") && text.contains(&format!("{reason}: {message}")), "{text}");
            assert!(text.contains(advice), "{text}");
            assert_eq!(server.requests("jobs.insert").len(), 1, "{reason}");
        }
    }
}

#[test]
fn a_job_that_runs_for_ever_is_an_error_and_the_next_one_to_ask_waits_for_the_same() {
    let server = Server::start();
    ends(&server, &[End::Never]);
    let limited = bigquery(&server).with_longest_job(Duration::from_millis(300));
    let start = Instant::now();
    let text = format!("{:#}", limited.run("job_1", &query()).unwrap_err());
    assert!(text.contains("job job_1: not done after 0.3 s") && text.contains("goes on"), "{text}");
    assert!((Duration::from_millis(300)..Duration::from_secs(10)).contains(&start.elapsed()));
    server.state().jobs.get_mut("job_1").unwrap().end = End::Done;
    limited.run("job_1", &query()).unwrap();
    assert_eq!(ids(&server), ["job_1"]);
}

#[test]
fn a_job_of_another_process_is_waited_for_and_not_run_twice() {
    let server = Server::start();
    server.state().polls = 4;
    std::thread::scope(|scope| {
        for _ in 0..3 {
            scope.spawn(|| bigquery(&server).run("job_1", &query()).unwrap());
        }
    });
    assert_eq!(ids(&server), ["job_1"]);
}

#[test]
fn a_job_that_had_failed_before_is_submitted_anew() {
    let failed = End::Fails("accessDenied", "Access Denied: Table p:d.old");
    let server = Server::start();
    // Run after run, until somebody gives the permission.
    for runs in 1..=30 {
        ends(&server, &[failed]);
        let text = format!("{:#}", bigquery(&server).run("job_1", &query()).unwrap_err());
        assert!(text.contains("accessDenied"), "{text}");
        assert_eq!(ids(&server).len(), runs, "{:?}", ids(&server));
    }
    bigquery(&server).run("job_1", &query()).unwrap();
    assert_eq!(ids(&server).len(), 31);
    // One that has failed three times and then worked is the job, for everyone who asks later.
    let server = Server::start();
    for _ in 0..3 {
        ends(&server, &[failed]);
        bigquery(&server).run("job_1", &query()).unwrap_err();
    }
    for _ in 0..3 {
        let job = bigquery(&server).run("job_1", &query()).unwrap();
        assert_eq!(job.job_reference.unwrap().job_id, "job_1_3");
    }
    assert_eq!(ids(&server).len(), 4);
}

#[test]
fn a_submission_whose_answer_was_lost_is_found() {
    for lost in [Fault::ResetAfter, Fault::Truncated, Fault::Says("{}")] {
        let server = Server::start();
        server.plan("jobs.insert", &[lost, Fault::Status(503)]);
        let job = bigquery(&server).run("job_1", &query()).unwrap();
        assert_eq!(job.job_reference.unwrap().job_id, "job_1", "{lost:?}");
        assert_eq!(ids(&server), ["job_1"], "{lost:?}");
    }
}

#[test]
fn an_answer_about_another_job_is_none() {
    let other = r#"{"kind":"bigquery#job","jobReference":{"projectId":"p","jobId":"x"},"status":{"state":"DONE"}}"#;
    let stateless = r#"{"kind":"bigquery#job","jobReference":{"projectId":"p","jobId":"job_1"},"status":{}}"#;
    for answer in [other, stateless] {
        for call in ["jobs.insert", "jobs.get"] {
            let server = Server::start();
            server.always(call, Fault::Says(answer));
            let text = format!("{:#}", bigquery(&server).run("job_1", &query()).unwrap_err());
            assert!(text.contains("gave up after 3 attempts") && text.contains("is this BigQuery?"), "{text}");
        }
    }
}

#[test]
fn a_dry_run_that_fails_is_an_error_whatever_the_status() {
    let failed = r#"{"kind":"bigquery#job","status":{"state":"DONE","errorResult":{"reason":"invalidQuery","message":"Unrecognized name: x"}},"statistics":{"totalBytesProcessed":"0"}}"#;
    let server = Server::start();
    server.plan("jobs.insert", &[Fault::Says(failed)]);
    let JobWork::Query(query) = query() else { unreachable!() };
    let text = format!("{:#}", bigquery(&server).bytes_of(&query).unwrap_err());
    assert!(text.contains("a dry run") && text.contains("invalidQuery: Unrecognized name: x"), "{text}");
    assert_eq!(server.requests("jobs.insert").len(), 1);
    // BigQuery may also say that it may pass.
    let passing = failed.replace("invalidQuery", "backendError");
    server.plan("jobs.insert", &[Fault::Says(passing.leak())]);
    assert_eq!(bigquery(&server).bytes_of(&query).unwrap(), 1_000);
}

#[test]
fn a_load_that_tells_no_rows_is_an_error() {
    let server = Server::start();
    let load = Load { uris: vec!["gs://bucket/a.parquet".to_owned()], into: table("staging") };
    let job = bigquery(&server).run("load_1", &JobWork::Load(load)).unwrap();
    assert_eq!(BigQuery::loaded_rows(&job).unwrap(), 3);
    let job = bigquery(&server).run("job_1", &query()).unwrap();
    let text = format!("{:#}", BigQuery::loaded_rows(&job).unwrap_err());
    assert!(text.contains("does not tell how many rows"), "{text}");
}

#[test]
fn jobs_are_where_the_dataset_is() {
    let server = Server::start();
    let bigquery = bigquery(&server);
    bigquery.locate(&super::calls::dataset("d")).unwrap();
    bigquery.run("job_1", &query()).unwrap();
    let asked = server.requests("jobs.get");
    assert!(!asked.is_empty() && asked.iter().all(|request| request.contains("location=EU")), "{asked:?}");
}
