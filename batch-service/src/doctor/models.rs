//! Models in service, the release, and the last run.

use super::Check;
use crate::config::Config;
use crate::jobs::watch::watch;
use crate::place::Place;
use crate::release::{Authority, Expected, verify};
use crate::scores::Serving;
use anyhow::{Context, Result};
use jiff::Timestamp;
use model_core::Target;

/// Hours since the last run that are accepted.
const HOURS: u32 = 26;

pub(super) fn examine(place: &Place, config: &Config, now: Timestamp) -> Vec<Check> {
    let mut checks: Vec<Check> = Target::ALL.into_iter().map(|target| model(place, target)).collect();
    checks.push(release(place, config, now));
    checks.push(match watch(&*place.warehouse, HOURS, now) {
        Ok(watched) if watched.last_success.is_none() => {
            Check::unset("last run", watched.to_string(), "inkling run --date YYYY-MM-DD")
        }
        Ok(watched) if !watched.in_time => {
            let fix = "is the scheduler on? docs/RUNBOOK.md#no-success";
            Check::of("last run", Err(anyhow::anyhow!(watched.to_string())), fix)
        }
        watched => Check::of("last run", watched.map(|w| w.to_string()), "see the cause"),
    });
    checks
}

fn model(place: &Place, target: Target) -> Check {
    let what = if target == Target::Session { "model: session" } else { "model: visitor" };
    match Serving::load(&*place.store, &place.site.profile, target, None) {
        Ok(None) => Check::unset(what, "no model is in service", "inkling train"),
        Ok(Some(model)) => {
            let version = model.model().map(|m| format!("{} is in service", m.version()));
            Check::of(what, version, "inkling model list")
        }
        Err(error) => Check::of(what, Err(error), "inkling model list; docs/RUNBOOK.md#integrity"),
    }
}

fn release(place: &Place, config: &Config, now: Timestamp) -> Check {
    let authority = match Authority::read_if_there(&config.release.keys) {
        Ok(Some(authority)) => authority,
        Ok(None) => return Check::unset("release", "there is no root to verify it with", "inkling release keys init"),
        Err(error) => return Check::of("release", Err(error), "restore the folder of keys from its copy"),
    };
    let (root, site) = (&*authority.pin(), &*place.site.profile.parts().name);
    let expected = Expected { root, environment: &config.release.environment, site, now };
    match place.store.get("release/release.json") {
        Ok(None) => Check::unset("release", "nothing is published", "inkling release publish"),
        Err(error) => Check::of("release", Err(error), "see the cause"),
        Ok(Some(_)) => {
            let verified = || -> Result<String> {
                let manifest = verify(&*place.store, &expected).map_err(|e| anyhow::anyhow!("{e}"))?;
                let expires: Timestamp = manifest.expires.parse().context("its end")?;
                let hours = expires.duration_since(now).as_hours();
                Ok(format!("release {} is good for {hours} hours more", manifest.version))
            };
            Check::of("release", verified(), "inkling release publish; docs/RELEASE.md")
        }
    }
}
