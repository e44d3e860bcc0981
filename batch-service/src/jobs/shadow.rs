//! What the challengers say of a day's visitors, kept apart from the scores that count.
//!
//! It reads the states that the day's work has published, so that neither the day nor its tables wait for it, and it is
//! done once for a day that several processes have worked on.

use super::RunRecord;
use super::agreement::{Agreement, agreement};
use super::run::ACTIVE_DAYS;
use crate::fold::{Offsets, StateReader, StateRow};
use crate::place::Place;
use crate::scores::{self, DayScores, ScoreRow, Serving};
use crate::shards::Shards;
use crate::store::registry;
use crate::warehouse::Fence;
use crate::warehouse::read::TableReader;
use anyhow::{Context, Result};
use jiff::civil::Date;
use model_core::{Target, Visitor};
use serde::Serialize;

/// Name of the table: the columns are those of `scores`, `reasons` are missing.
pub const TABLE: &str = "shadow_scores";

/// What came of a challenger on a day.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Shadowed {
    /// `session` or `visitor`.
    pub target: &'static str,
    /// Version of the challenger.
    pub version: String,
    /// Visitors that it scored; those of an earlier run of the same day when nothing has changed.
    pub scored: u64,
    /// The version in service.
    pub champion: Option<String>,
    /// How far both agree on the day; `None` without scores of the champion.
    pub agreement: Option<Agreement>,
    /// Why it could not score.
    pub note: Option<String>,
}

/// Scores the visitors of a day with the challengers, at the moments and for the visitors of the table `scores`. Without
/// a challenger nothing is read or written; one that cannot score is told, and is no error.
///
/// # Errors
/// When the store or the warehouse fails.
pub fn shadow(place: &Place, run: &RunRecord, fence: &Fence) -> Result<Vec<Shadowed>> {
    let (store, profile) = (&*place.store, &place.site.profile);
    let (mut models, mut told) = (Vec::new(), Vec::new());
    for target in Target::ALL {
        let Some(version) = registry::challenger(store, target)? else { continue };
        let champion = registry::in_service(store, target)?;
        let mut one = Shadowed { target: target.as_str(), version, scored: 0, champion, agreement: None, note: None };
        match Serving::load(store, profile, target, Some(&one.version)) {
            Ok(Some(model)) => models.push(model),
            Ok(None) => one.note = Some(format!("it does not predict the target {}", target.as_str())),
            Err(error) => one.note = Some(format!("{error:#}")),
        }
        told.push(one);
    }
    // A day without scores has nothing to be compared with.
    if models.is_empty() || run.models.is_empty() {
        return Ok(told);
    }
    let day: Date = run.run_date.parse().with_context(|| format!("day of the run {}", run.run_id))?;
    let mut counts = there(place, day, &run.run_id, &models)?;
    if counts.is_none() {
        let found = score(place, day, &mut models)?;
        let content = scores::stage_in(&*place.warehouse, TABLE, day, &run.run_id, &found)?;
        place.warehouse.publish(vec![content], fence)?;
        counts = Some(found.iter().map(|scores| scores.len() as u64).collect());
    }
    for (model, count) in models.iter().zip(counts.unwrap_or_default()) {
        let Some(one) = told.iter_mut().find(|one| one.target == model.target().as_str()) else { continue };
        one.scored = count;
        if let Some(champion) = &one.champion {
            one.agreement = agreement(place, model.target(), [champion, &one.version], day, day)?;
        }
    }
    Ok(told)
}

/// The scores of each model if the table has those of this run with these models already.
fn there(place: &Place, day: Date, run_id: &str, models: &[Serving]) -> Result<Option<Vec<u64>>> {
    let mut counts = vec![0; models.len()];
    for path in place.warehouse.files(TABLE, day, Shards::ALL)? {
        let file = TableReader::open(&path)?;
        for group in 0..file.groups() {
            // All rows of a group are of one target, model and run.
            let (runs, bundles) = (file.column(group, "run_id")?, file.column(group, "bundle_version")?);
            let targets = file.column(group, "target")?;
            let first = |texts: Vec<Option<&str>>| texts.first().copied().flatten().unwrap_or_default().to_owned();
            let (run, bundle, target) = (first(runs.texts()?), first(bundles.texts()?), first(targets.texts()?));
            let known = |m: &Serving| m.target().as_str() == target && m.bundle_version() == bundle;
            let Some(at) = models.iter().position(known).filter(|_| run == run_id) else { return Ok(None) };
            counts[at] += file.rows(group)? as u64;
        }
    }
    Ok(Some(counts).filter(|counts| counts.iter().all(|count| *count > 0)))
}

fn score(place: &Place, day: Date, models: &mut [Serving]) -> Result<Vec<DayScores>> {
    let offsets = Offsets::new(&place.site.profile.parts().time_zone)?;
    let (end_us, end_offset) = offsets.end_of(day)?;
    let (start_us, _) = offsets.end_of(day.yesterday()?)?;
    let mut found = models.iter().map(DayScores::of).collect::<Result<Vec<_>>>()?;
    let mut states = StateReader::open(&*place.warehouse, day)?;
    let (mut row, mut visitor) = (StateRow::default(), Visitor::new(&place.site.profile));
    while states.read(&mut row)? {
        if row.last_event_us < end_us - ACTIVE_DAYS * 86_400_000_000 {
            continue;
        }
        visitor.restore_from(&row.state)?;
        for (model, scores) in models.iter_mut().zip(&mut found) {
            let session = model.target() == Target::Session;
            if session && row.last_event_us < start_us {
                continue;
            }
            let last = (visitor.last_event_us(), visitor.last_utc_offset_s());
            let (now, offset) = if session { last } else { (end_us, end_offset) };
            let score = model.score(&mut visitor, now, offset)?;
            scores.push(ScoreRow {
                user: &row.user,
                session_id: if session { visitor.session_id() } else { 0 },
                score,
                band: model.model()?.band(score),
                reasons: None,
            });
        }
    }
    Ok(found)
}
