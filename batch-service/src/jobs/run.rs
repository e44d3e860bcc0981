//! A day's work: cleanse, fold, score, store.

use super::ledger::{self, DroppedRows, RunRecord};
pub use super::steps::{ARRIVAL, DAY_TABLES, MONITOR, StepFailed, UPLOAD};
use super::steps::{Clock, PUBLISH, RECORD};
use super::{ExitKind, exit, exit_kind};
use crate::alerts::Kind;
use crate::failpoint;
use crate::fingerprint;
use crate::fold::{DayFold, FoldCounts, Offsets, StateReader, StateWriter, VISITOR_STATE};
use crate::ga4::{Export, ReadOptions, ReadReport};
use crate::logs;
use crate::place::Place;
use crate::progress;
use crate::scores::{self, DayScores, ScoreRow, Serving};
use crate::shards::Shards;
use crate::stop::Stopped;
use crate::warehouse::{Fence, Replacement, events_clean};
use anyhow::{Context, Result};
use jiff::Timestamp;
use jiff::civil::Date;
use model_core::{Band, Target};
use serde::Serialize;

/// Days after their last event that visitors are scored.
pub const ACTIVE_DAYS: i64 = 14;

/// Why a run gives exit code 1 though every step succeeded.
pub const NO_MODEL: &str = "no model is in service, so nothing was scored";

/// What a run did.
#[derive(Debug, Serialize)]
pub struct DaySummary {
    /// Its row in the table `runs`; of a day that is left alone it is the row of the run that made its tables.
    pub run: RunRecord,
    /// What the fold did; absent when nothing had changed.
    pub fold: Option<FoldCounts>,
    /// What reading found; absent when nothing had changed.
    pub read: Option<ReadReport>,
    /// The same input and models had been worked on before, and nothing was written.
    pub unchanged: bool,
}

impl DaySummary {
    /// A day that `run` has made already.
    pub(super) fn of_unchanged(run: RunRecord) -> Self {
        Self { run, fold: None, read: None, unchanged: true }
    }
}

/// How a day is worked on.
#[derive(Clone, Debug, Default)]
pub struct DayOptions {
    /// Score with the models in service.
    pub score: bool,
    /// Write even if nothing has changed.
    pub force: bool,
    /// Other models than last time are no reason to work again.
    pub whatever_models: bool,
    /// The lease that the run holds.
    pub fence: Fence,
}

/// Works on one day.
///
/// # Errors
/// Exit code 3 when the export does not have the day; otherwise what went wrong, after the failure was recorded.
pub fn run_day(place: &Place, export: &dyn Export, day: Date, options: DayOptions) -> Result<DaySummary> {
    let mut clock = Clock::new(day);
    let billed = billed(place, export);
    located(options.score, &mut clock, |clock| {
        let mut prepared = prepare(place, export, day, &options, billed, clock)?;
        if let Some(done) = prepared.done_before(place, &options)? {
            return Ok(DaySummary::of_unchanged(done));
        }
        let worked = compute(place, export, &mut prepared, Shards::ALL, clock)
            .and_then(|computed| publish(place, computed, &options.fence, clock));
        let (fold, read) = prepared.recorded(place, export, clock, worked)?;
        Ok(DaySummary { run: prepared.record, fold: Some(fold), read: Some(read), unchanged: false })
    })
}

/// Says of an error of `work` which step it belongs to.
pub(super) fn located<T>(scored: bool, clock: &mut Clock, work: impl FnOnce(&mut Clock) -> Result<T>) -> Result<T> {
    work(clock).map_err(|error| {
        if exit_kind(&error) == ExitKind::NotReady || error.is::<Stopped>() {
            return error;
        }
        let failed = StepFailed::of(clock, scored, &error);
        error.context(failed)
    })
}

/// The export does not have the day.
pub(super) fn not_yet(day: Date) -> anyhow::Error {
    exit(ExitKind::NotReady, format!("the export has no table for {day} yet; try again later"))
}

/// What a day's work needs to know before it begins.
pub(super) struct Prepared {
    pub(super) day: Date,
    pub(super) record: RunRecord,
    pub(super) models: Vec<Serving>,
    before: Option<Date>,
    /// Bytes billed before the day's work began.
    billed: Option<u64>,
}

