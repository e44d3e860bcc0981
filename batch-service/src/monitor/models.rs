//! The models of the registry, with when they served: by the runs of the days.
//!
//! Figures are those of the training's report, on days that the model had not seen; missing for a model that was not
//! trained here. `released_at` and `key_id` are those of the release that pages load, and stay with a model that was in one.

use super::performance::Expected;
use super::rows::{Row, row};
use super::tables::MODELS;
use crate::jobs::RunRecord;
use crate::place::Place;
use crate::progress::note;
use crate::release::{Released, released};
use crate::store::registry;
use anyhow::{Context, Result};
use jiff::civil::Date;
use model_core::{Model, Target};
use serde_json::Value;

/// Versions that are listed, the latest trained ones and those that have served.
const MOST: usize = 60;

/// A row for each version. `runs` are those of the last weeks; when a model served before them is taken from `before`, the
/// rows of the day before.
///
/// # Errors
/// When the registry cannot be read.
pub fn rows(place: &Place, runs: &[RunRecord], before: &[Row]) -> Result<Vec<Row>> {
    let store = &*place.store;
    let mut versions = registry::versions(store)?;
    let known = |version: &str, column: &str| -> Option<Date> {
        let position = MODELS.position(column).ok()?;
        before.iter().find(|row| row.first().is_some_and(|c| c.text() == version))?.get(position)?.day()
    };
    let served = |version: &String| {
        runs.iter().any(|run| run.models.contains(version)) || known(version, "promoted_at").is_some()
    };
    // Names end in the last day of the training.
    versions.sort_by_key(|version| std::cmp::Reverse((served(version), day_of(version).to_owned())));
    versions.truncate(MOST);
    let (mut in_service, mut challengers) = (Vec::new(), Vec::new());
    for target in Target::ALL {
        in_service.extend(registry::in_service(store, target)?);
        challengers.extend(registry::challenger(store, target)?);
    }
    let in_release = released(store).unwrap_or_else(|error| {
        note(format_args!("the release in the store is not recorded: {error:#}"));
        Vec::new()
    });
    let text = |version: &str, column: &str| -> Option<String> {
        let position = MODELS.position(column).ok()?;
        let row = before.iter().find(|row| row.first().is_some_and(|c| c.text() == version))?;
        row.get(position).map(|cell| cell.text().to_owned()).filter(|text| !text.is_empty())
    };
    let row = |version: String| {
        let earlier = [known(&version, "promoted_at"), known(&version, "retired_at")];
        let now = in_release.iter().find(|released| released.model_version == version).cloned();
        let release = now.unwrap_or_else(|| Released {
            released_at: text(&version, "released_at"),
            key_id: text(&version, "key_id"),
            model_version: version,
        });
        one(place, runs, [&in_service, &challengers], release, earlier)
    };
    versions.into_iter().map(row).collect()
}

fn day_of(version: &str) -> &str {
    version.split('-').nth(1).unwrap_or_default()
}

fn one(
    place: &Place,
    runs: &[RunRecord],
    [in_service, challengers]: [&[String]; 2],
    release: Released,
    [promoted, retired]: [Option<Date>; 2],
) -> Result<Row> {
    let store = &*place.store;
    let version = release.model_version.as_str();
    let report: Value = match registry::text_if_there(store, version, "report.json")? {
        Some(text) => serde_json::from_str(&text).with_context(|| format!("report of model {version}"))?,
        None => Value::Null,
    };
    let expected = Expected::of(store, version)?;
    let stored = registry::load_if_there(store, version)?;
    if stored.is_none() {
        note(format_args!("model {version} has no bundle in the registry; what is known of it is listed without"));
    }
    let model = Target::ALL.into_iter().find_map(|target| stored.as_ref()?.bundle.model(target));
    let date = |value: &Value| value.as_str().and_then(|text| text.parse::<Date>().ok());
    let mut days: Vec<Date> = runs
        .iter()
        .filter(|run| run.models.iter().any(|m| m == version))
        .filter_map(|run| run.run_date.parse().ok())
        .collect();
    days.sort_unstable();
    let serving = in_service.iter().any(|m| m == version);
    let challenges = challengers.iter().any(|m| m == version);
    let alias = if serving { Some("in-service") } else { challenges.then_some("challenger") };
    let last = days.last().and_then(|day| day.tomorrow().ok()).or(retired).filter(|_| !serving);
    let first = days.first().copied().into_iter().chain(promoted).min();
    Ok(row![
        version,
        alias,
        model.map(Model::kind),
        model.map(|m| m.feature_positions().len()),
        date(&report["data"]["days"][0]),
        date(&report["data"]["days"][1]),
        report["data"]["rows"].as_u64(),
        report["data"]["positives"].as_u64(),
        expected.value("auc"),
        expected.value("pr_auc"),
        expected.value("calibration_error"),
        release.released_at,
        first,
        last,
        stored.as_ref().map(|stored| stored.sha256.clone()),
        release.key_id,
        stored.map(|stored| stored.bundle.write().len()),
    ])
}
