//! The user-scoped custom dimensions of score and band.

use super::client::{Admin, Dimension};
use super::plan::{Action, Kind, Step};
use crate::activation::config::Ga4Config;
use crate::cloud::rest::Refusal;
use crate::jobs::{ExitKind, exit};
use anyhow::Result;
use serde_json::{Value, json};

/// User-scoped dimensions of a standard property (Analytics Help 9267744); Analytics 360 has room for more.
const ROOM: usize = 25;

/// A dimension that is wanted.
#[derive(Clone, Debug)]
pub(super) struct Wanted {
    parameter: String,
    /// Up to 82 characters, a letter first, then letters, digits, spaces and underscores.
    display: &'static str,
    /// Up to 150 characters.
    description: &'static str,
    disallow_ads: bool,
    /// The key that names the parameter.
    key: &'static str,
}

impl Wanted {
    fn body(&self) -> Value {
        json!({
            "parameterName": self.parameter,
            "displayName": self.display,
            "description": self.description,
            "scope": "USER",
            "disallowAdsPersonalization": self.disallow_ads,
        })
    }
}

pub(super) fn wanted(config: &Ga4Config) -> Vec<Wanted> {
    let of = |parameter: &str, display, description, key| Wanted {
        parameter: parameter.to_owned(),
        display,
        description,
        disallow_ads: config.disallow_ads_personalization,
        key,
    };
    vec![
        of(
            &config.user_property_score,
            "Inkling score",
            "How likely the visitor is to convert, in 20 buckets named by their lower edge in percent: 00, 05, up to 95",
            "user_property_score",
        ),
        of(
            &config.user_property_band,
            "Inkling band",
            "How likely the visitor is to convert: low, medium or high, by the thresholds of the model",
            "user_property_band",
        ),
    ]
}

/// What becomes of each wanted dimension, in a property that has these.
pub(super) fn plan(wanted: &[Wanted], there: &[Dimension]) -> Vec<Step> {
    let users = || there.iter().filter(|of| of.scope == "USER");
    let mut free = ROOM.saturating_sub(users().count());
    wanted
        .iter()
        .map(|one| {
            let step = |action, note: String, resource: &str| Step {
                kind: Kind::CustomDimension,
                name: one.parameter.clone(),
                action,
                note,
                resource: resource.to_owned(),
            };
            // Parameters are told apart with regard to case, display names are not.
            if let Some(same) = users().find(|of| of.parameter_name == one.parameter) {
                if same.disallow_ads_personalization == one.disallow_ads {
                    return step(Action::Keep, String::new(), &same.name);
                }
                let word = if one.disallow_ads { "no longer" } else { "from now on" };
                return step(Action::Change, format!("{word} for personalized ads"), &same.name);
            }
            if let Some(other) = there.iter().find(|of| of.parameter_name == one.parameter) {
                let note = format!(
                    "there is a dimension of this name with scope {}; archive it in Google Analytics (Admin, Custom \
                     definitions), or set another `{}` in [ga4]",
                    other.scope, one.key
                );
                return step(Action::Conflict, note, &other.name);
            }
            if let Some(other) = there.iter().find(|of| of.display_name.eq_ignore_ascii_case(one.display)) {
                let note = format!(
                    "`{}` is the display name of {} already; rename that one in Google Analytics (Admin, Custom definitions)",
                    one.display, other.parameter_name
                );
                return step(Action::Conflict, note, &other.name);
            }
            let note = match free.checked_sub(1) {
                Some(left) => {
                    free = left;
                    format!("user-scoped, `{}`", one.display)
                }
                None => format!(
                    "the property has {} user-scoped dimensions, and a standard one has room for {ROOM}",
                    users().count()
                ),
            };
            step(Action::Create, note, "")
        })
        .collect()
}

pub(super) fn apply(admin: &Admin, step: &Step, wanted: &Wanted) -> Result<()> {
    match step.action {
        Action::Create => {}
        Action::Change => return admin.disallow_ads(&step.resource, wanted.disallow_ads),
        Action::Keep | Action::Conflict => return Ok(()),
    }
    let crowded = full(&admin.dimensions()?);
    let Err(error) = admin.create_dimension(&wanted.body(), crowded) else { return Ok(()) };
    let name = &wanted.parameter;
    let text = match error.downcast_ref::<Refusal>().map(|refusal| refusal.status) {
        // Made by an attempt whose answer was lost, or by somebody else at the same time.
        Some(409) if admin.dimensions()?.iter().any(|of| of.scope == "USER" && of.parameter_name == *name) => {
            return Ok(());
        }
        Some(409) => format!(
            "{name} is taken by what the property does not list, most likely a dimension that was archived: Google frees its \
             name only after some time. Apply again later, or set another `{}` in [ga4]",
            wanted.key
        ),
        Some(400 | 429) if crowded => format!(
            "the property has no room for {name}: a standard property has {ROOM} user-scoped custom dimensions; archive one \
             that nobody needs (Admin, Custom definitions), and apply again"
        ),
        _ => return Err(error),
    };
    Err(exit(ExitKind::Usage, format!("{text} ({error:#})")))
}

fn full(there: &[Dimension]) -> bool {
    there.iter().filter(|of| of.scope == "USER").count() >= ROOM
}
