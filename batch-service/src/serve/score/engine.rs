//! From a body to its answer, by [`Scorer`] alone: the same fold and the same bits as in the browser and the daily job.

use super::body::Body;
use super::model::{Head, Loaded};
use super::state::StateKeys;
use crate::fold::Offsets;
use axum::http::StatusCode;
use model_core::{Contributions, Scorer};
use serde::Serialize;
use std::cell::RefCell;
use std::sync::Arc;
use utoipa::ToSchema;

/// Features named in `reasons`.
const REASONS: usize = 3;

/// What is told of a visitor.
#[derive(Debug, Serialize, ToSchema)]
pub struct Answer<'a> {
    /// Time of the visitor's last event, to which the scores belong; absent while there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub time_us: Option<i64>,
    /// Whether anything was known before these events.
    pub known: bool,
    /// A score for each target that was asked for and has a model; none before the first event.
    pub scores: Vec<Score<'a>>,
    /// For the next request about this visitor.
    pub state: String,
}

/// The score of a target.
#[derive(Debug, Serialize, ToSchema)]
pub struct Score<'a> {
    /// `session` or `visitor`.
    pub target: &'a str,
    /// Calibrated probability.
    #[schema(minimum = 0, maximum = 1)]
    pub score: f64,
    /// `low`, `medium` or `high`.
    pub band: &'a str,
    /// The strongest features, the strongest first.
    #[schema(max_items = 3)]
    pub reasons: Vec<Reason<'a>>,
    /// Version of the model.
    pub model_version: &'a str,
    /// First 16 digits of the SHA-256 of its bundle.
    pub bundle_version: &'a str,
}

/// A feature that moves a score.
#[derive(Debug, Serialize, ToSchema)]
pub struct Reason<'a> {
    /// Its name.
    pub feature: &'a str,
    /// What it adds, in the unit of the model's margin: log-odds, of Python's forests and means probability.
    pub contribution: f64,
}

/// Why a visitor was not scored.
#[derive(Debug, PartialEq, Eq)]
pub enum Unscored {
    /// 422: what was asked makes no sense.
    Body(String),
    /// 422: the state is not one that this caller was given.
    State,
    /// 503: the state of the warehouse cannot be read, which the caller can do nothing about.
    Warehouse,
    /// 500.
    Failed(String),
}

impl Unscored {
    /// The status of the answer.
    pub fn status(&self) -> StatusCode {
        match self {
            Self::Body(_) | Self::State => StatusCode::UNPROCESSABLE_ENTITY,
            Self::Warehouse => StatusCode::SERVICE_UNAVAILABLE,
            Self::Failed(_) => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }
}

/// What this thread scores with.
struct Here {
    models: Arc<Loaded>,
    scorer: Scorer,
    offsets: Offsets,
}

thread_local! {
    static HERE: RefCell<Option<Here>> = const { RefCell::new(None) };
}

/// Scores a visitor for a caller; `before` is the state of the warehouse, if one was asked for and found. The answer is JSON.
///
/// # Errors
/// Why not.
pub fn score(
    models: &Arc<Loaded>,
    keys: &StateKeys,
    caller: &str,
    body: &Body<'_>,
    before: Option<&[u8]>,
) -> Result<Vec<u8>, Unscored> {
    HERE.with_borrow_mut(|here| {
        let here = match here {
            Some(here) if Arc::ptr_eq(&here.models, models) => here,
            _ => here.insert(Here {
                models: Arc::clone(models),
                scorer: Scorer::new(models.bundle.clone()),
                offsets: Offsets::new(&models.time_zone).map_err(|e| Unscored::Failed(e.to_string()))?,
            }),
        };
        let (scorer, offsets) = (&mut here.scorer, &mut here.offsets);
        let answer = answer(models, scorer, offsets, (keys, caller), body, before)?;
        serde_json::to_vec(&answer).map_err(|e| Unscored::Failed(e.to_string()))
    })
}

fn answer<'a>(
    models: &'a Loaded,
    scorer: &mut Scorer,
    offsets: &mut Offsets,
    (keys, caller): (&StateKeys, &str),
    body: &Body<'_>,
    before: Option<&[u8]>,
) -> Result<Answer<'a>, Unscored> {
    let asked = body.target.map(super::body::TargetWord::target);
    if let Some(target) = asked.filter(|target| models.bundle.model(*target).is_none()) {
        return Err(Unscored::Body(format!("target: no model of `{}` is in service", target.as_str())));
    }
    let profile = models.bundle.profile().fingerprint();
    let opened = match &body.state {
        Some(text) => Some(keys.open(profile, caller, text).ok_or(Unscored::State)?),
        None => None,
    };
    match (&opened, before) {
        (Some(state), _) => scorer.restore(state).map_err(|_| Unscored::State)?,
        (None, Some(state)) => scorer.restore(state).map_err(|_| Unscored::Warehouse)?,
        (None, None) => scorer.reset(),
    }
    // A state without any event says nothing.
    let known = scorer.visitor().is_seen();
    for (i, event) in body.events.iter().enumerate() {
        let raw = event.raw(offsets).map_err(|why| Unscored::Body(format!("events[{i}]: {why}")))?;
        let _ = scorer.observe(&raw);
    }
    let mut scores = Vec::with_capacity(models.heads.len());
    for (head, model) in models.heads.iter().zip(models.bundle.models()) {
        if asked.is_some_and(|target| target != head.target) {
            continue;
        }
        let Some((score, contributions)) = scorer.explained(head.target, &head.explainer) else { continue };
        scores.push(Score {
            target: head.target.as_str(),
            score,
            band: model.band(score).as_str(),
            reasons: reasons(head, &contributions),
            model_version: model.version(),
            bundle_version: &head.bundle_version,
        });
    }
    let visitor = scorer.visitor();
    let time_us = visitor.is_seen().then(|| visitor.last_event_us());
    let state = keys.seal(profile, caller, &scorer.save()).map_err(|e| Unscored::Failed(e.to_string()))?;
    Ok(Answer { time_us, known, scores, state })
}

/// The same that the table `scores` names.
fn reasons<'a>(head: &'a Head, contributions: &Contributions) -> Vec<Reason<'a>> {
    let all = head.names.iter().zip(&contributions.by_feature).filter(|(_, contribution)| **contribution != 0.0);
    let mut all: Vec<_> = all.map(|(feature, contribution)| Reason { feature, contribution: *contribution }).collect();
    // Stable: of equal ones the first feature comes first.
    all.sort_by(|a, b| b.contribution.abs().total_cmp(&a.contribution.abs()));
    all.truncate(REASONS);
    all
}

#[cfg(test)]
#[path = "tests/engine.rs"]
mod tests;
