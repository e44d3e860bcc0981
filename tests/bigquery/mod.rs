//! A BigQuery that does as it is told: it speaks the few calls that the client layer makes, remembers jobs, tables and
//! insertions as BigQuery does, gives canned answers to queries, and fails on order.

mod http;
mod jobs;
mod proto;
mod rows;
mod state;
mod tables;

pub use jobs::End;
pub use state::{State, arrow};

use axum::Router;
use conformance::world::wire::{Cut, Wire};
use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard};

/// What the server does to one request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// A status with an error in JSON, as BigQuery sends it. Nothing is done.
    Status(u16),
    /// The same with a reason other than the usual one of the status.
    Reason(u16, &'static str),
    /// A status with `Retry-After` in seconds. Nothing is done.
    RetryAfter(u16, u32),
    /// An HTML page with a status, as proxies send it. Nothing is done.
    Html(u16),
    /// 200 with these bytes in place of the answer. Nothing is done.
    Says(&'static str),
    /// The connection is reset before an answer. Nothing is done.
    Reset,
    /// It is done, and the connection is reset before the answer.
    ResetAfter,
    /// It is done, and the answer ends in its middle.
    Truncated,
    /// There is never an answer. Nothing is done.
    Stall,
    /// A status of gRPC in place of an answer.
    Grpc(u8),
    /// The same with the time after which to come back, in seconds.
    GrpcRetry(u8, u32),
    /// One message of rows, then this.
    After(Then),
    /// A message of rows with something wrong.
    Rows(Wrong),
    /// None.
    Fine,
}

/// How a stream of rows breaks off.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Then {
    /// A status of gRPC.
    Grpc(u8),
    /// The connection is reset.
    Reset,
    /// The stream is reset: `CANCEL`, as proxies do.
    Cancel,
    /// The stream ends without a status.
    NoStatus,
    /// The next message ends in its middle.
    HalfMessage,
    /// Nothing any more.
    Stall,
}

/// What is wrong with a message of rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wrong {
    /// It announces one row more than it has.
    OneMore,
    /// It announces a negative number of rows.
    Negative,
    /// Its Arrow message ends in its middle.
    CutArrow,
    /// Its Arrow message is something else.
    NoArrow,
    /// Its Arrow message is damaged.
    BadArrow,
    /// It has no rows at all.
    Empty,
    /// It is no message.
    NoMessage,
}

/// What happens to the requests of one call.
#[derive(Default)]
struct Plan {
    next: VecDeque<Fault>,
    then: Option<Fault>,
}

struct Inner {
    state: Mutex<State>,
    plans: Mutex<BTreeMap<&'static str, Plan>>,
    requests: Mutex<Vec<(&'static str, String)>>,
    cut: Cut,
}

impl Inner {
    /// Remembers a request, and tells what to do to it.
    fn fault(&self, call: &'static str, about: String) -> Fault {
        self.requests.lock().unwrap().push((call, about));
        let mut plans = self.plans.lock().unwrap();
        let Some(plan) = plans.get_mut(call) else { return Fault::Fine };
        plan.next.pop_front().or(plan.then).unwrap_or(Fault::Fine)
    }
}

/// The running server.
pub struct Server {
    inner: Arc<Inner>,
    /// `http://127.0.0.1:PORT`
    pub url: String,
    /// The same of the Storage Read API.
    pub rows_url: String,
}

impl Server {
    /// Starts one on free ports; it ends with the process.
    pub fn start() -> Self {
        let inner = Arc::new(Inner {
            state: Mutex::new(State::default()),
            plans: Mutex::default(),
            requests: Mutex::default(),
            cut: Cut::default(),
        });
        let socket = || {
            let socket = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
            socket.set_nonblocking(true).unwrap();
            let url = format!("http://{}", socket.local_addr().unwrap());
            (socket, url)
        };
        let ((calls, url), (rows, rows_url)) = (socket(), socket());
        let router = Router::new().fallback(http::answer).with_state(Arc::clone(&inner));
        let of_rows = Arc::clone(&inner);
        std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(async {
                tokio::spawn(rows::serve(tokio::net::TcpListener::from_std(rows).unwrap(), Arc::clone(&of_rows)));
                let listener = Wire::new(tokio::net::TcpListener::from_std(calls).unwrap(), of_rows.cut.clone());
                axum::serve(listener, router).await.unwrap();
            });
        });
        Self { inner, url, rows_url }
    }

    /// Everything as at the start, but for what clients have open.
    pub fn reset(&self) {
        *self.state() = State::default();
        self.inner.plans.lock().unwrap().clear();
        self.inner.requests.lock().unwrap().clear();
    }

    /// What to do to the next requests of a call; then nothing any more.
    pub fn plan(&self, call: &'static str, faults: &[Fault]) {
        let plan = Plan { next: faults.iter().copied().collect(), then: None };
        self.inner.plans.lock().unwrap().insert(call, plan);
    }

    /// What to do to every request of a call from now on.
    pub fn always(&self, call: &'static str, fault: Fault) {
        self.inner.plans.lock().unwrap().insert(call, Plan { next: VecDeque::new(), then: Some(fault) });
    }

    /// What it knows.
    pub fn state(&self) -> MutexGuard<'_, State> {
        self.inner.state.lock().unwrap()
    }

    /// What the requests of a call were about, in order.
    pub fn requests(&self, call: &str) -> Vec<String> {
        let requests = self.inner.requests.lock().unwrap();
        requests.iter().filter(|(name, _)| *name == call).map(|(_, about)| about.clone()).collect()
    }

    /// The calls of all requests, in order.
    pub fn calls(&self) -> Vec<&'static str> {
        self.inner.requests.lock().unwrap().iter().map(|(name, _)| *name).collect()
    }
}
