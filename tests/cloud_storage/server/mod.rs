//! A bucket that does as it is told: it speaks the few JSON calls that the store makes, keeps generations and
//! conditions as Cloud Storage does, and fails on order.

mod bucket;

use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{Method, Response};
use bucket::{Bucket, decoded, query};
use conformance::world::answers;
use conformance::world::wire::{Cut, serve};
use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

/// What the server does to one request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// A status with an error in JSON. Nothing is written.
    Status(u16),
    /// 503 with `Retry-After` in seconds.
    RetryAfter(u32),
    /// An HTML page with a status, as proxies send it. Nothing is written.
    Html(u16),
    /// The connection is reset before an answer. Nothing is written.
    Reset,
    /// It is done, and the connection is reset before the answer.
    ResetAfter,
    /// It is done, and the answer ends in its middle.
    Truncated,
    /// There is never an answer. Nothing is written.
    Stall,
    /// The object's checksum in the answer is wrong.
    WrongChecksum,
    /// The answer has no checksum.
    NoChecksum,
    /// None.
    Fine,
}

#[derive(Default)]
struct Inner {
    bucket: Mutex<Bucket>,
    plan: Mutex<VecDeque<Fault>>,
    always: Mutex<Option<Fault>>,
    requests: Mutex<Vec<String>>,
    cut: Cut,
}

/// The running server.
pub struct Server {
    inner: Arc<Inner>,
    /// `http://127.0.0.1:PORT`
    pub url: String,
}

impl Server {
    /// Starts one on a free port; it ends with the process.
    pub fn start() -> Self {
        let inner = Arc::new(Inner::default());
        let router = Router::new().fallback(answer).with_state(Arc::clone(&inner));
        let url = serve(router, inner.cut.clone());
        Self { inner, url }
    }

    /// What to do to the next requests; then nothing any more.
    pub fn plan(&self, faults: &[Fault]) {
        *self.inner.plan.lock().unwrap() = faults.iter().copied().collect();
        *self.inner.always.lock().unwrap() = None;
        self.inner.requests.lock().unwrap().clear();
    }

    /// What to do to every request from now on.
    pub fn always(&self, fault: Fault) {
        self.plan(&[]);
        *self.inner.always.lock().unwrap() = Some(fault);
    }

    /// The requests since the plan was made, as method and path.
    pub fn requests(&self) -> Vec<String> {
        self.inner.requests.lock().unwrap().clone()
    }

    /// The object as it is, whatever the plan.
    pub fn object(&self, name: &str) -> Option<bucket::Object> {
        self.inner.bucket.lock().unwrap().get(name)
    }

    /// Writes an object behind the clients' backs.
    pub fn set(&self, name: &str, bytes: &[u8]) {
        self.inner.bucket.lock().unwrap().set(name, bytes);
    }
}

async fn answer(State(inner): State<Arc<Inner>>, request: Request) -> Response<Body> {
    inner.requests.lock().unwrap().push(format!("{} {}", request.method(), request.uri().path()));
    let planned = inner.plan.lock().unwrap().pop_front();
    let fault = planned.or(*inner.always.lock().unwrap()).unwrap_or(Fault::Fine);
    let (parts, body) = request.into_parts();
    // The request is read whole in any case, so that a reset is one of the answer.
    let body = axum::body::to_bytes(body, 1 << 24).await.unwrap();
    let json = |status: u16, text: &str| {
        let text = format!(r#"{{"error":{{"code":{status},"message":"{text}"}}}}"#);
        answers::typed(status, "application/json", text)
    };
    match fault {
        Fault::Status(status) => return json(status, "as planned"),
        Fault::RetryAfter(seconds) => {
            let mut response = json(503, "later");
            response.headers_mut().insert("retry-after", seconds.into());
            return response;
        }
        Fault::Html(status) => return answers::html(status),
        Fault::Stall => return std::future::pending().await,
        Fault::Reset => {
            inner.cut.after(0);
            return json(500, "nobody reads this");
        }
        Fault::ResetAfter => inner.cut.after(0),
        // More than the head of the answer, less than its body.
        Fault::Truncated => inner.cut.after(1_000),
        Fault::WrongChecksum | Fault::NoChecksum | Fault::Fine => {}
    }
    let mut bucket = inner.bucket.lock().unwrap();
    let path = decoded(parts.uri.path());
    let query = query(parts.uri.query().unwrap_or_default());
    let (upload, objects) = ("/upload/storage/v1/b/bucket/o", "/storage/v1/b/bucket/o");
    match (&parts.method, path.strip_prefix(objects)) {
        (&Method::POST, _) if path == upload => bucket.upload(&query, &parts.headers, &body),
        (&Method::GET, Some("")) => bucket.list(&query),
        (&Method::GET, Some(name)) => bucket.media(&name[1..], fault),
        _ => json(501, "this server does not know the call"),
    }
}
