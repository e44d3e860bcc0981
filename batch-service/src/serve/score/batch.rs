//! `POST /v1/score:batch`: many visitors in one request, each with an answer or a problem of its own.

use super::body::{Body, Unread, parse};
use super::{LONGEST_OF_MANY, Scoring, engine, json, openapi};
use crate::object;
use crate::serve::problem::Problem;
use axum::extract::{Request, State};
use axum::response::Response;
use serde::Deserialize;
use std::sync::Arc;
use utoipa::ToSchema;

/// Visitors of one request.
const MOST: usize = 100;

/// Several visitors.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Batch<'a> {
    /// Each as the body of `/v1/score`, at most 100.
    #[serde(borrow, deserialize_with = "object::list")]
    #[schema(max_items = 100)]
    requests: Vec<Body<'a>>,
}

/// An answer for each visitor, in the order of the requests.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes what is put together of answers that are JSON already")]
pub struct Answers {
    /// Answers as of `/v1/score`, or the problem (`status`, `detail`) of that visitor.
    #[schema(value_type = Vec<Object>)]
    answers: (),
}

/// The scores of many visitors.
///
/// # Errors
/// The problem that is the answer.
#[utoipa::path(
    post,
    path = "/v1/score:batch",
    request_body(content = Batch, content_type = "application/json"),
    responses(
        (status = 200, description = "An answer or a problem for each visitor.", body = Answers),
        (status = "default", response = openapi::ProblemResponse),
    ),
    security(("token" = [])),
)]
pub async fn batch(State(scoring): State<Arc<Scoring>>, request: Request) -> Result<Response, Problem> {
    let (head, body) = request.into_parts();
    let caller = scoring.caller(&head.headers).await?;
    scoring.count(&caller)?;
    let bytes = scoring.bytes(&head.headers, body, LONGEST_OF_MANY).await?;
    let batch: Batch<'_> = parse(&bytes).map_err(|why| scoring.unread(why))?;
    if batch.requests.len() > MOST {
        return Err(scoring.unread(Unread::unprocessable(format!("requests: at most {MOST}"))));
    }
    for (i, body) in batch.requests.iter().enumerate() {
        body.check().map_err(|why| scoring.unread(Unread::unprocessable(format!("requests[{i}].{why}"))))?;
    }
    // The first one is paid for.
    caller.rate.owe(batch.requests.len().saturating_sub(1));
    let models = scoring.models()?;
    // All at once: of a warehouse in BigQuery each look-up is a query.
    let visitors: Vec<_> = batch.requests.iter().map(|body| scoring.visitor(body)).collect();
    let users: Vec<&str> = visitors.iter().filter_map(|visitor| *visitor.as_ref().ok()?).collect();
    let mut states = scoring.states(&users).await.map(Vec::into_iter);
    let mut answers = b"{\"answers\":[".to_vec();
    for (i, (body, visitor)) in batch.requests.iter().zip(visitors).enumerate() {
        let before = visitor.and_then(|visitor| match (visitor, &mut states) {
            (None, _) => Ok(None),
            (Some(_), Ok(states)) => Ok(states.next().flatten()),
            (Some(_), Err(why)) => Err(Problem::from(&*why)),
        });
        let scored = before.and_then(|before| {
            engine::score(&models, &scoring.keys, &caller.name, body, before.as_deref())
                .map_err(|why| scoring.unscored(why))
        });
        if i > 0 {
            answers.push(b',');
        }
        answers.extend(scored.unwrap_or_else(|problem| problem.to_string().into_bytes()));
        // Others want the core, too.
        tokio::task::yield_now().await;
    }
    answers.extend_from_slice(b"]}");
    Ok(json(answers))
}
