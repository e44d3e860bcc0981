//! `GET /openapi.json`: the routes for callers, OpenAPI 3.1, made of the types that bodies are read into.

use super::{batch, invocations};
use crate::serve::problem::Problem;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{AnyOf, Schema};
use utoipa::openapi::security::{Http, HttpAuthScheme, SecurityScheme};
use utoipa::{Modify, OpenApi, ToResponse, ToSchema};

/// What went wrong (RFC 9457).
#[derive(Serialize, ToSchema)]
pub struct ProblemBody {
    /// What kind of problem: a section of the runbook, or `about:blank`.
    r#type: String,
    /// The kind in words.
    title: String,
    /// The status of the answer.
    status: u16,
    /// What and where, for people.
    detail: String,
}

/// A problem: 400 no JSON, 401 no good token, 403 another's page or account, 408 the body did not come in time, 413 too long,
/// 415 no JSON by its headers, 422 not as described here or a state of somebody else, 429 more than the caller may ask, 503
/// too many at once or no model.
#[derive(ToResponse)]
#[response(description = "A problem.", content_type = "application/problem+json")]
#[expect(dead_code, reason = "describes what `Problem` writes")]
pub struct ProblemResponse(#[to_schema] ProblemBody);

/// Of forms of rows the first that fits is taken, and no rows are of every form.
struct AnyForm;

impl Modify for AnyForm {
    fn modify(&self, openapi: &mut utoipa::openapi::OpenApi) {
        let Some(components) = openapi.components.as_mut() else { return };
        for name in ["Instances", "Inputs"] {
            if let Some(RefOr::T(schema)) = components.schemas.get_mut(name)
                && let Schema::OneOf(forms) = schema
            {
                let (items, description) = (std::mem::take(&mut forms.items), forms.description.take());
                *schema = AnyOf { items, description, ..AnyOf::default() }.into();
            }
        }
    }
}

struct Token;

impl Modify for Token {
    fn modify(&self, openapi: &mut utoipa::openapi::OpenApi) {
        if let Some(components) = openapi.components.as_mut() {
            let mut bearer = Http::new(HttpAuthScheme::Bearer);
            bearer.bearer_format = Some("JWT".to_owned());
            components.add_security_scheme("token", SecurityScheme::Http(bearer));
        }
    }
}

#[derive(OpenApi)]
#[openapi(
    info(title = "Inkling", description = "Scores of visitors.", license(name = "Apache-2.0", identifier = "Apache-2.0")),
    paths(super::score, batch::batch, invocations::invocations),
    components(responses(ProblemResponse)),
    modifiers(&Token, &AnyForm)
)]
struct Described;

/// The route.
pub async fn document() -> Response {
    match Described::openapi().to_json() {
        Ok(text) => ([(header::CONTENT_TYPE, "application/json")], text).into_response(),
        Err(error) => Problem::new(StatusCode::INTERNAL_SERVER_ERROR, error.to_string()).into_response(),
    }
}
