//! How long and how many: requests that take too long or are too many are turned away.

use super::metrics::Metrics;
use super::problem::Problem;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};
use tokio::sync::Semaphore;

/// For an answer of everything but the trigger, which waits for its job.
const ANSWER: Duration = Duration::from_secs(10);
/// Between two looks at how late the server is, and what is late.
const LOOK: Duration = Duration::from_millis(10);
const LATE: Duration = Duration::from_millis(20);
/// For a place. Who asks again at once after a refusal would else take the time that the others' answers need.
const PLACE: Duration = Duration::from_millis(25);
/// Pages and files at once; more would only wait for each other.
pub const PAGES: usize = 64;
/// Requests at once for the dashboard.
pub const BOARDS: usize = 32;
/// Requests at once that wait for the daily job.
pub const TRIGGERS: usize = 32;

/// Turns away what is too many.
#[derive(Clone)]
pub struct Limit {
    places: Arc<Semaphore>,
    metrics: Arc<Metrics>,
}

impl Limit {
    /// So many at once.
    #[must_use]
    pub fn new(places: usize, metrics: Arc<Metrics>) -> Self {
        Self { places: Arc::new(Semaphore::new(places)), metrics }
    }
}

/// Around routes of which only so many may be answered at once. In turn, and turned away after [`PLACE`].
pub async fn shed(State(limit): State<Limit>, request: Request, next: Next) -> Response {
    let Ok(Ok(_place)) = tokio::time::timeout(PLACE, limit.places.acquire()).await else {
        return too_many(&limit.metrics);
    };
    next.run(request).await
}

/// How late the server is: whether a task that is ready waits for so long that requests do better to be turned away.
#[derive(Clone, Debug, Default)]
pub struct Lateness(Arc<AtomicBool>);

impl Lateness {
    /// Looks for as long as the server lives. To be called inside its runtime.
    #[must_use]
    pub fn watched() -> Self {
        let lateness = Self::default();
        let late = Arc::clone(&lateness.0);
        tokio::spawn(async move {
            loop {
                let due = Instant::now() + LOOK;
                tokio::time::sleep_until(due.into()).await;
                late.store(due.elapsed() > LATE, Ordering::Relaxed);
            }
        });
        lateness
    }
}

/// Around routes whose answers are work for a core: a queue that grows is cut, so that those that are answered are in time.
pub async fn not_late(
    State((lateness, metrics)): State<(Lateness, Arc<Metrics>)>,
    request: Request,
    next: Next,
) -> Response {
    if lateness.0.load(Ordering::Relaxed) {
        return too_many(&metrics);
    }
    next.run(request).await
}

fn too_many(metrics: &Metrics) -> Response {
    metrics.shed();
    let problem = Problem::new(StatusCode::SERVICE_UNAVAILABLE, "too many requests at once");
    problem.retry_after(Duration::from_secs(1)).into_response()
}

/// Around routes that must answer soon.
pub async fn hurry(request: Request, next: Next) -> Response {
    match tokio::time::timeout(ANSWER, next.run(request)).await {
        Ok(response) => response,
        Err(_) => {
            let problem = Problem::new(StatusCode::SERVICE_UNAVAILABLE, "the answer took too long");
            problem.retry_after(ANSWER).into_response()
        }
    }
}
