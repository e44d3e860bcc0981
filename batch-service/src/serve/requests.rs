//! Every request is counted and is a line of the log, also when its client goes away.

use super::metrics::Metrics;
use crate::logs::{self, Format, Request as Told, Severity, Trace};
use crate::stop;
use axum::extract::{MatchedPath, Request, State};
use axum::http::{HeaderValue, header};
use axum::middleware::Next;
use axum::response::Response;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// The client has gone; there is no answer.
const GONE: u16 = 499;

struct Watched {
    metrics: Arc<Metrics>,
    start: Instant,
    route: String,
    told: Told,
    trace: Option<Trace>,
}

/// Around every route.
pub async fn watch(State(metrics): State<Arc<Metrics>>, request: Request, next: Next) -> Response {
    let mut watched = Watched::begin(metrics, &request);
    let mut response = next.run(request).await;
    watched.told.status = response.status().as_u16();
    if stop::requested() {
        // Clients go elsewhere before the connection is closed on them.
        response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
    }
    response
}

impl Watched {
    fn begin(metrics: Arc<Metrics>, request: &Request) -> Self {
        let text = |name: &str| request.headers().get(name)?.to_str().ok();
        let told = Told {
            method: request.method().to_string(),
            path: request.uri().path().to_owned(),
            status: GONE,
            latency: Duration::ZERO,
            agent: text(header::USER_AGENT.as_str()).map(str::to_owned),
        };
        let route = request.extensions().get::<MatchedPath>().map_or("other", MatchedPath::as_str).to_owned();
        metrics.in_flight(1);
        Self { metrics, start: Instant::now(), route, told, trace: Trace::of(text) }
    }
}

impl Drop for Watched {
    fn drop(&mut self) {
        self.told.latency = self.start.elapsed();
        self.metrics.in_flight(-1);
        self.metrics.request(&self.route, &self.told.method, self.told.status, self.told.latency);
        if logs::format() == Format::Text {
            return;
        }
        let severity = match self.told.status {
            // The job has said why.
            503 => Severity::Warning,
            500.. => Severity::Error,
            _ => Severity::Info,
        };
        let text = format_args!("{} {} {}", self.told.method, self.route, self.told.status).to_string();
        logs::line(severity, text).request(&self.told, self.trace.take()).detail().print();
    }
}
