//! Clients that say nothing, half of something, or never listen; and too many at once.

use super::start::{Place, ROUTE, Serving};
use conformance::world::google_keys::{KeyServer, token};
use std::io::{Read, Write};
use std::net::{Shutdown, TcpStream};
use std::path::PathBuf;
use std::process::Command;
use std::time::{Duration, Instant};

/// The limits for headers and for bodies are 4 s.
const SOON: Duration = Duration::from_secs(5);

fn connect(serving: &Serving, first: &str) -> TcpStream {
    let mut stream = TcpStream::connect(&serving.address).unwrap();
    stream.write_all(first.as_bytes()).unwrap();
    stream
}

/// Waits until the server closes the connection; gives what it said before.
fn until_closed(mut stream: TcpStream, start: Instant) -> String {
    let mut said = Vec::new();
    stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    // A reset is an end, too.
    let end = stream.read_to_end(&mut said);
    let timed_out =
        end.is_err_and(|e| matches!(e.kind(), std::io::ErrorKind::WouldBlock | std::io::ErrorKind::TimedOut));
    assert!(!timed_out, "open after {:?}", start.elapsed());
    String::from_utf8_lossy(&said).into_owned()
}

/// A page that takes as long as somebody takes to write it.
fn slow_page(place: &Place, name: &str) -> PathBuf {
    let path = place.folder.at(&format!("web/site/{name}"));
    assert!(Command::new("mkfifo").arg(&path).status().expect("mkfifo").success());
    path
}

#[test]
fn stalled_connections_are_closed_and_keep_nobody_waiting() {
    let (place, keys) = (Place::copy("stalled"), KeyServer::start());
    let serving = place.serve(&keys, &[], &[]);
    let start = Instant::now();
    let begun = format!(
        "POST {ROUTE} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {}\r\nContent-Length: 100\r\n\r\n{{",
        token()
    );
    let firsts =
        ["", "GET", "GET /health/live HTTP/1.1\r\nHost: x\r\nX-A: ", "GET /health/live HTTP/1.1\r\nHost: x\r\n\r\n"];
    let mut open: Vec<(usize, TcpStream)> = (0..200).map(|i| (i % 4, connect(&serving, firsts[i % 4]))).collect();
    open.extend((0..5).map(|_| (4, connect(&serving, &begun))));
    let dripping = connect(&serving, "GET /health/live HTTP/1.1\r\n");
    let mut drip = dripping.try_clone().unwrap();
    let dripper = std::thread::spawn(move || {
        for n in 0.. {
            if write!(drip, "X-{n}: y\r\n").is_err() {
                return;
            }
            std::thread::sleep(Duration::from_millis(300));
        }
    });
    // Others are answered all the while.
    let mut slowest = Duration::ZERO;
    while start.elapsed() < Duration::from_secs(3) {
        let asked = Instant::now();
        assert_eq!(serving.get("/health/live").status, 200);
        slowest = slowest.max(asked.elapsed());
        std::thread::sleep(Duration::from_millis(50));
    }
    assert!(slowest < Duration::from_secs(1), "{slowest:?}");
    for (kind, stream) in open {
        let said = until_closed(stream, start);
        match kind {
            3 => assert!(said.starts_with("HTTP/1.1 200 ") && said.ends_with("ok"), "{said}"),
            4 => assert!(said.starts_with("HTTP/1.1 408 "), "{said}"),
            _ => assert!(said.is_empty() || said.starts_with("HTTP/1.1 408"), "{said}"),
        }
        assert!(start.elapsed() < SOON, "{kind}: {:?}", start.elapsed());
    }
    until_closed(dripping, start);
    dripper.join().unwrap();
    println!("all closed after {:?}, slowest answer meanwhile {slowest:?}", start.elapsed());
    assert_eq!((serving.metric("inkling_http_connections"), serving.jobs()), (1.0, 0.0));
}

