//! `inkling ga4 setup`: what a property of Google Analytics needs so that scores show: custom dimensions, and audiences.
//!
//! It is planned first, from what the property has (`plan`), and done only when asked for (`apply`). What is there is
//! never removed or renamed. Field names and limits are those of the Admin API's published messages: custom dimensions in
//! v1beta, audiences in v1alpha.

mod audiences;
mod client;
mod dimensions;
mod plan;
#[cfg(test)]
mod tests;

pub use plan::{Action, Kind, Setup, Step};

use crate::activation::config::Ga4Config;
use anyhow::Result;
use client::Admin;

/// Plans what is missing in the configured property, and creates it if `apply`.
///
/// # Errors
/// Exit code 2 without `property` in `[ga4]`, or when what is there is in the way and `apply` was asked for, before
/// anything is written; when a call fails.
pub fn setup(config: &Ga4Config, audiences: bool, apply: bool) -> Result<Setup> {
    let property = config.needed("property", config.property.as_deref())?;
    let admin = Admin::open(config, property, apply)?;
    let wanted = dimensions::wanted(config);
    let mut setup = Setup { property: property.to_owned(), applied: false, steps: Vec::new() };
    setup.steps.extend(dimensions::plan(&wanted, &admin.dimensions()?));
    let definitions = if audiences { audiences::wanted(config) } else { Vec::new() };
    if audiences {
        setup.steps.extend(audiences::plan(&definitions, &admin.audiences()?));
    }
    if apply {
        setup.refuse_conflicts()?;
        for (step, dimension) in setup.of(Kind::CustomDimension).zip(&wanted) {
            dimensions::apply(&admin, step, dimension)?;
        }
        for (step, audience) in setup.of(Kind::Audience).zip(&definitions) {
            audiences::apply(&admin, step, audience)?;
        }
        setup.applied = true;
    }
    Ok(setup)
}
