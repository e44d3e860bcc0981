//! How far champion and challenger agree on the days that both have scored.

use super::shadow;
use crate::place::Place;
use crate::scores;
use crate::shards::Shards;
use crate::warehouse::read::TableReader;
use anyhow::{Context, Result};
use jiff::civil::Date;
use model_core::Target;
use serde::Serialize;
use std::cmp::Ordering;

/// How alike the scores of the same visitors are.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
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

/// Of champion and challenger, from the tables `scores` and `shadow_scores` of the days `from` to `to`; `None` when there is no
/// score of both.
///
/// # Errors
/// When a table cannot be read.
pub fn agreement(
    place: &Place,
    target: Target,
    versions: [&str; 2],
    from: Date,
    to: Date,
) -> Result<Option<Agreement>> {
    let mut sum = Agreement::default();
    for day in place.warehouse.partitions(shadow::TABLE)?.into_iter().filter(|day| (from..=to).contains(day)) {
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