/// Finds out what the day's work is, and names it. What the process is billed for over what it was `billed` before is the
/// day's.
pub(super) fn prepare(
    place: &Place,
    export: &dyn Export,
    day: Date,
    options: &DayOptions,
    billed: Option<u64>,
    clock: &mut Clock,
) -> Result<Prepared> {
    clock.begin("fingerprint")?;
    let Some(input_fingerprint) = export.fingerprint(day)? else {
        return Err(not_yet(day));
    };
    failpoint::at("fingerprint.middle");
    let models = if options.score { Serving::both(&place.store, &place.site.profile)? } else { Vec::new() };
    let before = state_before(place, day)?;
    if let Some(before) = before.filter(|b| b.tomorrow().is_ok_and(|next| next != day)) {
        progress::note(format_args!("{day}: there are no states of the day before; going on from {before}"));
    }
    let states = format!(
        "{day}\n{}\n{}\n{}\n{}",
        input_fingerprint,
        place.site.profile.fingerprint(),
        env!("CARGO_PKG_VERSION"),
        before.map(|b| last_done(place, b)).transpose()?.flatten().map_or(String::new(), |r| r.state_fingerprint)
    );
    let state_fingerprint = fingerprint::sha256(states.as_bytes());
    let bundles: Vec<&str> = models.iter().map(Serving::bundle_version).collect();
    let identity = format!("{state_fingerprint}\n{bundles:?}");
    let record = RunRecord {
        run_id: format!("{day}-{}", &fingerprint::sha256(identity.as_bytes())[..12]),
        run_date: day.to_string(),
        status: "done".into(),
        started_at: Timestamp::now().strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
        seconds: 0.0,
        steps: Vec::new(),
        input_fingerprint,
        state_fingerprint,
        events: 0,
        visitors: 0,
        scored: 0,
        visitors_scored: 0,
        dropped: Vec::new(),
        models: models.iter().map(|m| Ok(m.model()?.version().to_owned())).collect::<Result<_>>()?,
        error: None,
        failed_step: None,
        error_id: None,
        rows_read: 0,
        conversions: 0,
        trigger: ledger::trigger().to_owned(),
        code_version: env!("CARGO_PKG_VERSION").to_owned(),
        bytes_billed: None,
    };
    clock.lap(&[]);
    Ok(Prepared { day, record, models, before, billed })
}

/// Bytes that export and warehouse were billed for since they were opened; `None` where neither is in BigQuery.
pub(super) fn billed(place: &Place, export: &dyn Export) -> Option<u64> {
    let of_warehouse = place.warehouse.dataset().map(|(bigquery, _)| bigquery.billed());
    [export.billed(), of_warehouse].into_iter().flatten().reduce(|a, b| a + b)
}

impl Prepared {
    /// The run that made the tables of the day, if they are there and were made of the same input with the same models. A run
    /// without models has nothing to do after one with models.
    pub(super) fn done_before(&self, place: &Place, options: &DayOptions) -> Result<Option<RunRecord>> {
        if options.force {
            return Ok(None);
        }
        let Some(last) = last_done(place, self.day)? else { return Ok(None) };
        let of_the_same_input = last.state_fingerprint == self.record.state_fingerprint;
        let same = if self.models.is_empty() {
            of_the_same_input
        } else if options.whatever_models {
            // A backfill folds a day anew and leaves its old scores.
            of_the_same_input && !last.models.is_empty()
        } else {
            last.run_id == self.record.run_id
        };
        let mut complete = true;
        for table in DAY_TABLES.into_iter().filter(|t| *t != scores::TABLE || !self.models.is_empty()) {
            complete &= place.warehouse.partitions(table)?.binary_search(&self.day).is_ok();
        }
        Ok(Some(last).filter(|_| complete && same))
    }

    /// Puts how the work ended into the table `runs`, unless it was told to stop.
    pub(super) fn recorded<T>(
        &mut self,
        place: &Place,
        export: &dyn Export,
        clock: &mut Clock,
        worked: Result<T>,
    ) -> Result<T> {
        let bytes_billed = self.billed_for(place, export);
        let record = &mut self.record;
        record.bytes_billed = bytes_billed;
        record.seconds = clock.total();
        record.steps.clone_from(&clock.steps);
        match worked {
            Ok(done) => {
                clock.go_on(RECORD);
                ledger::add(&*place.warehouse, record)?;
                failpoint::at("record.after");
                logs::run_ended(record);
                Ok(done)
            }
            Err(error) => Err(self.failed(place, export, clock, error)),
        }
    }

    /// Puts into the table `runs` that the work failed with `error`, unless it was told to stop.
    pub(super) fn failed(
        &self,
        place: &Place,
        export: &dyn Export,
        clock: &Clock,
        error: anyhow::Error,
    ) -> anyhow::Error {
        if error.is::<Stopped>() {
            return error;
        }
        let record = RunRecord {
            status: "failed".into(),
            seconds: clock.total(),
            steps: clock.steps.clone(),
            error: Some(format!("{error:#}")),
            failed_step: Some(clock.doing().to_owned()),
            error_id: Some(Kind::of(&error).anchor().to_owned()),
            bytes_billed: self.billed_for(place, export),
            ..self.record.clone()
        };
        if let Err(unrecorded) = ledger::add(&*place.warehouse, &record) {
            let day = self.day;
            progress::warning(format_args!("the failed run of {day} could not be recorded: {unrecorded:#}"));
        }
        error
    }

    /// What this process was billed for since the day's work began.
    fn billed_for(&self, place: &Place, export: &dyn Export) -> Option<u64> {
        billed(place, export).zip(self.billed).map(|(now, before)| now - before)
    }

