//! The score at every page view of past days, as the browser would have computed it, and how good it was.

use super::run::state_before;
use super::train::snapshots;
use super::{ExitKind, exit};
use crate::fold::{Resolver, Slice, StateReader, merge_days};
use crate::metrics::Resamples;
use crate::place::Place;
use crate::progress;
use crate::scores::Serving;
use crate::training::{Evaluation, Snapshots, TrainingRows, evaluate, scores};
use crate::warehouse::events_clean;
use crate::warehouse::table::{Cells, Column, TableWriter, Type};
use anyhow::{Context, Result, bail};
use jiff::civil::Date;
use model_core::{Target, Visitor};
use serde::Serialize;
use std::fs::File;
use std::path::Path;

const GROUP: usize = 65_536;
const COLUMNS: &[Column] = &[
    Column::required("user_pseudo_id", Type::Text),
    Column::optional("ga_session_id", Type::I64),
    Column::required("page_view_number", Type::I64),
    Column::required("event_timestamp", Type::I64),
    Column::required("target", Type::Text),
    Column::required("score", Type::F64),
];

/// What a replay did.
#[derive(Debug, Serialize)]
pub struct ReplaySummary {
    /// Rows written.
    pub rows: u64,
    /// Versions of the models.
    pub models: Vec<String>,
    /// Days of the range that the warehouse has.
    pub days: Vec<String>,
    /// How good the models in service were on these days, by target.
    pub evaluations: Vec<TargetEvaluation>,
}

/// A model's measures on the replayed days.
#[derive(Debug, Serialize)]
pub struct TargetEvaluation {
    /// `session` or `visitor`.
    pub target: &'static str,
    /// Version of the model.
    pub model_version: String,
    /// The measures.
    pub evaluation: Evaluation,
}

/// A page view with its score.
struct ScoredView {
    user: String,
    session_id: i64,
    number: u32,
    time_us: i64,
    score: f64,
}

/// Scores every page view from `from` to `to`, starting from the states of the day before, with the models in service
/// (or `version`), and writes them to a Parquet file.
///
/// # Errors
/// When there is no model, or no such days.
pub fn replay(place: &Place, from: Date, to: Date, version: Option<&str>, out: &Path) -> Result<ReplaySummary> {
    let profile = &place.site.profile;
    let mut models = Vec::new();
    for target in Target::ALL {
        models.extend(Serving::load(&place.store, profile, target, version)?);
    }
    if models.is_empty() {
        bail!("no model is in service; make one with `inkling train`");
    }
    let days: Vec<Date> =
        place.warehouse.partitions(events_clean::TABLE)?.into_iter().filter(|d| (from..=to).contains(d)).collect();
    let Some(first) = days.first().copied() else { bail!("the warehouse has no days from {from} to {to}") };
    let rows = match models.iter_mut().find(|m| m.target() == Target::Session) {
        Some(model) => write_views(place, &days, first, model, out)?,
        None => 0,
    };
    let TrainingRows { session, daily, .. } = snapshots(place, Some(from), to)?;
    let mut evaluations = Vec::new();
    for model in &models {
        let rows = if model.target() == Target::Session { &session } else { &daily };
        if let Some(evaluation) = judge(rows, model)? {
            evaluations.push(evaluation);
        }
    }
    Ok(ReplaySummary {
        rows,
        models: models.iter().map(|m| Ok(m.model()?.version().to_owned())).collect::<Result<_>>()?,
        days: days.iter().map(ToString::to_string).collect(),
        evaluations,
    })
}

fn judge(rows: &Snapshots, model: &Serving) -> Result<Option<TargetEvaluation>> {
    let all: Vec<usize> = (0..rows.len()).collect();
    let positives = rows.positives(&all);
    if positives == 0 || positives == all.len() {
        return Ok(None);
    }
    let predictor = model.model()?;
    let values = scores(predictor, rows, &all);
    let evaluation = evaluate(rows, &all, &values, rows.rate(&all), Resamples { count: 200, seed: 1 })?;
    Ok(Some(TargetEvaluation {
        target: model.target().as_str(),
        model_version: predictor.version().to_owned(),
        evaluation,
    }))
}

