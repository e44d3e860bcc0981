//! `GET /dashboard`: the page of the views as they are now, for the days and the model that are asked for.
//!
//! The views are read by one thread at a time, and what was read serves everybody for a while, so that the page costs the
//! warehouse the same however often it is asked for.

use super::problem::Problem;
use super::release::takes_brotli;
use super::viewers::Viewers;
use super::{Shared, typed};
use crate::dashboard::{Page, Selection, shown, versions};
use crate::monitor::views::{Document, document};
use axum::extract::{RawQuery, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::Response;
use jiff::Timestamp;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};
use tokio::sync::{Semaphore, watch};

/// For how long what was read is shown.
const FRESH: Duration = Duration::from_secs(60);
/// The same of a failure.
const FAILED: Duration = Duration::from_secs(5);
/// For the views of BigQuery, which are sixteen queries.
const READING: Duration = Duration::from_secs(60);
/// For a place among them.
const WAITING: Duration = Duration::from_secs(5);
/// Pages made at once; each takes a core for some tens of milliseconds.
const AT_ONCE: usize = 4;
/// Of Brotli: quick, and a fifth of the bytes.
const QUALITY: i32 = 4;

type Read = Result<Arc<Document>, String>;

#[derive(Default)]
struct Kept {
    read: Option<(Instant, Read)>,
    reading: Option<watch::Receiver<Option<Read>>>,
}

/// What the route needs.
pub struct Live {
    server: Shared,
    viewers: Viewers,
    kept: Arc<Mutex<Kept>>,
    places: Arc<Semaphore>,
}

impl Live {
    /// With nothing read yet.
    #[must_use]
    pub fn new(server: Shared, viewers: Viewers) -> Arc<Self> {
        Arc::new(Self { server, viewers, kept: Arc::default(), places: Arc::new(Semaphore::new(AT_ONCE)) })
    }

    async fn document(&self) -> Result<Arc<Document>, Problem> {
        let mut end = {
            let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
            match &kept.read {
                Some((at, read)) if at.elapsed() < if read.is_ok() { FRESH } else { FAILED } => {
                    return read.clone().map_err(unreadable);
                }
                _ => {}
            }
            match &kept.reading {
                Some(end) => end.clone(),
                None => self.read(&mut kept),
            }
        };
        // The reading goes on when the one who asked has gone.
        let read = match tokio::time::timeout(READING, end.wait_for(Option::is_some)).await {
            Ok(Ok(read)) => read.clone(),
            // Its thread has panicked.
            Ok(Err(_)) => None,
            Err(_) => {
                let problem = Problem::new(
                    StatusCode::SERVICE_UNAVAILABLE,
                    "reading the figures takes longer than a minute; they may be there when you try again",
                );
                return Err(problem.retry_after(READING));
            }
        };
        read.unwrap_or_else(|| Err("reading the views broke off".to_owned())).map_err(unreadable)
    }

    fn read(&self, kept: &mut Kept) -> watch::Receiver<Option<Read>> {
        let (told, end) = watch::channel(None);
        kept.reading = Some(end.clone());
        let (server, all) = (Arc::clone(&self.server), Arc::clone(&self.kept));
        tokio::task::spawn_blocking(move || {
            let worked = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
                document(&server.place, &server.options.dashboard, Timestamp::now())
            }));
            let read = match worked {
                Ok(Ok(document)) => Ok(Arc::new(document)),
                Ok(Err(error)) => Err(format!("{error:#}")),
                Err(_) => Err("reading the views broke off".to_owned()),
            };
            let mut kept = all.lock().unwrap_or_else(PoisonError::into_inner);
            kept.read = Some((Instant::now(), read.clone()));
            kept.reading = None;
            drop(kept);
            told.send_replace(Some(read));
        });
        end
    }
}

fn unreadable(why: String) -> Problem {
    let what = "try again in some seconds, and if it stays so, type `inkling doctor` on the server";
    let problem = Problem::new(StatusCode::INTERNAL_SERVER_ERROR, format!("the figures cannot be read: {why}; {what}"));
    problem.retry_after(FAILED)
}

fn unmade(why: String) -> Problem {
    Problem::new(StatusCode::INTERNAL_SERVER_ERROR, format!("the page cannot be made: {why}"))
}

/// The route.
///
/// # Errors
/// The problem that is the answer.
pub async fn dashboard(
    State(live): State<Arc<Live>>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    live.viewers.admit(&headers).await?;
    let bad = |why: String| Problem::new(StatusCode::BAD_REQUEST, why);
    let selection = Selection::parse(&query.unwrap_or_default()).map_err(bad)?;
    let document = live.document().await?;
    if let Some(model) = &selection.model
        && !versions(&document).contains(&model.as_str())
    {
        return Err(bad("model: no version of this name has been in service; without `model` the page is of the one that serves, and has \
                    the others to choose from"
            .to_owned()));
    }
    let Ok(Ok(place)) = tokio::time::timeout(WAITING, Arc::clone(&live.places).acquire_owned()).await else {
        let problem = Problem::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "too many pages are asked for at once; try again in a second",
        );
        return Err(problem.retry_after(Duration::from_secs(1)));
    };
    let (web, packed) = (live.server.options.web.clone(), takes_brotli(&headers));
    let made = tokio::task::spawn_blocking(move || {
        // Held to the end, also when the one who asked has gone.
        let _place = place;
        let page = Page::read(&web)?.with(&shown(&document, Some(&selection)))?;
        if packed { pack(page.as_bytes()) } else { Ok(page.into_bytes()) }
    });
    let bytes = made.await.map_err(|e| unmade(e.to_string()))?.map_err(|e| unmade(format!("{e:#}")))?;
    let mut response = typed("text/html; charset=utf-8", "no-store", bytes);
    let head = response.headers_mut();
    if packed {
        head.insert(header::CONTENT_ENCODING, HeaderValue::from_static("br"));
    }
    head.insert(header::VARY, HeaderValue::from_static("accept-encoding, authorization"));
    head.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    // The rest of the policy stands in the page; this cannot.
    head.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static("frame-ancestors 'none'"));
    Ok(response)
}

fn pack(mut bytes: &[u8]) -> anyhow::Result<Vec<u8>> {
    let params = brotli::enc::BrotliEncoderParams { quality: QUALITY, ..Default::default() };
    let mut packed = Vec::new();
    brotli::BrotliCompress(&mut bytes, &mut packed, &params)?;
    Ok(packed)
}