    /// Takes over what reading has counted.
    pub(super) fn count(&mut self, read: &ReadReport) {
        self.record.events = read.events;
        self.record.rows_read = read.rows;
        self.record.visitors = read.visitors;
        let dropped = read.dropped.iter();
        self.record.dropped = dropped
            .map(|(reason, d)| DroppedRows { reason: reason.to_owned(), rows: d.rows, fault: d.counts_towards_limit })
            .collect();
    }

    /// Takes over how many scores there are.
    pub(super) fn count_scores(&mut self, found: &[DayScores]) {
        self.record.scored = found.iter().map(|s| s.len() as u64).sum();
        let of_visitors = found.iter().filter(|s| s.target() == Target::Visitor);
        self.record.visitors_scored = of_visitors.map(|s| s.len() as u64).sum();
    }
}

/// The new contents of a day's tables, not yet seen by anybody.
pub(super) struct Computed {
    pub(super) contents: Vec<Replacement>,
    pub(super) fold: FoldCounts,
    pub(super) read: ReadReport,
}

/// Latest day before `day` whose states the warehouse has.
pub fn state_before(place: &Place, day: Date) -> Result<Option<Date>> {
    Ok(place.warehouse.partitions(VISITOR_STATE)?.into_iter().rfind(|d| *d < day))
}

pub(super) fn last_done(place: &Place, day: Date) -> Result<Option<RunRecord>> {
    Ok(ledger::of_day(&*place.warehouse, day)?.into_iter().rfind(|r| r.status == "done"))
}

/// Whether the tables of the day are those of `run`: no other run has worked on it since.
///
/// # Errors
/// When the table `runs` cannot be read.
pub fn is_latest(place: &Place, run: &RunRecord) -> Result<bool> {
    let runs = ledger::of_day(&*place.warehouse, run.run_date.parse().context("the date of a run")?)?;
    // BigQuery may take a moment to show a row that was inserted, so that its own may be missing.
    let own = runs.iter().rposition(|r| r.run_id == run.run_id && r.started_at == run.started_at);
    let since = own.map_or_else(|| runs.partition_point(|r| r.started_at <= run.started_at), |own| own + 1);
    Ok(!runs.iter().skip(since).any(|r| r.status == "done" && r.run_id != run.run_id))
}

/// Reads, folds and scores the visitors that belong to `shards`. A part of the visitors is not judged by its rejected
/// rows, and its deciles are not those of the day.
pub(super) fn compute(
    place: &Place,
    export: &dyn Export,
    prepared: &mut Prepared,
    shards: Shards,
    clock: &mut Clock,
) -> Result<Computed> {
    let (day, warehouse) = (prepared.day, &*place.warehouse);
    clock.begin("read")?;
    let (events, read) = export.read(day, shards)?;
    if shards.is_all() {
        read.check(&ReadOptions::default())?;
    }
    prepared.count(&read);
    clock.lap(&[("rows", read.rows), ("events", read.events), ("visitors", read.visitors)]);
    clock.begin("write_events_clean")?;
    let mut contents = vec![events_clean::stage(warehouse, day, &events)?];
    clock.lap(&[("events", read.events)]);

    clock.begin("fold_and_score")?;
    let (end_us, end_offset) = Offsets::new(&place.site.profile.parts().time_zone)?.end_of(day)?;
    let mut found = prepared.models.iter().map(DayScores::of).collect::<Result<Vec<_>>>()?;
    let mut after = StateWriter::create(warehouse, day)?;
    let before = prepared.before;
    let fold = DayFold {
        profile: &place.site.profile,
        before: before.map_or_else(|| Ok(StateReader::empty()), |b| StateReader::open_part(warehouse, b, shards))?,
        after: &mut after,
        end_us,
        active_days: ACTIVE_DAYS,
        at_end: |user: &str, visitor: &mut model_core::Visitor, today: bool| {
            for (model, scores) in prepared.models.iter_mut().zip(&mut found) {
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
            failpoint::at("fold_and_score.middle");
            Ok(())
        },
    };
    let counts = fold.run(&events)?;
    drop(events);
    prepared.record.conversions = counts.conversions;
    prepared.count_scores(&found);
    clock.lap(&[("visitors", counts.visitors_kept), ("scores", prepared.record.scored)]);
    clock.begin("write_visitor_state")?;
    contents.push(after.finish().with_context(|| format!("writing {VISITOR_STATE} of {day}"))?);
    clock.lap(&[("visitors", counts.visitors_kept)]);
    if !found.is_empty() {
        clock.begin("write_scores")?;
        contents.push(scores::stage(warehouse, day, &prepared.record.run_id, &found)?);
        clock.lap(&[("scores", prepared.record.scored)]);
    }
    Ok(Computed { contents, fold: counts, read })
}

/// Puts the new contents in place.
pub(super) fn publish(
    place: &Place,
    computed: Computed,
    fence: &Fence,
    clock: &mut Clock,
) -> Result<(FoldCounts, ReadReport)> {
    clock.begin(PUBLISH)?;
    let tables = computed.contents.len() as u64;
    place.warehouse.publish(computed.contents, fence)?;
    clock.lap(&[("tables", tables)]);
    Ok((computed.fold, computed.read))
}