#[test]
fn a_client_that_never_listens_is_left() {
    let (place, keys) = (Place::copy("deaf"), KeyServer::start());
    place.folder.write("web/site/large.bin", vec![b'x'; 30_000_000]);
    let serving = place.serve(&keys, &[], &[]);
    let deaf: Vec<TcpStream> =
        (0..5).map(|_| connect(&serving, "GET /large.bin HTTP/1.1\r\nHost: x\r\n\r\n")).collect();
    let start = Instant::now();
    std::thread::sleep(Duration::from_secs(1));
    assert_eq!(serving.metric("inkling_http_connections"), 6.0);
    while serving.metric("inkling_http_connections") > 1.0 {
        assert!(start.elapsed() < Duration::from_secs(8), "they are still served");
        std::thread::sleep(Duration::from_millis(100));
    }
    // Who listens gets all of it.
    assert_eq!(serving.get("/large.bin").body.len(), 30_000_000);
    drop(deaf);
}

#[test]
fn too_many_wait_a_moment_and_are_turned_away_and_slow_answers_end() {
    let (place, keys) = (Place::copy("shed"), KeyServer::start());
    slow_page(&place, "slow");
    let serving = place.serve(&keys, &[], &[]);
    let start = Instant::now();
    let waiting: Vec<TcpStream> =
        (0..64).map(|_| connect(&serving, "GET /slow HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")).collect();
    while serving.metric("inkling_http_requests_in_flight") < 65.0 {
        assert!(start.elapsed() < Duration::from_secs(5));
        std::thread::sleep(Duration::from_millis(20));
    }
    for _ in 0..20 {
        let asked = Instant::now();
        let answer = serving.get("/");
        assert_eq!((answer.status, answer.header("retry-after")), (503, "1"));
        assert_eq!(answer.header("content-type"), "application/problem+json");
        let waited = asked.elapsed();
        assert!(waited >= Duration::from_millis(25) && waited < Duration::from_millis(500), "{waited:?}");
    }
    assert_eq!(serving.metric("inkling_http_shed_total"), 20.0);
    // The trigger and the health of the process have places of their own.
    assert_eq!((serving.get("/health/live").status, serving.trigger("{").status), (200, 400));
    for stream in waiting {
        let said = until_closed(stream, start);
        assert!(said.starts_with("HTTP/1.1 503 ") && said.contains("took too long"), "{said}");
    }
    assert!(start.elapsed() > Duration::from_secs(9) && start.elapsed() < Duration::from_secs(12));
    assert_eq!(serving.get("/").status, 200);
}

#[test]
fn what_is_under_way_ends_before_the_server_does() {
    let (place, keys) = (Place::copy("drain"), KeyServer::start());
    let page = slow_page(&place, "slow");
    let mut serving = place.serve(&keys, &[], &[]);
    let slow = connect(&serving, "GET /slow HTTP/1.1\r\nHost: x\r\n\r\n");
    let idle = connect(&serving, "");
    while serving.metric("inkling_http_requests_in_flight") < 2.0 {
        std::thread::sleep(Duration::from_millis(10));
    }
    let start = Instant::now();
    serving.signal("-TERM");
    std::thread::sleep(Duration::from_millis(500));
    // Nobody new comes in.
    let refused = TcpStream::connect(&serving.address).map(|mut s| {
        let _ = s.write_all(b"GET /health/live HTTP/1.0\r\n\r\n");
        let mut said = String::new();
        let _ = s.read_to_string(&mut said);
        said
    });
    assert!(refused.is_err() || refused.is_ok_and(|said| said.is_empty()));
    std::fs::write(&page, "at last").unwrap();
    let said = until_closed(slow, start);
    assert!(said.starts_with("HTTP/1.1 200 ") && said.ends_with("at last"), "{said}");
    assert_eq!(serving.ended().code(), Some(0));
    assert!(start.elapsed() < Duration::from_secs(2), "{:?}", start.elapsed());
    drop(idle);
}

#[test]
fn what_does_not_end_holds_the_server_for_less_than_8_seconds() {
    let (place, keys) = (Place::copy("drain-limit"), KeyServer::start());
    slow_page(&place, "slow");
    let mut serving = place.serve(&keys, &[], &[]);
    let slow = connect(&serving, "GET /slow HTTP/1.1\r\nHost: x\r\n\r\n");
    while serving.metric("inkling_http_requests_in_flight") < 2.0 {
        std::thread::sleep(Duration::from_millis(10));
    }
    let start = Instant::now();
    serving.signal("-TERM");
    assert_eq!(serving.ended().code(), Some(0));
    assert!((6_500..8_000).contains(&start.elapsed().as_millis()), "{:?}", start.elapsed());
    let _ = slow.shutdown(Shutdown::Both);
}
