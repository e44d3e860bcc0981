//! Every fault of every call: what may pass is tried again, what may not is not, and nothing that failed is a success.

use super::server::{Fault, Server};
use anyhow::Context;
use batch_service::cloud::Patience;
use batch_service::config::CloudConfig;
use batch_service::jobs::{Exit, ExitKind};
use batch_service::store::{CloudStore, Generation, ObjectStore, Replaced};
use std::time::{Duration, Instant};

/// Long enough that no answer of a healthy server is taken for a stall.
const ATTEMPT: Duration = Duration::from_secs(2);

fn patience() -> Patience {
    let milliseconds = Duration::from_millis;
    Patience {
        attempts: 3,
        attempt: ATTEMPT,
        total: Duration::from_secs(30),
        wait: milliseconds(10),
        longest_wait: milliseconds(40),
    }
}

fn store_with(url: &str, patience: Patience) -> CloudStore {
    let config = CloudConfig { storage_endpoint: Some(url.to_owned()), ..CloudConfig::default() };
    CloudStore::with_patience("gs://bucket/site", &config, patience).unwrap()
}

fn store(server: &Server) -> CloudStore {
    store_with(&server.url, patience())
}

/// Longer than what a cut answer leaves of it.
fn bytes(seed: u8) -> Vec<u8> {
    (0..20_000u32).map(|i| (i as u8).wrapping_mul(31) ^ seed).collect()
}

/// A call, on a server of its own where `site/old` has the bytes 1 and `site/other` the bytes 2.
struct Call {
    name: &'static str,
    run: fn(&CloudStore) -> anyhow::Result<()>,
    /// What the store must hold after a success: name and bytes.
    holds: Option<(&'static str, u8)>,
}

const CALLS: [Call; 5] = [
    Call {
        name: "look",
        run: |store| {
            let seen = store.look("old")?.context("no object")?;
            assert_eq!(seen.bytes, bytes(1));
            Ok(())
        },
        holds: None,
    },
    Call {
        name: "list",
        run: |store| {
            assert_eq!(store.list("folder")?, ["a", "b", "c", "sub"]);
            Ok(())
        },
        holds: None,
    },
    Call { name: "put", run: |store| store.put("old", &bytes(3)), holds: Some(("site/old", 3)) },
    Call { name: "put_new", run: |store| store.put_new("new", &bytes(4)), holds: Some(("site/new", 4)) },
    Call {
        name: "replace",
        run: |store| {
            let replaced = store.replace("fresh", &Generation::absent(), &bytes(5))?;
            anyhow::ensure!(replaced == Replaced::Done, "lost the race");
            Ok(())
        },
        holds: Some(("site/fresh", 5)),
    },
];

/// For every call at the same time: stalls take their time.
fn for_each_call(check: impl Fn(&Call) + Sync) {
    std::thread::scope(|scope| {
        for call in &CALLS {
            scope.spawn(|| check(call));
        }
    });
}

fn filled() -> Server {
    let server = Server::start();
    server.set("site/old", &bytes(1));
    server.set("site/other", &bytes(2));
    for name in ["site/folder/a", "site/folder/b", "site/folder/c", "site/folder/sub/x", "site/folderish"] {
        server.set(name, b"x");
    }
    server
}

impl Call {
    /// Runs it with a fault in its first requests; gives the requests that it took.
    fn after(&self, faults: &[Fault]) -> (anyhow::Result<()>, usize, Server) {
        let server = filled();
        server.plan(faults);
        let done = (self.run)(&store(&server));
        let requests = server.requests().len();
        if done.is_ok()
            && let Some((name, seed)) = self.holds
        {
            assert!(server.object(name).is_some_and(|o| o.bytes == bytes(seed)), "{}: {faults:?}", self.name);
        }
        (done, requests, server)
    }

