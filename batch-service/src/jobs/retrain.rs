//! Is it time to train? By the model's age and what the monitor says of it; if so, a challenger and its report.

use super::promote::Reason;
use super::train::{learn, snapshots};
use crate::monitor::finding::Tile;
use crate::monitor::verdict::verdict;
use crate::monitor::{Status, Thresholds};
use crate::place::Place;
use crate::progress;
use crate::store::registry;
use crate::training::{self, ChallengerReport, TooFew, TrainOptions, TrainingRows};
use anyhow::{Context, Result};
use jiff::ToSpan;
use jiff::civil::Date;
use model_core::Target;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// `[retrain]`: when a model is to be trained anew.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(default)]
pub struct RetrainConfig {
    /// Days that a model learnt nothing of, up to which its age is no reason.
    pub max_age_days: i32,
    /// Below this age nothing is a reason: another model would learn from the same days. A challenger that is not older
    /// waits for a decision.
    pub min_age_days: i32,
    /// Last days with scores whose drift is looked at.
    pub look_days: i32,
    /// Of them so many with red drift are a reason.
    pub red_days: usize,
    /// Of them so many with amber or red drift are a reason.
    pub amber_days: usize,
}

impl Default for RetrainConfig {
    fn default() -> Self {
        Self { max_age_days: 42, min_age_days: 7, look_days: 7, red_days: 2, amber_days: 5 }
    }
}

impl RetrainConfig {
    /// Checks that the numbers make sense.
    ///
    /// # Errors
    /// The key, and what is wrong.
    pub fn check(&self) -> Result<(), String> {
        let Self { max_age_days, min_age_days, look_days, red_days, amber_days } = *self;
        if min_age_days < 0 || max_age_days <= min_age_days || max_age_days > 3_650 {
            return Err("`retrain.max_age_days` is more than `retrain.min_age_days`, which is 0 or more".to_owned());
        }
        if !(1..=60).contains(&look_days) {
            return Err(format!("`retrain.look_days` = {look_days}: 1 to 60 days"));
        }
        let most = look_days.unsigned_abs() as usize;
        for (key, days) in [("red_days", red_days), ("amber_days", amber_days)] {
            if !(1..=most).contains(&days) {
                return Err(format!("`retrain.{key}` = {days}: 1 to `retrain.look_days`, {most}"));
            }
        }
        Ok(())
    }
}

/// Whether a target's model is to be trained anew.
#[derive(Clone, Debug, Serialize)]
pub struct Need {
    /// `session` or `visitor`.
    pub target: &'static str,
    /// The version in service.
    pub champion: Option<String>,
    /// Days since the last whose outcomes it learnt from; `None` when its report does not tell.
    pub age_days: Option<i32>,
    /// Whether it is time.
    pub needed: bool,
    /// Why, or why not.
    pub because: Vec<String>,
}

/// What `inkling train --if-needed` did for a target.
#[derive(Clone, Debug, Serialize)]
pub struct Proposal {
    /// The decision.
    #[serde(flatten)]
    pub need: Need,
    /// The challenger, if one was trained.
    pub challenger: Option<ChallengerReport>,
    /// Why none could be trained though it was time.
    pub not_trained: Option<String>,
}

/// Looks whether it is time to train on the days up to `to`.
///
/// # Errors
/// When a report or a table of the monitor cannot be read.
pub fn need(place: &Place, target: Target, to: Date, config: &RetrainConfig, thresholds: &Thresholds) -> Result<Need> {
    let store = &*place.store;
    let champion = registry::in_service(store, target)?;
    let mut need = Need {
        target: target.as_str(),
        champion: champion.clone(),
        age_days: None,
        needed: false,
        because: Vec::new(),
    };
    if let Some(challenger) = registry::challenger(store, target)? {
        let age = age(place, target, &challenger, to)?;
        if age.is_some_and(|age| age < config.min_age_days) {
            need.because = vec![format!(
                "the challenger {challenger} waits for a decision: `inkling model promote {challenger} --target {}`",
                target.as_str()
            )];
            return Ok(need);
        }
    }
    let Some(version) = champion else {
        (need.needed, need.because) = (true, vec!["no model is in service".to_owned()]);
        return Ok(need);
    };
    need.age_days = age(place, target, &version, to)?;
    let found = reasons(place, target, &version, need.age_days, config, thresholds)?;
    let (said, known) = found;
    if let Some(age) = need.age_days.filter(|age| *age < config.min_age_days) {
        let least = config.min_age_days;
        need.because =
            vec![format!("{version} is {age} days old; below {least} another one would learn from the same days")];
        need.because.extend(said.into_iter().map(|reason| format!("yet {}", reason.text)));
        return Ok(need);
    }
    need.needed = !said.is_empty();
    need.because = said.into_iter().map(|reason| reason.text).collect();
    if !need.needed {
        let age = need.age_days.map_or_else(|| "of unknown age".to_owned(), |age| format!("{age} days old"));
        need.because.push(format!("{version} is {age}, {known}"));
    }
    Ok(need)
}

