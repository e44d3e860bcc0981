//! Into service: a version that drifts, is worse than another one or whose scores do not come true is held back.

use super::{ExitKind, exit};
use crate::logs::{Severity, line};
use crate::monitor::Thresholds;
use crate::monitor::verdict::verdict;
use crate::place::Place;
use crate::store::registry::{self, Decision, Forced};
use anyhow::{Context, Result};
use jiff::Timestamp;
use model_core::Target;
use serde::Serialize;
use serde_json::Value;

/// What holds a version back, and whether it does.
#[derive(Clone, Debug, Default)]
pub struct Gate {
    /// Where the checks of the monitor turn red.
    pub thresholds: Thresholds,
    /// Go on all the same.
    pub force: bool,
}

/// A reason against a version.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Reason {
    /// What says so: `report`, or a check of the monitor such as `drift:session`.
    pub rule: String,
    /// A sentence.
    pub text: String,
}

impl std::fmt::Display for Reason {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {}", self.rule, self.text)
    }
}

impl Gate {
    /// That lets everything through.
    #[must_use]
    pub fn forced() -> Self {
        Self { force: true, ..Self::default() }
    }

    /// Whether reasons do not hold a version back. With `force` they are kept beside it, and `by` whom, and said.
    ///
    /// # Errors
    /// When the store fails.
    pub fn passes(&self, place: &Place, version: &str, by: &str, reasons: &[Reason]) -> Result<bool> {
        if reasons.is_empty() {
            return Ok(true);
        }
        if !self.force {
            return Ok(false);
        }
        let reasons: Vec<String> = reasons.iter().map(ToString::to_string).collect();
        let text = format!("{by} of {version} goes on by --force against: {}", reasons.join("; "));
        line(Severity::Warning, text).print();
        let at = Timestamp::now().strftime("%Y-%m-%dT%H:%M:%SZ").to_string();
        registry::record_forced(&*place.store, version, Forced { by: by.to_owned(), at, reasons })?;
        Ok(true)
    }

    /// The same, with an error where they hold it back.
    ///
    /// # Errors
    /// Exit code 1 with the reasons; when the store fails.
    pub fn pass(&self, place: &Place, version: &str, by: &str, reasons: &[Reason]) -> Result<()> {
        if self.passes(place, version, by, reasons)? {
            return Ok(());
        }
        let reasons: Vec<String> = reasons.iter().map(ToString::to_string).collect();
        let text = format!("{by} of {version} is refused: {}; `--force` does it all the same", reasons.join("; "));
        Err(exit(ExitKind::CheckFailed, text))
    }
}

/// What its report says against a version: that it is worse than the prior or than the model that was in service, or of
/// a recalibrated one that it is not shown to be better. A version without a report has nothing against it.
///
/// # Errors
/// When the report cannot be read.
pub fn reported(place: &Place, version: &str) -> Result<Vec<Reason>> {
    let Some(text) = registry::text_if_there(&*place.store, version, "report.json")? else { return Ok(Vec::new()) };
    let report: Value = serde_json::from_str(&text).with_context(|| format!("report of model {version}"))?;
    if report["release_allowed"].as_bool() != Some(false) {
        return Ok(Vec::new());
    }
    let said = report["release_reasons"].as_array().into_iter().flatten().filter_map(Value::as_str);
    let of = |text: &str| Reason { rule: "report".to_owned(), text: text.to_owned() };
    let reasons: Vec<Reason> = said.map(of).collect();
    Ok(if reasons.is_empty() { vec![of("its report says that it may not be released")] } else { reasons })
}

/// What the newest figures of the monitor say against a version: red drift, calibration, AUC or lift. One that has never
/// served has none.
///
/// # Errors
/// When a table cannot be read.
pub fn observed(place: &Place, target: Target, version: &str, thresholds: &Thresholds) -> Result<Vec<Reason>> {
    let verdict = verdict(place, target, version, 1, thresholds)?;
    Ok(verdict.red().map(|finding| Reason { rule: finding.rule.clone(), text: finding.cause.clone() }).collect())
}

/// Puts a version into service, if nothing speaks against it or the gate is forced. `decision` says what asks for it.
///
/// # Errors
/// Exit code 1 with the reasons against it; as for [`registry::promote`].
pub fn promote(place: &Place, target: Target, version: &str, decision: &Decision<'_>, gate: &Gate) -> Result<()> {
    // An unknown version, or one of another target, is said first.
    registry::check(&*place.store, target, version)?;
    let mut reasons = reported(place, version)?;
    reasons.extend(observed(place, target, version, &gate.thresholds)?);
    gate.pass(place, version, decision.by, &reasons)?;
    let against: Vec<String> = reasons.iter().map(ToString::to_string).collect();
    registry::promote(&*place.store, target, version, &Decision { against: &against, ..*decision })
}

/// Puts the champion before the one in service back, through the same gate; gives its version.
///
/// # Errors
/// Exit code 2 when nothing serves or served before; as for [`promote`].
pub fn rollback(place: &Place, target: Target, why: Option<&str>, gate: &Gate) -> Result<String> {
    let (store, name) = (&*place.store, target.as_str());
    let Some(serving) = registry::in_service(store, target)? else {
        return Err(exit(ExitKind::Usage, format!("no model is in service for the target {name}")));
    };
    let Some(version) = registry::before_in_service(store, target)? else {
        let text = format!("no model of the target {name} served before {serving} (`inkling model list`)");
        return Err(exit(ExitKind::Usage, text));
    };
    let decision = Decision { why, after: Some(&serving), ..Decision::by(registry::ROLLBACK) };
    promote(place, target, &version, &decision, gate)?;
    Ok(version)
}

/// Makes a version the challenger of a target.
///
/// # Errors
/// Exit code 2 when there is no such version, it has no model of the target, or it serves.
pub fn challenge(place: &Place, target: Target, version: &str) -> Result<()> {
    let store = &*place.store;
    registry::check(store, target, version)?;
    if registry::in_service(store, target)?.as_deref() == Some(version) {
        return Err(exit(ExitKind::Usage, format!("{version} is in service; a challenger is another version")));
    }
    registry::challenge(store, target, Some(version))
}

/// Looks at what is to be released. What serves already has passed its report; its figures may have changed since.
///
/// # Errors
/// Exit code 1 with the reasons against it; when the store or a table cannot be read.
pub fn release(place: &Place, version: Option<&str>, gate: &Gate) -> Result<()> {
    let serving = registry::in_service(&*place.store, Target::Session)?;
    let Some(version) = version.or(serving.as_deref()) else { return Ok(()) };
    let mut reasons = if serving.as_deref() == Some(version) { Vec::new() } else { reported(place, version)? };
    reasons.extend(observed(place, Target::Session, version, &gate.thresholds)?);
    gate.pass(place, version, "release publish", &reasons)
}
