//! A linear model as sandboxed JavaScript reads it.
//!
//! A variable of Tag Manager sees the page's address, the time, and session and first touch of GA4. Terms of other
//! features are left out: a missing feature adds nothing to a linear model.

use crate::jobs::{ExitKind, exit};
use anyhow::{Context, Result};
use model_core::{Bundle, Calibration, FAMILIES, Family, FeatureRef, LinearTerm, Profile, Schema, Target, Transform};
use serde::Serialize;
use serde_json::{Value, json};

/// The model of the target `session`, as one line of JavaScript, and what it can see.
#[derive(Clone, Debug)]
pub struct LinearModel {
    pub(super) source: String,
    /// What is said about it.
    pub coverage: Coverage,
}

/// Which features of the model the sandbox sees.
#[derive(Clone, Debug, Serialize)]
pub struct Coverage {
    /// Version of the model.
    pub version: String,
    /// Names of features that are computed.
    pub seen: Vec<String>,
    /// Names of features that count as missing.
    pub unseen: Vec<String>,
}

/// The family's word in the template; `None` for what a variable cannot see.
fn word(family: Family) -> Option<&'static str> {
    Some(match family {
        Family::SessionPageViews => "page_views",
        Family::SessionNumber => "number",
        Family::SessionSeconds => "seconds",
        Family::SessionSecondsPerPage => "seconds_per_page",
        Family::SessionSecondsSincePageView => "since_page_view",
        Family::VisitorSecondsSinceEvent => "since_event",
        Family::VisitorSecondsSinceFirstTouch => "since_first_touch",
        Family::SessionCount => "count",
        Family::SessionSecondsSince => "since",
        _ => return None,
    })
}

/// Makes the model of a bundle.
///
/// # Errors
/// Exit code 2 when the bundle's model of the target `session` is not linear, needs what the sandbox cannot compute, or
/// sees nothing of what a variable sees.
pub fn linear_model(bundle: &Bundle) -> Result<LinearModel> {
    let profile = bundle.profile();
    let model = bundle.model(Target::Session).context("the bundle has no model of the target session")?;
    let version = model.version();
    let Some((bias, terms)) = model.linear_form() else {
        let text = format!(
            "model {version} is of the kind `{}`, and a variable of Tag Manager evaluates linear models only. Make one with \
             `inkling train --target session --algorithm linear`, and name its version with --model",
            model.kind()
        );
        return Err(exit(ExitKind::Usage, text));
    };
    let indicators = model.indicators();
    if !indicators.is_empty() {
        let mut names: Vec<String> = indicators.iter().map(|i| model.feature_name(profile, i.feature)).collect();
        names.sort_unstable();
        names.dedup();
        let text = format!(
            "model {version} has terms for single codes of {}, which a variable of Tag Manager does not evaluate",
            names.join(", ")
        );
        return Err(exit(ExitKind::Usage, text));
    }
    let Some(calibration) = calibration(model.calibration()) else {
        let text = format!(
            "model {version} has a logistic function in single precision, which a variable of Tag Manager does not \
             compute; `inkling recalibrate` gives it another one"
        );
        return Err(exit(ExitKind::Usage, text));
    };
    let mut coverage = Coverage { version: version.to_owned(), seen: Vec::new(), unseen: Vec::new() };
    let mut written = Vec::new();
    let refs = model.feature_refs(&Schema::new(profile))?;
    for ((feature, term), name) in refs.iter().zip(terms).zip(model.feature_names(profile)) {
        match seen(profile, *feature, term) {
            Some(term) => {
                coverage.seen.push(name);
                written.push(term);
            }
            None => coverage.unseen.push(name),
        }
    }
    if written.is_empty() {
        let text = format!("model {version} reads nothing that a variable of Tag Manager can see");
        return Err(exit(ExitKind::Usage, text));
    }
    let parts = profile.parts();
    let groups: Vec<&Vec<String>> = parts.groups.iter().map(|group| &group.paths).collect();
    let source = json!({
        "version": version,
        "bias": bias,
        "terms": written,
        "calibration": calibration,
        "bands": model.bands(),
        "groups": groups,
        "timeout": parts.session_timeout_s,
    });
    // JSON is JavaScript but for two separators of lines, which older engines refuse in texts.
    let source = source.to_string().replace('\u{2028}', "\\u2028").replace('\u{2029}', "\\u2029");
    Ok(LinearModel { source, coverage })
}

fn seen(profile: &Profile, feature: FeatureRef, term: &LinearTerm) -> Option<Value> {
    let mut all = json!({
        "feature": word(feature.family)?,
        "cap": FAMILIES[feature.family as usize].cap,
        "sqrt": term.transform == Transform::Sqrt,
        "mean": term.mean,
        "deviation": term.deviation,
        "weight": term.weight,
    });
    if matches!(feature.family, Family::SessionCount | Family::SessionSecondsSince) {
        // Events are counted first, then page groups, then every other page.
        let events = profile.parts().events.len();
        all["group"] = (usize::from(feature.counter) + 1).checked_sub(events).filter(|group| *group > 0)?.into();
    }
    Some(all)
}

/// `None` for what the sandbox cannot compute: it has no numbers in single precision.
fn calibration(calibration: &Calibration) -> Option<Value> {
    Some(match calibration {
        Calibration::None => json!({"kind": "none"}),
        Calibration::Platt { a, b } => json!({"kind": "platt", "a": a, "b": b}),
        Calibration::Isotonic { margins, probabilities } => {
            json!({"kind": "isotonic", "margins": margins, "probabilities": probabilities})
        }
        Calibration::SingleLogistic => return None,
    })
}
