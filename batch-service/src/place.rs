//! What the jobs work on: warehouse, store and site profile, opened once.

use crate::ga4::discover::Discovery;
use crate::jobs::{ExitKind, exit};
use crate::profile::SiteProfile;
use crate::store::{LocalStore, ObjectStore};
use crate::warehouse::local::LocalWarehouse;
use anyhow::{Context, Result};
use std::path::Path;

const PROFILE: &str = "profile.toml";

/// An open warehouse with its store and profile.
#[derive(Debug)]
pub struct Place {
    /// The tables.
    pub warehouse: LocalWarehouse,
    /// Models and releases.
    pub store: Box<dyn ObjectStore>,
    /// The site.
    pub site: SiteProfile,
}

impl Place {
    /// Opens a warehouse folder; without a store, models and releases are in its folder `store`. The profile is the given
    /// one, or the one that the warehouse was filled with, or the one that `guess` gives.
    ///
    /// # Errors
    /// When the warehouse was filled with another profile than the given one: its states and features would not fit.
    pub fn open(
        warehouse: &Path,
        store: Option<Box<dyn ObjectStore>>,
        profile: Option<&str>,
        guess: impl FnOnce() -> Result<SiteProfile>,
    ) -> Result<Self> {
        let word = warehouse.to_string_lossy();
        if word == "bigquery" || word.contains("://") {
            return Err(exit(ExitKind::Usage, format!("warehouse {word}: this version works on local folders only")));
        }
        let kept = warehouse.join(PROFILE);
        let stored = if kept.is_file() { Some(SiteProfile::load(&kept.to_string_lossy())?) } else { None };
        let site = match (profile, stored) {
            (Some(name), Some(stored)) => {
                let site = SiteProfile::load(name)?;
                if site.profile.fingerprint() != stored.profile.fingerprint() {
                    let text = format!(
                        "warehouse {} was filled with another site profile than {name}; fill an empty one with \
                         `inkling backfill`, or leave --profile out",
                        warehouse.display()
                    );
                    return Err(exit(ExitKind::Usage, text));
                }
                site
            }
            (Some(name), None) => SiteProfile::load(name)?,
            (None, Some(stored)) => stored,
            (None, None) => guess()?,
        };
        let tables = LocalWarehouse::open(warehouse)?;
        if !kept.is_file() {
            std::fs::write(&kept, &site.text).with_context(|| kept.display().to_string())?;
        }
        let store = store.unwrap_or_else(|| Box::new(LocalStore::new(warehouse.join("store"))));
        Ok(Self { warehouse: tables, store, site })
    }
}

/// The built-in profile whose hosts a page of the export has.
///
/// # Errors
/// When no day of the export can be read.
pub fn guess_profile(found: &Discovery) -> Result<SiteProfile> {
    let (day, files) = found.days.first_key_value().context("the export has no days")?;
    let (events, _) = crate::ga4::read_day(files, *day, &crate::ga4::ReadOptions::default())?;
    let mut pages = std::collections::HashMap::new();
    for row in events.rows.iter().filter(|r| r.page != 0) {
        *pages.entry(row.page).or_insert(0u32) += 1;
    }
    let most = pages.into_iter().max_by_key(|(page, count)| (*count, *page)).map_or(0, |(page, _)| page);
    let site = SiteProfile::for_page(events.text(most))?;
    crate::progress::note(format_args!(
        "site profile: {} (by the pages' host; choose with --profile)",
        site.profile.parts().name
    ));
    Ok(site)
}
