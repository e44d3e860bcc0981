//! Faults that do not pass: an error at once, which says what to do.

use super::all::CALLS;
use super::bigquery::Fault;
use super::calls::{By, Call, for_each_call};
use std::sync::atomic::{AtomicUsize, Ordering};

/// What comes of a status that does not pass.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Meant {
    /// An error at once.
    Error,
    /// There is none, says the server.
    Nothing,
    /// It is looked at again, and then it works.
    Again,
    /// The other client hides what an HTML page's status is: tried again, and then an error.
    Hidden,
}

fn meant(call: &Call, fault: Fault) -> Meant {
    match (call.name, fault) {
        ("a table" | "all tables" | "removing a table" | "where a dataset is", Fault::Status(404)) => Meant::Nothing,
        // It is made then; somebody else does so at this moment, or an answer was lost.
        ("a dataset that is there", Fault::Status(404)) => Meant::Again,
        ("a new dataset" | "a new table" | "a small query", Fault::Status(409)) => Meant::Again,
        // A table that was made a moment ago is not known everywhere yet.
        ("a row", Fault::Status(404)) => Meant::Again,
        (_, Fault::Html(_)) if call.by != By::Google => Meant::Hidden,
        _ => Meant::Error,
    }
}

/// The status, as errors tell it.
fn status(fault: Fault) -> u16 {
    match fault {
        Fault::Status(status) | Fault::Reason(status, _) | Fault::Html(status) => status,
        Fault::Grpc(3 | 9 | 11) => 400,
        Fault::Grpc(5) => 404,
        Fault::Grpc(7) => 403,
        Fault::Grpc(12) => 405,
        Fault::Grpc(16) => 401,
        other => panic!("{other:?}"),
    }
}

fn faults(call: &Call) -> Vec<Fault> {
    let mut faults = [401, 403, 404].map(Fault::Html).to_vec();
    if call.by == By::Rows {
        faults.extend([3, 5, 7, 9, 11, 12, 16].map(Fault::Grpc));
    } else {
        faults.extend([400, 401, 403, 404, 409, 412].map(Fault::Status));
        faults.extend([Fault::Reason(403, "quotaExceeded"), Fault::Reason(400, "invalidQuery")]);
    }
    faults
}

#[test]
fn what_may_not_pass_is_not_tried_again() {
    let checked = AtomicUsize::new(0);
    for_each_call(|call, server| {
        let (done, healthy) = call.after(server, &[]);
        done.unwrap();
        for fault in faults(call) {
            let meant = meant(call, fault);
            checked.fetch_add(1, Ordering::Relaxed);
            if meant == Meant::Nothing {
                // What it is taken for is the matter of `tables.rs`.
                continue;
            }
            let done = call.on(server, |server| match meant {
                Meant::Hidden => server.always(call.call, fault),
                _ => server.plan(call.call, &[fault]),
            });
            let requests = server.requests(call.call).len();
            if meant == Meant::Again {
                assert!(done.is_ok() && requests == healthy + 1, "{} with {fault:?}: {done:?}", call.name);
                continue;
            }
            let text = format!("{:#}", done.expect_err(call.name));
            let context = format!("{} with {fault:?}: {text}", call.name);
            if meant == Meant::Hidden {
                assert!(requests == 3 && text.contains("gave up after 3 attempts"), "{context}");
                continue;
            }
            assert_eq!(requests, 1, "{context}");
            // A job that is there already is looked at, and this one is not there.
            let known = call.call == "jobs.insert" && status(fault) == 409 && call.name != "a dry run";
            let (status, about) = if known { (404, "looking at job") } else { (status(fault), call.about) };
            assert!(text.contains(about) && text.contains(&format!("status {status}")), "{context}");
            let advice = match status {
                _ if fault == Fault::Reason(403, "quotaExceeded") => "over a quota of the project",
                401 => "gcloud auth application-default login",
                403 => "roles/bigquery.jobUser",
                404 => "are project, dataset, table and location right?",
                _ => "",
            };
            assert!(text.contains(advice), "{context}");
        }
    });
    println!("{} faults of {} calls", checked.into_inner(), CALLS.len());
}
