//! The daily job: cleanse, fold, score, store.

use super::ledger::{self, DroppedRows, RunRecord};
use super::steps::Clock;
pub use super::steps::{DAY_TABLES, StepFailed};
use super::{ExitKind, exit, exit_kind};
use crate::fingerprint;
use crate::fold::{DayFold, FoldCounts, Offsets, StateReader, StateWriter, VISITOR_STATE};
use crate::ga4::{Export, ReadOptions, ReadReport};
use crate::place::Place;
use crate::progress;
use crate::scores::{self, DayScores, ScoreRow, Serving};
use crate::shards::Shards;
use crate::warehouse::{Fence, events_clean};
use anyhow::{Context, Result};
use jiff::Timestamp;
use jiff::civil::Date;
use model_core::{Band, Target};
use serde::Serialize;

/// Days after their last event that visitors are scored.
pub const ACTIVE_DAYS: i64 = 14;

/// What a run did.
#[derive(Debug, Serialize)]
pub struct DaySummary {
    /// Its row in the table `runs`.
    pub run: RunRecord,
    /// What the fold did; absent when nothing had changed.
    pub fold: Option<FoldCounts>,
    /// What reading found; absent when nothing had changed.
    pub read: Option<ReadReport>,
    /// The same input and models had been worked on before, and nothing was written.
    pub unchanged: bool,
}

/// How the job is run.
#[derive(Clone, Copy, Debug, Default)]
pub struct DayOptions {
    /// Score with the models in service.
    pub score: bool,
    /// Write even if nothing has changed.
    pub force: bool,
    /// The lease that the run holds.
    pub fence: Fence,
}

/// Works on one day.
///
/// # Errors
/// Exit code 3 when the export does not have the day; otherwise what went wrong, after the failure was recorded.
pub fn run_day(place: &Place, export: &dyn Export, day: Date, options: DayOptions) -> Result<DaySummary> {
    let mut clock = Clock::new();
    attempt(place, export, day, options, &mut clock).map_err(|error| {
        if exit_kind(&error) == ExitKind::NotReady {
            return error;
        }
        let failed = StepFailed::after(day, &clock.steps, options.score, &error);
        error.context(failed)
    })
}

fn attempt(
    place: &Place,
    export: &dyn Export,
    day: Date,
    options: DayOptions,
    clock: &mut Clock,
) -> Result<DaySummary> {
    let Some(input_fingerprint) = export.fingerprint(day)? else {
        return Err(exit(ExitKind::NotReady, format!("the export has no table for {day} yet; try again later")));
    };
    let models = if options.score { Serving::both(&place.store, &place.site.profile)? } else { Vec::new() };
    let mut record = RunRecord {
        run_id: String::new(),
        run_date: day.to_string(),
        status: "done".into(),
        started_at: Timestamp::now().strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
        seconds: 0.0,
        steps: Vec::new(),
        input_fingerprint,
        state_fingerprint: String::new(),
        events: 0,
        visitors: 0,
        scored: 0,
        visitors_scored: 0,
        dropped: Vec::new(),
        models: models.iter().map(|m| Ok(m.model()?.version().to_owned())).collect::<Result<_>>()?,
        error: None,
    };
    clock.lap("fingerprint");
    let before = state_before(place, day)?;
    if let Some(before) = before.filter(|b| b.tomorrow().is_ok_and(|next| next != day)) {
        progress::note(format_args!("{day}: there are no states of the day before; going on from {before}"));
    }
    let states = format!(
        "{day}\n{}\n{}\n{}\n{}",
        record.input_fingerprint,
        place.site.profile.fingerprint(),
        env!("CARGO_PKG_VERSION"),
        before.map(|b| last_done(place, b)).transpose()?.flatten().map_or(String::new(), |r| r.state_fingerprint)
    );
    record.state_fingerprint = fingerprint::sha256(states.as_bytes());
    let bundles: Vec<&str> = models.iter().map(Serving::bundle_version).collect();
    let identity = format!("{}\n{bundles:?}", record.state_fingerprint);
    record.run_id = format!("{day}-{}", &fingerprint::sha256(identity.as_bytes())[..12]);
    if !options.force && is_done(place, day, &record, &models)? {
        return Ok(DaySummary { run: record, fold: None, read: None, unchanged: true });
    }
    let worked = work(place, export, day, before, models, options.fence, &mut record, clock);
    record.seconds = clock.total();
    record.steps.clone_from(&clock.steps);
    match worked {
        Ok((fold, read)) => {
            ledger::add(&*place.warehouse, &record)?;
            Ok(DaySummary { run: record, fold: Some(fold), read: Some(read), unchanged: false })
        }
        Err(error) => {
            record.status = "failed".into();
            record.error = Some(format!("{error:#}"));
            if let Err(unrecorded) = ledger::add(&*place.warehouse, &record) {
                progress::note(format_args!("the failed run of {day} could not be recorded: {unrecorded:#}"));
            }
            Err(error)
        }
    }
}

