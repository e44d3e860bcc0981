//! What the registry has: each version with where it comes from, how good it was, and what it is to its target.

use crate::store::ObjectStore;
use crate::store::registry::{self, Forced, Lineage, Promotion};
use anyhow::{Context, Result};
use model_core::{Model, Target};
use serde::Serialize;
use serde_json::Value;
use std::collections::BTreeMap;
use std::fmt::{Display, Formatter};

/// The registry.
#[derive(Debug, Serialize)]
pub struct Listing {
    /// All versions, sorted by name.
    pub versions: Vec<String>,
    /// The champion of each target, in the order of [`Target::ALL`].
    pub in_service: Vec<Option<String>>,
    /// The challenger of each target.
    pub challenger: Vec<Option<String>>,
    /// By version, the times when it was put into service or released by force.
    pub forced: BTreeMap<String, Vec<Forced>>,
    /// The versions.
    pub models: Vec<Listed>,
    /// By target, the promotions, the earliest first.
    pub history: BTreeMap<&'static str, Vec<Promotion>>,
}

/// A version.
#[derive(Debug, Serialize)]
pub struct Listed {
    /// The version.
    pub version: String,
    /// `session` or `visitor`.
    pub target: Option<&'static str>,
    /// `trees` or `linear`.
    pub kind: Option<&'static str>,
    /// Features that it reads.
    pub features: usize,
    /// `champion` (in service), `challenger` or none.
    pub alias: Option<&'static str>,
    /// Where it comes from; `None` for one that was made before that was kept.
    pub lineage: Option<Lineage>,
    /// First and last local day that it learnt from.
    pub data_days: Option<[String; 2]>,
    /// What its test measured; empty for a version without a report.
    pub measures: Vec<Value>,
    /// When it was put into service or released by force.
    pub forced: Vec<Forced>,
    /// SHA-256 of its bundle, hexadecimal.
    pub sha256: String,
}

/// The measures that people are shown, with their words.
const SHOWN: [(&str, &str); 3] = [("auc", "AUC"), ("log_loss", "log-loss"), ("calibration_error", "calibration error")];

/// Reads the registry.
///
/// # Errors
/// When the store fails, or a file of a version does not parse.
pub fn list(store: &dyn ObjectStore) -> Result<Listing> {
    let all = Target::ALL.iter();
    let in_service: Vec<_> = all.clone().map(|t| registry::in_service(store, *t)).collect::<Result<_>>()?;
    let challenger: Vec<_> = all.clone().map(|t| registry::challenger(store, *t)).collect::<Result<_>>()?;
    let history = all.map(|t| Ok((t.as_str(), registry::history(store, *t)?))).collect::<Result<_>>()?;
    let versions = registry::versions(store)?;
    let is = |list: &[Option<String>], version: &str| list.iter().flatten().any(|v| v == version);
    let (mut models, mut forced) = (Vec::new(), BTreeMap::new());
    for version in &versions {
        // The bundle is written last: without it a version is not there yet.
        let Some(mut model) = one(store, version)? else { continue };
        let challenges = is(&challenger, version).then_some("challenger");
        model.alias = if is(&in_service, version) { Some("champion") } else { challenges };
        if !model.forced.is_empty() {
            forced.insert(version.clone(), model.forced.clone());
        }
        models.push(model);
    }
    Ok(Listing { versions, in_service, challenger, forced, models, history })
}

fn one(store: &dyn ObjectStore, version: &str) -> Result<Option<Listed>> {
    let Some(stored) = registry::load_if_there(store, version)? else { return Ok(None) };
    let model = Target::ALL.into_iter().find_map(|target| stored.bundle.model(target));
    let report: Value = match registry::text_if_there(store, version, "report.json")? {
        Some(text) => serde_json::from_str(&text).with_context(|| format!("report of model {version}"))?,
        None => Value::Null,
    };
    let lineage = Lineage::load(store, version)?;
    let day = |at: usize| report["data"]["days"][at].as_str().map(str::to_owned);
    let of_report = day(0).zip(day(1)).map(|(first, last)| [first, last]);
    let measures = report["test"]["all"]["measures"].as_array().into_iter().flatten();
    Ok(Some(Listed {
        version: version.to_owned(),
        target: model.map(|m| m.target().as_str()),
        kind: model.map(Model::kind),
        features: model.map_or(0, |m| m.feature_positions().len()),
        alias: None,
        data_days: lineage.as_ref().and_then(|l| l.data_days.clone()).or(of_report),
        lineage,
        measures: measures.map(measure).collect(),
        forced: registry::forced_of(store, version)?,
        sha256: stored.sha256,
    }))
}

fn measure(of: &Value) -> Value {
    let number = |name: &str| of["model"][name].clone();
    let (value, low, high) = (number("value"), number("low"), number("high"));
    serde_json::json!({ "name": of["name"], "value": value, "low": low, "high": high })
}

impl Display for Listing {
    fn fmt(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        for (at, model) in self.models.iter().enumerate() {
            if at > 0 {
                writeln!(f)?;
            }
            write!(f, "{model}")?;
        }
        Ok(())
    }
}

impl Display for Listed {
    fn fmt(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.version)?;
        self.alias.iter().try_for_each(|alias| write!(f, "  {alias}"))?;
        if let Some(last) = self.forced.last() {
            write!(f, "  by --force, {}: {}", last.at, last.reasons.join("; "))?;
        }
        write!(f, "\n  {}, {}", self.target.unwrap_or("no target"), self.kind.unwrap_or("no model"))?;
        self.data_days.iter().try_for_each(|[first, last]| write!(f, ", {first} to {last}"))?;
        if let Some(Lineage { by, at, program, commit, of, .. }) = &self.lineage {
            write!(f, ", made {at} by {by}")?;
            of.iter().try_for_each(|of| write!(f, " of {of}"))?;
            write!(f, ", inkling {program}")?;
            commit.iter().try_for_each(|commit| write!(f, " ({commit})"))?;
        }
        for (name, word) in SHOWN {
            let Some(found) = self.measures.iter().find(|m| m["name"] == name) else { continue };
            let Some(value) = found["value"].as_f64() else { continue };
            write!(f, "\n  {word} {value:.4}")?;
            if let (Some(low), Some(high)) = (found["low"].as_f64(), found["high"].as_f64()) {
                write!(f, " ({low:.4} to {high:.4})")?;
            }
        }
        Ok(())
    }
}
