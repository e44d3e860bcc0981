//! `POST /v1/jobs/daily`: starts the daily job for a scheduler, and answers when it has ended.
//!
//! The answer waits because Cloud Run gives a processor only while a request is open. Cloud Scheduler fires at least once;
//! a second request for the same day waits for the same job.

use super::auth::{Gate, Refused};
use super::clock::{now, yesterday};
use super::desk::Desk;
use super::listen::BODY;
use super::outcome::{Answer, Ended};
use super::problem::Problem;
use crate::logs::{self, Severity, Trace};
use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde::Deserialize;
use serde_json::json;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::timeout;

/// Bytes of a body.
pub const LONGEST_BODY: usize = 16 * 1024;
/// Until the export may be there.
const NOT_READY: Duration = Duration::from_secs(900);
/// Until another job may have ended.
pub const BUSY: Duration = Duration::from_secs(60);

/// What the route needs.
pub struct Trigger {
    /// `None`: nobody may.
    pub gate: Option<Arc<Gate>>,
    /// Where jobs are asked for.
    pub desk: Arc<Desk>,
    /// Of the property.
    pub zone: TimeZone,
    /// Where docs/RUNBOOK.md is.
    pub runbook: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Order {
    date: Option<Date>,
}

/// The route.
///
/// # Errors
/// The problem that is the answer.
pub async fn daily(State(trigger): State<Arc<Trigger>>, request: Request) -> Result<Response, Problem> {
    let Some(gate) = &trigger.gate else {
        let detail = "the trigger is not configured: set serve.audience and serve.invoker";
        return Err(Problem::new(StatusCode::NOT_FOUND, detail));
    };
    let (head, body) = request.into_parts();
    gate.admit(&head.headers, now()).await.map_err(|why| trigger.refusal(why))?;
    let date = trigger.date(&head.headers, body).await?;
    let trace = Trace::of(|name| head.headers.get(name)?.to_str().ok());
    trigger.answer(date, trigger.desk.ask(date, trace).await)
}

impl Trigger {
    fn refusal(&self, why: Refused) -> Problem {
        let (status, detail) = match why {
            Refused::Unauthorised(why) => (StatusCode::UNAUTHORIZED, why.to_owned()),
            Refused::Forbidden(why) => (StatusCode::FORBIDDEN, why.to_owned()),
            Refused::Unavailable(why) => (StatusCode::SERVICE_UNAVAILABLE, why),
        };
        logs::line(Severity::Warning, format_args!("trigger refused: {detail}")).print();
        let problem = Problem::new(status, detail).of_kind(&self.runbook, "trigger", "The daily job was not started");
        match status {
            StatusCode::UNAUTHORIZED => problem.challenge(),
            StatusCode::SERVICE_UNAVAILABLE => problem.retry_after(BUSY),
            _ => problem,
        }
    }

    /// The day of the body, or the one that is over.
    async fn date(&self, headers: &HeaderMap, body: Body) -> Result<Date, Problem> {
        let told = headers.get(header::CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse::<usize>().ok());
        let too_long = || Problem::new(StatusCode::PAYLOAD_TOO_LARGE, format!("at most {LONGEST_BODY} bytes"));
        if told.is_some_and(|length| length > LONGEST_BODY) {
            return Err(too_long());
        }
        let bytes = match timeout(BODY, to_bytes(body, LONGEST_BODY)).await {
            Ok(Ok(bytes)) => bytes,
            // Of all errors of a body only its length can be answered.
            Ok(Err(_)) => return Err(too_long()),
            Err(_) => return Err(Problem::new(StatusCode::REQUEST_TIMEOUT, "the body did not come in time")),
        };
        let bad = |why: String| Problem::new(StatusCode::BAD_REQUEST, why);
        let over = yesterday(&self.zone, now()).map_err(|e| bad(e.to_string()))?;
        if bytes.trim_ascii().is_empty() {
            return Ok(over);
        }
        let order: Order = serde_json::from_slice(&bytes)
            .map_err(|e| bad(format!("the body is to be empty or {{\"date\":\"YYYY-MM-DD\"}}: {e}")))?;
        match order.date {
            Some(date) if date > over => Err(bad(format!("{date} is not over where the property is"))),
            date => Ok(date.unwrap_or(over)),
        }
    }

    fn answer(&self, date: Date, answer: Answer) -> Result<Response, Problem> {
        let (started, ended) = match answer {
            Answer::Ran(ended) => ("now", ended),
            Answer::Joined(ended) => ("already running", ended),
            Answer::JustDone(ended) => ("already done", ended),
            Answer::Busy(other) => {
                let problem =
                    Problem::new(StatusCode::SERVICE_UNAVAILABLE, format!("the daily job of {other} is running"));
                return Err(problem
                    .of_kind(&self.runbook, "trigger", "Another daily job is running")
                    .with("date", date.to_string())
                    .retry_after(BUSY));
            }
        };
        let unavailable = |detail| Problem::new(StatusCode::SERVICE_UNAVAILABLE, detail).with("date", date.to_string());
        match ended {
            Ended::Done(summary) => {
                let body = json!({"date": date.to_string(), "started": started, "summary": summary});
                let head = [(header::CONTENT_TYPE, "application/json"), (header::CACHE_CONTROL, "no-store")];
                Ok((head, body.to_string()).into_response())
            }
            Ended::NotReady(detail) => Err(unavailable(detail)
                .of_kind(&self.runbook, "not-ready", "The export is not there yet")
                .retry_after(NOT_READY)),
            Ended::Stopped(detail) => {
                Err(unavailable(detail).of_kind(&self.runbook, "stopped", "The server is stopping").retry_after(BUSY))
            }
            Ended::Failed(failed) => Err(Problem::new(StatusCode::INTERNAL_SERVER_ERROR, failed.detail)
                .of_kind(&self.runbook, failed.kind.anchor(), failed.kind.title())
                .with("date", date.to_string())
                .with("step", failed.step.unwrap_or("before the first step"))
                .with("cause", failed.cause)
                .with("exit_code", failed.code)),
        }
    }
}
