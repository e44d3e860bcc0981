//! Models come and go without a failed request, and the server says when it has none.

use super::start::{ORIGIN, SHOP, Serving, filled, problem, token};
use batch_service::release::{Authority, PublishOptions, Signing, publish};
use conformance::world::http::Answer;
use conformance::world::{Site, web};
use jiff::{Timestamp, ToSpan};
use model_core::Target;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// A copy of the university.
fn copy(name: &str) -> Site {
    let folder = filled().site.folder.copy(&format!("scoring-{name}"));
    Site::of_export(folder, &["export"])
}

/// Publishes the model in service as a week ago, so that the release is good for so long.
fn publish_for(site: &Site, seconds: i64) {
    let authority = Authority::read(&site.folder.at("keys")).unwrap();
    let signer = authority.online().unwrap();
    let now = Timestamp::now().checked_sub((7 * 24 * 3_600 - seconds).seconds()).unwrap();
    let signing = Signing { authority: &authority, signer: &signer, now, days: 7 };
    let options =
        PublishOptions { version: None, web: &web(), environment: "prod", canary: None, min_loader: None, fresh: true };
    let _ = publish(&site.place.store, signing, &options).expect("a release");
}

fn until(what: &str, limit: u64, mut holds: impl FnMut() -> bool) {
    let start = Instant::now();
    while !holds() {
        assert!(start.elapsed() < Duration::from_secs(limit), "{what} not within {limit} s");
        std::thread::sleep(Duration::from_millis(50));
    }
}

/// Keeps a connection and asks on it again and again.
struct Client<'a> {
    serving: &'a Serving,
    request: Vec<u8>,
    open: Option<BufReader<TcpStream>>,
}

/// What came of asking.
enum Got {
    Answer(u16, Value),
    /// Nobody listens any more.
    Refused,
}

impl<'a> Client<'a> {
    fn new(serving: &'a Serving, token: &str) -> Self {
        let events: Vec<Value> = (0..10)
            .map(|i| json!({"name": "page_view", "time_us": 1_700_000_000_000_000_i64 + i * 1_000_000}))
            .collect();
        let body = json!({"events": events}).to_string();
        let head = "POST /v1/score HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n";
        let head = format!(
            "{head}Origin: {ORIGIN}\r\nAuthorization: Bearer {token}\r\nContent-Length: {}\r\n\r\n",
            body.len()
        );
        Self { serving, request: [head.into_bytes(), body.into_bytes()].concat(), open: None }
    }

    /// Fails when a request that was sent gets no whole answer.
    fn ask(&mut self) -> std::io::Result<Got> {
        let mut stream = match self.open.take() {
            Some(open) => open,
            None => match TcpStream::connect(&self.serving.address) {
                Ok(stream) => BufReader::new(stream),
                Err(_) => return Ok(Got::Refused),
            },
        };
        stream.get_mut().set_read_timeout(Some(Duration::from_secs(10)))?;
        stream.get_mut().write_all(&self.request)?;
        let (mut status, mut length, mut closes) = (0, 0, false);
        loop {
            let mut line = String::new();
            stream.read_line(&mut line)?;
            let line = line.trim_end().to_ascii_lowercase();
            if line.is_empty() {
                break;
            }
            if let Some(rest) = line.strip_prefix("http/1.1 ") {
                status = rest[..3].parse().unwrap();
            }
            if let Some(rest) = line.strip_prefix("content-length: ") {
                length = rest.parse().unwrap();
            }
            closes |= line == "connection: close";
        }
        if status == 0 {
            return Err(std::io::ErrorKind::UnexpectedEof.into());
        }
        let mut body = vec![0; length];
        stream.read_exact(&mut body)?;
        if !closes {
            self.open = Some(stream);
        }
        Ok(Got::Answer(status, serde_json::from_slice(&body).unwrap()))
    }
}

/// Asks from several threads while something is done; gives what was answered, by model version.
fn under_load(serving: &Serving, done: impl FnOnce()) -> BTreeMap<String, u32> {
    let over = AtomicBool::new(false);
    let token = token(SHOP);
    std::thread::scope(|scope| {
        let ask = || {
            let (mut client, mut versions) = (Client::new(serving, &token), BTreeMap::new());
            while !over.load(Ordering::SeqCst) {
                match client.ask().unwrap_or_else(|error| panic!("a request failed: {error}")) {
                    Got::Answer(200, answer) => {
                        let version = answer["scores"][0]["model_version"].as_str().unwrap().to_owned();
                        *versions.entry(version).or_insert(0) += 1;
                    }
                    // The machine is busy with other tests, and says so.
                    Got::Answer(503, answer) if answer["detail"] == "too many requests at once" => {}
                    Got::Answer(status, answer) => panic!("{status}: {answer}"),
                    Got::Refused => break,
                }
            }
            versions
        };
        let asking: Vec<_> = (0..8).map(|_| scope.spawn(ask)).collect();
        std::thread::sleep(Duration::from_millis(300));
        done();
        over.store(true, Ordering::SeqCst);
        let mut all = BTreeMap::new();
        for (version, count) in asking.into_iter().flat_map(|asking| asking.join().unwrap()) {
            *all.entry(version).or_insert(0) += count;
        }
        all
    })
}

