//! Snapshots of a range of days, a model per target, its report and card.

use super::promote::{Gate, Reason, observed};
use super::run::state_before;
use crate::fold::{Resolver, SnapshotMaker, SnapshotOptions, StateReader, merge_days};
use crate::monitor::reference::Reference;
use crate::place::Place;
use crate::progress;
use crate::scores::Serving;
use crate::store::registry::{self, Decision, Lineage};
use crate::training::{self, Report, Snapshots, TooFew, TrainOptions, Trained, TrainingRows};
use crate::warehouse::events_clean;
use anyhow::{Context, Result, bail};
use jiff::civil::Date;
use model_core::{Bundle, Target};
use serde::Serialize;

/// Visitors seen in so many days get a daily training row.
const ACTIVE_DAYS: i32 = 14;

/// Visitor-days up to which all daily rows are kept; past that, a sample of those without a conversion.
const VISITS_IN_FULL: usize = 400_000;

/// What a training did.
#[derive(Debug, Serialize)]
pub struct TrainSummary {
    /// Version of the model.
    pub version: String,
    /// Whether it is in service now.
    pub in_service: bool,
    /// What was measured.
    pub report: Report,
    /// Why it was not put into service, or was by force.
    pub reasons: Vec<Reason>,
    /// Wall clock.
    pub seconds: f64,
}

/// Trains a model for each of the targets on the days from `from` (the first of the warehouse by default) to `to`.
///
/// A model that is worse than the prior or than the one in service is kept but not put into service, unless the gate is
/// forced.
///
/// # Errors
/// When there are too few days or conversions for each of them, or a target fails for another reason, after the other one
/// was trained; when the warehouse cannot be read.
pub fn train(
    place: &Place,
    targets: &[Target],
    from: Option<Date>,
    to: Date,
    options: &TrainOptions,
    gate: &Gate,
) -> Result<Vec<TrainSummary>> {
    let rows = snapshots(place, from, to)?;
    training::table::replace(&*place.warehouse, &rows)?;
    let TrainingRows { session, daily, .. } = rows;
    let (mut done, mut failed) = (Vec::new(), None);
    for (target, rows) in [(Target::Session, session), (Target::Visitor, daily)] {
        if !targets.contains(&target) {
            continue;
        }
        match train_one(place, target, &rows, options, gate) {
            Ok(summary) => done.push(summary),
            // One target may have too few conversions where the other has enough.
            Err(error) if targets.len() > 1 && error.is::<TooFew>() => {
                progress::note(format_args!("no model for {}: {error:#}", target.as_str()))
            }
            // The other target need not go without a model for that.
            Err(error) => failed = failed.or(Some(error)),
        }
    }
    if let Some(error) = failed {
        for TrainSummary { version, .. } in &done {
            progress::note(format_args!("{version} was trained nevertheless"));
        }
        return Err(error);
    }
    if done.is_empty() {
        bail!("no model could be trained on the days up to {to}");
    }
    Ok(done)
}

fn train_one(
    place: &Place,
    target: Target,
    rows: &Snapshots,
    options: &TrainOptions,
    gate: &Gate,
) -> Result<TrainSummary> {
    let start = std::time::Instant::now();
    let trained = learn(place, target, rows, options, "train")?;
    let version = trained.model.version().to_owned();
    let own = trained.report.release_reasons.iter();
    let mut reasons: Vec<Reason> = own.map(|text| Reason { rule: "report".to_owned(), text: text.clone() }).collect();
    // The same days give the same version, which may have served.
    reasons.extend(observed(place, target, &version, &gate.thresholds)?);
    let in_service = gate.passes(place, &version, "train", &reasons)?;
    if in_service {
        let against: Vec<String> = reasons.iter().map(ToString::to_string).collect();
        let decision = Decision { against: &against, ..Decision::by("train") };
        registry::promote(&place.store, target, &version, &decision)?;
    }
    let seconds = start.elapsed().as_secs_f64();
    Ok(TrainSummary { version, in_service, report: trained.report, reasons, seconds })
}

