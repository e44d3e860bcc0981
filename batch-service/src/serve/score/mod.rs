//! `POST /v1/score`, `/v1/score:batch` and MLflow's `/invocations`: scores for callers that cannot run WebAssembly.

mod admission;
mod batch;
mod body;
mod callers;
mod cors;
mod engine;
mod invocations;
mod model;
mod nan;
mod openapi;
mod rate;
mod state;
mod token;
mod visitors;
mod whole;

pub use callers::{Caller, CallerConfig};
pub use openapi::document;
pub use state::{STATE_KEY, StateKeys};
pub use token::issue;

use super::Shared;
use super::auth::{Gate, Refused};
use super::clock::now;
use super::limits::{self, Lateness, Limit};
use super::listen::BODY;
use super::metrics::Metrics;
use super::problem::Problem;
use super::trigger::BUSY;
use admission::Admission;
use axum::Router;
use axum::body::{Body as HttpBody, to_bytes};
use axum::extract::{Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::middleware::{from_fn, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use body::{Body, Unread, parse};
use bytes::Bytes;
use engine::Unscored;
use model::{Loaded, Models};
use std::sync::Arc;
use std::time::Duration;
use tokio::time::timeout;
use visitors::{Unfound, Visitors};

/// Bytes of a body about one visitor.
const LONGEST: usize = 64 * 1024;
/// Bytes of a body of many rows.
const LONGEST_OF_MANY: usize = 1024 * 1024;
/// Requests about one visitor at once; a core answers one at a time, the others wait for their bodies.
const ONE: usize = 1_024;
/// Requests about many rows at once.
const MANY: usize = 8;

/// Who may ask, and the keys of the states that they keep.
#[derive(Clone, Debug)]
pub struct ScoreOptions {
    /// What tokens must be made for.
    pub audience: String,
    /// Callers with keys of their own.
    pub callers: Vec<CallerConfig>,
    /// E-mails of Google accounts.
    pub scorers: Vec<String>,
    /// Keys of states.
    pub keys: StateKeys,
}

/// What the routes need.
pub struct Scoring {
    server: Shared,
    admission: Admission,
    keys: StateKeys,
    models: Arc<Models>,
    visitors: Visitors,
}

impl Scoring {
    /// For the callers of the options.
    ///
    /// # Errors
    /// What is wrong with a caller.
    pub fn new(server: Shared, options: &ScoreOptions, gate: Option<Arc<Gate>>) -> Result<Arc<Self>, String> {
        let callers = Caller::all(&options.callers)?;
        let admission = Admission::new(options.audience.clone(), callers, options.scorers.clone(), gate);
        let (keys, models) = (options.keys.clone(), Arc::new(Models::default()));
        Ok(Arc::new(Self { server, admission, keys, models, visitors: Visitors::default() }))
    }

    /// Loads the models, and loads new ones until the process is told to stop. The first look blocks.
    pub fn keep_models(&self) -> impl Future<Output = ()> + use<> {
        let mut seen = None;
        self.models.look(&self.server, &mut seen);
        Arc::clone(&self.models).keep(Arc::clone(&self.server), seen)
    }

    /// Why there is no score now.
    pub fn ready(&self) -> Result<(), String> {
        self.models.good(now()).map(|_| ())
    }

    fn lists(&self, origin: &str) -> bool {
        self.admission.lists(origin)
    }

    /// Of a kind that has a section in the runbook.
    fn problem(&self, status: StatusCode, kind: &str, detail: impl Into<String>) -> Problem {
        let title = match kind {
            "score-state" => "The state is not one of this caller",
            "score-model" => "There is no model to score with",
            "score-token" => "The caller may not ask",
            _ => "The request cannot be answered",
        };
        Problem::new(status, detail).of_kind(&self.server.options.runbook, kind, title)
    }

    /// The caller of a request.
    async fn caller(&self, headers: &HeaderMap) -> Result<Arc<Caller>, Problem> {
        let caller = self.admission.caller(headers).await.map_err(|why| match why {
            Refused::Unauthorised(why) => self.problem(StatusCode::UNAUTHORIZED, "score-token", why).challenge(),
            Refused::Forbidden(why) => self.problem(StatusCode::FORBIDDEN, "score-token", why),
            Refused::Unavailable(why) => {
                self.problem(StatusCode::SERVICE_UNAVAILABLE, "score-token", why).retry_after(BUSY)
            }
        })?;
        match cors::origin(headers) {
            Some(origin) if !caller.origins.iter().any(|listed| listed == origin) => {
                let why = "the caller has no pages of this origin";
                Err(self.problem(StatusCode::FORBIDDEN, "score-token", why))
            }
            _ => Ok(caller),
        }
    }

    /// Counts a request for a caller.
    fn count(&self, caller: &Caller) -> Result<(), Problem> {
        caller.rate.take().map_err(|wait| {
            let seconds = wait.as_secs_f64().ceil().max(1.0);
            let detail = "more requests than the caller may make";
            let problem = self.problem(StatusCode::TOO_MANY_REQUESTS, "score-request", detail);
            problem.retry_after(Duration::from_secs_f64(seconds))
        })
    }

    fn models(&self) -> Result<Arc<Loaded>, Problem> {
        self.models
            .good(now())
            .map_err(|why| self.problem(StatusCode::SERVICE_UNAVAILABLE, "score-model", why).retry_after(BUSY))
    }

    /// The body, if it is JSON by its headers, not too long and in time.
    async fn bytes(&self, headers: &HeaderMap, body: HttpBody, longest: usize) -> Result<Bytes, Problem> {
        let problem = |status, detail: String| Err(self.problem(status, "score-request", detail));
        let media = headers.get(header::CONTENT_TYPE).and_then(|media| media.to_str().ok()).unwrap_or_default();
        let media = media.split(';').next().unwrap_or_default().trim();
        if !media.eq_ignore_ascii_case("application/json") || headers.contains_key(header::CONTENT_ENCODING) {
            let what = "the body is to be application/json, not encoded".to_owned();
            return problem(StatusCode::UNSUPPORTED_MEDIA_TYPE, what);
        }
        let told = headers.get(header::CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse::<usize>().ok());
        let too_long = || problem(StatusCode::PAYLOAD_TOO_LARGE, format!("a body has at most {longest} bytes"));
        if told.is_some_and(|length| length > longest) {
            return too_long();
        }
        match timeout(BODY, to_bytes(body, longest)).await {
            Ok(Ok(bytes)) => Ok(bytes),
            // Of all errors of a body only its length can be answered.
            Ok(Err(_)) => too_long(),
            Err(_) => problem(StatusCode::REQUEST_TIMEOUT, "the body did not come in time".to_owned()),
        }
    }

    fn unread(&self, why: Unread) -> Problem {
        self.problem(why.status, "score-request", why.detail)
    }

    fn unscored(&self, why: Unscored) -> Problem {
        let status = why.status();
        match why {
            Unscored::Body(why) => self.problem(status, "score-request", why),
            Unscored::State => {
                let why = "state: not one that this server has given to this caller for this site profile";
                self.problem(status, "score-state", why)
            }
            Unscored::Warehouse => {
                let why = "user_pseudo_id: the warehouse's states of visitors are of another site profile: run `inkling backfill`";
                let (runbook, title) =
                    (&self.server.options.runbook, "The warehouse's states are of another site profile");
                Problem::new(status, why).of_kind(runbook, "score-state", title)
            }
            Unscored::Failed(why) => Problem::new(status, why),
        }
    }

    /// The visitor whose state is to be that of the warehouse.
    fn visitor<'b>(&self, body: &'b Body<'_>) -> Result<Option<&'b str>, Problem> {
        if body.state.is_some() && body.user_pseudo_id.is_some() {
            let why = "either `state` or `user_pseudo_id`, not both";
            return Err(self.problem(StatusCode::UNPROCESSABLE_ENTITY, "score-request", why));
        }
        Ok(body.user_pseudo_id.as_deref())
    }

    /// The states of these visitors in the warehouse.
    async fn states(&self, users: &[&str]) -> Result<Vec<Option<Arc<[u8]>>>, Unfound> {
        if users.is_empty() {
            return Ok(Vec::new());
        }
        self.visitors.find(&self.server, users).await
    }
}

/// The score of one visitor.
///
/// # Errors
/// The problem that is the answer.
#[utoipa::path(
    post,
    path = "/v1/score",
    request_body(content = Body, content_type = "application/json"),
    responses(
        (status = 200, description = "Scores and the new state.", body = engine::Answer),
        (status = "default", response = openapi::ProblemResponse),
    ),
    security(("token" = [])),
)]
pub async fn score(State(scoring): State<Arc<Scoring>>, request: Request) -> Result<Response, Problem> {
    let (head, body) = request.into_parts();
    let caller = scoring.caller(&head.headers).await?;
    scoring.count(&caller)?;
    let bytes = scoring.bytes(&head.headers, body, LONGEST).await?;
    let body: Body<'_> = parse(&bytes).map_err(|why| scoring.unread(why))?;
    body.check().map_err(|why| scoring.unread(Unread::unprocessable(why)))?;
    let models = scoring.models()?;
    let visitor: Vec<&str> = scoring.visitor(&body)?.into_iter().collect();
    let before = scoring.states(&visitor).await.map_err(|why| Problem::from(&why))?.pop().flatten();
    let scored = engine::score(&models, &scoring.keys, &caller.name, &body, before.as_deref());
    Ok(json(scored.map_err(|why| scoring.unscored(why))?))
}

