//! The server: demo site, release files, dashboard, health, metrics, and the trigger of the daily job.

mod auth;
mod clock;
mod config;
mod dashboard;
mod desk;
mod keys;
mod limits;
mod listen;
mod metrics;
mod outcome;
mod problem;
mod release;
mod requests;
mod schedule;
mod score;
mod site;
mod stalls;
mod trigger;
mod viewers;

pub use clock::{now, yesterday};
pub use config::{ServeConfig, TriggerOptions};
pub use desk::Work;
pub use outcome::DayRun;
pub use schedule::Schedule;
pub use score::{CallerConfig, STATE_KEY, ScoreOptions, StateKeys, issue};
pub use viewers::{PASSWORD, Password};

use crate::jobs::{ExitKind, exit};
use crate::logs::{self, Severity};
use crate::monitor::DashboardConfig;
use crate::place::Place;
use crate::stop;
use anyhow::{Context, Result};
use auth::Gate;
use axum::Router;
use axum::body::Body;
use axum::http::header;
use axum::middleware::{from_fn, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use dashboard::Live;
use desk::Desk;
use jiff::tz::TimeZone;
use limits::{BOARDS, Limit, PAGES, TRIGGERS};
use metrics::Metrics;
use score::Scoring;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use trigger::Trigger;
use viewers::Viewers;

/// For requests and jobs that are under way when the process is told to stop. Within `stop::GRACE`.
const DRAIN: Duration = Duration::from_secs(7);

/// How to serve.
#[derive(Clone, Debug)]
pub struct ServeOptions {
    /// Address and port; port 0 takes a free one.
    pub address: String,
    /// The address is written here once the server is ready.
    pub address_file: Option<PathBuf>,
    /// Folder with the built site, loader, scorer and dashboard.
    pub web: PathBuf,
    /// Environment that pages expect of the release.
    pub environment: String,
    /// SHA-256 of the root that pages pin.
    pub root: Option<String>,
    /// Whose tokens start the daily job; `None`: nobody's.
    pub trigger: Option<TriggerOptions>,
    /// The views and their limits.
    pub dashboard: DashboardConfig,
    /// Accounts whose tokens show the dashboard, besides the trigger's.
    pub viewers: Vec<String>,
    /// What opens the dashboard to people.
    pub password: Option<Password>,
    /// When the server starts the daily job by itself.
    pub schedule: Option<Schedule>,
    /// Who may ask for scores; `None`: nobody.
    pub score: Option<ScoreOptions>,
    /// Where docs/RUNBOOK.md is.
    pub runbook: String,
}

struct Server {
    place: Place,
    options: ServeOptions,
}

type Shared = Arc<Server>;

/// Serves until the process is told to stop; `started` gets the address once it is listened on. `work` is the daily job.
///
/// # Errors
/// When the address cannot be taken or the time zone is none, or the error of `started`.
pub fn serve(place: Place, options: ServeOptions, work: Work, started: impl FnOnce(&str) -> Result<()>) -> Result<()> {
    stop::install()?;
    let zone = TimeZone::get(&place.site.profile.parts().time_zone)?;
    let metrics = Arc::new(Metrics::default());
    let desk = Desk::new(work, Arc::clone(&metrics));
    let gate = options.trigger.clone().map(Gate::new).map(Arc::new);
    let trigger =
        Trigger { gate: gate.clone(), desk: Arc::clone(&desk), zone: zone.clone(), runbook: options.runbook.clone() };
    if let Some(jwks) = options.trigger.as_ref().and_then(|t| t.jwks.as_ref()) {
        logs::line(Severity::Warning, format_args!("tokens are checked with the keys at {jwks}, not Google's")).print();
    }
    let server = Arc::new(Server { place, options });
    let scoring = server.options.score.as_ref().map(|score| Scoring::new(Arc::clone(&server), score, gate.clone()));
    let scoring = scoring.transpose().map_err(|why| exit(ExitKind::Usage, format!("configuration: {why}")))?;
    let models = scoring.as_ref().map(|scoring| scoring.keep_models());
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    let served = runtime.block_on(async {
        let address = &server.options.address;
        let listener = listen::bind(address).await.with_context(|| format!("listening on {address}"))?;
        let bound = listener.local_addr()?;
        let url = format!("http://{bound}");
        let options = &server.options;
        let invoker = options.trigger.as_ref().map(|trigger| trigger.invoker.as_str());
        let password = options.password.clone();
        let viewers = Viewers::new(gate, invoker, &options.viewers, password, bound.ip().is_loopback());
        let router = router(Arc::clone(&server), viewers, trigger, scoring, &metrics);
        if let Some(path) = &server.options.address_file {
            std::fs::write(path, &url).with_context(|| path.display().to_string())?;
        }
        started(&url)?;
        if let Some(schedule) = server.options.schedule {
            tokio::spawn(schedule::keep(Arc::clone(&desk), schedule, zone));
        }
        if let Some(models) = models {
            tokio::spawn(models);
        }
        let open = listen::answer(listener, router, metrics, stop::asked()).await;
        // A job leaves at the next border, also one that nobody waits for over a connection that is open.
        let under_way = async { tokio::join!(open.shutdown(), desk.idle()) };
        let _ = tokio::time::timeout(DRAIN, under_way).await;
        Ok(())
    });
    // Tasks let go of the server before this function does; threads that work on are not waited for.
    runtime.shutdown_timeout(Duration::from_millis(100));
    served
}

fn router(
    server: Shared,
    viewers: Viewers,
    trigger: Trigger,
    scoring: Option<Arc<Scoring>>,
    metrics: &Arc<Metrics>,
) -> Router {
    let scores = score::router(scoring.as_ref(), metrics);
    // MLflow's client waits for `/ping`.
    let health =
        ["/health/ready", "/ping"].into_iter().fold(Router::new(), |r, path| r.route(path, get(release::ready)));
    let health = health.with_state((Arc::clone(&server), scoring));
    // Its own, for reading the views may take longer than other answers.
    let board = Router::new()
        .route("/dashboard", get(dashboard::dashboard))
        .with_state(Live::new(Arc::clone(&server), viewers))
        .layer(from_fn_with_state(Limit::new(BOARDS, Arc::clone(metrics)), limits::shed));
    let pages = Router::new()
        .route("/demo-config.js", get(site::demo_config))
        .route("/loader.js", get(site::loader))
        .route("/release/{*path}", get(release::file))
        .route("/replay/visits.json", get(site::visits))
        .fallback(site::page)
        .with_state(server)
        .merge(health)
        .layer(from_fn(limits::hurry))
        .layer(from_fn_with_state(Limit::new(PAGES, Arc::clone(metrics)), limits::shed));
    let jobs = Router::new()
        .route("/v1/jobs/daily", post(trigger::daily))
        .with_state(Arc::new(trigger))
        .layer(from_fn_with_state(Limit::new(TRIGGERS, Arc::clone(metrics)), limits::shed));
    let page = Arc::clone(metrics);
    let exposed = move || async move { typed("text/plain; version=0.0.4; charset=utf-8", "no-store", page.text()) };
    Router::new()
        .route("/health/live", get(|| async { "ok" }))
        .route("/metrics", get(exposed))
        .route("/openapi.json", get(score::document))
        .merge(jobs)
        .merge(scores)
        .merge(board)
        .merge(pages)
        .method_not_allowed_fallback(|| async { site::wrong_method() })
        .layer(from_fn_with_state(Arc::clone(metrics), requests::watch))
}

fn typed(content_type: &'static str, cache: &'static str, body: impl Into<Body>) -> Response {
    ([(header::CONTENT_TYPE, content_type), (header::CACHE_CONTROL, cache)], body.into()).into_response()
}
