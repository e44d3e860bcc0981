//! How long and how many: requests that take too long or are too many are turned away at once.

use super::metrics::Metrics;
use super::problem::Problem;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Semaphore;

/// For an answer of everything but the trigger, which waits for its job.
const ANSWER: Duration = Duration::from_secs(10);
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

/// Around routes of which only so many may be answered at once.
pub async fn shed(State(limit): State<Limit>, request: Request, next: Next) -> Response {
    let Ok(_place) = limit.places.try_acquire() else {
        limit.metrics.shed();
        let problem = Problem::new(StatusCode::SERVICE_UNAVAILABLE, "too many requests at once");
        return problem.retry_after(Duration::from_secs(1)).into_response();
    };
    next.run(request).await
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