fn json(bytes: Vec<u8>) -> Response {
    let head = [(header::CONTENT_TYPE, "application/json"), (header::CACHE_CONTROL, "no-store")];
    (head, bytes).into_response()
}

/// The routes; without options they say what to configure.
pub fn router(scoring: Option<&Arc<Scoring>>, metrics: &Arc<Metrics>) -> Router {
    let Some(scoring) = scoring else {
        let closed = post(|| async {
            let detail = "scoring is not configured: set serve.audience and serve.callers or serve.scorers";
            Problem::new(StatusCode::NOT_FOUND, detail)
        });
        let paths = ["/v1/score", "/v1/score:batch", "/invocations"];
        return paths.into_iter().fold(Router::new(), |router, path| router.route(path, closed.clone()));
    };
    let limit = |places| from_fn_with_state(Limit::new(places, Arc::clone(metrics)), limits::shed);
    let in_time = from_fn_with_state((Lateness::watched(), Arc::clone(metrics)), limits::not_late);
    // So that `cors` sees the browsers that ask beforehand; the server's own answer to wrong methods is made outside of it.
    let wrong = || async { ([(header::ALLOW, "POST")], super::site::wrong_method()) };
    let one = Router::new().route("/v1/score", post(score).options(wrong)).layer(limit(ONE)).layer(in_time);
    let many = Router::new()
        .route("/v1/score:batch", post(batch::batch).options(wrong))
        .route("/invocations", post(invocations::invocations).options(wrong))
        .layer(limit(MANY));
    one.merge(many)
        .with_state(Arc::clone(scoring))
        .layer(from_fn(limits::hurry))
        .layer(from_fn_with_state(Arc::clone(scoring), cors::cors))
}