#[test]
fn a_new_release_takes_over_without_a_failed_request() {
    let site = copy("reload");
    let serving = Serving::start(&site.folder, &[]);
    let before = serving.score(&json!({"events": [{"name": "x", "time_us": 1}]}));
    let versions = under_load(&serving, || {
        let days = site.days();
        site.train(Target::Session, days[18]);
        let _ = site.publish(&web());
        let old = before["scores"][0]["model_version"].clone();
        until("the new model", 20, || {
            serving.score(&json!({"events": [{"name": "x", "time_us": 1}]}))["scores"][0]["model_version"] != old
        });
        std::thread::sleep(Duration::from_millis(300));
    });
    println!("{versions:?}");
    assert_eq!(versions.len(), 2);
    assert!(versions.contains_key(before["scores"][0]["model_version"].as_str().unwrap()));
    // A state of before goes on with the new model.
    let answer = serving.score(&json!({"state": before["state"]}));
    assert_ne!(answer["scores"][0]["bundle_version"], before["scores"][0]["bundle_version"]);
    assert_eq!(answer["time_us"], before["time_us"]);
}

#[test]
fn it_is_ready_from_the_first_model_to_the_end_of_the_release() {
    let site = copy("ready");
    let release = site.folder.at("warehouse/store/release");
    std::fs::remove_dir_all(&release).unwrap();
    let serving = Serving::start(&site.folder, &[]);
    let body = json!({"events": [{"name": "x", "time_us": 1}]});
    let told = problem(&serving.shop("/v1/score", &body), 503, "before the first release");
    assert!(told["type"].as_str().unwrap().ends_with("#score-model"), "{told}");
    problem(&serving.get("/health/ready"), 503, "before the first release");
    problem(&serving.get("/ping"), 503, "before the first release");
    assert_eq!(serving.get("/health/live").status, 200);
    publish_for(&site, 12);
    let start = Instant::now();
    until("the first model", 9, || serving.get("/health/ready").status == 200);
    assert_eq!(serving.get("/ping").status, 200);
    assert_eq!(serving.shop("/v1/score", &body).status, 200);
    until("the end of the release", 15, || serving.get("/health/ready").status == 503);
    assert!(start.elapsed() > Duration::from_secs(9), "{:?}", start.elapsed());
    let told = problem(&serving.shop("/v1/score", &body), 503, "after its end");
    assert!(told["detail"].as_str().unwrap().contains("expired"), "{told}");
    // Another one mends it; changed bytes do not.
    let _ = site.publish(&web());
    until("the next release", 9, || serving.shop("/v1/score", &body).status == 200);
}

#[test]
fn what_was_asked_is_answered_before_the_server_ends() {
    let site = copy("drain");
    let mut serving = Serving::start(&site.folder, &[]);
    let versions = under_load(&serving, || {
        serving.signal("-TERM");
        std::thread::sleep(Duration::from_secs(1));
    });
    println!("{versions:?}");
    assert!(versions.values().sum::<u32>() > 100, "{versions:?}");
    assert_eq!(serving.ended().code(), Some(0));
}

#[test]
fn an_older_release_is_not_taken_however_well_it_is_signed() {
    let site = copy("rolled-back");
    let release = site.folder.at("warehouse/store/release/release.json");
    let yesterday = std::fs::read(&release).unwrap();
    let serving = Serving::start(&site.folder, &[]);
    let body = json!({"events": [{"name": "x", "time_us": 1}]});
    let _ = serving.score(&body);
    let control = |word: &str| {
        let output = Serving::command(&site.folder, &["release", word]).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    };
    control("stop");
    let stopped =
        |answer: Answer| answer.status == 503 && answer.json()["detail"].as_str().unwrap().contains("stopped");
    until("the stop", 20, || stopped(serving.shop("/v1/score", &body)));
    std::fs::write(&release, &yesterday).unwrap();
    until("the refusal", 20, || serving.log("shared").contains("release refused: rolled-back: timestamp"));
    until("the answer", 20, || stopped(serving.shop("/v1/score", &body)));
    // A newer one is taken.
    let _ = site.publish(&web());
    control("resume");
    until("the next release", 20, || serving.shop("/v1/score", &body).status == 200);
}

#[test]
fn keys_that_cannot_be_read_do_not_mean_that_there_are_none() {
    let site = copy("keys");
    let (keys, root) = (site.folder.at("keys"), site.folder.at("keys/1.root.json"));
    let sound = std::fs::read(&root).unwrap();
    // The address is taken, so that a server that would start ends as well.
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let serve = || {
        let output = Serving::command(&site.folder, &["serve", "--address", &address]).output().unwrap();
        (output.status.code().unwrap(), String::from_utf8(output.stderr).unwrap())
    };
    let refused = |code: i32, says: &str| {
        let (got, said) = serve();
        assert!(got == code && said.contains(says), "{says}: {got} {said}");
        assert!(said.contains("restore the folder") && !said.contains("listening"), "{said}");
    };
    assert!(serve().1.contains("listening on"), "sound keys");
    std::fs::write(&root, &sound[..sound.len() / 2]).unwrap();
    refused(4, "the chain of roots is broken");
    std::fs::write(&root, b"").unwrap();
    refused(4, "the chain of roots is broken");
    std::fs::remove_file(&root).unwrap();
    std::fs::create_dir(&root).unwrap();
    refused(1, "1.root.json");
    std::fs::remove_dir(&root).unwrap();
    std::fs::write(site.folder.at("keys/2.root.json"), &sound).unwrap();
    refused(4, "1.root.json is missing");
    std::fs::remove_file(site.folder.at("keys/2.root.json")).unwrap();
    assert!(serve().1.contains("listening on"), "a folder without a root");
    std::fs::remove_dir_all(&keys).unwrap();
    assert!(serve().1.contains("listening on"), "no folder");
    std::fs::write(&keys, "").unwrap();
    refused(1, "keys");
}