fn write_views(place: &Place, days: &[Date], first: Date, model: &mut Serving, out: &Path) -> Result<u64> {
    let profile = &place.site.profile;
    let bar = progress::bar(days.len() as u64, "replay");
    let mut events = Vec::new();
    for day in days {
        events.push(events_clean::load(&*place.warehouse, *day)?.with_context(|| format!("events_clean of {day}"))?);
        bar.inc(1);
    }
    bar.finish_and_clear();
    if let Some((day, _)) = days.iter().zip(&events).find(|(_, events)| events.origin.is_coarse()) {
        let text = format!(
            "{day} is from the Data API, where moments within a minute are not told apart: no browser would have computed \
             these scores; replay days of an export"
        );
        return Err(exit(ExitKind::Usage, text));
    }
    let mut resolvers = events.iter().map(|e| Resolver::new(profile, e)).collect::<Result<Vec<_>>>()?;
    let mut states = match state_before(place, first)? {
        Some(before) => StateReader::open(&*place.warehouse, before)?,
        None => StateReader::empty(),
    };
    let mut known = states.next()?;
    let mut visitor = Visitor::new(profile);
    let staging = out.with_extension("parquet.tmp");
    let file = File::create(&staging).with_context(|| staging.display().to_string())?;
    let mut writer = TableWriter::new(file, "replay", COLUMNS)?;
    let mut views: Vec<ScoredView> = Vec::new();
    let mut rows = 0;
    merge_days(&events, |user, slices| {
        while known.take_if(|k| k.user.as_str() < user).is_some() {
            known = states.next()?;
        }
        visitor.clear();
        if let Some(row) = known.take_if(|k| k.user == user) {
            visitor.restore_from(&row.state)?;
            known = states.next()?;
        }
        score_views(user, slices, &mut resolvers, &mut visitor, model, &mut views)?;
        if views.len() >= GROUP {
            rows += flush(&mut writer, &mut views)?;
        }
        Ok(())
    })?;
    rows += flush(&mut writer, &mut views)?;
    writer.finish()?.sync_all()?;
    std::fs::rename(&staging, out).with_context(|| out.display().to_string())?;
    Ok(rows)
}

/// Scores the page views of one visitor. Events of one moment are one step: its page views share the score after it.
fn score_views(
    user: &str,
    slices: &[Slice<'_>],
    resolvers: &mut [Resolver<'_>],
    visitor: &mut Visitor,
    model: &mut Serving,
    views: &mut Vec<ScoredView>,
) -> Result<()> {
    let mut events = slices.iter().flat_map(|s| s.rows.iter().map(|r| (s.day, r))).peekable();
    let mut in_step = 0;
    while let Some((day, row)) = events.next() {
        let event = resolvers[day].event(row);
        visitor.observe(&event);
        in_step += u32::from(event.is_page_view());
        if in_step > 0 && events.peek().is_none_or(|(_, next)| next.time_us > row.time_us) {
            let (now, offset) = (visitor.last_event_us(), visitor.last_utc_offset_s());
            let score = model.score(visitor, now, offset)?;
            let last = visitor.page_views();
            for number in last.saturating_sub(in_step) + 1..=last {
                let (session_id, user) = (visitor.session_id(), user.to_owned());
                views.push(ScoredView { user, session_id, number, time_us: row.time_us, score });
            }
            in_step = 0;
        }
    }
    Ok(())
}

fn flush(writer: &mut TableWriter<'_, File>, views: &mut Vec<ScoredView>) -> Result<u64> {
    let rows = std::mem::take(views);
    if rows.is_empty() {
        return Ok(0);
    }
    let mut group = writer.group()?;
    group.put(Cells::texts(rows.iter().map(|r| Some(r.user.as_str()))))?;
    group.put(Cells::i64s_optional(rows.iter().map(|r| (r.session_id != 0).then_some(r.session_id))))?;
    group.put(Cells::i64s(rows.iter().map(|r| i64::from(r.number)).collect()))?;
    group.put(Cells::i64s(rows.iter().map(|r| r.time_us).collect()))?;
    group.put(Cells::texts(rows.iter().map(|_| Some(Target::Session.as_str()))))?;
    group.put(Cells::f64s(rows.iter().map(|r| r.score).collect()))?;
    group.finish()?;
    Ok(rows.len() as u64)
}