/// Trains a model and adds it to the registry; `by` is what asks for it.
///
/// # Errors
/// [`TooFew`] days or conversions; when the store fails.
pub(super) fn learn(
    place: &Place,
    target: Target,
    rows: &Snapshots,
    options: &TrainOptions,
    by: &str,
) -> Result<Trained> {
    progress::note(format_args!(
        "training {}: {} snapshots, {} conversions",
        target.as_str(),
        rows.len(),
        rows.label.iter().filter(|l| **l).count()
    ));
    let profile = &place.site.profile;
    let serving = Serving::load(&place.store, profile, target, None)?;
    let in_service = serving.as_ref().map(Serving::model).transpose()?;
    let trained = training::train(rows, profile, options, in_service)
        .with_context(|| format!("training the target {}", target.as_str()))?;
    let bundle = Bundle::new(profile.clone(), vec![trained.model.clone()])?.write();
    let report = serde_json::to_string_pretty(&trained.report)?;
    let days = trained.report.data.days.clone();
    Lineage::now(by, Some(days), None).keep(&*place.store, trained.model.version())?;
    registry::add(&place.store, trained.model.version(), &bundle, &report, &trained.card_markdown)?;
    Reference::of(rows, profile, &trained.model).keep(&*place.store)?;
    Ok(trained)
}

/// The training rows of both targets.
///
/// # Errors
/// When the warehouse has no days in the range, or cannot be read.
pub fn snapshots(place: &Place, from: Option<Date>, to: Date) -> Result<TrainingRows> {
    let days: Vec<Date> = place
        .warehouse
        .partitions(events_clean::TABLE)?
        .into_iter()
        .filter(|d| from.is_none_or(|f| *d >= f) && *d <= to)
        .collect();
    let Some(first) = days.first().copied() else {
        bail!("the warehouse has no days up to {to}; fill it with `inkling backfill`");
    };
    let bar = progress::bar(days.len() as u64, "reading");
    let mut events = Vec::new();
    for day in &days {
        events.push(events_clean::load(&*place.warehouse, *day)?.with_context(|| format!("events_clean of {day}"))?);
        bar.inc(1);
    }
    bar.finish_and_clear();
    let profile = &place.site.profile;
    let coarse: Vec<Date> = days.iter().zip(&events).filter(|(_, e)| e.origin.is_coarse()).map(|(d, _)| *d).collect();
    let mut resolvers = events.iter().map(|e| Resolver::new(profile, e)).collect::<Result<Vec<_>>>()?;
    let visits: usize = events.iter().map(|e| e.visitors().count()).sum();
    let keep_one_in = (visits / VISITS_IN_FULL + 1) as u32;
    let options = SnapshotOptions { from: first, to, active_days: ACTIVE_DAYS, keep_one_in };
    let mut maker = SnapshotMaker::new(profile, options, |day| days.binary_search(&day).is_ok())?;
    let mut states = match state_before(place, first)? {
        Some(before) => StateReader::open(&*place.warehouse, before)?,
        None => StateReader::empty(),
    };
    let mut known = states.next()?;
    merge_days(&events, |user, slices| {
        // Visitors who do not come back have no part in these days but as a daily row.
        while let Some(row) = known.take_if(|k| k.user.as_str() < user) {
            maker.add(&row.user, Some(&row.state), &[], &mut resolvers)?;
            known = states.next()?;
        }
        let state = known.take_if(|k| k.user == user);
        maker.add(user, state.as_ref().map(|s| s.state.as_slice()), slices, &mut resolvers)?;
        if state.is_some() {
            known = states.next()?;
        }
        Ok(())
    })?;
    while let Some(row) = known.take() {
        maker.add(&row.user, Some(&row.state), &[], &mut resolvers)?;
        known = states.next()?;
    }
    let mut rows = maker.finish();
    if let (Some(first), Some(last)) = (coarse.first(), coarse.last()) {
        let days =
            format!("{} of {} days, between {first} and {last}, are from the Data API", coarse.len(), days.len());
        rows.session.notes.push(format!("{days}: their sessions make no rows"));
        rows.daily.notes.push(format!("{days}: without items, prices, first touch and seconds"));
    }
    Ok(rows)
}