    fn writes(&self) -> bool {
        self.holds.is_some()
    }
}

#[test]
fn what_may_pass_is_tried_again() {
    let statuses = [408, 429, 500, 502, 503, 504].map(Fault::Status);
    let others = [Fault::Html(502), Fault::Html(200), Fault::Reset, Fault::Truncated, Fault::Stall];
    for_each_call(|call| {
        let (done, healthy, _) = call.after(&[]);
        done.unwrap();
        for fault in statuses.into_iter().chain(others) {
            let (done, requests, _) = call.after(&[fault]);
            done.unwrap_or_else(|e| panic!("{} after {fault:?}: {e:#}", call.name));
            // A write whose answer was cut short was done: the repetition finds it, and looks whose it is.
            let conditional = ["put_new", "replace"].contains(&call.name);
            let looked = usize::from(fault == Fault::Truncated && conditional);
            assert_eq!(requests, healthy + 1 + looked, "{} after {fault:?}", call.name);
        }
        // Two in a row.
        let (done, requests, _) = call.after(&[Fault::Reset, Fault::Status(503)]);
        assert_eq!((done.is_ok(), requests), (true, healthy + 2), "{}", call.name);
    });
}

#[test]
fn what_never_passes_ends_in_an_error_that_says_so() {
    let faults = [
        Fault::Status(408),
        Fault::Status(429),
        Fault::Status(500),
        Fault::Status(503),
        Fault::Html(504),
        Fault::Html(200),
        Fault::Reset,
        Fault::Stall,
    ];
    for_each_call(|call| {
        for fault in faults {
            let server = filled();
            server.always(fault);
            let error = (call.run)(&store(&server)).expect_err("no success that is none");
            let text = format!("{error:#}");
            assert!(text.contains("gave up after 3 attempts") && text.contains("gs://bucket/site/"), "{text}");
            assert_eq!(server.requests().len(), 3, "{} with {fault:?}", call.name);
        }
    });
}

#[test]
fn what_may_not_pass_is_not_tried_again() {
    for call in &CALLS {
        for status in [400, 401, 403, 404, 412] {
            let (done, requests, server) = call.after(&[Fault::Status(status)]);
            match (call.name, status) {
                // There is no such object.
                ("look", 404) => continue,
                // Another writer, says the server; then a look shows that there is no object.
                ("put_new" | "replace", 412) => {
                    assert_eq!(requests, 2, "{}", call.name);
                    assert!(server.object("site/new").is_none() && server.object("site/fresh").is_none());
                    continue;
                }
                _ => {}
            }
            let text = format!("{:#}", done.expect_err("an error"));
            assert_eq!(requests, 1, "{} with {status}: {text}", call.name);
            let advice = match status {
                401 => "gcloud auth application-default login",
                403 => "roles/storage.objectUser",
                404 => "no such bucket",
                _ => "gs://bucket/site/",
            };
            assert!(text.contains(advice), "{} with {status}: {text}", call.name);
            if call.writes() {
                assert!(server.object("site/old").unwrap().bytes == bytes(1));
            }
        }
    }
}

#[test]
fn a_proxys_page_does_not_make_an_object_absent() {
    let (done, requests, _) = CALLS.iter().find(|call| call.name == "look").unwrap().after(&[Fault::Html(404)]);
    assert!(done.is_ok() && requests == 2, "{requests}: {done:?}");
}

#[test]
fn an_object_that_is_not_there_is_none() {
    let server = filled();
    assert_eq!(store(&server).look("absent").unwrap(), None);
    assert_eq!(store(&server).list("absent").unwrap(), Vec::<String>::new());
    assert!(store(&server).look("../old").is_err() && store(&server).put("/old", b"").is_err());
}

#[test]
fn a_write_whose_answer_was_lost_is_found_to_be_ours() {
    for call in CALLS.iter().filter(|call| call.writes()) {
        for fault in [Fault::ResetAfter, Fault::Truncated] {
            let (done, _, server) = call.after(&[fault, Fault::Status(503)]);
            done.unwrap_or_else(|e| panic!("{} after {fault:?}: {e:#}", call.name));
            let (name, seed) = call.holds.unwrap();
            assert_eq!(server.object(name).unwrap().bytes, bytes(seed));
        }
    }
}

#[test]
fn a_download_that_is_not_the_object_is_none() {
    for fault in [Fault::WrongChecksum, Fault::NoChecksum, Fault::Truncated] {
        let server = filled();
        server.always(fault);
        let text = format!("{:#}", store(&server).look("old").expect_err("not the object"));
        assert!(text.contains("gave up after 3 attempts"), "{fault:?}: {text}");
        server.plan(&[fault]);
        assert_eq!(store(&server).look("old").unwrap().unwrap().bytes, bytes(1), "{fault:?} once");
    }
}

#[test]
fn what_never_changes_is_never_overwritten() {
    let server = filled();
    let store = store(&server);
    store.put_new("old", &bytes(1)).unwrap();
    let error = store.put_new("old", &bytes(9)).unwrap_err();
    assert_eq!(error.downcast_ref::<Exit>().expect("an exit code").kind, ExitKind::Integrity);
    assert!(error.to_string().contains("gs://bucket/site/old is in the store already with other bytes"), "{error}");
    assert_eq!(server.object("site/old").unwrap().bytes, bytes(1));
}

#[test]
fn browsers_are_told_what_a_file_is_and_how_long_to_keep_it() {
    let server = filled();
    let store = store(&server);
    let for_ever = "public, max-age=31536000, immutable";
    for (name, kind) in [
        ("release/targets/inkling/site/prod/stable/0123.scorer.wasm", "application/wasm"),
        ("release/targets/inkling/site/prod/stable/0123.loader.js", "text/javascript; charset=utf-8"),
        ("release/targets/inkling/site/prod/stable/0123.bundle.bin", "application/octet-stream"),
    ] {
        store.put_new(name, &bytes(6)).unwrap();
        let written = server.object(&format!("site/{name}")).unwrap();
        assert_eq!((written.content_type.as_str(), written.cache_control.as_str()), (kind, for_ever), "{name}");
    }
    let _ = store.replace("release/release.json", &Generation::absent(), b"{}").unwrap();
    store.put("models/v/card.md", b"# Card").unwrap();
    for (name, kind) in
        [("release/release.json", "application/json"), ("models/v/card.md", "text/markdown; charset=utf-8")]
    {
        let written = server.object(&format!("site/{name}")).unwrap();
        let told = (written.content_type.as_str(), written.cache_control.as_str());
        assert_eq!(told, (kind, "no-cache, max-age=0"), "{name}");
    }
}

#[test]
fn of_two_who_saw_the_same_the_second_loses() {
    let server = filled();
    let store = store(&server);
    let seen = store.look("old").unwrap().unwrap().generation;
    assert_eq!(store.replace("old", &seen, &bytes(7)).unwrap(), Replaced::Done);
    assert_eq!(store.replace("old", &seen, &bytes(8)).unwrap(), Replaced::Lost(Some(bytes(7))));
    assert_eq!(store.replace("old", &Generation::absent(), &bytes(8)).unwrap(), Replaced::Lost(Some(bytes(7))));
    assert_eq!(store.replace("gone", &seen, &bytes(8)).unwrap(), Replaced::Lost(None));
    let now = server.object("site/old").unwrap();
    assert_eq!((now.bytes, now.cache_control.as_str()), (bytes(7), "no-cache, max-age=0"));
}

#[test]
fn limits_of_time_hold() {
    // The server may ask for time.
    let server = filled();
    server.plan(&[Fault::RetryAfter(1)]);
    let start = Instant::now();
    store(&server).look("old").unwrap();
    assert!(start.elapsed() >= Duration::from_secs(1), "{:?}", start.elapsed());
    // But not for more than there is.
    server.plan(&[Fault::RetryAfter(3_600)]);
    let start = Instant::now();
    let text = format!("{:#}", store(&server).look("old").unwrap_err());
    assert!(text.contains("gave up after 1 attempts") && start.elapsed() < Duration::from_secs(10), "{text}");
    // Attempts without end meet the limit of the whole.
    server.always(Fault::Status(503));
    let total = Duration::from_secs(1);
    let start = Instant::now();
    let hasty = Patience { attempts: u32::MAX, total, ..patience() };
    assert!(store_with(&server.url, hasty).put("old", b"x").is_err());
    assert!(start.elapsed() < Duration::from_secs(10) && server.requests().len() > 3, "{:?}", start.elapsed());
    // Nobody is there.
    let socket = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", socket.local_addr().unwrap());
    drop(socket);
    let start = Instant::now();
    let text = format!("{:#}", store_with(&url, patience()).list("folder").unwrap_err());
    assert!(text.contains("gave up after 3 attempts") && start.elapsed() < Duration::from_secs(10), "{text}");
}

#[test]
fn of_an_object_that_is_too_long_little_is_read() {
    let server = Server::start();
    server.set("site/long", &bytes(1));
    let store = store(&server);
    assert_eq!(store.get_at_most("long", 20_000).unwrap(), Some(bytes(1)));
    assert_eq!(store.get_at_most("absent", 20_000).unwrap(), None);
    let asked = server.requests().len();
    let error = store.get_at_most("long", 19_999).unwrap_err();
    assert_eq!(error.downcast_ref::<Exit>().map(|exit| exit.kind), Some(ExitKind::Usage), "{error:#}");
    // It is not asked for again, as after a fault.
    assert_eq!(server.requests().len(), asked + 1);
}