/// Latest day before `day` whose states the warehouse has.
pub fn state_before(place: &Place, day: Date) -> Result<Option<Date>> {
    Ok(place.warehouse.partitions(VISITOR_STATE)?.into_iter().rfind(|d| *d < day))
}

fn last_done(place: &Place, day: Date) -> Result<Option<RunRecord>> {
    Ok(ledger::of_day(&*place.warehouse, day)?.into_iter().rfind(|r| r.status == "done"))
}

/// The tables of the day are there, and were made of the same input with the same models. A run without models has
/// nothing to do after one with models.
fn is_done(place: &Place, day: Date, record: &RunRecord, models: &[Serving]) -> Result<bool> {
    let Some(last) = last_done(place, day)? else { return Ok(false) };
    let same = if models.is_empty() {
        last.state_fingerprint == record.state_fingerprint
    } else {
        last.run_id == record.run_id
    };
    let tables = [events_clean::TABLE, VISITOR_STATE].into_iter().chain((!models.is_empty()).then_some(scores::TABLE));
    let mut complete = true;
    for table in tables {
        complete &= place.warehouse.partitions(table)?.binary_search(&day).is_ok();
    }
    Ok(complete && same)
}

fn work(
    place: &Place,
    export: &dyn Export,
    day: Date,
    before: Option<Date>,
    mut models: Vec<Serving>,
    fence: Fence,
    record: &mut RunRecord,
    clock: &mut Clock,
) -> Result<(FoldCounts, ReadReport)> {
    let (events, read) = export.read(day, Shards::ALL)?;
    read.check(&ReadOptions::default())?;
    record.events = read.events;
    record.visitors = read.visitors;
    record.dropped = read
        .dropped
        .iter()
        .map(|(reason, d)| DroppedRows { reason: reason.to_owned(), rows: d.rows, fault: d.counts_towards_limit })
        .collect();
    clock.lap("read");
    let warehouse = &*place.warehouse;
    let mut contents = vec![events_clean::stage(warehouse, day, &events)?];
    clock.lap("write_events_clean");

    let (end_us, end_offset) = Offsets::new(&place.site.profile.parts().time_zone)?.end_of(day)?;
    let mut found = models.iter().map(DayScores::of).collect::<Result<Vec<_>>>()?;
    let mut after = StateWriter::create(warehouse, day)?;
    let fold = DayFold {
        profile: &place.site.profile,
        before: before
            .map_or_else(|| Ok(StateReader::empty()), |b| StateReader::open_part(warehouse, b, Shards::ALL))?,
        after: &mut after,
        end_us,
        active_days: ACTIVE_DAYS,
        at_end: |user: &str, visitor: &mut model_core::Visitor, today: bool| {
            for (model, scores) in models.iter_mut().zip(&mut found) {
                // The session target is about a session of this day, at its last event.
                let (now, offset) = match model.target() {
                    Target::Session if !today => continue,
                    Target::Session => (visitor.last_event_us(), visitor.last_utc_offset_s()),
                    Target::Visitor => (end_us, end_offset),
                };
                let score = model.score(visitor, now, offset)?;
                let band = model.model()?.band(score);
                scores.push(ScoreRow {
                    user,
                    session_id: if model.target() == Target::Session { visitor.session_id() } else { 0 },
                    score,
                    band,
                    reasons: if band == Band::Low { None } else { Some(model.reasons()?) },
                });
            }
            Ok(())
        },
    };
    let counts = fold.run(&events)?;
    drop(events);
    clock.lap("fold_and_score");
    contents.push(after.finish().with_context(|| format!("writing {VISITOR_STATE} of {day}"))?);
    clock.lap("write_visitor_state");
    if !found.is_empty() {
        let content = scores::stage(warehouse, day, &record.run_id, &found);
        contents.push(content.with_context(|| format!("writing {} of {day}", scores::TABLE))?);
        record.scored = found.iter().map(|s| s.len() as u64).sum();
        record.visitors_scored = found.iter().filter(|s| s.target() == Target::Visitor).map(|s| s.len() as u64).sum();
        clock.lap("write_scores");
    }
    warehouse.publish(contents, fence).with_context(|| format!("publishing {day}"))?;
    clock.lap("publish");
    Ok((counts, read))
}