/// What speaks for a training, and what is known if nothing does.
fn reasons(
    place: &Place,
    target: Target,
    version: &str,
    age: Option<i32>,
    config: &RetrainConfig,
    thresholds: &Thresholds,
) -> Result<(Vec<Reason>, String)> {
    let verdict = verdict(place, target, version, config.look_days, thresholds)?;
    let mut reasons = Vec::new();
    let mut add = |rule: &str, text: String| reasons.push(Reason { rule: rule.to_owned(), text });
    if let Some(age) = age.filter(|age| *age > config.max_age_days) {
        add("age", format!("{version} is {age} days old, more than {}", config.max_age_days));
    }
    let days = |least: Status| verdict.drift.iter().filter(|(_, status)| *status >= least).count();
    let (red, amber, all) = (days(Status::Red), days(Status::Amber), verdict.drift.len());
    let drift = verdict.findings.iter().find(|finding| finding.tile == Tile::Drift);
    let cause = drift.map_or_else(String::new, |finding| format!(": {}", finding.cause));
    if red >= config.red_days {
        add("drift", format!("features drift, red on {red} of the last {all} days{cause}"));
    } else if amber >= config.amber_days {
        add("drift", format!("features drift, amber or red on {amber} of the last {all} days{cause}"));
    }
    for finding in verdict.red() {
        match finding.tile {
            Tile::Auc | Tile::Lift => add(&finding.rule, finding.cause.clone()),
            Tile::Calibration => {
                add(&finding.rule, format!("{} (`inkling recalibrate` may be the cheaper cure)", finding.cause));
            }
            _ => {}
        }
    }
    let known = match verdict.day {
        Some(day) => format!("and up to {day} neither drift nor what came true speaks against it"),
        None => "and the monitor has not looked at it yet".to_owned(),
    };
    Ok((reasons, known))
}

/// Days since the last day whose outcomes a model has learnt from.
fn age(place: &Place, target: Target, version: &str, to: Date) -> Result<Option<i32>> {
    let Some(text) = registry::text_if_there(&*place.store, version, "report.json")? else { return Ok(None) };
    let report: Value = serde_json::from_str(&text).with_context(|| format!("report of model {version}"))?;
    let Some(last) = report["data"]["days"][1].as_str().and_then(|day| day.parse::<Date>().ok()) else {
        return Ok(None);
    };
    let ahead = if target == Target::Visitor { i64::from(place.site.profile.parts().horizon_days) } else { 0 };
    Ok(Some((to - last.checked_add(ahead.days())?).get_days().max(0)))
}

/// Trains a challenger for each of the targets whose time it is, on the days from `from` to `to`, and keeps its report
/// beside it: `challenger.json`, `challenger.md`. None is put into service.
///
/// # Errors
/// When the warehouse or the store fails, or a training for another reason than too few days or conversions.
pub fn if_needed(
    place: &Place,
    targets: &[Target],
    from: Option<Date>,
    to: Date,
    options: &TrainOptions,
    config: &RetrainConfig,
    thresholds: &Thresholds,
) -> Result<Vec<Proposal>> {
    let mut proposals = Vec::new();
    for target in targets {
        let need = need(place, *target, to, config, thresholds)?;
        proposals.push(Proposal { need, challenger: None, not_trained: None });
    }
    if proposals.iter().all(|proposal| !proposal.need.needed) {
        return Ok(proposals);
    }
    let rows = snapshots(place, from, to)?;
    training::table::replace(&*place.warehouse, &rows)?;
    let TrainingRows { session, daily, .. } = rows;
    for (target, proposal) in targets.iter().zip(&mut proposals).filter(|(_, proposal)| proposal.need.needed) {
        let rows = if *target == Target::Session { &session } else { &daily };
        match learn(place, *target, rows, options, "train --if-needed") {
            Ok(trained) => {
                let report = ChallengerReport::of(&trained.report, &proposal.need.because);
                let (store, version) = (&*place.store, trained.model.version());
                registry::put_text(store, version, "challenger.json", &serde_json::to_string_pretty(&report)?)?;
                registry::put_text(store, version, "challenger.md", &report.markdown())?;
                registry::challenge(store, *target, Some(version))?;
                proposal.challenger = Some(report);
            }
            Err(error) if error.is::<TooFew>() => {
                progress::note(format_args!("no challenger for {}: {error:#}", target.as_str()));
                proposal.not_trained = Some(format!("{error:#}"));
            }
            Err(error) => return Err(error),
        }
    }
    Ok(proposals)
}
