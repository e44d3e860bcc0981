//! Champion and challenger of a target on what both have seen: how far they agree, and who was nearer to what came true.

use super::agreement::{Agreement, agreement};
use super::train::snapshots;
use super::{ExitKind, exit};
use crate::metrics::Resamples;
use crate::place::Place;
use crate::scores::Serving;
use crate::store::registry;
use crate::training::{Comparison, TrainingRows, last_day};
use crate::warehouse::events_clean;
use anyhow::{Context, Result};
use jiff::ToSpan;
use jiff::civil::Date;
use model_core::Target;
use serde::Serialize;

/// Champion and challenger.
#[derive(Debug, Serialize)]
pub struct ModelComparison {
    /// `session` or `visitor`.
    pub target: &'static str,
    /// The version in service.
    pub champion: String,
    /// The version that challenges it.
    pub challenger: String,
    /// The daily scores of both; `None` before the first day that both have scored.
    pub agreement: Option<Agreement>,
    /// Both on moments whose outcome is known, of days that neither has learnt from; `in_service` is the champion. `None`
    /// when there are no such days.
    pub outcomes: Option<Comparison>,
    /// What could not be compared, and why.
    pub notes: Vec<String>,
}

/// Compares on the last `days` days of the warehouse.
///
/// # Errors
/// Exit code 2 when the target has no champion or no challenger; exit code 4 when one of them was made for another site
/// profile; when the warehouse or the store fails.
pub fn compare(place: &Place, target: Target, days: i32) -> Result<ModelComparison> {
    let (store, name) = (&*place.store, target.as_str());
    let Some(champion) = registry::in_service(store, target)? else {
        return Err(exit(ExitKind::Usage, format!("no model is in service for the target {name}")));
    };
    let Some(challenger) = registry::challenger(store, target)? else {
        let text = format!("the target {name} has no challenger; make one with `inkling model challenge`");
        return Err(exit(ExitKind::Usage, text));
    };
    let mut done =
        ModelComparison { target: name, champion, challenger, agreement: None, outcomes: None, notes: Vec::new() };
    let Some(last) = place.warehouse.partitions(events_clean::TABLE)?.last().copied() else {
        done.notes.push("the warehouse has no days".to_owned());
        return Ok(done);
    };
    let from = last.checked_sub((days.max(1) - 1).days())?;
    done.agreement = agreement(place, target, [&done.champion, &done.challenger], from, last)?;
    if done.agreement.is_none() {
        done.notes.push(format!("no day since {from} has scores of both; `inkling run` makes them"));
    }
    outcomes(place, target, &mut done, from, last)?;
    Ok(done)
}

fn outcomes(place: &Place, target: Target, done: &mut ModelComparison, from: Date, last: Date) -> Result<()> {
    let learnt = [&done.champion, &done.challenger].into_iter().filter_map(|version| last_day(version)).max();
    let learnt = learnt.and_then(|day| jiff::civil::date(1970, 1, 1).checked_add((day + 1).days()).ok());
    let first = learnt.map_or(from, |day| day.max(from));
    if first > last {
        done.notes.push("the warehouse has no days that neither has learnt from".to_owned());
        return Ok(());
    }
    let days = place.warehouse.partitions(events_clean::TABLE)?;
    if !days.iter().any(|day| (first..=last).contains(day)) {
        return Ok(());
    }
    let load = |version: &str| -> Result<Serving> {
        let loaded = Serving::load(&*place.store, &place.site.profile, target, Some(version))?;
        loaded.with_context(|| format!("model {version} does not predict the target {}", target.as_str()))
    };
    let (champion, challenger) = (load(&done.champion)?, load(&done.challenger)?);
    let TrainingRows { session, daily, .. } = snapshots(place, Some(first), last)?;
    let rows = if target == Target::Session { session } else { daily };
    let resamples = Resamples { count: 200, seed: 1 };
    let found = Comparison::of_both(&rows, challenger.model()?, champion.model()?, resamples);
    if found.measures.is_empty() {
        done.notes.push(format!(
            "only {} of {} moments with a known outcome since {first} came true: too few to compare",
            found.positives, found.rows
        ));
    }
    done.outcomes = Some(found);
    Ok(())
}
