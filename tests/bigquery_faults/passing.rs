//! Faults that may pass: tried again, within limits.

use super::all::CALLS;
use super::bigquery::{Fault, Server};
use super::calls::{By, Call, config, for_each_call, numbers, patience, table};
use batch_service::bigquery::BigQuery;
use batch_service::cloud::Patience;
use batch_service::config::CloudConfig;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

/// Reasons that BigQuery documents as passing, under statuses that are not.
const REASONS: [(u16, &str); 6] = [
    (403, "rateLimitExceeded"),
    (403, "jobRateLimitExceeded"),
    (400, "backendError"),
    (400, "jobBackendError"),
    (400, "internalError"),
    (400, "jobInternalError"),
];

/// What is no answer of BigQuery's, with status 200.
const NONSENSE: [&str; 4] = ["{}", "[]", "", "null"];

fn faults(call: &Call) -> Vec<Fault> {
    let mut faults = vec![Fault::Html(200), Fault::Html(502), Fault::Reset, Fault::Stall];
    if call.by == By::Rows {
        // Cancelled, unknown, deadline, exhausted, aborted, internal, unavailable, data loss.
        faults.extend([1, 2, 4, 8, 10, 13, 14, 15].map(Fault::Grpc));
        faults.extend([408, 429, 500, 502, 503, 504].map(Fault::Status));
        faults.push(if call.call == "ReadRows" { Fault::Truncated } else { Fault::Says("") });
        return faults;
    }
    faults.extend([408, 429, 500, 502, 503, 504].map(Fault::Status));
    faults.extend(REASONS.map(|(status, reason)| Fault::Reason(status, reason)));
    faults.extend([Fault::Truncated, Fault::ResetAfter]);
    let nonsense = NONSENSE.map(Fault::Says);
    // A table that is removed has no answer but that.
    faults.extend(nonsense.into_iter().filter(|_| call.call != "tables.delete"));
    faults
}

#[test]
fn what_may_pass_is_tried_again() {
    let checked = AtomicUsize::new(0);
    for_each_call(|call, server| {
        let (done, healthy) = call.after(server, &[]);
        done.unwrap_or_else(|e| panic!("{}: {e:#}", call.name));
        for fault in faults(call) {
            let (done, requests) = call.after(server, &[fault]);
            done.unwrap_or_else(|e| panic!("{} after {fault:?}: {e:#}", call.name));
            // A look that was lost was a look: the job runs on. And a query that has failed is asked anew.
            let looks = ["jobs.get", "jobs.getQueryResults"].contains(&call.call);
            let lost = looks && matches!(fault, Fault::Truncated | Fault::ResetAfter);
            let of_job = |status, reason: &str| reason.starts_with("job") || status == 400;
            let anew = call.call == "jobs.getQueryResults"
                && matches!(fault, Fault::Reason(status, reason) if of_job(status, reason));
            let expected = if lost || anew { healthy } else { healthy + 1 };
            assert_eq!(requests, expected, "{} after {fault:?}", call.name);
            checked.fetch_add(1, Ordering::Relaxed);
        }
        // Two in a row.
        let (done, requests) = call.after(server, &[Fault::Reset, Fault::Html(503)]);
        assert_eq!((done.is_ok(), requests), (true, healthy + 2), "{}", call.name);
    });
    println!("{} faults of {} calls", checked.into_inner(), CALLS.len());
}

#[test]
fn what_never_passes_ends_in_an_error_that_says_so() {
    for_each_call(|call, server| {
        let limited = if call.by == By::Rows { Fault::Grpc(8) } else { Fault::Reason(403, "rateLimitExceeded") };
        let mut faults = vec![limited, Fault::Html(200), Fault::Html(504), Fault::Reset, Fault::Stall];
        if call.by != By::Rows {
            faults.extend([408, 429, 500, 503].map(Fault::Status));
            faults.extend([Fault::Says("{}")].into_iter().filter(|_| call.call != "tables.delete"));
        }
        for fault in faults {
            let error = call.on(server, |server| server.always(call.call, fault));
            let text = format!("{:#}", error.expect_err("no success that is none"));
            assert!(text.contains("gave up after 3 attempts"), "{} with {fault:?}: {text}", call.name);
            assert!(text.contains(call.about), "{} with {fault:?}: {text}", call.name);
            assert_eq!(server.requests(call.call).len(), 3, "{} with {fault:?}", call.name);
        }
    });
}

#[test]
fn the_server_may_ask_for_time() {
    for_each_call(|call, server| {
        let asks = |seconds| match call.by {
            By::Rows => Fault::GrpcRetry(8, seconds),
            _ => Fault::RetryAfter(429, seconds),
        };
        let start = Instant::now();
        let (done, _) = call.after(server, &[asks(1)]);
        done.unwrap_or_else(|e| panic!("{}: {e:#}", call.name));
        // The other client hides what the server asks; only our own waits are left.
        let told = call.by != By::Community;
        assert!(!told || start.elapsed() >= Duration::from_secs(1), "{}: {:?}", call.name, start.elapsed());
        // But not for more than there is.
        if told {
            let start = Instant::now();
            let (done, requests) = call.after(server, &[asks(3_600)]);
            let text = format!("{:#}", done.expect_err("too long"));
            assert!(text.contains("gave up after 1 attempts") && requests == 1, "{}: {text}", call.name);
            assert!(start.elapsed() < Duration::from_secs(10), "{}", call.name);
        }
    });
}

#[test]
fn limits_of_time_hold() {
    // Attempts without end meet the limit of the whole.
    let server = Server::start();
    server.always("tables.get", Fault::Status(503));
    server.always("CreateReadSession", Fault::Grpc(14));
    let hasty = Patience { attempts: u32::MAX, total: Duration::from_secs(1), ..patience() };
    let hasty = BigQuery::with_patience(&config(&server), hasty).unwrap();
    let start = Instant::now();
    assert!(hasty.table(&table("old")).is_err());
    assert!(numbers(&hasty, &table("old")).is_err());
    assert!(start.elapsed() < Duration::from_secs(10), "{:?}", start.elapsed());
    assert!(server.requests("tables.get").len() > 3 && server.requests("CreateReadSession").len() > 3);
    // Nobody is there.
    let socket = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", socket.local_addr().unwrap());
    drop(socket);
    let nobody =
        CloudConfig { bigquery_endpoint: Some(url.clone()), bigquery_storage_endpoint: Some(url), ..config(&server) };
    for call in &CALLS {
        let start = Instant::now();
        let mut bigquery = BigQuery::with_patience(&nobody, patience()).unwrap();
        let text = format!("{:#}", (call.run)(&mut bigquery).expect_err("nobody is there"));
        assert!(text.contains("gave up after 3 attempts"), "{}: {text}", call.name);
        assert!(start.elapsed() < Duration::from_secs(10), "{}", call.name);
    }
}
