//! Champion and challenger of a target on what both have seen: how far they agree, and who was nearer to what came true.

use super::shadow;
use super::train::snapshots;
use super::{ExitKind, exit};
use crate::metrics::Resamples;
use crate::place::Place;
use crate::scores::{self, Serving};
use crate::shards::Shards;
use crate::store::registry;
use crate::training::{Comparison, TrainingRows, last_day};
use crate::warehouse::events_clean;
use crate::warehouse::read::TableReader;
use anyhow::{Context, Result};
use jiff::ToSpan;
use jiff::civil::Date;
use model_core::Target;
use serde::Serialize;
use std::cmp::Ordering;

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

/// How alike the scores of the same visitors are.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Agreement {
    /// First and last day that both have scored, `YYYY-MM-DD`.
    pub days: [String; 2],
    /// Days that both have scored.
    pub day_count: usize,
    /// Scores of both.
    pub rows: u64,
    /// Share of them in the same band, 0 to 1.
    pub same_band: f64,
    /// Mean absolute difference of the probabilities.
    pub mean_absolute_difference: f64,
    /// Mean score of the champion.
    pub champion_mean: f64,
    /// Mean score of the challenger.
    pub challenger_mean: f64,
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
    done.agreement = agreement(place, target, [&done.champion, &done.challenger], from)?;
    if done.agreement.is_none() {
        done.notes.push(format!("no day since {from} has scores of both; `inkling run` makes them"));
    }
    outcomes(place, target, &mut done, from, last)?;
    Ok(done)
}

/// Scores by visitor of one model on one day, in the order of visitors.
struct Scored {
    users: Vec<String>,
    scores: Vec<f64>,
    bands: Vec<String>,
    run_id: String,
}

fn scored(place: &Place, table: &str, day: Date, target: Target, version: &str) -> Result<Scored> {
    let mut found = Scored { users: Vec::new(), scores: Vec::new(), bands: Vec::new(), run_id: String::new() };
    for path in place.warehouse.files(table, day, Shards::ALL)? {
        let file = TableReader::open(&path)?;
        for group in 0..file.groups() {
            let column = |name: &str| file.column(group, name);
            let (targets, versions) = (column("target")?, column("model_version")?);
            let (targets, versions) = (targets.texts()?, versions.texts()?);
            let (users, bands, runs) = (column("user_pseudo_id")?, column("band")?, column("run_id")?);
            let (users, bands, runs) = (users.texts()?, bands.texts()?, runs.texts()?);
            for (row, score) in column("score")?.f64s()?.into_iter().enumerate() {
                if (targets[row], versions[row]) != (Some(target.as_str()), Some(version)) {
                    continue;
                }
                found.users.push(users[row].unwrap_or_default().to_owned());
                found.bands.push(bands[row].unwrap_or_default().to_owned());
                found.scores.push(score.context("a score is never missing")?);
                if found.run_id.is_empty() {
                    runs[row].unwrap_or_default().clone_into(&mut found.run_id);
                }
            }
        }
    }
    Ok(found)
}

fn agreement(place: &Place, target: Target, versions: [&str; 2], from: Date) -> Result<Option<Agreement>> {
    let mut sum = Agreement::default();
    for day in place.warehouse.partitions(shadow::TABLE)?.into_iter().filter(|day| *day >= from) {
        let ours = scored(place, scores::TABLE, day, target, versions[0])?;
        let theirs = scored(place, shadow::TABLE, day, target, versions[1])?;
        // Scores of another run are of other events.
        if ours.users.is_empty() || theirs.users.is_empty() || ours.run_id != theirs.run_id {
            continue;
        }
        let (mut a, mut b) = (0, 0);
        while let (Some(one), Some(other)) = (ours.users.get(a), theirs.users.get(b)) {
            match one.cmp(other) {
                Ordering::Less => a += 1,
                Ordering::Greater => b += 1,
                Ordering::Equal => {
                    sum.rows += 1;
                    sum.same_band += f64::from(u8::from(ours.bands[a] == theirs.bands[b]));
                    sum.mean_absolute_difference += (ours.scores[a] - theirs.scores[b]).abs();
                    sum.champion_mean += ours.scores[a];
                    sum.challenger_mean += theirs.scores[b];
                    (a, b) = (a + 1, b + 1);
                }
            }
        }
        if sum.day_count == 0 {
            sum.days[0] = day.to_string();
        }
        sum.days[1] = day.to_string();
        sum.day_count += 1;
    }
    if sum.rows == 0 {
        return Ok(None);
    }
    let rows = sum.rows as f64;
    Ok(Some(Agreement {
        same_band: sum.same_band / rows,
        mean_absolute_difference: sum.mean_absolute_difference / rows,
        champion_mean: sum.champion_mean / rows,
        challenger_mean: sum.challenger_mean / rows,
        ..sum
    }))
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
