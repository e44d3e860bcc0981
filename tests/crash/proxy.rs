//! Between the program and Google's stand-ins: kills the program at a chosen request, before or after it is done. What is
//! in the cloud changes by requests only, so these are all the states that a killed program can leave there.

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::http::Response;
use conformance::world::http::{Answer, send};
use serde_json::Value;
use std::process::Command;
use std::sync::{Arc, Condvar, Mutex};

/// When the program is killed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Moment {
    /// The request is not passed on.
    Before,
    /// The request is done, and its answer is lost.
    After,
}

/// What is seen by all proxies of a test.
#[derive(Default)]
pub struct Watch {
    seen: Mutex<Seen>,
    started: Condvar,
}

#[derive(Default)]
struct Seen {
    /// What the requests did that change anything.
    done: Vec<String>,
    kill: Option<(String, Moment)>,
    process: Option<u32>,
}

impl Watch {
    /// Forgets what was seen; the next process is to be killed at this, if at all.
    pub fn plan(&self, kill: Option<(&str, Moment)>) {
        let kill = kill.map(|(what, moment)| (what.to_owned(), moment));
        *self.seen.lock().unwrap() = Seen { kill, ..Seen::default() };
    }

    /// The process that is watched.
    pub fn process(&self, id: u32) {
        self.seen.lock().unwrap().process = Some(id);
        self.started.notify_all();
    }

    /// What was done since the plan was made.
    pub fn done(&self) -> Vec<String> {
        self.seen.lock().unwrap().done.clone()
    }

    /// The second publication, which is the monitor's, is another change than the first.
    fn named(&self, what: String) -> String {
        let again = what == "job inkling_publish" && self.seen.lock().unwrap().done.contains(&what);
        if again { format!("{what} again") } else { what }
    }

    fn kills(&self, what: &str, moment: Moment) -> bool {
        let mut seen = self.seen.lock().unwrap();
        if seen.kill.as_ref().is_none_or(|(name, at)| name != what || *at != moment) {
            return false;
        }
        seen.kill = None;
        let seen = self.started.wait_while(seen, |seen| seen.process.is_none()).unwrap();
        let id = seen.process.unwrap().to_string();
        assert!(Command::new("kill").args(["-KILL", &id]).status().unwrap().success());
        true
    }
}

/// A server in front of another one, until the end of the test's process.
pub struct Proxy {
    /// `http://127.0.0.1:PORT`
    pub url: String,
}

impl Proxy {
    /// In front of `http://127.0.0.1:PORT`.
    pub fn start(server: &str, watch: &Arc<Watch>) -> Self {
        let socket = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        socket.set_nonblocking(true).unwrap();
        let url = format!("http://{}", socket.local_addr().unwrap());
        let server: Arc<str> = server.trim_start_matches("http://").into();
        let router = Router::new().fallback(pass_on).with_state((server, Arc::clone(watch)));
        std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(async {
                axum::serve(tokio::net::TcpListener::from_std(socket).unwrap(), router).await.unwrap();
            });
        });
        Self { url }
    }
}

async fn pass_on(State((server, watch)): State<(Arc<str>, Arc<Watch>)>, request: Request) -> Response<Body> {
    let (parts, body) = request.into_parts();
    let body = to_bytes(body, usize::MAX).await.unwrap_or_default();
    let passed = tokio::task::spawn_blocking(move || {
        let path = parts.uri.path_and_query().unwrap().as_str();
        let what = change(parts.method.as_str(), path, &body).map(|what| watch.named(what));
        if what.as_ref().is_some_and(|what| watch.kills(what, Moment::Before)) {
            return None;
        }
        let kept = ["host", "content-length", "transfer-encoding", "connection", "accept-encoding"];
        let headers = parts.headers.iter().filter(|(name, _)| !kept.contains(&name.as_str()));
        let headers: Vec<(&str, &str)> = headers.map(|(name, v)| (name.as_str(), v.to_str().unwrap())).collect();
        let answer = send(&server, parts.method.as_str(), path, &headers, &body);
        if let Some(what) = what {
            watch.seen.lock().unwrap().done.push(what.clone());
            if watch.kills(&what, Moment::After) {
                return None;
            }
        }
        Some(answer)
    });
    match passed.await.unwrap() {
        Some(answer) => answered(answer),
        // Nobody is there to read it.
        None => Response::builder().status(500).body(Body::empty()).unwrap(),
    }
}

fn answered(answer: Answer) -> Response<Body> {
    let mut response = Response::builder().status(answer.status);
    let own = ["content-length", "transfer-encoding", "connection", "keep-alive"];
    for (name, value) in answer.headers().filter(|(name, _)| !own.contains(&name.to_lowercase().as_str())) {
        response = response.header(name, value);
    }
    response.body(Body::from(answer.body)).unwrap()
}

/// What a request changes, without what differs from run to run; `None` when it only looks.
fn change(method: &str, path: &str, body: &[u8]) -> Option<String> {
    let (path, query) = path.split_once('?').unwrap_or((path, ""));
    if let Some(uploaded) = path.strip_prefix("/upload/storage/v1/b/") {
        return Some(object(uploaded, query, body));
    }
    let path = path.split("/projects/").nth(1)?.split_once('/')?.1;
    let json = || serde_json::from_slice::<Value>(body).unwrap_or_default();
    let words: Vec<&str> = path.split('/').collect();
    match (method, words.as_slice()) {
        ("POST", ["datasets"]) => Some("make dataset".into()),
        ("POST", ["datasets", _, "tables"]) => {
            Some(format!("make {}", plain(json()["tableReference"]["tableId"].as_str()?)))
        }
        ("POST", ["datasets", _, "tables", table, "insertAll"]) => Some(format!("insert into {table}")),
        ("PATCH" | "PUT", ["datasets", _, "tables", table]) => Some(format!("change {}", plain(table))),
        ("DELETE", ["datasets", _, "tables", table]) => Some(format!("remove {}", plain(table))),
        ("POST", ["jobs"]) => {
            let job = json();
            let id = job["jobReference"]["jobId"].as_str()?;
            (job["configuration"]["dryRun"] != true).then(|| format!("job {}", plain(id)))
        }
        _ => None,
    }
}

/// `staging_scores_20261009_0123456789ab_f3` is `staging_scores`; `inkling_publish_...` likewise.
fn plain(name: &str) -> &str {
    if !name.starts_with("staging_") && !name.starts_with("inkling_") {
        return name;
    }
    // Views have no day, but a number by chance.
    let end = if name.starts_with("inkling_view_") { name.rfind('_') } else { name.find("_2") };
    &name[..end.unwrap_or(name.len())]
}

fn object(uploaded: &str, query: &str, body: &[u8]) -> String {
    let text = String::from_utf8_lossy(body);
    let named = query.split('&').find_map(|pair| pair.strip_prefix("name=")).map(str::to_owned);
    let in_body = || Some(text.split_once("\"name\":\"")?.1.split_once('"')?.0.to_owned());
    let name = named.or_else(in_body).unwrap_or_else(|| uploaded.to_owned()).replace("%2F", "/");
    // Without the folder of the test.
    let name = name.split_once('/').map_or(name.as_str(), |(_, rest)| rest);
    if name.starts_with("leases/") {
        let word = if text.contains("\"holder\":null") { "give back" } else { "hold" };
        return format!("{word} {}", name.rsplit('/').next().unwrap_or_default());
    }
    let of: Vec<&str> = name.split('/').take(2).collect();
    format!("write {}", of.join("/"))
}
