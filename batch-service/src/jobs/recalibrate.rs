//! The calibration of the models in service, fitted anew on the latest labels: a new version of the same trees or weights.

use super::promote::{Gate, Reason, observed, reported};
use super::train::snapshots;
use super::{ExitKind, exit};
use crate::monitor::reference::{Reference, SCORE};
use crate::place::Place;
use crate::progress;
use crate::scores::Serving;
use crate::store::registry::{self, Decision, Lineage};
use crate::training::{
    RecalibrateOptions, RecalibrationReport, Snapshots, TooFew, TrainingRows, last_day, recalibrate as fit_anew,
};
use anyhow::{Context, Result};
use jiff::ToSpan;
use jiff::civil::{Date, date};
use model_core::{Bundle, Target};
use serde::Serialize;
use serde_json::Value;

/// What a recalibration did.
#[derive(Debug, Serialize)]
pub struct RecalibrateSummary {
    /// Version of the model.
    pub version: String,
    /// Whether it is in service now.
    pub in_service: bool,
    /// What was measured.
    pub report: RecalibrationReport,
    /// Why it was not put into service, or was by force.
    pub reasons: Vec<Reason>,
    /// Wall clock.
    pub seconds: f64,
}

/// Recalibrates the models of the targets, those in service or `version`, on the days up to `to`.
///
/// A recalibrated model is put into service if it is shown to be better than the old one on the newest days, or the gate
/// is forced; `to` is the last day that labels are known by.
///
/// # Errors
/// Exit code 2 when no model serves; too few days or conversions for each of the targets, or for one of them, after the
/// other one was recalibrated; when the warehouse cannot be read. Nothing is written for a target that fails.
pub fn recalibrate(
    place: &Place,
    targets: &[Target],
    version: Option<&str>,
    to: Date,
    options: &RecalibrateOptions,
    gate: &Gate,
) -> Result<Vec<RecalibrateSummary>> {
    let mut models = Vec::new();
    for target in targets {
        models.extend(Serving::load(&*place.store, &place.site.profile, *target, version)?);
    }
    if models.is_empty() {
        let text = match version {
            Some(version) => format!("model {version} does not predict the target that was asked for"),
            None => "no model is in service whose calibration could be fitted anew; make one with `inkling train`"
                .to_owned(),
        };
        return Err(exit(ExitKind::Usage, text));
    }
    // Labels of the visitor target look ahead.
    let ahead = i32::from(place.site.profile.parts().horizon_days);
    let from = to.checked_sub((options.days.max(1) + ahead - 1).days())?;
    let TrainingRows { session, daily, .. } = snapshots(place, Some(from), to)?;
    let (mut done, mut failed) = (Vec::new(), None);
    for model in &models {
        let rows = if model.target() == Target::Session { &session } else { &daily };
        match one(place, model, rows, options, gate) {
            Ok(summary) => done.push(summary),
            // One target may have too few conversions where the other has enough.
            Err(error) if models.len() > 1 && error.is::<TooFew>() => {
                progress::note(format_args!("no recalibration of {}: {error:#}", model.target().as_str()));
                failed = failed.or(Some(error));
            }
            Err(error) => return Err(error),
        }
    }
    match failed.filter(|_| done.is_empty()) {
        Some(error) => Err(error),
        None => Ok(done),
    }
}

fn one(
    place: &Place,
    serving: &Serving,
    rows: &Snapshots,
    options: &RecalibrateOptions,
    gate: &Gate,
) -> Result<RecalibrateSummary> {
    let start = std::time::Instant::now();
    let (store, profile, old) = (&*place.store, &place.site.profile, serving.model()?);
    let report: Value = match registry::text_if_there(store, old.version(), "report.json")? {
        Some(text) => serde_json::from_str(&text).with_context(|| format!("report of model {}", old.version()))?,
        None => Value::Null,
    };
    let learnt = learnt_to(&report, old.version());
    let done =
        fit_anew(rows, profile, old, learnt, options).with_context(|| format!("recalibrating {}", old.version()))?;
    let told = RecalibrationReport::of(&done, old, profile, learnt);
    let bundle = Bundle::new(profile.clone(), vec![done.model.clone()])?.write();
    let version = done.model.version().to_owned();
    let card = registry::text_if_there(store, old.version(), "card.md")?.unwrap_or_default();
    let text = serde_json::to_string_pretty(&told.merged(&report)?)?;
    let day = |at: usize| report["data"]["days"][at].as_str().map(str::to_owned);
    let data_days = day(0).zip(day(1)).map(|(first, last)| [first, last]);
    Lineage::now("recalibrate", data_days, Some(old.version())).keep(store, &version)?;
    registry::add(store, &version, &bundle, &text, &told.markdown(&card))?;
    keep_reference(place, old.version(), Reference::of(rows, profile, &done.model))?;

    let own = told.release_reasons.iter().map(|text| Reason { rule: "report".to_owned(), text: text.clone() });
    let mut reasons: Vec<Reason> = own.collect();
    // The same days give the same version, which may have served.
    reasons.extend(observed(place, serving.target(), &version, &gate.thresholds)?);
    // Of trees that do not serve, what held them back holds back the same trees with another calibration.
    if registry::in_service(store, serving.target())?.is_some_and(|champion| champion != old.version()) {
        reasons.extend(reported(place, old.version())?);
        reasons.extend(observed(place, serving.target(), old.version(), &gate.thresholds)?);
    }
    let in_service = gate.passes(place, &version, "recalibrate", &reasons)?;
    if in_service {
        let against: Vec<String> = reasons.iter().map(ToString::to_string).collect();
        let decision = Decision { against: &against, ..Decision::by("recalibrate") };
        registry::promote(store, serving.target(), &version, &decision)?;
    }
    Ok(RecalibrateSummary { version, in_service, report: told, reasons, seconds: start.elapsed().as_secs_f64() })
}

/// The last day that trees or weights were fitted on, days since 1970-01-01.
fn learnt_to(report: &Value, version: &str) -> Option<i32> {
    let told: Option<Date> = report["recalibration"]["learnt_to"].as_str().and_then(|day| day.parse().ok());
    told.map(|day| (day - date(1970, 1, 1)).get_days()).or_else(|| last_day(version))
}

/// Features are compared with those of the training, scores with those of the new calibration.
fn keep_reference(place: &Place, old: &str, of_new: Reference) -> Result<()> {
    let reference = match Reference::load(&*place.store, old)? {
        None => of_new,
        Some(mut reference) => {
            let mut scores: Vec<_> = of_new.distributions.into_iter().filter(|d| d.name == SCORE).collect();
            scores.iter_mut().for_each(|d| d.independent = Some(of_new.independent));
            reference.distributions.retain(|d| d.name != SCORE);
            reference.distributions.splice(0..0, scores);
            (reference.model_version, reference.histogram) = (of_new.model_version, of_new.histogram);
            reference
        }
    };
    reference.keep(&*place.store)
}
