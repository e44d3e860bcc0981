//! Three audiences on the band: high intent, rising, cooling.
//!
//! "High intent" is who is in the band high now. "Rising" and "cooling" are sequences: another band first, then this one,
//! within some days. Each change of the band is an event of its own in Google Analytics, since scores travel on an event,
//! so that a sequence sees both sides of it; no property beside score and band is needed.

use super::client::{Admin, Audience};
use super::plan::{Action, Kind, Step};
use crate::activation::config::Ga4Config;
use crate::cloud::rest::Refusal;
use crate::jobs::{ExitKind, exit};
use anyhow::Result;
use model_core::Band;
use serde_json::{Map, Value, json};

/// Audiences of a standard property.
const ROOM: usize = 100;
const ACROSS: &str = "AUDIENCE_FILTER_SCOPE_ACROSS_ALL_SESSIONS";

/// An audience that is wanted.
#[derive(Clone, Debug)]
pub(super) struct Wanted {
    display: &'static str,
    description: &'static str,
    /// Days that a visitor stays without meeting the condition again.
    days: i64,
    clause: Value,
}

impl Wanted {
    fn body(&self) -> Value {
        json!({
            "displayName": self.display,
            "description": self.description,
            "membershipDurationDays": self.days,
            "filterClauses": [self.clause],
        })
    }
}

pub(super) fn wanted(config: &Ga4Config) -> Vec<Wanted> {
    let field = format!("customUser:{}", config.user_property_band);
    let within = |bands: &[Band]| in_bands(&field, bands);
    vec![
        Wanted {
            display: "Inkling high intent",
            description: "Inkling: the band of the score is high",
            days: 30,
            clause: json!({
                "clauseType": "INCLUDE",
                "simpleFilter": {"scope": ACROSS, "filterExpression": within(&[Band::High])},
            }),
        },
        Wanted {
            display: "Inkling rising intent",
            description: "Inkling: the band of the score was low or medium, and became high within 7 days",
            days: 7,
            clause: sequence(7, within(&[Band::Low, Band::Medium]), within(&[Band::High])),
        },
        Wanted {
            display: "Inkling cooling intent",
            description: "Inkling: the band of the score was high, and became medium or low within 14 days",
            days: 14,
            clause: sequence(14, within(&[Band::High]), within(&[Band::Medium, Band::Low])),
        },
    ]
}

/// An expression has an and-group of or-groups at its top.
fn in_bands(field: &str, bands: &[Band]) -> Value {
    let values: Vec<&str> = bands.iter().map(|band| band.as_str()).collect();
    let filter = json!({"fieldName": field, "inListFilter": {"values": values, "caseSensitive": true}});
    json!({"andGroup": {"filterExpressions": [
        {"orGroup": {"filterExpressions": [{"dimensionOrMetricFilter": filter}]}}
    ]}})
}

fn sequence(days: u32, first: Value, then: Value) -> Value {
    let step = |expression: Value| json!({"scope": ACROSS, "filterExpression": expression});
    json!({"clauseType": "INCLUDE", "sequenceFilter": {
        "scope": ACROSS,
        "sequenceMaximumDuration": format!("{}s", days * 86_400),
        "sequenceSteps": [step(first), step(then)],
    }})
}

/// What becomes of each wanted audience, in a property that has these.
pub(super) fn plan(wanted: &[Wanted], there: &[Audience]) -> Vec<Step> {
    let mut free = ROOM.saturating_sub(there.len());
    wanted
        .iter()
        .map(|one| {
            let step = |action, note: String| Step {
                kind: Kind::Audience,
                name: one.display.to_owned(),
                action,
                note,
                resource: String::new(),
            };
            if let Some(same) = there.iter().find(|of| of.display_name.eq_ignore_ascii_case(one.display)) {
                let clauses = Value::Array(vec![one.clause.clone()]);
                let equal = same.membership_duration_days == one.days && bare(&same.filter_clauses) == bare(&clauses);
                let note = if equal { "" } else { "it has other conditions than Inkling's, which are kept" };
                return step(Action::Keep, note.to_owned());
            }
            match free.checked_sub(1) {
                Some(left) => {
                    free = left;
                    step(Action::Create, one.description.to_owned())
                }
                None => step(Action::Create, format!("the property has {} audiences already", there.len())),
            }
        })
        .collect()
}

/// Without what a server may leave out or add: fields that are false, empty or null.
fn bare(value: &Value) -> Value {
    match value {
        Value::Object(fields) => {
            let kept = fields.iter().map(|(key, value)| (key.clone(), bare(value)));
            Value::Object(kept.filter(|(_, value)| !is_default(value)).collect::<Map<_, _>>())
        }
        Value::Array(values) => values.iter().map(bare).collect(),
        other => other.clone(),
    }
}

fn is_default(value: &Value) -> bool {
    match value {
        Value::Null | Value::Bool(false) => true,
        Value::String(text) => text.is_empty(),
        Value::Array(values) => values.is_empty(),
        Value::Object(fields) => fields.is_empty(),
        _ => false,
    }
}

pub(super) fn apply(admin: &Admin, step: &Step, wanted: &Wanted) -> Result<()> {
    if step.action != Action::Create {
        return Ok(());
    }
    let crowded = admin.audiences()?.len() >= ROOM;
    let Err(error) = admin.create_audience(&wanted.body(), crowded) else { return Ok(()) };
    let status = error.downcast_ref::<Refusal>().map(|refusal| refusal.status);
    let there = || -> Result<bool> {
        Ok(admin.audiences()?.iter().any(|of| of.display_name.eq_ignore_ascii_case(wanted.display)))
    };
    match status {
        // Made by an attempt whose answer was lost, or by somebody else at the same time.
        Some(409) if there()? => Ok(()),
        Some(409) => {
            let text = format!(
                "`{}` is a name that the property does not list, most likely of an archived audience",
                wanted.display
            );
            Err(exit(ExitKind::Usage, format!("{text} ({error:#})")))
        }
        Some(400 | 429) if crowded => {
            let text =
                format!("the property has {ROOM} audiences or more; archive one that nobody needs, and apply again");
            Err(exit(ExitKind::Usage, format!("{text} ({error:#})")))
        }
        _ => Err(error),
    }
}
